"""A cycle told in Markdown: data, candidates, gates, rollout, decision and why."""

from collections.abc import Iterator

from everloop.evaluation.report.facts import Facts
from everloop.evaluation.report.markdown import interval, moment, number, table, text
from everloop.evaluation.report.pictures import gates_picture, path_picture
from everloop.records.cycle import Cycle, Judged
from everloop.records.durations import in_words
from everloop.records.event import Event
from everloop.records.report import CycleReport
from everloop.records.verdict import Verdict

ENDINGS = {
    "promoted": "promoted",
    "refused": "refused",
    "rolled_back": "rolled back",
    "observed": "only observed",
    "nothing_new": "ended: nothing is new",
    "cancelled": "cancelled",
    "failed": "failed",
}


def cycle_report(facts: Facts) -> CycleReport:
    """The report; its pictures are named in its text."""
    pictures: dict[str, str] = {}
    for name, picture in (
        ("gates.svg", gates_picture(facts.cycle.judged)),
        ("rollout.svg", path_picture(facts)),
    ):
        if picture is not None:
            pictures[name] = picture
    parts = [
        *_head(facts),
        *_data(facts),
        *_candidates(facts),
        *_gates(facts.cycle, "gates.svg" in pictures),
        *_rollout(facts, "rollout.svg" in pictures),
        *_events(facts),
    ]
    return CycleReport(cycle=facts.cycle.id, markdown="\n".join(parts), pictures=pictures)


def _head(facts: Facts) -> Iterator[str]:
    cycle = facts.cycle
    who = cycle.candidate or "No candidate"
    yield f"# Cycle {cycle.id}: {text(who)} {ENDINGS.get(cycle.ending, cycle.ending)}\n"
    yield f"**Why:** {text(cycle.reason.rstrip('.'))}.\n"
    approved = f" Approved by {text(cycle.approved)}." if cycle.approved else ""
    yield (
        f"Opened {moment(cycle.opened_at)} UTC by {text(cycle.by)}, decided after"
        f" {in_words(cycle.moved_at - cycle.opened_at)}. {text(cycle.champion)} answered then,"
        f" {text(cycle.anchor)} was the anchor. Mode: {cycle.policy.mode}.{approved}\n"
    )
    yield "Because:\n"
    yield from (f"- {cause.kind}: {text(cause.detail)}" for cause in cycle.causes)
    yield ""


def _data(facts: Facts) -> Iterator[str]:
    cycle, data = facts.cycle, facts.data
    if data is None:
        return
    yield "## Data\n"
    yield f"The {text(data.told)}: {data.rows:,} rows, {data.added:,} of them new. {text(data.note)}\n"
    if cycle.evaluate_from is not None:
        yield f"Answers served from {moment(cycle.evaluate_from)} on were kept from the fit for the gates.\n"


def _candidates(facts: Facts) -> Iterator[str]:
    if not facts.candidates:
        return
    yield "## Candidates\n"
    versions = [facts.champion, *facts.candidates]
    names = sorted({name for version in versions for name in version.metrics})
    yield "Scores on each version's own test rows; only the gates compare them on the same ones.\n"
    rows = [
        [
            f"{version}" + (" (champion)" if version is facts.champion else ""),
            version.data,
            version.recipe[:12],
            *(number(version.metrics.get(name)) for name in names),
        ]
        for version in versions
    ]
    yield table(["version", "data", "recipe", *(f"{name}:" for name in names)], rows)


def _gates(cycle: Cycle, drawn: bool) -> Iterator[str]:
    if not cycle.judged:
        return
    yield "## Gates\n"
    for judged in cycle.judged:
        yield f"{text(judged.candidate)}:\n"
        yield _verdicts(judged.verdicts)
        yield from _needs(judged)
    if drawn:
        yield "![What the gates measured, with intervals](gates.svg)\n"


def _needs(judged: Judged) -> Iterator[str]:
    missing = [v.more_rows for v in judged.verdicts if v.verdict == "undecided" and v.more_rows]
    if missing:
        yield f"About {max(missing):,} more mature rows would decide.\n"


def _rollout(facts: Facts, drawn: bool) -> Iterator[str]:
    cycle = facts.cycle
    if cycle.rolling_since is None:
        return
    yield "## Rollout\n"
    plan = cycle.policy.rollout
    steps = ", ".join(f"{step:.0%}" for step in plan.steps)
    yield (
        f"{plan.kind}: {steps}; at least {in_words(plan.bake)} at each, at most {in_words(plan.max_wait)}."
        f" Began {moment(cycle.rolling_since)} UTC.\n"
    )
    moves = [e for e in facts.events if e.after.get("share") is not None or e.after.get("ending")]
    yield table(
        ["at", "share:", "what", "why"],
        [[moment(e.at), _share(e), e.action.replace("_", " "), e.reason] for e in moves],
    )
    if cycle.watched:
        yield "How it stood at the end:\n"
        yield _verdicts(cycle.watched)
    if drawn:
        yield "![The candidate's lead over time](rollout.svg)\n"


def _share(event: Event) -> str:
    share = event.after.get("share")
    return f"{share:.0%}" if isinstance(share, float) else ""


def _events(facts: Facts) -> Iterator[str]:
    yield "## What happened\n"
    yield table(
        ["event:", "at", "by", "what", "why"],
        [[e.sequence, moment(e.at), e.actor, e.action.replace("_", " "), e.reason] for e in facts.events],
    )


def _verdicts(verdicts: tuple[Verdict, ...]) -> str:
    return table(
        ["policy", "what", "verdict", "value:", "interval", "limit:", "rows:", "error rate:", "why"],
        [
            [
                v.policy,
                v.name,
                v.verdict,
                number(v.value),
                interval(v.low, v.high),
                number(v.limit),
                f"{v.rows:,}",
                number(v.error_rate),
                v.reason,
            ]
            for v in verdicts
        ],
    )
