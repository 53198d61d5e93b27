"""The files that workers follow, on a disk that may be full for them while the metadata can be written."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from everloop.actions import publish
from everloop.testing.simulator.faults import Points


@contextmanager
def route_files(points: Points) -> Iterator[None]:
    """While this is open a route table may fail to be written, and the process may die before and after each file.

    No store stands between the control process and these files, so what writes them is put in its place.
    """
    write_whole = publish.write_whole  # type: ignore[attr-defined]  # it is imported there

    def write(path: Path, data: bytes) -> None:
        points.pass_by(f"before {path.name} is written")
        if points.unpublished and not points.calm:
            raise OSError(errno.ENOSPC, "The disk is full", path.name)
        write_whole(path, data, synced=False)
        points.pass_by(f"after {path.name} is written")

    with patch.object(publish, "write_whole", write):
        yield
