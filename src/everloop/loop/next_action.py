"""What happens next in a cycle: a pure function of the cycle, of what a tick sees, and of the time.

    pinning -> fitting -> judging -> waiting -> rolling -> reporting -> closed

A proposal begins at judging. Mode `act`, and a cycle that is approved, skip waiting; mode `observe` skips the rollout.
Whatever the ending, it takes effect with the move to reporting: a report that cannot be written changes nothing.
"""

from dataclasses import replace
from datetime import datetime

from everloop.loop.decision import Decision, Do, Move, Wait
from everloop.loop.rolling import next_in_rollout
from everloop.loop.sight import Failed, Fitted, Gated, Pending, Pinned, Reported, Sight
from everloop.records.cycle import Cycle, Ending
from everloop.records.durations import in_words

WOULD = "would have begun a rollout in mode act, or asked for approval in mode propose"
MORE_AT_LEAST = 20  # rows before undecided gates look again
MORE_SHARE = 0.2  # and at least so much more of what they looked at: few looks, each worth its cost


def next_action(cycle: Cycle, sight: Sight, now: datetime) -> Decision:
    """The one thing to do now. Called again with the same arguments it says the same."""
    if cycle.state == "closed":
        return Wait(why=f"The cycle has ended: {cycle.ending}.")
    if cycle.state == "reporting":
        return _reporting(cycle, sight, now)
    if sight.champion != cycle.champion:
        return ended(cycle, "cancelled", f"{sight.champion} answers now, no longer {cycle.champion}", now)
    if isinstance(sight.work, Failed):
        return ended(cycle, "failed", sight.work.reason, now)
    match cycle.state:
        case "pinning":
            return _pinning(cycle, sight, now)
        case "fitting":
            return _fitting(cycle, sight, now)
        case "judging":
            return _judging(cycle, sight, now)
        case "waiting":
            return _waiting(cycle, now)
        case "rolling":
            return next_in_rollout(cycle, sight.watched, now)


def ended(cycle: Cycle, ending: Ending, reason: str, now: datetime) -> Move:
    """The move that decides the cycle; a candidate that has traffic loses it."""
    actions = {
        "refused": "refuse_candidate",
        "observed": "observe_candidate",
        "nothing_new": "find_nothing_new",
        "cancelled": "cancel_cycle",
        "failed": "fail_cycle",
        "rolled_back": "roll_back_candidate",
    }
    decided = replace(_moved(cycle, now), state="reporting", ending=ending, reason=reason)
    return Move(
        action=actions[ending],
        cycle=decided,
        why=reason,
        traffic="back" if cycle.state == "rolling" and ending != "cancelled" else "stays",
    )


def approved_move(cycle: Cycle, now: datetime, why: str) -> Move:
    """The move that begins the rollout."""
    rolling = replace(
        _moved(cycle, now),
        state="rolling",
        stage=0,
        rolling_since=now,
    )
    return Move(action="start_rollout", cycle=rolling, why=why, traffic="share")


def _pinning(cycle: Cycle, sight: Sight, now: datetime) -> Decision:
    match sight.work:
        case None:
            return Do(work="pin")
        case Pinned() as pinned:
            fitting = replace(
                _moved(cycle, now), state="fitting", data=pinned.version, evaluate_from=pinned.evaluate_from
            )
            return Move(action="pin_data", cycle=fitting, why=pinned.detail)
        case _:
            return Wait(why="The data is being pinned.")


def _fitting(cycle: Cycle, sight: Sight, now: datetime) -> Decision:
    match sight.work:
        case None:
            return Do(work="fit")
        case Fitted() as fitted if fitted.candidates:
            judging = replace(
                _moved(cycle, now), state="judging", runs=fitted.runs, candidates=fitted.candidates
            )
            told = ", ".join(map(str, fitted.candidates))
            return Move(action="fit_candidates", cycle=judging, why="; ".join((told, *fitted.errors)))
        case Fitted() as fitted:
            told = "; ".join(fitted.errors) or "no recipe gave a candidate"
            only_the_same = fitted.same and len(fitted.same) == len(fitted.errors)
            refused = ended(cycle, "nothing_new" if only_the_same else "refused", told, now)
            return replace(refused, cycle=replace(refused.cycle, runs=fitted.runs))
        case _:
            return Wait(why="The candidates are being fitted.")


def _judging(cycle: Cycle, sight: Sight, now: datetime) -> Decision:
    match sight.work:
        case None:
            return _judge_again(cycle, sight, now)
        case Gated() as gated:
            known = replace(cycle, judged=gated.judged, gated_rows=gated.rows, gated_more=gated.more_rows)
            if gated.winner is not None:
                return _passed(replace(known, candidate=gated.winner), gated.reason, now)
            if not gated.undecided:
                return ended(known, "refused", gated.reason, now)
            if now >= cycle.moved_at + cycle.policy.patience:
                return _out_of_patience(known, gated.reason, now)
            again = replace(known, step=cycle.step + 1, reason=gated.reason)
            return Move(action="gates_undecided", cycle=again, why=gated.reason)
        case _:
            return Wait(why="The gates look at the candidates.")


def _judge_again(cycle: Cycle, sight: Sight, now: datetime) -> Decision:
    """The first look is at once; after an undecided one it takes more rows, or the end of patience."""
    if not cycle.judged:
        return Do(work="judge")
    wanted = rows_wanted(cycle)
    if sight.mature >= wanted:
        return Do(work="judge")
    deadline = cycle.moved_at + cycle.policy.patience
    if now >= deadline:
        return _out_of_patience(cycle, cycle.reason, now)
    needed = f", about {cycle.gated_more:,} more would decide" if cycle.gated_more else ""
    return Wait(
        why=f"{cycle.reason}; the gates look again at {wanted} mature rows, {sight.mature} are there{needed}",
        until=deadline,
    )


def rows_wanted(cycle: Cycle) -> int:
    """How many mature rows make gates that were undecided look again."""
    return cycle.gated_rows + max(MORE_AT_LEAST, int(MORE_SHARE * cycle.gated_rows))


def _out_of_patience(cycle: Cycle, reason: str, now: datetime) -> Move:
    length = in_words(cycle.policy.patience)
    return ended(cycle, "refused", f"still undecided after {length}: {reason}", now)


def _passed(cycle: Cycle, reason: str, now: datetime) -> Move:
    if cycle.policy.mode == "observe":
        told = reason.removeprefix(f"{cycle.candidate} ")
        return ended(cycle, "observed", f"{cycle.candidate} {WOULD}: it {told}", now)
    if cycle.policy.mode == "act" or cycle.approved is not None:
        return approved_move(cycle, now, reason)
    waiting = replace(_moved(cycle, now), state="waiting", reason=reason)
    return Move(action="ask_for_approval", cycle=waiting, why=reason)


def _waiting(cycle: Cycle, now: datetime) -> Decision:
    if cycle.approved is not None:
        return approved_move(cycle, now, f"approved by {cycle.approved.name}")
    deadline = cycle.moved_at + cycle.policy.rollout.max_wait
    if now >= deadline:
        length = in_words(cycle.policy.rollout.max_wait)
        return ended(cycle, "refused", f"nobody approved {cycle.candidate} within {length}", now)
    return Wait(
        why=f"{cycle.candidate} passed its gates and waits for approval: `everloop approve {cycle.endpoint}`",
        until=deadline,
    )


def _reporting(cycle: Cycle, sight: Sight, now: datetime) -> Decision:
    match sight.work:
        case None:
            return Do(work="report")
        case Pending():
            return Wait(why="The report is being written.")
        case Reported() as reported:
            return _closed(cycle, now, report=reported.report)
        case Failed() as failed:
            return _closed(cycle, now, note=f"no report: {failed.reason}")
        case _:
            return _closed(cycle, now, note="no report")


def _closed(cycle: Cycle, now: datetime, *, report: str = "", note: str = "") -> Move:
    closed = replace(_moved(cycle, now), state="closed", closed_at=now, report=report)
    return Move(action="close_cycle", cycle=closed, why="; ".join(filter(None, (cycle.ending, note))))


def _moved(cycle: Cycle, now: datetime) -> Cycle:
    return replace(cycle, step=cycle.step + 1, moved_at=now)
