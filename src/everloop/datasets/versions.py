"""The versions of datasets, as the metadata has them."""

from collections.abc import Sequence

from everloop.errors import NotFound
from everloop.records.dataset import DatasetVersion
from everloop.stores.metadata import Transaction


def versions(transaction: Transaction, dataset: str) -> Sequence[DatasetVersion]:
    """Every version of a dataset, the oldest first; none if there is no such dataset."""
    return transaction.find(DatasetVersion, dataset=dataset)


def newest(transaction: Transaction, dataset: str) -> DatasetVersion | None:
    """The newest version of a dataset, or None if there is no such dataset."""
    return next(iter(transaction.find(DatasetVersion, dataset=dataset, newest=1)), None)


def version_of(transaction: Transaction, dataset: str, number: int | None = None) -> DatasetVersion:
    """A version by its number, the newest by default; raises NotFound, which names what there is."""
    last = newest(transaction, dataset)
    if last is None:
        known = ", ".join(names(transaction)[:10]) or "none yet"
        raise NotFound(f"There is no dataset {dataset[:80]!r}.", remedy=f"Datasets: {known}.")
    found = last if number is None else transaction.get(DatasetVersion, dataset, number)
    if found is None:
        raise NotFound(f"There is no version {number} of {dataset!r}.", remedy=f"It has 1 to {last.number}.")
    return found


def names(transaction: Transaction) -> Sequence[str]:
    """The datasets, in order."""
    return [first.dataset for first in transaction.find(DatasetVersion, number=1)]
