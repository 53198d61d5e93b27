"""From a recipe to its stored form, or a refusal with the remedy, before anything is trained."""

import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from everloop.bundles.trusted import dump_canonical, load_trusted, untrusted_types
from everloop.errors import BundleRefused, RecipeRefused
from everloop.records.recipe import RecipeRecord
from everloop.training.canonical import canonical, estimator_digest, name_of
from everloop.training.code_version import code_version
from everloop.training.default_estimator import default_estimator
from everloop.training.estimator import Estimator, last_step
from everloop.training.recipe import Recipe, check

LIBRARIES = (
    "everloop",
    "lightgbm",
    "numpy",
    "onnx",
    "onnxmltools",
    "scikit-learn",
    "scipy",
    "skl2onnx",
    "skops",
)


def freeze(recipe: Recipe, *, project: Path | None = None) -> tuple[RecipeRecord, bytes]:
    """The recipe's record, and its unfitted estimator as a skops file.

    `project` is the folder whose git commit is the code version. Raises RecipeRefused, with the remedy, for
    an estimator that cannot be stored safely or cannot learn the task.
    """
    check(recipe)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = _unfitted(_estimator(recipe))
        _refuse_unfit(estimator, recipe.task)
        digest = estimator_digest(estimator)
        blob = _stored(estimator, digest)
    record = RecipeRecord(
        estimator=name_of(type(estimator)),
        estimator_digest=digest,
        hyperparameters=_readable(estimator),
        target=recipe.rule(),
        task=recipe.task,
        features=tuple(recipe.features or ()),
        exclude=tuple(recipe.exclude),
        seed=recipe.seed,
        test_share=recipe.test_share,
        order_by=recipe.order_by or "",
        code_version=code_version(project) if project else "",
        libraries=libraries(),
    )
    return record, blob


def libraries() -> dict[str, str]:
    """The versions of the installed libraries that shape a model."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _estimator(recipe: Recipe) -> Estimator:
    if recipe.estimator is not None:
        return recipe.estimator
    if recipe.task == "auto":
        raise RecipeRefused(
            "The recipe names neither an estimator nor a task.",
            remedy='Say task="classification" or task="regression", or give an estimator.',
        )
    return default_estimator(recipe.task)


def _unfitted(estimator: Estimator) -> Estimator:
    from sklearn.base import clone

    if isinstance(estimator, type):
        raise RecipeRefused(
            f"{name_of(estimator)} is a class.", remedy=f"Make an object of it: {estimator.__name__}()."
        )
    if not all(callable(getattr(estimator, verb, None)) for verb in ("fit", "get_params")):
        raise RecipeRefused(
            f"A {name_of(type(estimator))} is no scikit-learn estimator: it has no fit or no get_params.",
            remedy="Give an estimator or a pipeline whose last step predicts.",
        )
    try:
        return clone(estimator)
    except Exception as error:  # whatever the estimator's own code raises
        raise RecipeRefused(
            f"The {type(estimator).__name__} cannot be copied: {_first_line(error)}",
            remedy="Its parameters must be what its __init__ was given, unchanged.",
        ) from error


def _refuse_unfit(estimator: Estimator, task: str) -> None:
    """Refuse an estimator that cannot do the task, or cannot say how sure it is."""
    from sklearn.base import is_classifier, is_regressor

    name = type(estimator).__name__
    try:
        kind = (
            "classification" if is_classifier(estimator) else "regression" if is_regressor(estimator) else ""
        )
    except Exception as error:  # estimators that ask the one within them, where there is none
        raise RecipeRefused(f"The {name} is not complete: {_first_line(error)}") from error
    if not kind and not hasattr(estimator, "predict"):
        raise RecipeRefused(f"The {name} does not predict.", remedy="End the pipeline with a model.")
    if task != "auto" and kind and kind != task:
        raise RecipeRefused(f"The {name} is for {kind}, the recipe's task is {task}.")
    if "classification" in (kind, task) and not _gives_probabilities(estimator):
        raise RecipeRefused(
            f"The {name} gives no probabilities.",
            remedy="Set its option that makes it give them, or wrap it in CalibratedClassifierCV.",
        )


def _gives_probabilities(estimator: Estimator) -> bool:
    """Whether it will, once fitted. What is stacked asks its last estimator, which may be left to be chosen."""
    last = last_step(estimator)
    if hasattr(last, "final_estimator"):
        return last.final_estimator is None or hasattr(last.final_estimator, "predict_proba")
    return hasattr(last, "predict_proba")


def _stored(estimator: Estimator, digest: str) -> bytes:
    """The skops file, proven to be safe and to come back as the same estimator."""
    try:
        blob = dump_canonical(estimator)
        strange = untrusted_types(blob)
    except Exception as error:  # skops raises whatever a parameter's own code does
        raise RecipeRefused(
            f"The {type(estimator).__name__} cannot be stored: {_first_line(error)}",
            remedy="Use numbers, texts, lists, or scikit-learn's own objects as parameters.",
        ) from error
    if strange:
        raise RecipeRefused(
            f"The {type(estimator).__name__} holds {', '.join(strange)[:200]}: loading that runs code.",
            remedy="Use scikit-learn's, LightGBM's and numpy's own classes and functions instead.",
        )
    try:
        back = estimator_digest(load_trusted(blob))
    except BundleRefused as error:
        raise RecipeRefused(f"The {type(estimator).__name__} cannot be stored: {error.message}") from error
    if back != digest:
        raise RecipeRefused(f"The {type(estimator).__name__} changes when it is stored and read again.")
    return blob


def _readable(estimator: Estimator) -> dict[str, str]:
    """Its hyperparameters as text, nested ones by their path; estimators inside are shown by their own."""
    texts = {}
    for name, value in sorted(estimator.get_params(deep=True).items()):
        form = str(value) if isinstance(value, str | int | float | bool | None) else str(canonical(value))
        if "'class': " not in form:
            texts[name] = form
    return texts


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
