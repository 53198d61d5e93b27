"""One turn of a loop: a row with a state."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from everloop.records.actor import Actor
from everloop.records.endpoint import VersionRef
from everloop.records.loop import LoopPolicy
from everloop.records.verdict import Verdict
from everloop.shown.markup import facts, table

CycleState = Literal["pinning", "fitting", "judging", "waiting", "rolling", "reporting", "closed"]
Ending = Literal["", "promoted", "refused", "rolled_back", "observed", "nothing_new", "cancelled", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a cycle was opened, or what folded into it. Evidence of one mark fires once."""

    kind: Literal["outcomes", "drift", "schedule", "manual", "proposal"]
    at: datetime
    detail: str  # for people
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A candidate and what its gates said."""

    candidate: VersionRef
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One turn: prepare (pin data, fit, judge), wait for approval, roll out, report.

    `step` counts its moves: a command of a step takes effect once, by the key `<id>/<step>`. Numbers, unlike times,
    never go back: of an endpoint's cycles only the one with the largest can be open.
    """

    FORMAT: ClassVar[str] = "everloop.cycle/1"

    endpoint: str
    number: int  # from 1 up at each endpoint
    loop: str  # empty: a proposal at an endpoint without a loop
    dataset: str = ""  # that it learns from; empty for a proposal
    model: str = ""  # whose versions its candidates become
    state: CycleState
    step: int
    policy: LoopPolicy
    causes: tuple[Cause, ...]
    by: Actor
    opened_at: datetime
    champion: VersionRef  # when it was opened; another champion since then ends the cycle
    anchor: VersionRef
    moved_at: datetime  # when it came into this state, or to this stage
    approved: Actor | None = None
    data: int | None = None  # dataset version
    evaluate_from: datetime | None = None  # the gates look at answers served after this
    runs: tuple[str, ...] = ()
    candidates: tuple[VersionRef, ...] = ()
    judged: tuple[Judged, ...] = ()
    gated_rows: int = 0  # mature rows that the gates last looked at
    gated_more: int | None = None  # about how many more they then wanted
    candidate: VersionRef | None = None  # the one that is rolled out, or was proposed
    stage: int = 0  # of the rollout
    rolling_since: datetime | None = None
    watched: tuple[Verdict, ...] = ()  # the newest verdicts of the rollout
    ending: Ending = ""
    reason: str = ""
    closed_at: datetime | None = None
    report: str = ""  # digest of its Markdown

    @property
    def id(self) -> str:
        """Its name everywhere, such as churn.7."""
        return f"{self.endpoint}.{self.number}"

    def __str__(self) -> str:
        return self.id

    def _repr_html_(self) -> str:
        known = [
            ("state", self.state),
            ("ending", self.ending.replace("_", " ")),
            ("why", self.reason),
            ("because", "; ".join(cause.detail for cause in self.causes)),
            ("champion", self.champion),
            ("candidate", self.candidate),
            ("opened (UTC)", self.opened_at),
            ("closed", self.closed_at),
        ]
        judged = [(str(each.candidate), verdict) for each in self.judged for verdict in each.verdicts]
        watched = [("rollout", verdict) for verdict in self.watched]
        rows = [(who, v.name, v.verdict, v.reason) for who, v in (*judged, *watched)]
        verdicts = [table(("of", "what", "verdict", "why"), rows)] if rows else []
        return facts(f"Cycle {self.id}", known, *verdicts)
