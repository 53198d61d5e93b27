"""What an import makes of a file: a bundle's manifest and files, and what a person should know of it."""

from dataclasses import dataclass

import pyarrow as pa

from everloop.bundles.writer import file_entries
from everloop.records.bundle import BundleManifest, Parity
from everloop.records.signature import Signature
from everloop.training.fit import environment
from everloop.training.imported.task import ImportTask
from everloop.training.package import Format

Given = pa.Table | None  # rows like those that the model takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The form that serves it best, with its proof."""

    format: Format
    files: dict[str, bytes]
    signature: Signature
    parity: Parity | None  # None where no rows were given to compare on
    producer: str = ""  # what wrote the file, where it says so
    fallback_reason: str = ""
    notes: tuple[str, ...] = ()

    def manifest(self, task: ImportTask) -> BundleManifest:
        """The bundle's. It has no recipe; its data are the rows that it was compared on."""
        made_by = {
            "source": f"{task.kind} {task.digest}",
            **({"producer": self.producer} if self.producer else {}),
        }
        return BundleManifest(
            runtime=self.format,
            signature=self.signature,
            files=file_entries(self.files),
            recipe="",
            data=task.rows,
            environment={**environment(task.threads), **made_by},
            parity=self.parity,
            fallback_reason=self.fallback_reason,
        )
