"""The loop of an endpoint, as a person declares it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import timedelta
from typing import Protocol, TypeVar

from everloop.errors import InvalidRequest
from everloop.loop.checked import number
from everloop.loop.gates import Gate, NoWorse
from everloop.loop.plans import Canary, Plan
from everloop.loop.triggers import AfterOutcomes, Trigger
from everloop.records.durations import duration
from everloop.records.loop import LoopPolicy, Mode, TriggerRule
from everloop.records.names import checked_name
from everloop.records.target import TargetRule


class Learnable(Protocol):
    """A recipe, as far as a loop looks at it."""

    def rule(self) -> TargetRule:
        """What it learns."""
        ...


@dataclass(frozen=True, slots=True)
class Loop:
    """Keeps the model behind an endpoint improving.

    name: of the loop. endpoint, model and data: the same name, unless they are given.
    recipe: what is refitted beside the champion's own recipe; several, by name, are rivals.
    mode: `observe` says what it would do, `propose` waits for a person's approval, `act` does it.
    gates: what a candidate must pass. rollout: how it takes the traffic. triggers: why the loop turns by itself.
    cool_down: so long nothing turns by itself after a refusal, a rollback or a failure.
    patience: how long gates that are undecided wait for more rows.
    evaluation_share: of the new mature rows, the latest, are kept from the fit for the gates, 0.05 to 0.9.
    window: a refit learns from the newest so many rows; None: from all.
    audit: the share of predictions, by chance, that is queued for people to tell the truth of.

    What cannot be raises InvalidRequest, or InvalidName, as the loop is made.
    """

    name: str
    _: KW_ONLY
    recipe: Learnable | Mapping[str, Learnable]
    data: str = ""
    endpoint: str = ""
    model: str = ""
    mode: Mode = "propose"
    gates: Sequence[Gate] = field(default_factory=lambda: (NoWorse(),))
    rollout: Plan = field(default_factory=Canary)
    triggers: Sequence[Trigger] = field(default_factory=lambda: (AfterOutcomes(500),))
    cool_down: str | timedelta = "1h"
    patience: str | timedelta = "7d"
    evaluation_share: float = 0.3
    window: int | None = None
    audit: float = 0.0

    def __post_init__(self) -> None:
        self.names()
        self.policy()
        self.rules()

    def recipes(self) -> dict[str, Learnable]:
        """The declared recipes by name."""
        return dict(self.recipe) if isinstance(self.recipe, Mapping) else {self.name: self.recipe}

    def target(self) -> TargetRule:
        """What all its recipes learn; raises InvalidRequest where they differ."""
        rules = [recipe.rule() for recipe in self.recipes().values()]
        if not rules or any(rule != rules[0] for rule in rules):
            raise InvalidRequest(f"The recipes of loop {self.name!r} learn one and the same target.")
        return rules[0]

    def names(self) -> dict[str, str]:
        """Of loop, endpoint, model and dataset; raises InvalidName."""
        given = {"endpoint": self.endpoint, "model": self.model, "dataset": self.data}
        return {
            "name": checked_name(self.name, "loop"),
            **{what: checked_name(name or self.name, what) for what, name in given.items()},
        }

    def policy(self) -> LoopPolicy:
        """What decides in its cycles; raises InvalidRequest for what cannot."""
        if self.mode not in ("observe", "propose", "act"):
            raise InvalidRequest(f"mode={self.mode!r}: it is `observe`, `propose` or `act`.")
        if not 0.05 <= number(self.evaluation_share, "evaluation_share") <= 0.9:
            raise InvalidRequest(f"evaluation_share={self.evaluation_share!r}: it is from 0.05 to 0.9.")
        if not 0 <= number(self.audit, "audit") <= 1:
            raise InvalidRequest(f"audit={self.audit!r}: it is a share from 0 to 1.")
        if self.window is not None and (not isinstance(self.window, int) or self.window < 1):
            raise InvalidRequest(f"window={self.window!r}: it is a number of rows, or None for all.")
        if isinstance(self.rollout, type) or not hasattr(self.rollout, "plan"):
            raise _no(self.rollout, "rollout", "el.Canary(steps=(0.1, 0.5))")
        return LoopPolicy(
            mode=self.mode,
            gates=tuple(gate.rule() for gate in _several(self.gates, "gates", "el.NoWorse()")),
            rollout=self.rollout.plan(),
            cool_down=duration(self.cool_down),
            patience=duration(self.patience),
            evaluation_share=self.evaluation_share,
            window=self.window,
        )

    def rules(self) -> tuple[TriggerRule, ...]:
        """The stored form of its triggers; raises InvalidRequest for what is none."""
        triggers = _several(self.triggers, "triggers", "el.AfterOutcomes(500)")
        return tuple(trigger.rule() for trigger in triggers)


class _HasRule(Protocol):
    def rule(self) -> object: ...


H = TypeVar("H", bound=_HasRule)


def _several(given: Sequence[H], field: str, example: str) -> Sequence[H]:
    """What was given, each of it with a stored form of its own."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InvalidRequest(f"`{field}` is a list.", remedy=f"Write {field}=[{example}].")
    for each in given:
        if isinstance(each, type) or not hasattr(each, "rule"):
            raise _no(each, field, f"[{example}]")
    return given


def _no(given: object, field: str, example: str) -> InvalidRequest:
    shown = f"{given.__name__} without its parentheses" if isinstance(given, type) else repr(given)[:80]
    return InvalidRequest(f"`{field}` cannot hold {shown}.", remedy=f"Write {field}={example}.")
