"""Fifty retrains in a row: whatever passes, quality falls by no more than one margin."""

from math import log

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.naive_bayes import GaussianNB

from everloop.evaluation.compare import ERROR
from everloop.evaluation.gates.no_worse import ANCHOR_ERROR, NoWorse
from everloop.statistics.sequential.sign_counts import SignCounts

RETRAINS = 50
MARGIN = 0.02
LOOKS = (500, 1500, 4000)  # rows of a cycle when the gate looks again
APART = 0.06  # of the rows, on which two models are not both right or both wrong


def seen(chance, difference):
    """Rows on which a candidate was better and worse than another, by the time of each look."""
    better, worse = (APART + difference) / 2, (APART - difference) / 2
    added = np.diff((0, *LOOKS))
    counts = np.cumsum([chance.multinomial(n, (worse, 1 - APART, better)) for n in added], axis=0)
    return [SignCounts(worse=int(w), same=int(s), better=int(b)) for w, s, b in counts]


def passes(champion, anchor):
    """As the gate decides: at the first look at which both are shown to be no worse."""
    return any(
        one.log_e_above(-MARGIN) > log(1 / ERROR)
        and (other is None or other.log_e_above(-MARGIN) > log(1 / ANCHOR_ERROR))
        for one, other in zip(champion, anchor, strict=True)
    )


def lowest(chance, candidate_of, *, anchored=True):
    """The lowest quality that ever served in fifty retrains, measured from the anchor's."""
    champion = least = 0.0
    for _ in range(RETRAINS):
        candidate = candidate_of(champion)
        against_anchor = seen(chance, candidate) if anchored else [None] * len(LOOKS)
        if passes(seen(chance, candidate - champion), against_anchor):
            champion = candidate
        least = min(least, champion)
    return least


@pytest.mark.parametrize("spread", [0.2, 0.5])
def test_retrains_that_are_only_noise_lower_quality_by_no_more_than_one_margin(spread):
    chance = np.random.default_rng(11)
    found = [lowest(chance, lambda _: chance.normal(0, spread * MARGIN)) for _ in range(40)]
    assert np.mean(np.array(found) < -MARGIN) <= 0.05


def test_retrains_that_each_lose_a_little_stop_within_one_margin():
    chance = np.random.default_rng(12)
    found = [lowest(chance, lambda champion: champion - 0.25 * MARGIN) for _ in range(40)]
    assert np.mean(np.array(found) < -MARGIN) <= 0.05
    assert np.mean(found) < -0.2 * MARGIN  # some pass: the test would otherwise show nothing


def test_without_the_anchor_small_losses_would_add_up():
    chance = np.random.default_rng(13)
    assert lowest(chance, lambda champion: champion - 0.25 * MARGIN, anchored=False) < -2 * MARGIN


def test_fifty_real_refits_on_resampled_rows_lower_quality_by_no_more_than_one_margin(case_of_answers):
    margin, digits, chance = 0.03, load_digits(), np.random.default_rng(5)
    half = chance.permutation(1797) < 900
    rows, truth = digits.data + chance.normal(scale=0.5, size=digits.data.shape), digits.target

    def refit():
        drawn = chance.choice(np.flatnonzero(half), 500)
        return GaussianNB(var_smoothing=1e-2).fit(rows[drawn], truth[drawn])

    def quality(model):
        return model.score(rows[~half], truth[~half])

    anchor = champion = refit()
    promoted, qualities = 0, []
    for _ in range(RETRAINS):
        candidate = refit()
        drawn = chance.choice(np.flatnonzero(~half), 1500)
        outputs = {id(m): m.predict_proba(rows[drawn]) for m in (candidate, champion, anchor)}
        case = case_of_answers(
            outputs[id(candidate)],
            outputs[id(champion)],
            truth[drawn],
            anchor=None if anchor is champion else outputs[id(anchor)],
            classes=tuple(range(10)),
        )
        if all(verdict.verdict == "pass" for verdict in NoWorse("", margin).judge(case)):
            champion, promoted = candidate, promoted + 1
        qualities.append(quality(champion))
    assert min(qualities) >= quality(anchor) - margin
    assert promoted >= 5  # the gate lets noise through: it must, where nothing is lost
