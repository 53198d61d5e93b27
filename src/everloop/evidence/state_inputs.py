"""Sequential states as the flat values that a verdict keeps, and back."""

import json
from collections.abc import Sequence

from everloop.errors import StoredFormatUnknown
from everloop.statistics.sequential.bounded_mean import BoundedMean
from everloop.statistics.sequential.mean_state import MeanState
from everloop.statistics.sequential.moments import Moments
from everloop.statistics.sequential.randomised_effect import Arms, RandomisedEffect
from everloop.statistics.sequential.rate import Rate
from everloop.statistics.sequential.sign_counts import SignCounts

Inputs = dict[str, float | int | str]


def inputs_of(state: MeanState) -> Inputs:
    """The counts of a state of differences: all that its test looks at. Raises TypeError for another kind."""
    match state:
        case SignCounts():
            return {"state": "signs", "worse": state.worse, "same": state.same, "better": state.better}
        case Moments():
            return {
                "state": "moments",
                "count": state.rows,
                "average": state.average,
                "squares": state.squares,
            }
        case BoundedMean():
            return {"state": "bounded", "low": state.low, "high": state.high, "weights": _text(state.weights)}
        case RandomisedEffect():
            arms = [[one.share, one.candidate, one.champion] for one in state.arms]
            return {
                "state": "effect",
                "low": state.low,
                "high": state.high,
                "points": state.points,
                "centre": state.centre,
                "arms": _text(arms),
            }
        case Rate():
            return {"state": "rate", "hits": state.hits, "count": state.rows}
    raise TypeError(f"{type(state).__name__} is not a state of differences.")


def state_of(inputs: Inputs) -> MeanState:
    """The state that was kept; raises StoredFormatUnknown for one that is not known."""
    i = inputs
    match inputs.get("state"):
        case "signs":
            return SignCounts(worse=int(i["worse"]), same=int(i["same"]), better=int(i["better"]))
        case "moments":
            return Moments(rows=int(i["count"]), average=float(i["average"]), squares=float(i["squares"]))
        case "bounded":
            return BoundedMean(
                low=float(i["low"]), high=float(i["high"]), weights=tuple(json.loads(str(i["weights"])))
            )
        case "effect":
            return RandomisedEffect(
                low=float(i["low"]),
                high=float(i["high"]),
                points=int(i["points"]),
                centre=float(i["centre"]),
                arms=tuple(
                    Arms(share=share, candidate=tuple(candidate), champion=tuple(champion))
                    for share, candidate, champion in json.loads(str(i["arms"]))
                ),
            )
        case "rate":
            return Rate(hits=int(i["hits"]), rows=int(i["count"]))
    raise StoredFormatUnknown(f"A verdict rests on {inputs.get('state')!r}, which is not a known state.")


def _text(values: Sequence[object]) -> str:
    return json.dumps(values, separators=(",", ":"))
