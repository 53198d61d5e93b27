"""The demo's recipes and its loop."""

from typing import TYPE_CHECKING

from everloop.loop.declared import Loop
from everloop.loop.gates import BeatsBaseline, NoWorse
from everloop.loop.plans import Canary
from everloop.loop.triggers import AfterOutcomes, OnDrift
from everloop.training.recipe import Recipe
from everloop.workspace.demo.digits import TARGET

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

NAME = "digits"
MARGIN = 0.05
TRUTHS = 520  # since it last turned, that turn the loop
TRUTHS_OF_DRIFT = 500  # and where drift was raised: enough of them show what is new
ANY_SHIFT = 1.0  # every truth comes, so quality decides: after a change of the world, better answers are other answers


def usual_recipe(seed: int) -> Recipe:
    """Looks at the shape of the ink alone: however faint a scan is, it is first brought to one strength."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer

    return Recipe(make_pipeline(Normalizer(), _machine(10.0)), target=TARGET, seed=seed)


def brittle_recipe(seed: int) -> Recipe:
    """As good on the scans that it knows, and at a loss where they become fainter: it looks at the ink as it is."""
    return Recipe(_machine(0.002), target=TARGET, seed=seed)


def digits_loop(seed: int) -> Loop:
    """Turned by outcomes or by drift, as a person would declare it for an endpoint of some twenty requests a second."""
    return Loop(
        NAME,
        recipe=usual_recipe(seed),
        mode="act",
        gates=[NoWorse(margin=MARGIN), BeatsBaseline()],
        rollout=Canary(
            steps=(0.2, 0.5), bake="10m", max_wait="7d", min_answers=10, margin=MARGIN, shift=ANY_SHIFT
        ),
        triggers=[AfterOutcomes(TRUTHS), OnDrift(TRUTHS_OF_DRIFT)],
        evaluation_share=0.15,
        patience="7d",
    )


def _machine(gamma: float) -> "BaseEstimator":
    """A support vector machine whose scores are made into probabilities."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import SVC

    return CalibratedClassifierCV(SVC(C=10.0, gamma=gamma), ensemble=False, cv=3)
