"""Which rows of a dataset version a model learns from: the newest ones, and none that are suspect."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from everloop.datasets.content import read
from everloop.datasets.digest import EMPTY, extended
from everloop.errors import InvalidData, InvalidRequest
from everloop.records.dataset import DatasetVersion
from everloop.stores.tables import TableStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rows in their order, their digest, and which suspect versions added rows that are not among them."""

    rows: pa.Table
    digest: str
    left_out: tuple[int, ...] = ()
    note: str = ""  # for people: which rows these are, where they are not all


def select(
    tables: TableStore,
    version: DatasetVersion,
    history: Sequence[DatasetVersion],
    window: int | None = None,
) -> Selection:
    """The newest `window` rows of `version` (all, with None) that no suspect version added.

    `history` holds the dataset's versions, of which those up to `version` count. Equal rows have an equal digest,
    whatever they were chosen from. Raises InvalidData where every row is suspect.
    """
    if window is not None and window < 1:
        raise InvalidRequest(
            f"A window of {window} rows holds nothing.", remedy="Give a number of rows, or none."
        )
    rows = read(tables, version)
    left_out = tuple(v.number for v in history if v.suspect and v.added and v.number <= version.number)
    sound = _sound(rows, [v for v in history if v.number <= version.number]) if left_out else rows
    if sound.num_rows == 0:
        raise InvalidData(
            f"Every row of {version} was added by a suspect version.",
            remedy=f"Append others, or clear one with `everloop data suspect {version} --clear`.",
        )
    chosen = sound if window is None else sound.slice(max(0, sound.num_rows - window))
    whole = chosen.num_rows == version.rows
    return Selection(
        rows=chosen,
        digest=version.digest if whole else extended(EMPTY, chosen, version.fields).digest,
        left_out=left_out,
        note="" if whole else _note(version, rows.num_rows, sound.num_rows, chosen.num_rows, left_out),
    )


def _sound(rows: pa.Table, history: Sequence[DatasetVersion]) -> pa.Table:
    """The rows without those that suspect versions added: each version added the last of the rows it has."""
    return pa.concat_tables(
        [rows.slice(0, 0), *(rows.slice(v.rows - v.added, v.added) for v in history if not v.suspect)]
    )


def _note(version: DatasetVersion, rows: int, sound: int, chosen: int, left_out: tuple[int, ...]) -> str:
    parts = []
    if left_out:
        told = ", ".join(f"dataset {version.dataset}@{number}" for number in left_out)
        parts.append(f"{rows - sound:,} rows are left out: {told} added them and is suspect.")
    if chosen < sound:
        parts.append(f"The newest {chosen:,} of {sound:,} rows are learned from.")
    return " ".join(parts)
