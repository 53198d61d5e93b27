"""An endpoint's ledger as a person reads it."""

from typing import TYPE_CHECKING

from everloop.actions.queries.ledger import LedgerQuery, PredictionsQuery, Quality, QualityQuery
from everloop.actions.registry import JOINED, OUTCOMES, PREDICTIONS, QUALITY
from everloop.shown.markup import Markup
from everloop.workspace.seen import seen

if TYPE_CHECKING:
    import pyarrow as pa

    from everloop.workspace.client import Client


class LedgerView:
    """What was answered at an endpoint, and what came back."""

    def __init__(self, client: "Client", endpoint: str) -> None:
        self.endpoint = endpoint
        self._client = client

    def predictions(self) -> "pa.Table":
        """Every captured answer, in the order of capture."""
        return self._client.call(PREDICTIONS, PredictionsQuery(endpoint=self.endpoint), key="")

    def shadows(self) -> "pa.Table":
        """What shadows made of answered rows, under the answers' ids. The inputs are with the answers."""
        return self._client.call(PREDICTIONS, PredictionsQuery(endpoint=self.endpoint, shadows=True), key="")

    def outcomes(self) -> "pa.Table":
        """Every outcome with its revision; a repeated one once."""
        return self._client.call(OUTCOMES, LedgerQuery(endpoint=self.endpoint), key="")

    def joined(self) -> "pa.Table":
        """Predictions with their outcomes, their maturity and the truth to learn from."""
        return self._client.call(JOINED, LedgerQuery(endpoint=self.endpoint), key="")

    def quality(self) -> Quality:
        """The quality on mature rows, with its interval, and how many rows of each kind there are."""
        return self._client.call(QUALITY, QualityQuery(endpoint=self.endpoint), key="")

    def __repr__(self) -> str:
        return f"LedgerView({self.endpoint!r})"

    def _repr_html_(self) -> str:
        return seen(f"Ledger of {self.endpoint}", lambda: Markup(self.quality()._repr_html_()))
