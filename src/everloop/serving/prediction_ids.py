"""Ids of predictions, one a row, never used twice."""

from itertools import count, islice


class PredictionIds:
    """`<token>-<counter>`: the token is of one start of one worker, drawn at random by whoever starts it.

    >>> PredictionIds("w_7k3").take(2)
    ['7k3-0', '7k3-1']
    """

    def __init__(self, token: str) -> None:
        self._prefix = f"{token.rpartition('_')[2]}-"
        self._counter = count()

    def take(self, rows: int) -> list[str]:
        """The next ids."""
        prefix = self._prefix
        if rows == 1:
            return [f"{prefix}{next(self._counter)}"]
        return [f"{prefix}{number}" for number in islice(self._counter, rows)]
