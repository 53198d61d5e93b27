"""What of a new declaration does not touch the cycle that is open. Pure."""

from dataclasses import fields

from everloop.records.cycle import Cycle
from everloop.records.loop import LoopPolicy


def kept_by(cycle: Cycle | None, declared: LoopPolicy) -> tuple[str, ...]:
    """The fields of the policy that an open cycle goes on with as they were when it was opened."""
    if cycle is None or cycle.ending:
        return ()
    names = (field.name for field in fields(LoopPolicy))
    return tuple(name for name in names if getattr(cycle.policy, name) != getattr(declared, name))


def kept_in_words(cycle: str, kept: tuple[str, ...]) -> str:
    """For people.

    >>> kept_in_words("churn.3", ("mode", "rollout"))
    'cycle churn.3 goes on with mode and rollout as they were when it was opened'
    """
    *first, last = kept
    named = f"{', '.join(first)} and {last}" if first else last
    were = "they were" if first else "it was"
    return f"cycle {cycle} goes on with {named} as {were} when it was opened"
