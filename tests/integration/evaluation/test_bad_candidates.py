"""Bad data and worse models, really fitted: each is refused with a reason that a person understands."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from lightgbm import LGBMClassifier
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

from everloop.errors import EverloopError
from everloop.records.loop import GateRule

TUMOURS = load_breast_cancer()
GATES = (GateRule(kind="no_worse", margin=0.01), GateRule(kind="beats_baseline"))
TREES = LGBMClassifier(
    n_estimators=20,
    num_leaves=7,
    random_state=0,
    n_jobs=1,
    verbose=-1,
    deterministic=True,
    force_row_wise=True,
)


def with_column(rows: pa.Table, name: str, values) -> pa.Table:
    cells = values if isinstance(values, pa.Array) else pa.array(values)
    if name in rows.column_names:
        return rows.set_column(rows.column_names.index(name), name, cells)
    return rows.append_column(name, cells)


def truth(rows: pa.Table) -> np.ndarray:
    return rows["y"].to_numpy()


def gappy(values) -> pa.Array:
    """One in twenty is missing, so that a request may lack it too."""
    return pa.array([None if place % 20 == 0 else float(v) for place, v in enumerate(values)])


def only(rows: pa.Table, label: int) -> pa.Table:
    return rows.filter(pa.array(truth(rows) == label))


def shuffled(rows: pa.Table) -> pa.Table:
    return with_column(rows, "y", np.random.default_rng(1).permutation(truth(rows)))


def written_down_later(rows: pa.Table) -> pa.Table:
    """Half noise, half the outcome: no input alone gives the truth away."""
    noise = np.random.default_rng(2).normal(scale=0.4, size=rows.num_rows)
    return with_column(rows, "stay", gappy(truth(rows) + noise))


@dataclass(frozen=True)
class Bad:
    """What goes wrong, and the words that must tell so."""

    told: str
    window: Callable[[pa.Table], pa.Table] = lambda rows: rows
    served: Callable[[pa.Table], pa.Table] = lambda rows: rows
    estimator: object = TREES
    learns_served: bool = False
    undecided: bool = False  # refused once patience is out
    no_model: bool = False  # the training says so


SETS = {
    "one class in the window": Bad(
        "'y' is 1 in every row: there is nothing to learn", lambda r: only(r, 1), no_model=True
    ),
    "an empty window": Bad("There are no rows", lambda r: r.slice(0, 0), no_model=True),
    "a window without truths": Bad(
        "0 of 300 rows have a value in 'y'",
        lambda r: with_column(r, "y", pa.nulls(r.num_rows, pa.int64())),
        no_model=True,
    ),
    "a column that is NaN throughout": Bad(
        "'x22' is empty in its whole training window",
        lambda r: with_column(r, "x22", pa.nulls(r.num_rows, pa.float64())),
    ),
    "a leaked label": Bad(
        "'result' alone tells 100% of the truth in training, and is missing in 95% more of the requests",
        lambda r: with_column(r, "result", gappy(truth(r))),
    ),
    "a leaked label that every training row has": Bad(
        "it needs 'result', which 400 of 400 requests lack",
        lambda r: with_column(r, "result", truth(r) * 1.0),
    ),
    "a column from the future": Bad(
        "it learned from 'stay', which 100% of the requests lack", written_down_later
    ),
    "shuffled labels": Bad("is worse than the champion", shuffled),
    "flipped labels": Bad(
        "what it learned from, inputs or truth, is not what is served",
        lambda r: with_column(r, "y", 1 - truth(r)),
    ),
    "another unit": Bad(
        "of the requests have a 'x22' outside of what it learned from",
        lambda r: with_column(r, "x22", r["x22"].to_numpy() * 1000),
    ),
    "a constant model": Bad(
        "it says the same to 300 of the rows that it learned from",
        estimator=LGBMClassifier(n_estimators=2, min_child_samples=1000, n_jobs=1, verbose=-1),
    ),
    "a tiny window": Bad(
        "it says the same to 12 of the rows that it learned from",
        lambda r: pa.concat_tables([only(r, 0).slice(0, 6), only(r, 1).slice(0, 6)]),
    ),
    "the served rows in the window": Bad(
        "equal to rows that a compared model has learned from", learns_served=True, undecided=True
    ),
    "one request again and again": Bad(
        "399 rows do not count: the same row again",
        served=lambda r: pa.concat_tables([r.slice(0, 1)] * r.num_rows),
        undecided=True,
    ),
    "the truths of one class alone have come": Bad(
        "such outcomes may be on their way", served=lambda r: only(r, 1), undecided=True
    ),
    "no truth has come": Bad(
        "no row that counts has its truth", served=lambda r: r.slice(0, 0), undecided=True
    ),
    "numbers became texts": Bad(
        "requests send 'x3' as a number, it takes a category",
        lambda r: with_column(r, "x3", pa.array(["high" if v > 500 else "low" for v in r["x3"].to_pylist()])),
    ),
    "a linear model on one column": Bad(
        "is worse than the champion",
        lambda r: r,
        estimator=LogisticRegression(C=1e-6, max_iter=5),
    ),
}


@pytest.fixture
def rows(rows_of):
    """To fit the champion, to fit the candidate, and to serve."""
    chance = np.random.default_rng(1)
    order = chance.permutation(len(TUMOURS.data))
    window = rows_of(TUMOURS, chance.choice(order[:300], 300), rng=chance)
    return (
        rows_of(TUMOURS, order[:300]),
        window,
        rows_of(TUMOURS, chance.choice(order[300:], 400), rng=chance),
    )


@pytest.mark.parametrize("name", SETS)
def test_it_is_refused_with_a_reason(world, rows, name):
    bad, (first, window, served) = SETS[name], rows
    served = bad.served(served)
    world.learn(TREES, first)
    window = pa.concat_tables([window, served]) if bad.learns_served else bad.window(window)
    if bad.no_model:
        with pytest.raises(EverloopError, match=bad.told):
            world.learn(bad.estimator, window)
        return
    candidate = world.learn(bad.estimator, window)
    world.serve(served)
    found = world.judge(candidate, gates=GATES)
    assert found.winner is None
    assert bad.told in found.reason
    assert found.undecided == bad.undecided


def test_a_sound_refit_is_not_among_them(world, rows):
    first, window, served = rows
    world.learn(TREES, first)
    candidate = world.learn(TREES, pa.concat_tables([first, window]))
    world.serve(served)
    found = world.judge(candidate, gates=(GateRule(kind="no_worse", margin=0.05), GATES[1]))
    assert found.winner == candidate
