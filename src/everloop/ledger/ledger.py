"""What was answered and what came back: the one door to it."""

from collections.abc import Hashable, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from everloop.clock import Clock
from everloop.ledger import counting, join, rollout_rows
from everloop.ledger.arrow import pc
from everloop.ledger.compactor import Compacted, compact
from everloop.ledger.counts import Counts
from everloop.ledger.folder import CaptureFolder
from everloop.ledger.labels import KINDS, one_column, whole_numbers
from everloop.ledger.reader import LedgerReader
from everloop.ledger.recorded_once import recorded_once
from everloop.ledger.selection import EARLY, Selection
from everloop.ledger.settled import settled, that_count
from everloop.ledger.taught import TaughtToAny
from everloop.ledger.unread import Unread
from everloop.records.names import checked_name
from everloop.records.target import TargetRule
from everloop.stores.layout import Layout
from everloop.stores.tables import TableStore

NOTHING = TaughtToAny()


class Ledger:
    """The ledger of a workspace. Reading disturbs nobody; only the workspace's one writer compacts."""

    def __init__(self, tables: TableStore, layout: Layout, clock: Clock) -> None:
        self._tables = tables
        self._folder = CaptureFolder(layout.capture)
        self._clock = clock

    def predictions(
        self,
        endpoint: str,
        *,
        columns: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        variant: str | None = None,
        rollout: str | None = None,
        shadow: bool | None = False,
    ) -> pa.Table:
        """Captured answers in the order of their capture, those served from `since` to before `until`.

        Inputs are columns named `number.<input>`, `boolean.<input>`, `category.<input>` and `ignored.<input>`.
        `shadow=True` gives what shadows answered instead, None both: then an id comes once for each version that saw
        its row. A shadow's row has no inputs: they are those of the answer. Raises InvalidRequest for a column that
        there is not.
        """
        wanted = None if columns is None else [name for column in columns for name in _stored(column)]
        selection = Selection(
            columns=wanted, since=since, until=until, variant=variant, rollout=rollout, shadow=shadow
        )
        rows = self._reader().predictions(checked_name(endpoint, "endpoint"), selection)
        return _with_one_column(rows, "output")

    def outcomes(self, endpoint: str, *, history: bool = True, aside: bool = False) -> pa.Table:
        """Outcomes that count, with their revisions, in the order in which they came; a repeated one once.

        One that came by a caller's own id is a row for each answer that has it, with that id in `caller_id`.
        Without `history` only the latest revision of each prediction and name. With `aside` also duplicates and
        conflicts, as `standing` says.
        """
        reader = self._reader()
        rows = self._of_answers(
            reader, endpoint, settled(reader.outcomes(checked_name(endpoint, "endpoint")))
        )
        if not aside:
            rows = that_count(rows)
        return _with_one_column(rows if history else _latest(rows), "value")

    def joined(
        self,
        endpoint: str,
        target: TargetRule,
        now: datetime | None = None,
        *,
        known_by: datetime | None = None,
        columns: Sequence[str] | None = None,
        since: datetime | None = None,
        variant: str | None = None,
        rollout: str | None = None,
        shadow: bool | None = False,
    ) -> pa.Table:
        """Predictions with their outcomes, their maturity at `now`, and the truth to learn. See `join.joined`.

        With `known_by`, as one would have seen it then: without what was served or learned later, and mature only
        where it was so then. With `columns`, of the predictions only those and what the join needs. The other
        selections are those of `predictions`.
        """
        moment = now or self._clock.now()
        wanted = None if columns is None else list(dict.fromkeys((*join.COLUMNS, *columns)))
        read = None if wanted is None else list(dict.fromkeys((*wanted, "rung")))
        selection = Selection(columns=read, since=since, variant=variant, rollout=rollout, shadow=shadow)
        reader = self._reader()
        predictions = reader.predictions(checked_name(endpoint, "endpoint"), selection)
        if shadow is False:  # what shadows saw has the ids of the answers
            predictions = recorded_once(predictions)
        predictions = predictions if wanted is None else predictions.select(wanted)
        received = reader.outcomes(endpoint, name=target.outcome, since=since)
        if known_by is not None:
            predictions = predictions.filter(pc.less_equal(predictions["served_at"], pa.scalar(known_by)))
            received = received.filter(pc.less_equal(received["learned_at"], pa.scalar(known_by)))
            moment = min(moment, known_by)
        if since is not None:  # settling takes longer than leaving out those of other answers
            received = received.filter(
                pc.is_in(received["prediction"], value_set=predictions["id"].combine_chunks())
            )
        return join.joined(predictions, settled(received), target, moment)

    def rollout(
        self,
        endpoint: str,
        rollout: str,
        target: TargetRule,
        now: datetime | None = None,
        *,
        since: datetime | None = None,
        probabilities: bool = False,
        taught: TaughtToAny = NOTHING,
    ) -> pa.Table:
        """The answers of a rollout with what champion and candidate made of each row, and its truth at `now`.

        See `rollout_rows.rollout_rows`. `since`, when the rollout began, makes it cheap. `taught` is what either
        version was.
        """
        seen, received = self.unread_rollout(
            endpoint,
            rollout,
            target,
            since=since,
            probabilities=probabilities,
            taught=taught,
            after=(0, 0),
        )
        return rollout_rows.rollout_rows(seen.all(), received.all(), target, now or self._clock.now())

    def unread_rollout(
        self,
        endpoint: str,
        rollout: str,
        target: TargetRule,
        *,
        since: datetime | None,
        probabilities: bool,
        taught: TaughtToAny,
        after: tuple[int, int],
    ) -> tuple[Unread, Unread]:
        """What `rollout` reads, answers with shadows and then outcomes, without so many first rows of each table."""
        columns = (*rollout_rows.COLUMNS, *["probabilities"] * probabilities)
        selection = Selection(columns=columns, rollout=rollout, since=since, shadow=None)
        reader = self._reader()
        seen = reader.unread_predictions(checked_name(endpoint, "endpoint"), selection, after[0], taught)
        return seen, reader.unread_outcomes(endpoint, target.outcome, since, after[1])

    def unread_truths(self, endpoint: str, outcome: str, after: tuple[int, int]) -> tuple[Unread, Unread]:
        """When answers were served and their outcomes happened, without so many first rows of each table."""
        reader = self._reader()
        answers = reader.unread_predictions(
            checked_name(endpoint, "endpoint"), Selection(columns=("id", "served_at")), after[0]
        )
        columns = ("prediction", "happened_at", "learned_at")
        return answers, reader.unread_outcomes(endpoint, outcome, None, after[1], columns)

    def unread_finals(
        self, endpoint: str, outcome: str, since: datetime, after: tuple[int, int]
    ) -> tuple[Unread, Unread]:
        """Who answered what since then, and the outcomes, without so many first rows of each table."""
        columns = ("id", "model", "version", *(f"output.{kind}" for kind in KINDS))
        reader = self._reader()
        answers = reader.unread_predictions(
            checked_name(endpoint, "endpoint"), Selection(columns=columns, since=since), after[0]
        )
        return answers, reader.unread_outcomes(endpoint, outcome, since, after[1])

    @property
    def place(self) -> Path:
        """Where what is captured lies: another one for each ledger."""
        return self._folder.path

    def learned(self, endpoint: str, name: str, *, since: datetime) -> int:
        """How many outcomes called `name` were learned after `since`, repeated ones counted too. Cheap."""
        received = self._reader().outcomes(
            checked_name(endpoint, "endpoint"), name=name, since=since + EARLY, columns=("learned_at",)
        )
        return int(pc.sum(pc.greater(received["learned_at"], pa.scalar(since)), min_count=0).as_py())

    def counts(self, endpoint: str, target: TargetRule | None = None, now: datetime | None = None) -> Counts:
        """How many rows of each kind; those of maturity need a target."""
        reader = self._reader()
        selection = Selection(columns=counting.COLUMNS, shadow=None)
        predictions = reader.predictions(checked_name(endpoint, "endpoint"), selection)
        outcomes = settled(reader.outcomes(endpoint))
        return counting.counts(predictions, outcomes, target, now or self._clock.now())

    def unknown(self, endpoint: str, ids: Sequence[str]) -> list[str]:
        """Those of `ids` that no answer has yet, as ours or as its caller's own; each once, in their order."""
        asked = pa.array(dict.fromkeys(ids), pa.string())
        unknown: list[str] = self._reader().unknown(checked_name(endpoint, "endpoint"), asked).to_pylist()
        return unknown

    def mark(self, endpoint: str) -> Hashable:
        """Another one whenever more is known of the endpoint, or it lies elsewhere. Reads no row."""
        segments = self._folder.sizes()
        names = [f"{kind}/{checked_name(endpoint, 'endpoint')}" for kind in ("predictions", "outcomes")]
        snapshots = [self._tables.snapshot(name) for name in names]
        return segments, tuple(None if found is None else found.version for found in snapshots)

    def compact(self) -> Compacted:
        """Move what workers have sealed, and what dead workers left, into the tables. Exactly once, whenever killed."""
        return compact(self._tables, self._folder)

    def _of_answers(self, reader: LedgerReader, endpoint: str, outcomes: pa.Table) -> pa.Table:
        """`outcomes` without those as they came by a caller's own id, where they are there under ours."""
        if outcomes["caller_id"].null_count == outcomes.num_rows:
            return outcomes
        ids = reader.predictions(endpoint, Selection(columns=("id",)))["id"]
        return outcomes.filter(pc.invert(counting.told_under_ours(outcomes, ids)))

    def _reader(self) -> LedgerReader:
        return LedgerReader(self._tables, self._folder)


def _stored(column: str) -> list[str]:
    return [f"output.{kind}" for kind in KINDS] if column == "output" else [column]


def _with_one_column(rows: pa.Table, prefix: str) -> pa.Table:
    place = rows.schema.get_field_index(f"{prefix}.number")
    if place < 0:
        return rows
    label = one_column(rows, prefix)
    if "probabilities" in rows.column_names and rows["probabilities"].null_count < rows.num_rows:
        label = whole_numbers(label)  # classes, not quantities
    return rows.drop_columns([f"{prefix}.{kind}" for kind in KINDS]).add_column(place, prefix, label)


def _latest(outcomes: pa.Table) -> pa.Table:
    numbered = outcomes.append_column("place", pa.array(range(outcomes.num_rows), pa.int64()))
    ordered = numbered.sort_by([("revision", "ascending"), ("place", "ascending")])
    last = ordered.group_by(["prediction", "name"], use_threads=False).aggregate([("place", "last")])
    return outcomes.take(last["place_last"].sort())
