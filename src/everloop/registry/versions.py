"""Model versions: numbered when they enter, found by name and number."""

from collections.abc import Sequence
from dataclasses import replace

from everloop.errors import NotFound
from everloop.records.model_version import ModelVersion
from everloop.stores.metadata import Transaction


def register(transaction: Transaction, version: ModelVersion) -> ModelVersion:
    """Keep `version` under the model's next number, whatever number it came with."""
    newest = transaction.find(ModelVersion, model=version.model, newest=1)
    numbered = replace(version, number=newest[0].number + 1 if newest else 1)
    transaction.add(numbered)
    return numbered


def known_version(transaction: Transaction, model: str, number: int) -> ModelVersion:
    """The version; raises NotFound, which names the newest there are."""
    version = transaction.get(ModelVersion, model, number)
    if version is not None:
        return version
    known = [str(v) for v in transaction.find(ModelVersion, newest=5, model=model)]
    remedy = f"Known: {', '.join(known)}." if known else f"Train one with `everloop train {model}`."
    raise NotFound(f"There is no model version {model}@{number}.", remedy=remedy)


def versions(transaction: Transaction, model: str = "") -> Sequence[ModelVersion]:
    """All versions of a model, or of all models, by name and number."""
    return transaction.find(ModelVersion, model=model) if model else transaction.find(ModelVersion)
