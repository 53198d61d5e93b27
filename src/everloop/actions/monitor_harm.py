"""How much what a window shows matters, measured with the champion itself."""

from collections.abc import Callable
from functools import cache

from everloop.actions.context import Context
from everloop.actions.record_window import Looked
from everloop.bundles.door import open_bundle
from everloop.errors import EverloopError
from everloop.monitoring.alerts import shows
from everloop.monitoring.harm import Meter, harm_of_answers
from everloop.monitoring.judge import subject_of_answers
from everloop.monitoring.reference import Reference
from everloop.monitoring.window import Window
from everloop.records.model_version import ModelVersion
from everloop.records.monitor import Monitored


def harm_meter(
    context: Context, version: ModelVersion, reference: Reference, looked: Looked
) -> Callable[[Monitored], float]:
    """Answers the harm of what the window found, 0 of what shows nothing. The bundle is opened if it is needed.

    A bundle that cannot be opened any more does not hold the monitors up: the harm is then 1, which nobody overlooks.
    """

    @cache
    def meter() -> Meter | None:
        try:
            bundle = open_bundle(context.layout.bundles, version.bundle)
            return (
                Meter(bundle.runtime(), bundle.manifest.signature, looked.inputs)
                if looked.inputs is not None
                else None
            )
        except EverloopError:
            return None

    @cache
    def of_column(name: str) -> float:
        column = next(c for c in reference.columns if c.name == name)
        measured = meter()
        return 1.0 if measured is None else measured.harm(column, reference.deviation)

    def harm(found: Monitored) -> float:
        if not shows(found.verdict):
            return 0.0
        if found.monitor == "quality":
            return _of_quality(found, reference.deviation)
        if looked.inputs is None or looked.folded is None:
            return 0.0
        if found.subject == subject_of_answers(reference):
            return _of_answers(reference, looked.folded)
        return of_column(found.subject)

    return harm


def _of_answers(reference: Reference, window: Window) -> float:
    if reference.answers is None or window.answers is None:
        return 0.0
    return harm_of_answers(reference.answers, window.answers, reference.deviation)


def _of_quality(found: Monitored, deviation: float) -> float:
    """Points of accuracy that are lost, or the error that was added in standard deviations of the answers."""
    verdict = found.verdict
    if verdict.value is None:
        return 0.0
    lost = abs(verdict.value - float(verdict.inputs["policy.promised"]))
    if found.subject == "accuracy":
        return min(1.0, lost)
    return min(1.0, lost / deviation) if deviation > 0 else 1.0
