"""What people do at a simulated workspace, at any moment."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from everloop.actions.approve import ApproveRequest, RejectRequest, approve, reject
from everloop.actions.context import Context
from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.pause_loop import PauseRequest, ResumeRequest, pause_loop, resume_loop
from everloop.actions.propose import ProposeRequest, propose
from everloop.actions.roll_back import RollBackRequest, roll_back
from everloop.actions.surroundings import Surroundings
from everloop.actions.turn_loop import TurnRequest, turn_loop
from everloop.errors import EverloopError
from everloop.records.actor import Actor
from everloop.records.loop import LoopRecord
from everloop.testing.simulator.blinded import Unseen
from everloop.testing.simulator.drawn import drawn_policy
from everloop.testing.simulator.facts import Facts
from everloop.testing.simulator.house import House

WISHES = (
    *("approve",) * 6,
    *("reject", "pause", "resume", "resume", "turn", "turn", "propose", "replace"),
    *("deploy", "override", "roll_back", "roll_back", "declare"),
)


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody is about to do; done again with its key, it is done once."""

    told: str
    do: Callable[[], object]


class People:
    """Ada, who does something with the chance that the scenario gives."""

    def __init__(self, seed: int, often: float, house: House, surroundings: Surroundings) -> None:
        self._seed = seed
        self._often = often
        self._house = house
        self._surroundings = surroundings
        self.wishes: dict[str, str] = {}  # by the idempotency key

    def deed(self, step: int, facts: Facts) -> Deed | None:
        """What is done at this step, if anything; the same for the same step and facts."""
        chance = random.Random(f"{self._seed}/people/{step}")
        if chance.random() >= self._often:
            return None
        wish, endpoint = chance.choice(WISHES), chance.choice(sorted(facts.endpoints))
        newest = max(v.number for v in facts.versions.values() if v.model == endpoint)
        return self.act(wish, f"ada-{step}", endpoint, chance.randint(1, newest))

    def visit(self, number: int, wishes: Sequence[str], facts: Facts) -> Deed:
        """What somebody does in the middle of things; the same for the same number and facts."""
        chance = random.Random(f"{self._seed}/visit/{number}")
        endpoint = chance.choice(sorted(facts.endpoints))
        newest = max(v.number for v in facts.versions.values() if v.model == endpoint)
        return self.act(chance.choice(wishes), f"visit-{number}", endpoint, chance.randint(1, newest))

    def act(self, wish: str, key: str, endpoint: str, number: int) -> Deed:
        """One deed by its name, with the version of that number."""
        self.wishes[key] = wish
        context = self._house.context(Actor(kind="person", name="ada"), key)
        told = f"{wish} at {endpoint}" + (f", version {number}" if wish in _VERSIONED else "")
        if wish == "declare":
            return Deed(told, lambda: self._declare(context, endpoint))
        if wish == "turn":
            return Deed(told, lambda: turn_loop(context, TurnRequest(loop=endpoint), self._surroundings))
        return Deed(told, lambda: _DEEDS[wish](context, endpoint, number))

    def _declare(self, context: Context, endpoint: str) -> None:
        """The loop as it shall be from now on. The action itself wants real estimators, which are tested elsewhere."""
        policy = drawn_policy(random.Random(f"{self._seed}/{context.key}"))
        with context.metadata.transaction() as transaction:
            loop = transaction.find(LoopRecord, endpoint=endpoint)[0]
            transaction.replace(replace(loop, policy=policy))


def attempt(deed: Deed) -> str:
    """Do it; what came of it, in a word."""
    try:
        deed.do()
    except EverloopError as error:
        return f"refused: {error.message}"
    except (OSError, Unseen) as error:  # what the control plane answers as its own fault
        return f"not answered: {error}"
    return "done"


def _propose(context: Context, endpoint: str, number: int) -> object:
    return propose(context, ProposeRequest(endpoint=endpoint, model=endpoint, version=number))


def _replace(context: Context, endpoint: str, number: int) -> object:
    return propose(context, ProposeRequest(endpoint=endpoint, model=endpoint, version=number, replace=True))


def _deploy(context: Context, endpoint: str, number: int) -> object:
    return deploy(context, DeployRequest(endpoint=endpoint, model=endpoint, version=number))


def _override(context: Context, endpoint: str, number: int) -> object:
    request = DeployRequest(endpoint=endpoint, model=endpoint, version=number, override="it must")
    return deploy(context, request)


_VERSIONED = ("propose", "replace", "deploy", "override")
_DEEDS: dict[str, Callable[[Context, str, int], object]] = {
    "approve": lambda context, endpoint, _: approve(context, ApproveRequest(endpoint=endpoint)),
    "reject": lambda context, endpoint, _: reject(context, RejectRequest(endpoint=endpoint)),
    "pause": lambda context, endpoint, _: pause_loop(context, PauseRequest(loop=endpoint)),
    "resume": lambda context, endpoint, _: resume_loop(context, ResumeRequest(loop=endpoint)),
    "roll_back": lambda context, endpoint, _: roll_back(context, RollBackRequest(endpoint=endpoint)),
    "propose": _propose,
    "replace": _replace,
    "deploy": _deploy,
    "override": _override,
}
