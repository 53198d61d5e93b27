"""The gates of a cycle: those that always hold, then those that were declared."""

from collections.abc import Sequence

from everloop.evaluation.gate import Gate
from everloop.evaluation.gates.another_bundle import AnotherBundle
from everloop.evaluation.gates.answers_all import AnswersAll
from everloop.evaluation.gates.beats_baseline import BeatsBaseline
from everloop.evaluation.gates.beats_decisions import BeatsDecisions
from everloop.evaluation.gates.keeps_promise import KeepsPromise
from everloop.evaluation.gates.knows_classes import KnowsClasses
from everloop.evaluation.gates.latency import Latency
from everloop.evaluation.gates.learned_what_comes import LearnedWhatComes
from everloop.evaluation.gates.no_leak import NoLeak
from everloop.evaluation.gates.no_worse import NoWorse
from everloop.evaluation.gates.no_worse_slices import NoWorseSlices
from everloop.evaluation.gates.not_constant import NotConstant
from everloop.evaluation.gates.rows_there import RowsThere
from everloop.evaluation.gates.size import Size
from everloop.evaluation.gates.takes_traffic import TakesTraffic
from everloop.evaluation.gates.truth_varies import TruthVaries
from everloop.records.loop import GateRule

FIRST: tuple[Gate, ...] = (AnotherBundle(), TakesTraffic())  # what fails here is not looked at further
ALWAYS: tuple[Gate, ...] = (
    RowsThere(),
    AnswersAll(),
    NotConstant(),
    KnowsClasses(),
    TruthVaries(),
    NoLeak(),
    LearnedWhatComes(),
)
ON_TRUTH: tuple[Gate, ...] = (
    KeepsPromise(),
)  # and the declared ones: not asked while the truth does not vary


def declared(rules: Sequence[GateRule]) -> tuple[Gate, ...]:
    """The gates of these rules, in their order."""
    return tuple(_gate(rule) for rule in rules)


def _gate(rule: GateRule) -> Gate:
    match rule.kind:
        case "no_worse":
            return NoWorse(rule.metric, rule.margin)
        case "beats_baseline":
            return BeatsBaseline(rule.metric)
        case "beats_decisions":
            return BeatsDecisions(rule.metric, rule.columns[0])
        case "no_worse_slices":
            return NoWorseSlices(rule.metric, rule.margin, rule.columns)
        case "latency":
            return Latency(rule.limit or 0.0)
        case "size":
            return Size(rule.limit or 0.0)
