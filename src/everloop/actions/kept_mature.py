"""How many rows undecided gates could look at by now, asked again and again."""

from collections.abc import Callable
from dataclasses import dataclass

from everloop.loop.next_action import rows_wanted
from everloop.records.cycle import Cycle
from everloop.stores.layout import Layout

SHARE = 4  # of what is missing, a quarter may have come before it is counted anew


@dataclass(frozen=True, slots=True)
class _Counted:
    step: tuple[str, int]
    usable: int
    truths: int  # of the endpoint, then


class KeptMature:
    """The newest count of each endpoint. To count takes a join of the ledger; to know that little came takes none.

    No more rows can have become usable than truths became known since. While that is little beside what the gates
    still want, the last count is answered: it is behind by less than a quarter of what is missing, and never where it
    would make the gates look. Safe from several threads.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[Layout, str], _Counted] = {}

    def of(self, layout: Layout, cycle: Cycle, *, truths: int, count: Callable[[], int]) -> int:
        """Usable rows; `truths` is how many answers of the endpoint have a final one, seen before `count` is asked."""
        key, step = (layout, cycle.endpoint), (cycle.id, cycle.step)
        known = self._kept.get(key)
        if known is not None and known.step == step:
            missing = rows_wanted(cycle) - known.usable
            if SHARE * (truths - known.truths) < missing:
                return known.usable
        known = self._kept[key] = _Counted(step, count(), truths)
        return known.usable
