"""Monitors of a champion that is served elsewhere: inputs from the first answer on, quality once there is a promise."""

import struct
from dataclasses import replace

import msgspec
import pyarrow as pa
import pytest

from everloop.actions.append_rows import AppendRequest, append_rows
from everloop.actions.monitor_reference import load_reference
from everloop.actions.watch_endpoint import WatchRequest, watch_endpoint
from everloop.ledger.capture import Answered
from everloop.ledger.capture import Context as Answering
from everloop.records.target import TargetRule


class Outside:
    """Somebody else's model: it says `yes` above the age of 0, and is right in 19 of 20."""

    def __init__(self, shop, rows) -> None:
        self.shop, self.rows = shop, rows
        self.asked = 0
        learned = pa.Table.from_pylist([{**row, "y": truth(row)} for row in rows(400)])
        append_rows(replace(shop.again(), table=learned), AppendRequest(dataset="shop"))
        watching = watch_endpoint(
            shop.again(), WatchRequest(endpoint="shop", dataset="shop", target=TargetRule(outcome="y"))
        )
        self.context = shop.log.context(
            Answering(
                endpoint="shop",
                variant="champion",
                model="shop",
                version=1,
                bundle="b",
                signature=watching.signature,
                route_table=1,
                share=1.0,
                rung="elsewhere",
            )
        )

    def answer(self, count: int, *, wrong: int = 20, **moved) -> None:
        """So many rows, their truth at once; one in `wrong` is not what was said."""
        ids, truths = [], []
        for row in self.rows(count, **moved):
            self.shop.pass_time(1)
            self.asked += 1
            ids.append(f"order-{self.asked}")
            said = truth(row)
            truths.append(said if self.asked % wrong else {"yes": "no", "no": "yes"}[said])
            body, place = msgspec.json.encode({"instances": [row]}), struct.pack("<f", said == "yes")
            self.shop.log.append([Answered(self.context, ids[-1:], body, place, self.shop.now_ns(), 900)])
        self.shop.tell(ids, truths)

    def promised(self):
        return load_reference(self.shop.context.blobs, self.shop.standing().reference).promised


def truth(row) -> str:
    return "yes" if row["age"] > 0 else "no"


@pytest.fixture
def outside(shop, rows) -> Outside:
    return Outside(shop, rows)


def test_inputs_are_compared_with_the_dataset_that_was_named(shop, outside):
    outside.answer(160)
    assert shop.look() == 1
    assert outside.promised() is None
    outside.answer(160, older=3.0)
    shop.look()
    assert "age" in [alert.subject for alert in shop.alerts() if alert.monitor == "drift"]


def test_its_first_outcomes_are_its_promise_and_are_not_judged(shop, outside):
    outside.answer(320)
    shop.look()
    promised = outside.promised()
    assert promised is not None
    assert promised.mean == pytest.approx(0.95, abs=0.01)
    assert shop.windows("outcomes") == []


def test_a_model_that_gets_worse_than_its_promise_raises_quality(shop, outside):
    outside.answer(320)
    shop.look()
    outside.answer(160)
    shop.look()
    assert shop.alerts() == []
    for _ in range(3):
        outside.answer(160, wrong=2)
        shop.look()
    assert [alert.monitor for alert in shop.alerts()] == ["quality"]
