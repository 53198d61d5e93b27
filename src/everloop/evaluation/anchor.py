"""Whether a candidate is fit to be what later ones are held to."""

from collections.abc import Sequence

from everloop.records.cycle import Judged
from everloop.records.endpoint import VersionRef

AGAINST = "the anchor "  # so begins what a gate's verdict keeps as `against`


def beats_anchor(judged: Sequence[Judged], candidate: VersionRef) -> bool:
    """Whether no gate compared the candidate with the anchor without showing it to be better.

    A champion that has slipped is easily beaten. If whoever beats it became the anchor, slipping and half recovering
    would lower the anchor step by step. True where the champion is the anchor, and where their truth is a reaction.
    """
    verdicts = [v for each in judged if each.candidate == candidate for v in each.verdicts]
    against = [v for v in verdicts if str(v.inputs.get("against", "")).startswith(AGAINST)]
    return all(v.low is not None and v.low > 0 for v in against)
