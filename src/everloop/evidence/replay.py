"""A verdict, come to again from what it rests on."""

from dataclasses import replace

from everloop.errors import StoredFormatUnknown
from everloop.evidence.policies.better import Better
from everloop.evidence.policies.budget import Budget
from everloop.evidence.policies.counted import Counted
from everloop.evidence.policies.doubling import Doubling
from everloop.evidence.policies.drifted import Drifted
from everloop.evidence.policies.estimate_limit import EstimateLimit
from everloop.evidence.policies.latency_guardrail import LatencyGuardrail
from everloop.evidence.policies.no_worse import NoWorse
from everloop.evidence.policies.policy import Policy
from everloop.evidence.policies.quality_kept import QualityKept
from everloop.evidence.policies.rate_guardrail import RateGuardrail
from everloop.evidence.policies.share_moved import ShareMoved
from everloop.evidence.policies.shift_guardrail import ShiftGuardrail
from everloop.records.verdict import Verdict

KINDS: tuple[type[Policy], ...] = (
    NoWorse,
    Better,
    RateGuardrail,
    LatencyGuardrail,
    ShiftGuardrail,
    Budget,
    EstimateLimit,
    Drifted,
    ShareMoved,
    QualityKept,
    Counted,
    Doubling,
)
POLICIES = {kind.code: kind for kind in KINDS}  # by their codes, which never change and are never given twice


def replay(verdict: Verdict) -> Verdict:
    """The verdict that its policy reaches from its inputs today: equal to it as long as the rule is the same.

    Raises StoredFormatUnknown for a policy that is not known here.
    """
    kind = POLICIES.get(verdict.policy)
    if kind is None:
        raise StoredFormatUnknown(
            f"No policy has the code {verdict.policy!r}.", remedy="Upgrade Everloop to replay this verdict."
        )
    return replace(kind.again(verdict), gate=verdict.gate, needed=verdict.needed)
