"""What is told of a column, and of two versions of a dataset side by side."""

from dataclasses import dataclass

from everloop.records.dataset import FieldType


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """A value and in how many rows it stands."""

    value: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column. Figures that its type does not have, or that no value gives, are None or empty."""

    name: str
    type: FieldType
    rows: int
    missing: int
    distinct: int  # different values, the missing not counted
    mean: float | None = None  # of numbers, and of truths as 0 and 1
    deviation: float | None = None  # standard, of the sample
    quantiles: tuple[float, ...] = ()  # of numbers, at `QUANTILES`
    least: str = ""  # of numbers, dates and times
    most: str = ""
    top: tuple[Frequency, ...] = ()  # of texts and truths, the most frequent first

    def summary(self) -> str:
        """The column on one line."""
        if self.top and self.distinct > self.rows / 2:
            return f"{self.distinct:,} different, such as {self.top[0].value[:40]}"
        if self.top:
            shown = ", ".join(f"{t.value[:24]} {t.rows / max(1, self.rows):.0%}" for t in self.top[:3])
            return shown + (", ..." if self.distinct > 3 else "")
        if self.mean is not None:
            return f"{self.least} to {self.most}, mean {self.mean:.4g}, median {self.quantiles[2]:.4g}"
        return f"{self.least} to {self.most}" if self.least else "no values"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChange:
    """A column in both versions whose figures, or whose categories, differ."""

    name: str
    before: ColumnProfile
    after: ColumnProfile
    new_categories: tuple[str, ...] = ()

    def line(self) -> str:
        """The change on one line."""
        parts = [
            f"{what} {old} -> {new}"
            for what, old, new in (
                ("missing", self.before.missing, self.after.missing),
                ("distinct", self.before.distinct, self.after.distinct),
                ("mean", _short(self.before.mean), _short(self.after.mean)),
                ("least", self.before.least, self.after.least),
                ("most", self.before.most, self.after.most),
            )
            if old != new
        ]
        if self.new_categories:
            parts.append(f"new categories {', '.join(self.new_categories[:8])}")
        return f"  {self.name}: {', '.join(parts) or 'other frequencies'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDiff:
    """Two versions side by side. Rows are only ever added, so the later one begins with the earlier one's."""

    dataset: str
    before: int
    after: int
    rows_before: int
    rows_after: int
    digest_before: str
    digest_after: str
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    columns_retyped: tuple[str, ...]
    columns: tuple[ColumnChange, ...]  # those that changed

    @property
    def same(self) -> bool:
        """Whether both hold the same rows in the same columns."""
        return self.digest_before == self.digest_after

    def lines(self) -> list[str]:
        """The difference for a person to read."""
        title = f"dataset {self.dataset}@{self.before} -> {self.dataset}@{self.after}"
        if self.same:
            return [f"{title}: the same rows, digest {self.digest_after[:12]}"]
        lines = [
            f"{title}: {self.rows_before} -> {self.rows_after} rows ({self.rows_after - self.rows_before:+d})",
            f"digest {self.digest_before[:12]} -> {self.digest_after[:12]}",
        ]
        for what, names in (
            ("added", self.columns_added),
            ("removed", self.columns_removed),
            ("of another type", self.columns_retyped),
        ):
            lines += [f"columns {what}: {', '.join(names)}"] if names else []
        return lines + [change.line() for change in self.columns]


def _short(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
