"""What a comparison of two samples found: distances with their intervals, shares, and how likely chance made them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance between two samples, 0 where they are alike, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One column. `ks` is of numbers alone; `p_value` is Kolmogorov-Smirnov's for numbers, chi-square's for cells."""

    rows: int  # with a value
    reference_rows: int
    p_value: float
    psi: Distance  # less what chance alone makes of it
    ks: Distance | None = None
    chi_square: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareChange:
    """How many rows of each sample are something: missing, unknown, out of range."""

    count: int
    rows: int
    reference_count: int
    reference_rows: int
    p_value: float
