"""The gates' work in a cycle: every candidate on the same mature rows as champion and anchor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyarrow as pa

from everloop.actions.context import Context
from everloop.actions.learned_rows import Window, learned_rows, training_window
from everloop.actions.too_early import too_early
from everloop.bundles.door import Bundle, open_bundle
from everloop.evaluation.case import Case, truth_of
from everloop.evaluation.choose import Choice, Examined, choose
from everloop.evaluation.contender import Answers, Contender
from everloop.evaluation.decisions import decisions
from everloop.evaluation.examine import examine
from everloop.evaluation.gain import gain, levels
from everloop.evaluation.material import COLUMNS, Learned, Material, gather, usable
from everloop.evaluation.metric import metric_of
from everloop.evaluation.recorded import answered_by, recorded
from everloop.evaluation.scored import score
from everloop.ledger.inputs import inputs_of
from everloop.ledger.ledger import Ledger
from everloop.loop.sight import Gated
from everloop.records.codec import from_json
from everloop.records.cycle import Cycle, Judged
from everloop.records.endpoint import VersionRef
from everloop.records.loop import GateRule
from everloop.records.model_version import ModelVersion
from everloop.records.moments import EVER
from everloop.records.recipe import RecipeRecord
from everloop.records.target import TargetRule
from everloop.registry.champions import known_endpoint
from everloop.registry.versions import known_version

TRAFFIC_BEFORE = timedelta(
    days=1
)  # of requests before the gates' rows: they show what comes, if nothing came since
MOMENT = timedelta(microseconds=1)  # the ledger's least


@dataclass(frozen=True, slots=True)
class Compared:
    """Who is compared in a cycle, with the windows they learned from."""

    target: TargetRule
    candidates: tuple[VersionRef, ...]
    versions: Mapping[VersionRef, ModelVersion]
    windows: Mapping[VersionRef, Window]

    def begin(self, cycle: Cycle) -> datetime:
        """From when on answers count: from the first that was kept from the fit, and after every training window."""
        ends = [window.until + MOMENT for window in self.windows.values()]
        return max(ends if cycle.evaluate_from is None else [*ends, cycle.evaluate_from])


def judge_candidates(context: Context, cycle: Cycle) -> Gated:
    """Every candidate through the gates of the cycle, on all mature rows there are now.

    It changes nothing, and says the same of the same rows. Raises NotFound or BundleRefused where a compared model or
    its data is gone.
    """
    compared = _compared(context, cycle)
    case, contenders = _prepared(context, cycle, compared)
    examined = [
        _examined(replace(case, candidate=contenders[ref]), cycle.policy.gates) for ref in compared.candidates
    ]
    choice, material = choose(examined), case.material
    reason = _told(choice, material)
    if choice.undecided and not material.usable:
        reason = _nothing_yet(context, cycle, compared, examined) or reason
    return Gated(
        judged=tuple(Judged(candidate=e.candidate, verdicts=e.verdicts) for e in examined),
        winner=choice.winner,
        undecided=choice.undecided,
        reason=reason,
        rows=material.usable,
        more_rows=choice.more_rows,
    )


def _told(choice: Choice, material: Material) -> str:
    """The reason, and where more rows are asked for, why some of those there are do not count."""
    content = material.usable - material.rows.num_rows
    if not choice.undecided or not content or not material.rows.num_rows:
        return choice.reason
    why = "; ".join(f"{count:,} rows do not count: {reason}" for reason, count in material.doubled.items())
    return f"{choice.reason} ({why})"


def _nothing_yet(context: Context, cycle: Cycle, compared: Compared, examined: Sequence[Examined]) -> str:
    """Why no row is usable, where all truths so far are of answers that a compared model may have learned from."""
    ref, window = max(compared.windows.items(), key=lambda item: item[1].until)
    if compared.begin(cycle) != window.until + MOMENT:
        return ""
    columns = (*COLUMNS, "model", "version")
    count = usable(_answers(context, cycle, compared, columns=columns), begin=EVER)
    if not count:
        return ""
    waiting = ", ".join(str(e.candidate) for e in examined if e.standing == "undecided")
    return f"{waiting} cannot be compared with {cycle.champion} yet: {too_early(count, ref, window)}"


def usable_rows(context: Context, cycle: Cycle) -> int:
    """How many mature rows the gates could look at now, cheaply."""
    compared = _compared(context, cycle)
    begin = compared.begin(cycle)
    joined = _ledger(context).joined(cycle.endpoint, compared.target, columns=COLUMNS, since=begin)
    return usable(joined, begin=begin)


def _compared(context: Context, cycle: Cycle) -> Compared:
    candidates = cycle.candidates or ((cycle.candidate,) if cycle.candidate is not None else ())
    refs = dict.fromkeys((cycle.champion, *candidates, cycle.anchor))
    with context.metadata.transaction() as transaction:
        endpoint = known_endpoint(transaction, cycle.endpoint)
        versions = {ref: known_version(transaction, ref.model, ref.number) for ref in refs}
        windows = {ref: training_window(transaction, version) for ref, version in versions.items()}
    return Compared(endpoint.target, candidates, versions, windows)


def _prepared(context: Context, cycle: Cycle, compared: Compared) -> tuple[Case, dict[VersionRef, Contender]]:
    """The case of the champion against itself, and all who have scored its rows; candidates take a place in it."""
    learned = {ref: learned_rows(context, window) for ref, window in compared.windows.items()}
    bundles = {r: open_bundle(context.layout.bundles, v.bundle) for r, v in compared.versions.items()}
    begin = compared.begin(cycle)
    material = gather(
        _answers(context, cycle, compared, since=begin - TRAFFIC_BEFORE),
        begin=begin,
        learned=[Learned(signature=bundles[r].manifest.signature, table=rows) for r, rows in learned.items()],
    )
    contenders = {
        ref: _contender(context, compared.versions[ref], bundle, learned[ref], material)
        for ref, bundle in bundles.items()
    }
    return _case(context, cycle, compared, contenders, material), contenders


def _answers(
    context: Context,
    cycle: Cycle,
    compared: Compared,
    *,
    since: datetime | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """The ledger's rows; where the champion is served elsewhere, those that it answered: it is not asked again."""
    rows = _ledger(context).joined(cycle.endpoint, compared.target, columns=columns, since=since)
    if not compared.versions[cycle.champion].served_elsewhere:
        return rows
    return rows.filter(pa.array(answered_by(rows, cycle.champion)))


def _contender(
    context: Context, version: ModelVersion, bundle: Bundle, learned: pa.Table, material: Material
) -> Contender:
    ref, signature = VersionRef(model=version.model, number=version.number), bundle.manifest.signature
    return Contender(
        role="candidate",
        ref=ref,
        bundle=bundle,
        learned=learned,
        scored=recorded(material.rows, ref, signature)
        if version.served_elsewhere
        else score(bundle, inputs_of(material.rows, signature)),
        metrics=version.metrics,
        ordered=_ordered(context, version),
        imported=version.imported is not None,
    )


def _ordered(context: Context, version: ModelVersion) -> bool:
    """Whether its recipe says that rows lie in the order of time; one that was not trained here has none."""
    if not version.recipe:
        return False
    return bool(from_json(RecipeRecord, context.blobs.read(version.recipe)).order_by)


def _case(
    context: Context,
    cycle: Cycle,
    compared: Compared,
    contenders: Mapping[VersionRef, Contender],
    material: Material,
) -> Case:
    """The case of the champion against itself."""
    champion = replace(contenders[cycle.champion], role="champion")
    classes, truth = truth_of(material, (champion, *contenders.values()))
    return Case(
        candidate=contenders[cycle.champion],
        champion=champion,
        anchor=replace(contenders[cycle.anchor], role="anchor"),
        material=material,
        target=compared.target,
        classes=classes,
        truth=truth,
        rivals=len(compared.candidates),
        decisions=_decisions(context, cycle, material, classes),
    )


def _decisions(
    context: Context, cycle: Cycle, material: Material, classes: tuple[str, ...]
) -> dict[str, Answers]:
    """Of people, for the gates that ask for them."""
    names = [rule.columns[0] for rule in cycle.policy.gates if rule.kind == "beats_decisions"]
    if not names:
        return {}
    outcomes = _ledger(context).outcomes(cycle.endpoint, history=False)
    found = {name: decisions(name, material.rows, outcomes, classes) for name in names}
    return {name: answers for name, answers in found.items() if answers is not None}


def _examined(case: Case, rules: Sequence[GateRule]) -> Examined:
    metric = metric_of(next((rule.metric for rule in rules if rule.metric), ""), case)
    return Examined(
        candidate=case.candidate.ref,
        verdicts=examine(case, rules),
        metric=metric,
        gain=gain(case, metric),
        rows=case.rows,
        levels=levels(case, metric),
    )


def _ledger(context: Context) -> Ledger:
    return Ledger(context.tables, context.layout, context.clock)
