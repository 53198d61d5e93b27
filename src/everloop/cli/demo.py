"""`everloop demo`: scikit-learn's handwritten digits, from a table to an answer whose truth is known."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.show import AsJson, show_json

if TYPE_CHECKING:
    import pandas as pd

    from everloop.actions.queries.ledger import Quality
    from everloop.training.recipe import Recipe
    from everloop.workspace.workspace import Workspace

FITTED = 1000  # digits of 1,797; the others are sent to the endpoint
BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the demo found, for `--json`."""

    version: str
    url: str
    held_out_accuracy: float  # scored in training, on digits that the fit has not seen
    sent: int
    quality: "Quality"
    seconds: float


def demo(
    folder: Annotated[
        str, typer.Option("--folder", help="Keep the demo's project here.", show_default="a temporary one")
    ] = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the training and the stream.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Train on real handwritten digits, serve them, send rows and later their truth, and show the accuracy."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="everloop-demo-") as temporary:
        told = _play(Path(folder or temporary), seed, quiet=as_json, started=started)
    if as_json:
        show_json(told)


def _play(folder: Path, seed: int, *, quiet: bool, started: float) -> Told:
    from everloop.workspace.open import open

    def say(line: str) -> None:
        typer.echo(line, err=quiet)

    folder.mkdir(parents=True, exist_ok=True)
    digits = _digits()
    with open(folder) as workspace:
        version = workspace.datasets["digits"].append(digits[:FITTED], note="the first digits")
        say(f"{version}: {version.rows} handwritten digits, {len(version.fields) - 1} pixels each.")
        made = workspace.train("digits", _recipe(seed), progress=lambda line: say(f"  {line}"))
        say(f"{made} is trained: {made.metrics['accuracy']:.1%} right on digits kept from its fit.")
        endpoint = made.deploy("digits")
        say(f"It answers at {endpoint.url}.")
        stream = digits[FITTED:].sample(frac=1.0, random_state=seed)
        quality = _stream(workspace, stream, say)
        say(
            f"The ledger says: {_in_words(quality)}, on {quality.counts.with_truth} answers with their truth."
        )
        return Told(
            version=str(made),
            url=endpoint.url,
            held_out_accuracy=made.metrics["accuracy"],
            sent=len(stream),
            quality=quality,
            seconds=round(time.monotonic() - started, 1),
        )


def _stream(workspace: "Workspace", stream: "pd.DataFrame", say: Callable[[str], None]) -> "Quality":
    """Send digits in batches, and the truth of each batch after the next one has gone."""
    endpoint, ledger = workspace.endpoint("digits"), workspace.ledger("digits")
    waiting: list[tuple[tuple[str, ...], list[int]]] = []
    for start in range(0, len(stream), BATCH):
        batch = stream[start : start + BATCH]
        answer = endpoint.predict(batch.drop(columns="digit"))
        waiting.append((answer.ids, batch["digit"].tolist()))
        if len(waiting) > 1:
            endpoint.outcomes("digit", *waiting.pop(0), source="the writer")
        found = ledger.quality()
        counts = found.counts
        say(
            f"  {counts.predictions:4d} answered, {counts.with_truth:4d} with their truth: {_in_words(found)}"
        )
    for ids, truth in waiting:
        endpoint.outcomes("digit", ids, truth, source="the writer")
    return ledger.quality()


def _in_words(quality: "Quality") -> str:
    estimate = quality.estimate
    if estimate is None:
        return "quality not known yet"
    return f"{estimate.value:.1%} right, 95 % interval [{estimate.low:.1%}, {estimate.high:.1%}]"


def _digits() -> "pd.DataFrame":
    import pandas as pd
    from sklearn.datasets import load_digits

    found = load_digits()
    pixels = pd.DataFrame(found.data, columns=[f"pixel_{n:02d}" for n in range(found.data.shape[1])])
    return pixels.assign(digit=found.target)


def _recipe(seed: int) -> "Recipe":
    from lightgbm import LGBMClassifier

    from everloop.training.recipe import Recipe

    return Recipe(
        LGBMClassifier(n_estimators=60, num_leaves=15, min_child_samples=5),
        target="digit",
        seed=seed,
    )
