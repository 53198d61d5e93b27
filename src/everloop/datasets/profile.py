"""Every column of a table in figures."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.datasets.figures import ColumnProfile, Frequency
from everloop.records.dataset import Field, FieldType

pc: Any = _compute

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
TOP = 5  # values shown of a column of texts


def profile(rows: pa.Table, fields: Sequence[Field]) -> tuple[ColumnProfile, ...]:
    """The figures of each of `fields` over `rows`."""
    return tuple(_profile(rows[field.name], field) for field in fields)


def _profile(column: Any, field: Field) -> ColumnProfile:  # noqa: ANN401 - a pyarrow.ChunkedArray
    figures: dict[str, Any] = {
        "name": field.name,
        "type": field.type,
        "rows": len(column),
        "missing": column.null_count,
    }
    values = column.drop_null()
    if len(values) == 0:
        return ColumnProfile(**figures, distinct=0)
    if field.type in ("text", "boolean"):
        counts = pc.value_counts(values)
        return ColumnProfile(
            **figures, distinct=len(counts), top=_top(counts), mean=_share(values, field.type)
        )
    figures["distinct"] = pc.count_distinct(values).as_py()
    ends = pc.min_max(values).as_py()
    figures |= {"least": _text(ends["min"]), "most": _text(ends["max"])}
    if field.type in ("date", "timestamp"):
        return ColumnProfile(**figures)
    spread = pc.stddev(values, ddof=1).as_py() if len(values) > 1 else None
    return ColumnProfile(
        **figures,
        mean=pc.mean(values).as_py(),
        deviation=spread,
        quantiles=tuple(pc.quantile(values, q=list(QUANTILES)).to_pylist()),
    )


def _top(counts: Any) -> tuple[Frequency, ...]:  # noqa: ANN401 - a pyarrow.StructArray
    order = pa.table({"n": counts.field("counts"), "v": counts.field("values").cast(pa.string())})
    best = order.sort_by([("n", "descending"), ("v", "ascending")]).slice(0, TOP)
    return tuple(Frequency(value=row["v"], rows=row["n"]) for row in best.to_pylist())


def _share(values: Any, kind: FieldType) -> float | None:  # noqa: ANN401
    return float(pc.mean(values.cast(pa.int8())).as_py()) if kind == "boolean" else None


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
