"""Moves sealed capture segments into the tables, each exactly once.

A segment's id is the mark of the append that brings its rows into a table. Its file is deleted only after every
table it has rows for holds the mark, so a kill at any point leaves either the file, to be tried again without effect
on tables that have the mark, or nothing to do.
"""

import fcntl
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa

from everloop.errors import StoredFormatUnknown, WorkspaceUnusable
from everloop.ledger.capture import Segment
from everloop.ledger.column_names import with_storable_names
from everloop.ledger.folder import CaptureFolder
from everloop.ledger.named_outcomes import Named
from everloop.ledger.outcome_rows import endpoints_told, outcome_rows
from everloop.ledger.own_ids import named_answers
from everloop.ledger.prediction_rows import answers_without_context, endpoints_answered, prediction_rows
from everloop.stores.tables import TableStore

MAX_BYTES = 64 << 20  # of segments read into memory together

_log = logging.getLogger(__name__)

_Builder = Callable[[TableStore, Sequence[Segment], str], pa.Table]


@dataclass(slots=True, kw_only=True)
class Compacted:
    """What one compaction did."""

    segments: int = 0  # taken away
    predictions: int = 0  # rows added
    outcomes: int = 0
    torn_bytes: int = 0  # of groups that were never acknowledged
    damaged: list[str] = field(default_factory=list)  # segments moved to `damaged/`, with a note each
    unreadable: list[str] = field(default_factory=list)  # of a newer format; they stay where they are


def compact(tables: TableStore, folder: CaptureFolder) -> Compacted:
    """Move every sealed segment, and those of workers that are gone. One compaction runs at a time.

    What cannot be moved stays where it is and holds up nothing else: the first such error is raised at the end.
    Raises WorkspaceUnusable where a disk or folder does not take what is written.
    """
    done = Compacted()
    if not folder.path.is_dir():
        return done
    try:
        with _only_one(folder):
            folder.seal_abandoned()
            errors: list[Exception] = []
            for segments in _groups(folder, done, errors):
                _move(tables, folder, segments, done, errors)
        if errors:
            raise errors[0]
    except OSError as error:
        raise WorkspaceUnusable(
            f"The capture folder {folder.path.name}/ cannot be changed: {error.strerror or error}.",
            remedy="Free some space, or give this user the right to write there, and try again.",
        ) from error
    return done


@contextmanager
def _only_one(folder: CaptureFolder) -> Iterator[None]:
    turn = os.open(folder.path / "compactor.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
    finally:
        os.close(turn)  # unlocks


def _groups(folder: CaptureFolder, done: Compacted, errors: list[Exception]) -> Iterator[list[Segment]]:
    """Sealed segments, as many at a time as fit into memory."""
    group: list[Segment] = []
    for name in folder.ids():
        if not folder.is_sealed(name):
            continue
        try:
            segment = folder.read(name)
        except StoredFormatUnknown as error:
            done.unreadable.append(name)
            folder.complain_once(name, error)
            continue
        except Exception as error:  # noqa: BLE001 - the others go on
            _note(f"Segment {name}", error, errors)
            continue
        if segment is None:
            continue
        group.append(segment)
        if sum(s.bytes_read for s in group) >= MAX_BYTES:
            yield group
            group = []
    if group:
        yield group


def _move(
    tables: TableStore,
    folder: CaptureFolder,
    segments: Sequence[Segment],
    done: Compacted,
    errors: list[Exception],
) -> None:
    stuck: set[str] = set()  # segments that some table did not take
    answered = {name for segment in segments for name in endpoints_answered(segment)}
    for endpoint in sorted(answered):
        holders = [segment for segment in segments if endpoint in endpoints_answered(segment)]
        entry = _Entry(tables, f"predictions/{endpoint}", endpoint, _answers)
        done.predictions += entry.enter_all(holders, stuck, errors)
    told = {name for segment in segments for name in endpoints_told(segment)}
    for endpoint in sorted(told):
        holders = [segment for segment in segments if endpoint in endpoints_told(segment)]
        entry = _Entry(tables, f"outcomes/{endpoint}", endpoint, _outcomes)
        done.outcomes += entry.enter_all(holders, stuck, errors)
    for segment in segments:
        if segment.id not in stuck:
            try:
                _take_away(folder, segment, done)
                done.segments += 1
            except Exception as error:  # noqa: BLE001 - the others go on
                _note(f"Segment {segment.id}", error, errors)


def _note(what: str, error: Exception, errors: list[Exception]) -> None:
    """Remember an error that must not hold up the others. The caller hears of the first, the log of the rest."""
    if errors:
        _log.error("%s could not be moved either: %s: %s", what, type(error).__name__, error)
    errors.append(error)


@dataclass(frozen=True, slots=True)
class _Entry:
    """The way of rows into one table."""

    tables: TableStore
    name: str
    endpoint: str
    rows_of: _Builder

    def enter_all(self, segments: Sequence[Segment], stuck: set[str], errors: list[Exception]) -> int:
        """Add them together; where that fails, one by one, so that one bad segment is stuck alone."""
        try:
            rows = self._enter(segments)
        except Exception as error:  # noqa: BLE001 - the others go on
            of_all = isinstance(error, OSError | WorkspaceUnusable)  # a disk fails for every segment
            if len(segments) > 1 and not of_all:
                return sum(self.enter_all([segment], stuck, errors) for segment in segments)
            _note(f"The rows for {self.name}", error, errors)
            stuck |= {segment.id for segment in segments}
            return 0
        try:
            if rows:
                self.tables.compact(self.name)
        except Exception as error:  # noqa: BLE001 - its rows are in
            _note(f"The files of {self.name}", error, errors)
        return rows

    def _enter(self, segments: Sequence[Segment]) -> int:
        """Add the rows of those segments that the table does not have yet, in one commit; how many rows."""
        snapshot = self.tables.snapshot(self.name)
        fresh = [segment for segment in segments if snapshot is None or not snapshot.has(segment.id)]
        if not fresh:
            return 0
        rows = self.rows_of(self.tables, fresh, self.endpoint)
        taken = [] if snapshot is None else snapshot.dataset().schema.names
        self.tables.append(
            self.name, with_storable_names(rows, taken), marks=[segment.id for segment in fresh]
        )
        return rows.num_rows


def _answers(tables: TableStore, segments: Sequence[Segment], endpoint: str) -> pa.Table:
    """The rows of the answers. Outcomes that waited for them under their callers' own ids are in before them.

    So an outcome in the table meets every answer that enters after it; one that enters later meets those in the table.
    """
    waiting = _named(tables, endpoint).waiting(named_answers(segments, endpoint))
    if waiting.num_rows:
        tables.append(f"outcomes/{endpoint}", waiting)
    return prediction_rows(segments, endpoint)


def _outcomes(tables: TableStore, segments: Sequence[Segment], endpoint: str) -> pa.Table:
    """The rows of the outcomes, under our ids too where they came by callers' own."""
    rows = outcome_rows(segments, endpoint)
    return pa.concat_tables([rows, _named(tables, endpoint).of_stored(rows)])


def _named(tables: TableStore, endpoint: str) -> Named:
    answered, told = (tables.snapshot(f"{kind}/{endpoint}") for kind in ("predictions", "outcomes"))
    return Named(tables=tables, endpoint=endpoint, answered=answered, told=told)


def _take_away(folder: CaptureFolder, segment: Segment, done: Compacted) -> None:
    if segment.torn_bytes:
        done.torn_bytes += segment.torn_bytes
        _log.warning("Capture segment %s: dropped %d bytes at its end.", segment.id, segment.torn_bytes)
    damage = list(segment.damage)
    lost = answers_without_context(segment)
    if lost:
        damage.append(f"{lost} requests whose context is lost")
    if not damage:
        folder.discard(segment.id)
        return
    done.damaged.append(segment.id)
    _log.warning("Capture segment %s is damaged: %s.", segment.id, "; ".join(damage))
    folder.set_aside(segment.id, "\n".join(damage))
