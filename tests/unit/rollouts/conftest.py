"""Rows of a rollout as the ledger gives them, made without one."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from everloop.records.loop import RolloutPlan
from everloop.records.signature import Signature
from everloop.records.target import TargetRule
from everloop.rollouts.observed import Observed, observe

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLASSES = Signature(task="classification", target="y", columns=(), classes=("cat", "dog"))
NUMBERS = Signature(task="regression", target="y", columns=())
PLAN = RolloutPlan(steps=(0.1, 0.5))


class Rows:
    """A table to be: one answer a call."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []

    def answer(
        self,
        champion,
        candidate,
        truth=None,
        *,
        by="champion",
        share=0.1,
        second=None,
        latency=1.0,
        key="",
        seen=True,
        times=1,
        chances=(None, None),
        taught=False,
    ) -> "Rows":
        """`None` of either is a failure; `seen=False`: the one that did not answer had no chance to shadow it."""
        made = {"champion": champion, "candidate": candidate}
        for _ in range(times):
            place = len(self.rows)
            at = NOON + timedelta(seconds=place if second is None else second)
            row = {
                "id": f"p-{place}", "variant": by, "share": share if by == "candidate" else 1 - share,
                "candidate_share": share, "key_hash": key, "served_at": at, "latency_ms": latency,
                "error": None if made[by] is not None else "the model failed", "output": made[by],
                "taught": taught,
                "mature": truth is not None, "mature_at": None, "truth": truth,
                "learned_at": at if truth is not None else None,
            }  # fmt: skip
            row |= {f"{who}_probabilities": c for who, c in zip(made, chances, strict=True)}
            for who, output in made.items():
                had = seen or who == by
                row |= {
                    who: output if had else None,
                    f"{who}_seen": had,
                    f"{who}_failed": had and output is None,
                }
            self.rows.append(row)
        return self

    def table(self, kind: pa.DataType | None = None) -> pa.Table:
        moment = pa.timestamp("us", "UTC")
        types = {"served_at": moment, "learned_at": moment, "mature_at": moment, "error": pa.string()}
        types |= dict.fromkeys(("output", "truth", "champion", "candidate"), kind or pa.string())
        types |= dict.fromkeys(("id", "variant", "key_hash"), pa.string())
        types |= dict.fromkeys(("share", "candidate_share", "latency_ms"), pa.float64())
        types |= dict.fromkeys(("champion_probabilities", "candidate_probabilities"), pa.list_(pa.float32()))
        names = [
            "id", "variant", "share", "candidate_share", "key_hash", "served_at", "latency_ms", "error", "taught",
            "output", "champion", "candidate", "truth", "champion_seen", "champion_failed", "candidate_seen",
            "candidate_failed", "mature", "mature_at", "learned_at", "champion_probabilities",
            "candidate_probabilities",
        ]  # fmt: skip
        return pa.table({n: pa.array([r[n] for r in self.rows], types.get(n, pa.bool_())) for n in names})

    def observed(self, *, plan=PLAN, truth="fixed", signature=CLASSES, candidate=None, kind=None) -> Observed:
        table = self.table(kind or (pa.string() if signature.classes else pa.float64()))
        target = TargetRule(outcome="y", truth=truth)
        return observe(
            table, plan=plan, target=target, champion=signature, candidate=candidate or signature, since=NOON
        )

    def observed_numbers(self, **given) -> Observed:
        return self.observed(signature=NUMBERS, **given)


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(7)
