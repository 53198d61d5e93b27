"""What happens next in a rollout."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from everloop.loop.decision import Decision, Move, Wait
from everloop.loop.sight import Watched
from everloop.records.cycle import Cycle
from everloop.records.durations import in_words
from everloop.records.verdict import NO_WORSE, Verdict

ERRORS = "G003"  # the policy of requests that fail


def next_in_rollout(cycle: Cycle, watched: Watched, now: datetime) -> Decision:
    """Back where anything fails or the time is up; on where the step has baked; promoted where quality has passed."""
    plan = cycle.policy.rollout
    assert cycle.rolling_since is not None
    failed = [v for v in watched.verdicts if v.verdict == "fail"]
    if failed:
        return _back(cycle, watched, _failure(failed, watched.verdicts), now)
    if now >= cycle.rolling_since + plan.max_wait:
        undecided = _undecided(watched.verdicts)
        return _back(cycle, watched, f"undecided after {in_words(plan.max_wait)}: {undecided}", now)
    baked = cycle.moved_at + plan.bake
    share = plan.steps[cycle.stage]
    if now < baked:
        return Wait(why=f"{cycle.candidate} bakes at {share:.0%} of the traffic", until=baked)
    if watched.answers < plan.min_answers:
        return Wait(
            why=f"{cycle.candidate} gave {watched.answers} of {plan.min_answers} answers at {share:.0%}"
        )
    if cycle.stage + 1 < len(plan.steps):
        return _widened(cycle, watched, now)
    quality = quality_of(watched.verdicts)
    if quality is not None and quality.verdict == "pass":
        return _promoted(cycle, watched, _change(quality, plan.margin), now)
    return Wait(why=f"{cycle.candidate} at {share:.0%}: {_undecided(watched.verdicts)}")


def _failure(failed: Sequence[Verdict], verdicts: Sequence[Verdict]) -> str:
    """What fails; and answers that did not come, even where these alone do not fail it yet: they explain the rest."""
    errors = [v for v in verdicts if v.policy == ERRORS and v not in failed and (v.value or 0.0) > 0]
    reasons = [(v.name, v.reason.removeprefix(f"{v.name}: ").rstrip(".")) for v in (*failed, *errors)]
    return "; ".join(f"{name}: {reason}" for name, reason in reasons)


def _change(quality: Verdict, margin: float) -> str:
    """What a promotion changes, in the unit of its metric; above 0 is better."""
    low, high = ("" if end is None else f"{end:+.4g}" for end in (quality.low, quality.high))
    seen = f"{quality.value or 0.0:+.4g} [{low}, {high}] on {quality.rows:,} rows"
    if quality.low is not None and quality.low > 0:
        return f"better than the champion: {seen}"
    return f"no change shown, and no worse than the champion by {margin:g}: {seen}"


def quality_of(verdicts: tuple[Verdict, ...]) -> Verdict | None:
    """What was said of the candidate's quality."""
    return next((v for v in verdicts if v.policy == NO_WORSE), None)


def _widened(cycle: Cycle, watched: Watched, now: datetime) -> Move:
    stage = cycle.stage + 1
    wider = replace(
        cycle,
        step=cycle.step + 1,
        stage=stage,
        moved_at=now,
        watched=watched.verdicts,
    )
    share = cycle.policy.rollout.steps[stage]
    why = f"baked, nothing failed: {cycle.candidate} goes on to {share:.0%} of the traffic"
    return Move(action="widen_rollout", cycle=wider, why=why, traffic="share")


def _promoted(cycle: Cycle, watched: Watched, why: str, now: datetime) -> Move:
    done = replace(
        cycle,
        step=cycle.step + 1,
        state="reporting",
        moved_at=now,
        watched=watched.verdicts,
        ending="promoted",
        reason=why,
    )
    return Move(action="promote", cycle=done, why=why, traffic="promote")


def _back(cycle: Cycle, watched: Watched, why: str, now: datetime) -> Move:
    back = replace(
        cycle,
        step=cycle.step + 1,
        state="reporting",
        moved_at=now,
        watched=watched.verdicts,
        ending="rolled_back",
        reason=why,
    )
    return Move(action="roll_back_candidate", cycle=back, why=why, traffic="back")


def _undecided(verdicts: tuple[Verdict, ...]) -> str:
    waiting = quality_of(verdicts)
    return waiting.reason if waiting is not None else "nothing is known of its quality yet"
