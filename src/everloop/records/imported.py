"""Where a model came from that was trained elsewhere."""

from dataclasses import dataclass
from typing import Literal

ImportFormat = Literal["onnx", "skops", "lightgbm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The file that an imported version was made of. Nothing is known of what it learned from."""

    file: str  # its name, or that of the MLflow folder with the file's own
    format: ImportFormat
    digest: str  # of the file; SHA-256
    size: int  # bytes
    note: str = ""  # whoever imported it
    rows: str = (
        ""  # digest of the blob with rows as it takes them, an Arrow IPC file; empty: a dataset's, or none
    )
