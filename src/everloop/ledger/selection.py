"""Which predictions are read, and which of their columns: filters that a table applies before it reads the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from everloop.ledger.arrow import pc
from everloop.ledger.capture import Context
from everloop.ledger.prediction_rows import ENVELOPE

if TYPE_CHECKING:  # imports pandas, half a second that most commands do not need
    import pyarrow.dataset as ds

EARLY = timedelta(days=1)  # by which an outcome may be learned before its answer, by clocks that differ
_OF_BODIES = ("caller_id", "entities", "event_at", "unread_body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Answers of all variants by default, with all columns. `shadow=True` are shadows alone, None is both."""

    columns: Sequence[str] | None = None
    since: datetime | None = None  # served from then
    until: datetime | None = None  # to before then
    variant: str | None = None
    rollout: str | None = None
    shadow: bool | None = False

    def condition(self) -> "ds.Expression | None":
        """What a row must meet; None where every row does."""
        served, shadow = _field("served_at"), _field("shadow")
        conditions = [served >= self.since] if self.since is not None else []
        conditions += [served < self.until] if self.until is not None else []
        conditions += [_field("variant") == self.variant] if self.variant is not None else []
        conditions += [_field("rollout") == self.rollout] if self.rollout is not None else []
        conditions += [shadow if self.shadow else ~shadow] if self.shadow is not None else []
        return reduce(and_, conditions) if conditions else None

    def takes(self, context: Context) -> bool:
        """Whether rows of this context can be among them."""
        given = (
            (self.variant, context.variant),
            (self.rollout, context.rollout),
            (self.shadow, context.shadow),
        )
        return all(wanted is None or wanted == found for wanted, found in given)

    @property
    def reads_bodies(self) -> bool:
        """Whether it takes what callers sent: the slow part of rows that are not compacted yet."""
        cheap = set(ENVELOPE.names) - set(_OF_BODIES)
        return self.columns is None or not cheap.issuperset(self.columns)


def about(name: str | None, since: datetime | None) -> "ds.Expression | None":
    """The condition of outcomes called `name`, of predictions served from `since`; None where there is neither."""
    conditions = [_field("name") == name] if name is not None else []
    conditions += [_field("learned_at") >= since - EARLY] if since is not None else []
    return reduce(and_, conditions) if conditions else None


def _field(name: str) -> Any:  # noqa: ANN401 - Arrow's stubs have no expressions that compare with times
    return pc.field(name)
