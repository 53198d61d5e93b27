"""A model that somebody else serves, as the data plane knows it: it answers nobody, and its answers are recorded."""

import struct
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import msgspec
from msgspec import UNSET, Meta, UnsetType

from everloop.bundles.door import Bundle
from everloop.errors import BundleRefused
from everloop.records.signature import Signature
from everloop.serving.answer_form import AnswerForm, UnreadableAnswer
from everloop.serving.decoding import Entities, EventTime, Key, refuse_other_count, row_type
from everloop.serving.json_members import refuse_duplicates
from everloop.serving.loaded_bundle import LoadedBundle
from everloop.serving.moments import UNKEPT, is_kept
from everloop.serving.refusal import Refused
from everloop.serving.row_refusal import refused_body

Answer = Annotated[str, Meta(max_length=10_000)] | int | float | bool
LONGEST_MS = 3_600_000.0
NOT_HERE = (
    "This endpoint's model is served elsewhere: ask there, and record its answers at /endpoints/NAME/records."
)


class Recorded:
    """The rows of one request that records answers. `ids` are the caller's own, or none."""

    __slots__ = ("ids", "latency_us", "output", "rows")

    def __init__(self, rows: int, output: bytes, ids: list[str], latency_us: int) -> None:
        self.rows = rows
        self.output = output
        self.ids = ids
        self.latency_us = latency_us


class ElsewhereBundle(LoadedBundle):
    """It takes no questions, and reads records."""

    rung = "elsewhere"

    def __init__(self, bundle: Bundle, *, max_rows: int) -> None:
        """Raises BundleRefused for columns that no record could name."""
        self.digest = bundle.digest
        self.signature = bundle.manifest.signature
        self.decode = _refuse
        self.record = RecordDecoder(self.signature, max_rows=max_rows).decode


class RecordDecoder:
    """Bodies that record answers: `instances` and `predictions`, one a row.

    And, if the caller likes, `ids` (its own, by which outcomes will come), `probabilities` (of the classes, a list a
    row), `entities`, `event_time` and `latency_ms`.
    """

    def __init__(self, signature: Signature, *, max_rows: int) -> None:
        """Raises BundleRefused for columns that no record could name."""
        self._signature = signature
        self._max_rows = max_rows
        self._form = AnswerForm(signature)
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(_body_type(signature)).decode

    def decode(self, body: bytes) -> Recorded:
        """What is recorded; raises Refused, which names the row and the field, for a body that does not fit."""
        try:
            request = self._decode(body)
            refuse_duplicates(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise refused_body(error, self._signature) from error
        rows = len(request.instances)
        if not 0 < rows <= self._max_rows:
            detail = f"A request has 1 to {self._max_rows} instances, not {rows}."
            raise Refused(400, "wrong-row-count", detail)
        for member in ("predictions", "ids", "probabilities", "entities"):
            given = getattr(request, member)
            if given is not UNSET:
                refuse_other_count(member, given, rows)
        _check_ids(request.ids)
        if request.event_time is not UNSET and not is_kept(request.event_time):
            raise Refused(400, "invalid-request", f"`event_time`: {UNKEPT}.", more={"field": "event_time"})
        latency = 0.0 if request.latency_ms is UNSET else request.latency_ms
        ids = [] if request.ids is UNSET else list(request.ids)
        return Recorded(rows, self._output(request), ids, int(latency * 1000))

    def _output(self, request: Any) -> bytes:  # noqa: ANN401 - its type is made at run time
        field = "predictions"
        try:
            answers = self._form.pack(request.predictions)
            if request.probabilities is UNSET:
                return answers
            field = "probabilities"
            if not self._form.width:
                raise Refused(400, "no-probabilities", "This endpoint predicts a number, which has none.")
            chances = self._form.pack_probabilities(request.probabilities)
            _check_same(answers, request.probabilities)
        except UnreadableAnswer as error:
            more = {"row": error.row, "field": field}
            raise Refused(400, "invalid-answer", f"{field}[{error.row}]: {error}.", more=more) from error
        return chances


def _check_same(answers: bytes, probabilities: list[list[float]]) -> None:
    """The answer is a class with the largest probability: the ledger keeps the one by the other."""
    for row, (place, chances) in enumerate(
        zip(struct.unpack(f"<{len(answers) // 4}f", answers), probabilities, strict=True)
    ):
        if chances.index(max(chances)) != int(place):
            raise UnreadableAnswer(row, "another class than the one that was predicted has the largest")


def _check_ids(ids: list[str] | UnsetType) -> None:
    if ids is UNSET:
        return
    seen: set[str] = set()
    for row, one in enumerate(ids):
        if not one or one in seen:
            why = "it comes twice in this request" if one else "it is empty"
            raise Refused(400, "invalid-id", f"ids[{row}]: {why}.", more={"row": row, "field": "ids"})
        seen.add(one)


def _refuse(body: bytes) -> NoReturn:
    raise Refused(409, "served-elsewhere", NOT_HERE)


def _body_type(signature: Signature) -> type[msgspec.Struct]:
    try:
        row = row_type(signature)
    except ValueError as error:
        raise BundleRefused(f"Its signature names a column that no record can name: {error}.") from error
    return msgspec.defstruct(
        "Record",
        [
            ("instances", list[row]),  # type: ignore[valid-type]
            ("predictions", list[Answer]),
            ("ids", list[Key] | UnsetType, UNSET),
            ("probabilities", list[list[float]] | UnsetType, UNSET),
            ("entities", list[Entities | None] | UnsetType, UNSET),
            ("event_time", EventTime | UnsetType, UNSET),
            ("latency_ms", Annotated[float, Meta(ge=0, le=LONGEST_MS)] | UnsetType, UNSET),
        ],
        forbid_unknown_fields=True,
        gc=False,
    )
