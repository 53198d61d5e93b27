"""The demo's two recipes: alike on the scanner that both know, and not where it changes."""

import numpy as np
import pytest

from everloop.replay.distorted import Distortions
from everloop.workspace.demo.digits import PIXELS, REPLACED, TARGET, USUAL, first_scans, stream
from everloop.workspace.demo.models import MARGIN, brittle_recipe, digits_loop, usual_recipe


def pixels(table):
    return np.column_stack([table[name].to_numpy() for name in PIXELS])


@pytest.fixture(scope="module")
def right():
    """Shares of digits read rightly: by recipe and scanner, on 1,000 that neither was fitted on."""
    given, rows = first_scans(7), stream(7)
    inputs, truth = rows.drop_columns([TARGET]), rows[TARGET].to_numpy()
    scans = {
        name: pixels(Distortions(seed=7, given=scanner.scans()).rows(inputs, 0))
        for name, scanner in (("usual", USUAL), ("replaced", REPLACED))
    }
    learned = np.vstack([pixels(given), scans["usual"][:400]])
    labels = np.concatenate([given[TARGET].to_numpy(), truth[:400]])
    found = {}
    for recipe, made in (("usual", usual_recipe(7)), ("brittle", brittle_recipe(7))):
        fitted = made.estimator.fit(learned, labels)
        for scanner, seen in scans.items():
            found[recipe, scanner] = float((fitted.predict(seen[497:]) == truth[497:]).mean())
    return found


def test_on_the_usual_scanner_the_brittle_recipe_is_no_worse(right):
    assert right["brittle", "usual"] > right["usual", "usual"] - MARGIN


def test_the_new_scanner_costs_the_brittle_recipe_far_more(right):
    assert right["usual", "replaced"] < right["usual", "usual"] - 0.1
    assert right["brittle", "replaced"] < right["usual", "replaced"] - 2 * MARGIN


def test_the_loop_acts_by_itself():
    assert digits_loop(7).mode == "act"
