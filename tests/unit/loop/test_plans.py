from datetime import timedelta

import pytest

import everloop as el
from everloop.errors import InvalidRequest
from everloop.loop.gates import (
    BeatsBaseline,
    BeatsDecisions,
    LatencyBudget,
    NoWorse,
    NoWorseSlices,
    SizeBudget,
)
from everloop.loop.triggers import AfterOutcomes, Every, OnDrift
from everloop.records.loop import GateRule, TriggerRule


@pytest.mark.parametrize(
    ("plan", "kind", "steps"),
    [
        (el.Canary(), "canary", (0.1, 0.5)),
        (el.Canary(steps=[0.01, 1]), "canary", (0.01, 1.0)),
        (el.Linear(), "linear", (0.25, 0.5, 0.75)),
        (el.Linear(step=0.3), "linear", (0.3, 0.6, 0.9)),
        (el.Linear(step=0.1), "linear", tuple(n / 10 for n in range(1, 10))),
        (el.AllAtOnce(), "all_at_once", (1.0,)),
    ],
)
def test_a_plan_has_its_shares(plan, kind, steps):
    stored = plan.plan()
    assert (stored.kind, stored.steps) == (kind, pytest.approx(steps))


def test_a_plan_keeps_what_was_declared():
    stored = el.Canary(bake="1h", max_wait="2d", min_answers=5, margin=0.02, slower=2, shift=0.5).plan()
    assert (stored.bake, stored.max_wait) == (timedelta(hours=1), timedelta(days=2))
    assert (stored.min_answers, stored.margin, stored.slower, stored.shift) == (5, 0.02, 2.0, 0.5)


@pytest.mark.parametrize(
    ("plan", "named"),
    [
        (lambda: el.Canary(steps=()), "steps"),
        (lambda: el.Canary(steps=(0.5, 0.1)), "steps"),
        (lambda: el.Canary(steps=(0.5, 0.5)), "steps"),
        (lambda: el.Canary(steps=(0.0, 0.5)), "steps"),
        (lambda: el.Canary(steps=(0.5, 1.1)), "steps"),
        (lambda: el.Canary(steps=(float("nan"),)), "steps"),
        (lambda: el.Canary(bake="4d"), "bake"),  # twice, in seven days
        (lambda: el.Canary(max_wait="400d"), "max_wait"),
        (lambda: el.Canary(bake="soon"), "soon"),
        (lambda: el.Canary(margin=0), "margin"),
        (lambda: el.Canary(margin=float("nan")), "margin"),
        (lambda: el.Canary(slower=1.0), "slower"),
        (lambda: el.Canary(min_answers=0), "min_answers"),
        (lambda: el.Canary(steps=0.1), "several shares"),
        (lambda: el.Canary(steps=("a", "b")), "steps"),
        (lambda: el.Canary(margin="0.1"), "margin"),
        (lambda: el.Canary(metric="acuracy"), "acuracy"),
        (lambda: el.Linear(step="half"), "step"),
        (lambda: el.AllAtOnce(min_answers=1.5), "min_answers"),
        (lambda: el.Linear(step=1.0), "step"),
        (lambda: el.Linear(step=0.0), "step"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused_by_name_as_it_is_made(plan, named):
    with pytest.raises(InvalidRequest, match=named):
        plan()


@pytest.mark.parametrize(
    ("gate", "rule"),
    [
        (NoWorse("f1", margin=0.02), GateRule(kind="no_worse", metric="f1", margin=0.02)),
        (NoWorse(), GateRule(kind="no_worse", margin=0.01)),
        (BeatsBaseline("mae"), GateRule(kind="beats_baseline", metric="mae")),
        (BeatsDecisions("agent"), GateRule(kind="beats_decisions", columns=("agent",))),
        (
            NoWorseSlices(by=["sex"], margin=0.1),
            GateRule(kind="no_worse_slices", margin=0.1, columns=("sex",)),
        ),
        (LatencyBudget(20), GateRule(kind="latency", limit=20.0)),
        (SizeBudget(10_000), GateRule(kind="size", limit=10_000.0)),
    ],
)
def test_a_gate_has_its_stored_form(gate, rule):
    assert gate.rule() == rule


@pytest.mark.parametrize(
    ("gate", "named"),
    [
        (lambda: NoWorse(margin=0), "margin"),
        (lambda: NoWorse(margin=-0.1), "margin"),
        (lambda: NoWorse(margin=float("inf")), "margin"),
        (lambda: NoWorse(margin=True), "margin"),
        (lambda: NoWorse(margin="1"), "margin"),
        (lambda: NoWorseSlices(by="sex"), "by"),
        (lambda: NoWorseSlices(by=[]), "by"),
        (lambda: LatencyBudget(0), "milliseconds"),
        (lambda: NoWorse("acuracy"), "acuracy"),
        (lambda: NoWorse(0.01), "metric"),
        (lambda: BeatsDecisions(""), "column"),
        (lambda: SizeBudget(-1), "bytes"),
    ],
)
def test_a_gate_that_says_nothing_is_refused_by_name_as_it_is_made(gate, named):
    with pytest.raises(InvalidRequest, match=named):
        gate()


@pytest.mark.parametrize(
    ("trigger", "rule"),
    [
        (AfterOutcomes(500), TriggerRule(kind="outcomes", count=500)),
        (OnDrift(), TriggerRule(kind="drift", count=50)),
        (Every("1d"), TriggerRule(kind="schedule", every=timedelta(days=1))),
    ],
)
def test_a_trigger_has_its_stored_form(trigger, rule):
    assert trigger.rule() == rule


@pytest.mark.parametrize(
    "trigger",
    [
        lambda: AfterOutcomes(0),
        lambda: AfterOutcomes(1.5),
        lambda: AfterOutcomes(True),
        lambda: OnDrift(0),
        lambda: Every("0s"),
        lambda: Every("often"),
    ],
)
def test_a_trigger_that_cannot_fire_is_refused_as_it_is_made(trigger):
    with pytest.raises(InvalidRequest):
        trigger()
