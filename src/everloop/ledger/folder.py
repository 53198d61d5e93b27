"""The folder of capture segments, as those who take them away see it."""

import fcntl
import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from everloop.errors import StoredFormatUnknown
from everloop.ledger.capture import FORMAT, Answered, Context, Received, Segment
from everloop.ledger.frames import Frame, Hole, Kind, decode, read_frames

NEW = ".new"  # being made: its worker does not hold the lock yet
OPEN = ".open"
SEALED = ".seg"

STILLBORN_S = 60.0  # a segment is being made for milliseconds; one that is older has lost its worker

_log = logging.getLogger(__name__)

_header = msgspec.msgpack.Decoder(tuple[str, str, int, datetime])
_context = msgspec.msgpack.Decoder(tuple[int, Context])
_answers = msgspec.msgpack.Decoder(list[Answered])
_outcomes = msgspec.msgpack.Decoder(list[Received])


class CaptureFolder:
    """Segments by id, whoever wrote them. Reading never disturbs a worker."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._complained: set[str] = set()

    def ids(self) -> Sequence[str]:
        """All segments, a worker's in their order."""
        try:
            found = {
                name.rpartition(".")[0] for name in os.listdir(self.path) if name.endswith((OPEN, SEALED))
            }
        except FileNotFoundError:
            return []
        return sorted(found)

    def sizes(self) -> tuple[tuple[str, int], ...]:
        """The files of segments, in order, each with its bytes."""
        found: list[tuple[str, int]] = []
        with suppress(FileNotFoundError):
            for name in sorted(os.listdir(self.path)):
                if name.endswith((OPEN, SEALED)):
                    with suppress(FileNotFoundError):  # sealed or taken away meanwhile
                        found.append((name, (self.path / name).stat().st_size))
        return tuple(found)

    def seal_abandoned(self) -> Sequence[str]:
        """Seal the open segments of workers that are gone, and answer their ids."""
        for path in self.path.glob(f"*{NEW}"):
            _remove_if_stillborn(path)
        return [path.stem for path in sorted(self.path.glob(f"*{OPEN}")) if _seal_if_abandoned(path)]

    def is_sealed(self, segment: str) -> bool:
        """Whether nothing will be appended to it any more."""
        return (self.path / f"{segment}{SEALED}").exists()

    def read(self, segment: str) -> Segment | None:
        """Its whole groups; None if it was taken away. Raises StoredFormatUnknown for a newer format."""
        for suffix in (OPEN, SEALED):  # in this order: it may be sealed meanwhile, but never opened again
            try:
                data = (self.path / f"{segment}{suffix}").read_bytes()
            except FileNotFoundError:
                continue
            return parse_segment(segment, data, sealed=suffix == SEALED)
        return None

    def complain_once(self, segment: str, error: StoredFormatUnknown) -> None:
        """Log that `segment` cannot be read; it stays, and will be found again every few seconds."""
        if segment not in self._complained:
            self._complained.add(segment)
            _log.warning("%s", error)

    def discard(self, segment: str) -> None:
        """Delete a sealed segment; one that is gone already is no error."""
        (self.path / f"{segment}{SEALED}").unlink(missing_ok=True)

    def set_aside(self, segment: str, note: str) -> None:
        """Move a sealed segment to `damaged/`, beside a note that says what is wrong with it."""
        aside = self.path / "damaged"
        aside.mkdir(exist_ok=True)
        (aside / f"{segment}.txt").write_text(note + "\n", encoding="utf-8")
        source = self.path / f"{segment}{SEALED}"
        if source.exists():
            source.rename(aside / source.name)


def parse_segment(segment: str, data: bytes, *, sealed: bool) -> Segment:
    """The whole groups in `data`, the damage counted and named."""
    found = Segment(id=segment, worker=segment.rpartition("-")[0], sealed=sealed, bytes_read=len(data))
    for part in read_frames(data):
        if isinstance(part, Hole):
            _note_hole(found, part)
        elif not _take(found, part):
            _note_damage(found, part.end - len(part.payload), part.end, "a frame that says nothing we know")
    return found


def _take(found: Segment, frame: Frame) -> bool:
    found.clean = frame.kind == Kind.END  # of the last frame: older writers went on where sealing failed
    match frame.kind:
        case Kind.HEADER:
            return _take_header(found, frame)
        case Kind.CONTEXT:
            numbered = decode(frame.payload, _context)
            if numbered is not None:
                found.contexts[numbered[0]] = numbered[1]
            return numbered is not None
        case Kind.ANSWERS:
            answers = decode(frame.payload, _answers)
            if answers is not None:
                found.answers.append(answers)
            return answers is not None
        case Kind.OUTCOMES:
            outcomes = decode(frame.payload, _outcomes)
            found.outcomes.extend(outcomes or ())
            return outcomes is not None
    return True


def _take_header(found: Segment, frame: Frame) -> bool:
    header = decode(frame.payload, _header)
    if header is None or header[0] != FORMAT:
        raise StoredFormatUnknown(
            f"Capture segment {found.id} is {header[0] if header else 'no format we know'}, not {FORMAT}.",
            remedy="Upgrade Everloop to read it; it stays where it is.",
        )
    found.worker, found.started_at = header[1], header[3]
    return True


def _note_hole(found: Segment, hole: Hole) -> None:
    if hole.torn:
        found.torn_bytes = hole.end - hole.start
    else:
        _note_damage(found, hole.start, hole.end, "no whole frame")


def _note_damage(found: Segment, start: int, end: int, what: str) -> None:
    found.damaged_bytes += end - start
    found.damage.append(f"bytes {start} to {end}: {what}")


def _seal_if_abandoned(path: Path) -> bool:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.rename(path.with_suffix(SEALED))
    except (BlockingIOError, FileNotFoundError):  # its worker lives, or has just sealed it
        return False
    finally:
        os.close(fd)
    return True


def _remove_if_stillborn(path: Path) -> None:
    with suppress(FileNotFoundError):
        if time.time() - path.stat().st_mtime > STILLBORN_S:
            path.unlink()
