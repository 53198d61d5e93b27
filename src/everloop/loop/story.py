"""A cycle in sentences. Pure."""

from collections.abc import Sequence
from datetime import datetime

from everloop.loop.decision import Decision, Do, Move, WorkKind
from everloop.records.cycle import Cycle
from everloop.records.durations import in_words
from everloop.records.loop import LoopPolicy, LoopRecord, RolloutPlan
from everloop.records.verdict import Verdict

WORKS: dict[WorkKind, str] = {
    "pin": "put the ledger's mature rows into the dataset",
    "fit": "refit the champion's recipe and its rivals",
    "judge": "let the gates look at the candidates",
    "report": "write the report",
}
MOVES = {
    "pin_data": "go on to the fit",
    "fit_candidates": "hand the candidates to their gates",
    "gates_undecided": "wait for more rows",
    "ask_for_approval": "ask for approval",
    "start_rollout": "give the candidate its first traffic",
    "widen_rollout": "give the candidate more traffic",
    "promote": "promote the candidate",
    "roll_back_candidate": "take the traffic from the candidate",
    "refuse_candidate": "refuse the candidate",
    "observe_candidate": "end with what it would have done",
    "find_nothing_new": "end: nothing is new",
    "cancel_cycle": "cancel the cycle",
    "fail_cycle": "end the cycle as failed",
    "close_cycle": "close the cycle",
}
HAPPENED = {
    "turn_loop": "opened",
    "propose": "proposed",
    "deploy": "proposed",
    "pin_data": "data pinned",
    "fit_candidates": "candidates fitted",
    "gates_undecided": "gates undecided",
    "ask_for_approval": "gates passed, approval asked for",
    "approve": "approved",
    "start_rollout": "rollout begun",
    "widen_rollout": "rollout widened",
    "promote": "promoted",
    "roll_back_candidate": "rolled back",
    "roll_back": "rolled back by hand",
    "refuse_candidate": "refused",
    "reject": "rejected",
    "observe_candidate": "observed",
    "find_nothing_new": "nothing new",
    "cancel_cycle": "cancelled",
    "fail_cycle": "failed",
    "close_cycle": "closed",
}


def decision_in_words(decision: Decision) -> str:
    """What would be done now, or what is waited for."""
    match decision:
        case Do(work=work):
            return f"next: {WORKS[work]}"
        case Move(action=action, why=why):
            will = f"next: {MOVES.get(action, action)}"
            return f"{will}, because {why.rstrip('.')}" if why else will
        case _:
            until = f" (until {moment(decision.until)})" if decision.until else ""
            return decision.why.rstrip(".").replace(".;", ";") + until


def verdict_in_words(verdict: Verdict) -> str:
    """A verdict on one line, such as `quality: pass, 0.4 points better [-0.2, 1]`."""
    reason = verdict.reason.removeprefix(f"{verdict.name}: ").rstrip(".")
    return f"{verdict.name}: {verdict.verdict}, {reason}"


def verdicts_told(verdicts: Sequence[Verdict], *, every: bool) -> list[str]:
    """A line a verdict: all of them, or those that decide, and how many checks there are beside these.

    What fails, what is waited for, and the passes of the gates that were declared decide.
    """
    told = [v for v in verdicts if every or _decides(v)]
    beside = [v for v in verdicts if v not in told]
    passed = sum(v.verdict == "pass" for v in beside)
    lines = [verdict_in_words(verdict) for verdict in told]
    return [*lines, f"{_counted(passed, 'more check')} passed"] if passed else lines


def _decides(verdict: Verdict) -> bool:
    if verdict.verdict == "pass":
        return verdict.gate.startswith("E1") or not verdict.gate
    return verdict.needed or verdict.verdict == "fail"


def verdicts_in_brief(verdicts: Sequence[Verdict]) -> str:
    """What fails, what is undecided, and how many pass: `quality undecided, 3 pass`."""
    told = [
        f"{verdict.name} {judgement}s" if judgement == "fail" else f"{verdict.name} undecided"
        for judgement in ("fail", "undecided")
        for verdict in verdicts
        if verdict.verdict == judgement and (verdict.needed or judgement == "fail")
    ]
    passed = sum(verdict.verdict == "pass" for verdict in verdicts)
    return ", ".join([*dict.fromkeys(told), *([f"{passed} pass"] if passed else [])])


def cycle_in_words(cycle: Cycle) -> str:
    """Where a cycle is, or how it ended, on one line."""
    if cycle.ending:
        who = f" {cycle.candidate}" if cycle.candidate else ""
        return f"{cycle.id} {cycle.ending.replace('_', ' ')}{who}: {cycle.reason.rstrip('.')}"
    state = f"{cycle.id} is {cycle.state}"
    if cycle.state == "rolling":
        state += f": {cycle.candidate} has {share_of(cycle):.0%} of the traffic"
    return state


def share_of(cycle: Cycle) -> float:
    """The candidate's share of the traffic, of an open cycle; 0 where it has none."""
    return cycle.policy.rollout.steps[cycle.stage] if cycle.state == "rolling" else 0.0


def newest_verdicts(cycle: Cycle) -> tuple[Verdict, ...]:
    """Of the rollout where there is one, else of the gates for the candidate, or for the only one."""
    if cycle.watched:
        return cycle.watched
    judged = [j for j in cycle.judged if j.candidate == cycle.candidate] or list(cycle.judged[:1])
    return judged[0].verdicts if judged else ()


def loop_in_words(loop: LoopRecord) -> str:
    """A declaration on one line: `propose, 2 gates, canary 10%, 50%, 3 triggers`."""
    recipes = _counted(len(loop.recipes), "recipe")
    triggers = _counted(len(loop.triggers), "trigger") if loop.triggers else "turns by hand only"
    return f"{policy_in_words(loop.policy)}, {recipes}, {triggers}"


def policy_in_words(policy: LoopPolicy) -> str:
    """Mode, gates and rollout."""
    gates = _counted(len(policy.gates), "gate") if policy.gates else "no gates"
    return f"{policy.mode}, {gates}, {rollout_in_words(policy.rollout)}"


def rollout_in_words(plan: RolloutPlan) -> str:
    """The steps and the bake."""
    steps = ", ".join(f"{step:.0%}" for step in plan.steps)
    kind = plan.kind.replace("_", " ")
    return f"{kind} ({steps}, bake {in_words(plan.bake)})"


def in_brief(told: Sequence[str], shown: int = 2) -> str:
    """The first few of several sentences, and how many more there are.

    >>> in_brief(["one.", "two", "three", "four"])
    'one; two; and 2 more'
    """
    more = len(told) - shown
    first = [each.rstrip(".") for each in told[:shown]]
    return "; ".join([*first, *([f"and {more} more"] if more > 0 else [])])


def moment(at: datetime) -> str:
    """A time in UTC, to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
