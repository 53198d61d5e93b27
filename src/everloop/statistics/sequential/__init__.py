"""Tests that stay valid however often one looks.

Each state is a frozen dataclass that folds: it holds sufficient statistics, `merge` adds those of other rows, in any
order. Against a null hypothesis it gives the logarithm of an *e-value*: capital that a fair game started with 1 and
that is expected to stay at 1 at most while the null holds, at every moment at once. So the chance that it *ever*
reaches 1 / alpha is at most alpha (Ville 1939), and the nulls that it has not refuted are a *confidence sequence*: an
interval that holds the true value at all moments together, with the stated chance.
"""
