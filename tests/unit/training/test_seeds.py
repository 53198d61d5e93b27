from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from everloop.training.seeds import fix_chance


def test_every_open_random_state_gets_the_seed_all_the_way_down():
    estimator = make_pipeline(StandardScaler(), BaggingClassifier(LogisticRegression()))
    fix_chance(estimator, 7, 2)
    assert estimator.get_params()["baggingclassifier__random_state"] == 7
    assert estimator.get_params()["baggingclassifier__estimator__random_state"] == 7


def test_a_random_state_that_was_set_is_kept():
    estimator = RandomForestClassifier(random_state=3)
    fix_chance(estimator, 7, 2)
    assert estimator.random_state == 3


def test_lightgbm_is_deterministic_and_its_threads_are_given():
    for estimator in (
        LGBMClassifier(),
        make_pipeline(LGBMClassifier()).steps[0][1],
        LGBMRegressor(n_jobs=-1),
    ):
        fix_chance(estimator, 7, 2)
        given = estimator.get_params()
        assert (given["deterministic"], given["force_row_wise"], given["n_jobs"]) == (True, True, 2)
        assert given["random_state"] == 7


def test_what_the_author_set_on_lightgbm_is_kept():
    estimator = LGBMClassifier(n_jobs=3, force_col_wise=True, verbosity=1)
    fix_chance(estimator, 7, 2)
    given = estimator.get_params()
    assert (given["n_jobs"], given["verbosity"]) == (3, 1)
    assert "force_row_wise" not in given


def test_lightgbm_within_a_pipeline_is_found():
    estimator = make_pipeline(StandardScaler(), LGBMClassifier())
    fix_chance(estimator, 1, 2)
    assert estimator.steps[1][1].get_params()["deterministic"] is True
