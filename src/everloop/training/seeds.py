"""Equal recipes make equal models: a seed for all that is random, an order for all that is parallel."""

from everloop.training.estimator import Estimator, is_lightgbm, parts


def fix_chance(estimator: Estimator, seed: int, threads: int) -> None:
    """Give every part of `estimator` that leaves its random state open the seed, in place.

    LightGBM adds floats in the order of its threads: their number is given, and its deterministic mode is on.
    What the recipe's author set is kept.
    """
    open_states = {
        name: seed
        for name, value in estimator.get_params(deep=True).items()
        if value is None and name.rpartition("__")[2] == "random_state"
    }
    estimator.set_params(**open_states)
    for part in parts(estimator):
        if is_lightgbm(part):
            _fix_lightgbm(part, threads)


def _fix_lightgbm(model: Estimator, threads: int) -> None:
    given = model.get_params()
    fixed = {"deterministic": True, "verbosity": -1}
    if not given.get("force_col_wise"):
        fixed["force_row_wise"] = True
    model.set_params(**{name: given.get(name, value) for name, value in fixed.items()})
    if (given.get("n_jobs") or -1) < 0:
        model.set_params(n_jobs=threads)
