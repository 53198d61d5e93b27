"""What is trained when the recipe names no estimator."""

from typing import Literal

from everloop.training.estimator import Estimator


def default_estimator(task: Literal["classification", "regression"]) -> Estimator:
    """LightGBM, unfitted: 200 trees of up to 31 leaves. It needs no preparation and little tuning."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind = LGBMClassifier if task == "classification" else LGBMRegressor
    return kind(n_estimators=200, learning_rate=0.05)
