"""What a page may see, in every state, with any text wherever a text may stand."""

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from everloop.actions.queries.endpoints import EndpointStatus
from everloop.actions.queries.monitors import Monitoring
from everloop.actions.queries.next_step import Next, TriggerNews
from everloop.actions.queries.quality_history import QualityHistory
from everloop.monitoring.quality_point import QualityPoint
from everloop.records.actor import Actor
from everloop.records.alert import Alert
from everloop.records.cycle import Cause, Cycle, Judged
from everloop.records.endpoint import VersionRef
from everloop.records.event import Event
from everloop.records.loop import LoopPolicy, LoopStanding
from everloop.records.model_version import ModelVersion
from everloop.records.monitor import Monitored, MonitorWindow
from everloop.records.routes import Variant
from everloop.records.signature import Signature
from everloop.records.target import TargetRule
from everloop.records.verdict import Verdict
from everloop.serving.status import Refused, ServingStatus, WorkerStatus
from everloop.testing.linear_bundle import numbers
from everloop.web.seen import Crowned, Seen
from everloop.web.traffic import Traffic

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATES = (
    "nothing",
    "declared",
    "fresh",
    "watching",
    "pinning",
    "judging",
    "waiting",
    "rolling",
    "promoted",
    "refused",
)
STATES = (*STATES, "rolled_back", "down")


@pytest.fixture(scope="session")
def hostile() -> list[str]:
    spec = importlib.util.spec_from_file_location("hostile", Path(__file__).with_name("hostile.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    texts: list[str] = module.HOSTILE
    return texts


@pytest.fixture(scope="session")
def seen_in() -> Callable[..., Seen]:
    """A look at an endpoint in one of `STATES`, with `text` as every name and reason."""
    return _seen


def _seen(state: str, text: str = "churn") -> Seen:
    seen = Seen(now=NOW, project=text, endpoints=(), endpoint="", serving=_serving(text))
    if state == "nothing":
        return seen
    seen = replace(seen, endpoints=(text, "other"), endpoint=text, next=_next(text))
    if state == "declared":
        return seen
    seen = replace(
        seen,
        status=EndpointStatus(
            name=text,
            champion=f"{text}@{3 if state == 'promoted' else 2}",
            anchor=f"{text}@1",
            outcome=text,
            variants=_variants(text, state),
            previous=f"{text}@1",
        ),
        champion=_version(text),
        crowned=Crowned(at=NOW - timedelta(hours=3), action="promote", reason=text),
        events=tuple(
            _event(n, action, text) for n, action in enumerate(("deploy", "turn_loop", "promote", text), 1)
        ),
        monitoring=_monitoring(text),
        traffic=Traffic(rate=None, p50_s=None, p99_s=None, failed=0, requests=0, over_s=0),
        standing=LoopStanding(name=text, paused=text),
    )
    if state == "fresh":
        return replace(seen, monitoring=replace(seen.monitoring, inputs=None, alerts=()), events=())
    if state == "down":
        return replace(seen, serving=None)
    traffic = Traffic(
        rate=5.0, p50_s=0.001, p99_s=0.02, failed=1, requests=300, over_s=60, rates=(1.0, 5.0, 4.0)
    )
    seen = replace(seen, history=_history(text), traffic=traffic)
    return seen if state == "watching" else replace(seen, cycle=_cycle(text, state))


def _serving(text: str) -> ServingStatus:
    workers = (WorkerStatus(slot=0, pid=7, table=1, ready_since=NOW),)
    refused = (Refused(endpoint=text, bundle="d", reason=text),)
    return ServingStatus(
        pid=1, host="127.0.0.1", port=8080, state="serving", workers=workers, refused=refused
    )


def _next(text: str) -> Next:
    triggers = (
        TriggerNews(kind=text, fires=True, says=text),
        TriggerNews(kind="drift", fires=False, says=text),
    )
    return Next(
        endpoint=text, loop=text, mode="propose", cycle="c", state="rolling", says=f"c is rolling; {text}",
        working=True, moves=False, until=NOW + timedelta(minutes=9), held=text, triggers=triggers,
    )  # fmt: skip


def _variants(text: str, state: str) -> tuple[Variant, ...]:
    champion = Variant(name="champion", model=text, version=2, bundle="b", share=1.0)
    if state != "rolling":
        return (champion,)
    return replace(champion, share=0.9), Variant(
        name="candidate", model=text, version=3, bundle="c", share=0.1
    )


def _version(text: str) -> ModelVersion:
    return ModelVersion(
        model=text,
        number=2,
        bundle="b",
        run="r",
        recipe="r",
        dataset=text,
        dataset_version=3,
        data_digest="d",
        code_version="",
        environment={},
        signature=Signature(
            task="classification", target=text, columns=numbers("a", "b"), classes=("no", text)
        ),
        target=TargetRule(outcome=text),
        created_at=NOW,
        by=Actor(kind="person", name=text),
        metrics={"accuracy": 0.9, text: 0.5},
    )


def _event(number: int, action: str, text: str) -> Event:
    return Event(
        sequence=number,
        at=NOW - timedelta(minutes=10 - number),
        actor=Actor(kind="person", name=text),
        action=action,
        subject=f"endpoint:{text}",
        key=str(number),
        reason=text,
        before={"champion": f"{text}@1"},
        after={"champion": f"{text}@2", "candidate": f"{text}@2", "share": 0.1},
    )


def verdict(text: str, policy: str = "G001", judgement: str = "undecided", **fields: object) -> Verdict:
    given: dict[str, object] = {
        "value": 0.02,
        "low": -0.01,
        "high": 0.05,
        "limit": -0.01,
        "rows": 120,
        "more_rows": 80,
    }
    return Verdict(
        policy=policy, name=text, verdict=judgement, reason=f"{text}: {text}.", **{**given, **fields}
    )  # type: ignore[arg-type]


def _monitoring(text: str) -> Monitoring:
    moved = verdict(text, "M001", "fail", value=0.5, low=0.3, high=0.7, limit=0.2, method="KS distance")
    found = (
        Monitored(monitor="drift", subject=text, verdict=moved),
        Monitored(monitor="drift", subject="b", verdict=replace(moved, value=0.05, verdict="pass")),
    )
    champion = VersionRef(model=text, number=2)
    window = MonitorWindow(
        endpoint=text,
        watches="inputs",
        slot=4,
        number=4,
        champion=champion,
        since=NOW,
        until=NOW,
        rows=150,
        found=found,
    )
    alert = Alert(
        id="alert_1", endpoint=text, monitor="drift", subject=text, state="open", opened_at=NOW, seen_at=NOW, windows=2,
        evidence=moved, harm=0.1,
    )  # fmt: skip
    return Monitoring(
        endpoint=text, champion=f"{text}@2", inputs=window, outcomes=None, windows=4, waiting=20, window_rows=150,
        alerts=(alert,), refused={},
    )  # fmt: skip


def _history(text: str) -> QualityHistory:
    points = tuple(
        QualityPoint(
            since=NOW - timedelta(minutes=30 - 5 * n), until=NOW - timedelta(minutes=26 - 5 * n), rows=50, model=text,
            version=1 + n // 3, value=0.8 + n / 100, low=0.75 + n / 100, high=0.85 + n / 100,
        )
        for n in range(6)
    )  # fmt: skip
    return QualityHistory(
        endpoint=text, metric="accuracy", better="higher", points=points, candidates=points[-2:],
        newest=replace(points[-1], rows=1234, value=0.84),
    )  # fmt: skip


def _cycle(text: str, state: str) -> Cycle:
    ended = state in ("promoted", "refused", "rolled_back")
    cycle = Cycle(
        endpoint=text,
        number=7,
        loop=text,
        dataset=text,
        model=text,
        state="closed" if ended else state,  # type: ignore[arg-type]
        step=5,
        policy=LoopPolicy(),
        causes=(Cause(kind="drift", at=NOW, detail=text),),
        by=Actor(kind="system", name="loop"),
        opened_at=NOW - timedelta(hours=1),
        champion=VersionRef(model=text, number=2),
        anchor=VersionRef(model=text, number=1),
        moved_at=NOW - timedelta(minutes=5),
    )
    if state in ("pinning", "judging"):
        return cycle
    candidate = VersionRef(model=text, number=3)
    judged = Judged(
        candidate=candidate, verdicts=(verdict(text), verdict(text, "G010", "pass", low=None, high=None))
    )
    cycle = replace(cycle, candidate=candidate, judged=(judged,), data=3)
    if state in ("rolling", "promoted", "rolled_back"):
        kinds = ("G001", "G003", "G004", "G005")
        watched = tuple(verdict(text, code) for code in kinds)
        cycle = replace(cycle, rolling_since=NOW - timedelta(minutes=9), watched=watched)
    return replace(cycle, ending=state, reason=text, closed_at=NOW) if ended else cycle  # type: ignore[arg-type]
