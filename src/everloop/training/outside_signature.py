"""What a model takes and gives that somebody else serves: read off a dataset with its inputs and its target."""

import pyarrow as pa

from everloop.errors import RecipeRefused
from everloop.records.recipe import RecipeRecord
from everloop.records.signature import Label, Signature
from everloop.records.target import TargetRule
from everloop.training.columns import choose_columns
from everloop.training.labels import labels_of
from everloop.training.task import Kind, task_of


def outside_signature(
    rows: pa.Table,
    target: TargetRule,
    *,
    task: Kind | None = None,
    features: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    classes: tuple[Label, ...] = (),
) -> Signature:
    """Every usable column of `rows`, none of them needed: what is recorded may lack some.

    `classes` are those that the model knows beside the ones in the target's column. Raises RecipeRefused for a column
    that is not there, TrainingFailed where the target cannot be one.
    """
    if target.outcome not in rows.column_names:
        raise RecipeRefused(
            f"The dataset has no column {target.outcome!r} to be the target.",
            remedy=f"It has: {', '.join(rows.column_names)[:300]}.",
        )
    known = rows.filter(rows[target.outcome].is_valid())
    kind = task or task_of(known[target.outcome])
    labels = labels_of(known[target.outcome], target.outcome, kind)
    choice = choose_columns(_named(target, features, exclude), rows)
    further = tuple(_like(labels.classes, label) for label in classes) if kind == "classification" else ()
    return Signature(
        task=kind,
        target=target.outcome,
        columns=choice.columns,
        classes=tuple(dict.fromkeys((*labels.classes, *further))),
        ignored=choice.ignored,
    )


def _like(known: tuple[Label, ...], label: Label) -> Label:
    """A class in the type of those that are known; raises RecipeRefused where it has none."""
    if all(isinstance(each, str) for each in known):
        return str(label)
    try:
        return int(label)
    except ValueError as error:
        raise RecipeRefused(f"{label!r} is no class beside {known[0]!r}: these are whole numbers.") from error


def _named(target: TargetRule, features: tuple[str, ...], exclude: tuple[str, ...]) -> RecipeRecord:
    """As a recipe names columns."""
    return RecipeRecord(
        estimator="",
        estimator_digest="",
        hyperparameters={},
        target=target,
        features=features,
        exclude=exclude,
    )
