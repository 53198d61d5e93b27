"""What a policy says of an estimate, with all that it rests on."""

from dataclasses import dataclass, field
from typing import Literal

Judgement = Literal["pass", "fail", "undecided"]

NO_WORSE = "G001"  # the policy of quality, without whose pass nothing is promoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Pass, fail or undecided, and why. `inputs` are enough to come to it again: see `evidence.replay`.

    `low` and `high` are None where the policy needs no interval, `value` too where there was no data. No data is
    never a pass.
    """

    policy: str  # its stable code, such as G001
    name: str  # what was judged, for people
    verdict: Judgement
    reason: str  # one sentence
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    rows: int = 0
    error_rate: float | None = None  # of a wrong pass, or of a wrong fail where the policy can only fail
    method: str = ""
    more_rows: int | None = None  # of an undecided one: about how many are missing; None where nobody can say
    inputs: dict[str, float | int | str] = field(default_factory=dict)
    needed: bool = True  # False: undecided, it holds nothing back
    gate: str = ""  # the code of the gate that asked, such as E101; empty: no gate
