"""The work of an import: a file and, where there are any, rows like those it takes become a bundle."""

from collections.abc import Callable, Mapping, Sequence

from everloop.errors import BundleRefused
from everloop.records.imported import ImportFormat
from everloop.training.imported.from_lightgbm import from_lightgbm
from everloop.training.imported.from_onnx import from_onnx
from everloop.training.imported.from_skops import from_skops
from everloop.training.imported.made import Given, Made
from everloop.training.imported.task import Declared, ImportTask

Reader = Callable[[bytes, Declared, Given, Sequence[str]], Made]
Say = Callable[[str, float], None]
READERS: Mapping[ImportFormat, Reader] = {
    "onnx": from_onnx,
    "skops": from_skops,
    "lightgbm": from_lightgbm,
}


def bring_in(task: ImportTask, data: bytes, rows: Given, say: Say) -> Made:
    """The bundle of the model in `data`; raises BundleRefused or InvalidRequest in a line that a person understands."""
    say(f"Reading {task.name} as {task.kind}.", 0.1)
    try:
        made = READERS[task.kind](data, task.declared, rows, task.columns)
    except MemoryError as error:
        raise BundleRefused(f"{task.name} asks for more memory than an import may have.") from error
    for note in made.notes:
        say(note, 0.7)
    _tell(made, say)
    return made


def _tell(made: Made, say: Say) -> None:
    size = sum(map(len, made.files.values()))
    signature = made.signature
    answers = f"{len(signature.classes)} classes" if signature.classes else "a number"
    say(f"It takes {len(signature.columns):,} columns and gives {answers} for {signature.target!r}.", 0.8)
    if made.parity is None:
        say(f"Stored as {made.format}, {size:,} bytes. No rows were given to prove it on.", 0.9)
        return
    proof = f"{made.parity.rows:,} rows, largest difference {made.parity.largest_difference:.2g}"
    say(f"Stored as {made.format}, {size:,} bytes; it answers as the file does ({proof}).", 0.9)
    if made.fallback_reason:
        say(f"Why it is not ONNX: {made.fallback_reason}.", 0.9)
