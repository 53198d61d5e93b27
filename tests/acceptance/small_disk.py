"""A process whose workspace lies on a disk of a few megabytes: it fills it with predictions, makes room, and tells.

`python small_disk.py FOLDER`, where FOLDER is the small disk. One JSON object on standard output at the end.
"""

import json
import os
import sys
import time
from pathlib import Path

from conftest import House, Load, until
from everloop.stores.workspace_folder import create_workspace
from everloop.testing.linear_bundle import linear_bundle, numbers

LEFT = 200_000  # bytes for predictions, once the ballast lies on the disk
FEW = 50  # answers or refusals

disk = Path(sys.argv[1])
ballast = disk / "ballast"


def free() -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def rows(house: House) -> list[tuple[str, float]]:
    table = house.captured()
    return list(zip(table["id"].to_pylist(), table["number.n"].to_pylist(), strict=True))


house = House(create_workspace(disk / ".everloop"))
house.publish(1, linear_bundle(house.layout.bundles, numbers("n"), [[1.0]]))
status = house.serve(workers=1)
with Load(status.url, clients=2) as load:
    load.goes_on(FEW)
    ballast.write_bytes(bytes(free() - LEFT))
    until(lambda: len(load.refused) >= FEW)
    free_when_full = free()
    delivered_when_full = len(load.delivered)
    ballast.unlink()
    began = time.monotonic()
    load.goes_on(1)
    back_after_s = time.monotonic() - began
    load.goes_on(FEW)
after = house.status()
read = rows(house)
house.stop()
compacted = house.ledger().compact()
json.dump(
    {
        "free_when_full": free_when_full,
        "delivered_when_full": delivered_when_full,
        "delivered": sorted(load.delivered.items()),
        "refused": sorted({(code, problem["code"], problem["detail"]) for code, problem in load.refused}),
        "failed": load.failed,
        "wrong": load.wrong,
        "back_after_s": back_after_s,
        "same_worker": after.workers[0].pid == status.workers[0].pid,
        "read": sorted(read),
        "read_after_compaction": sorted(rows(house)),
        "rows_compacted": compacted is not None,
        "damaged": [path.name for path in house.layout.capture.glob("damaged/*")],
    },
    sys.stdout,
)
