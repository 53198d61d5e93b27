"""Why gates have nothing to look at although truths have come: all of them are of answers served too early."""

from everloop.actions.learned_rows import Window
from everloop.loop.story import moment
from everloop.records.dataset import DatasetVersion
from everloop.records.endpoint import VersionRef

WAIT = "New answers will count"
OLDER = (
    f"{WAIT}; where the table's rows are older than that, append it as another dataset with `--until`, "
    "and give that to the loop: `el.Loop(..., data=NAME)`"
)


def too_early(count: int, ref: VersionRef, window: Window) -> str:
    """What is said of `count` answers with their truth, none of which was served after the window of `ref`."""
    have, were = ("answer has its", "it was") if count == 1 else ("answers have their", "all were")
    why, remedy = _reason(window)
    return (
        f"{count:,} {have} truth, but {were} served before {moment(window.until)}, "
        f"up to which {ref} may have learned: {why}. {remedy}."
    )


def _reason(window: Window) -> tuple[str, str]:
    """Why the window reaches so far, and what a person may do about it."""
    if window.data is None or window.until > window.data.covers_until:
        return "it was imported then, and what it learned from is not known", WAIT
    first = _first_to_reach(window.data, window.history)
    if first.predictions:
        return f"{first.told} took answers of the ledger up to then", WAIT
    if first.covers_until == first.created_at:
        return f"{first.told} was appended then", OLDER
    return f"{first.told} reaches up to then, as its append said", WAIT


def _first_to_reach(data: DatasetVersion, history: tuple[DatasetVersion, ...]) -> DatasetVersion:
    """The version because of which `data` reaches so far: each reaches at least as far as those before it."""
    return next((v for v in history if v.number <= data.number and v.covers_until == data.covers_until), data)
