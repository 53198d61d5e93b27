"""What every form reads: rows out of a question, answers out of what came back."""

import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

Row = dict[str, Any] | list[Any]  # by column, or in the columns' order

GZIP = 16 + zlib.MAX_WBITS
DEFLATE = zlib.MAX_WBITS


class Unreadable(Exception):
    """A body that this form does not read. It is passed on all the same."""


class Body(NamedTuple):
    """A body as it passed."""

    content_type: str
    data: bytes

    @classmethod
    def of(cls, content_type: str, encoding: str, data: bytes, most: int) -> "Body":
        """The body, decompressed to at most `most` bytes; raises Unreadable."""
        kind = content_type.partition(";")[0].strip().lower()
        match encoding.strip().lower():
            case "" | "identity":
                return cls(kind, data)
            case "gzip" | "x-gzip":
                return cls(kind, _inflated(data, GZIP, most))
            case "deflate":
                return cls(kind, _inflated(data, DEFLATE, most))
        raise Unreadable(f"its content-encoding is {encoding[:20]!r}")

    def json(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The body as JSON; raises Unreadable."""
        try:
            return msgspec.json.decode(self.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unreadable("it is not JSON") from error


class Given(NamedTuple):
    """Answers, one a row. `probabilities` are of the classes; then an answer is the likeliest of them."""

    answers: Sequence[Any] = ()
    probabilities: Sequence[Sequence[float]] = ()


class Form(Protocol):
    """One way to write rows and answers."""

    def rows(self, question: Body) -> list[Row]:
        """The rows that were asked; raises Unreadable."""
        ...

    def given(self, answer: Body, rows: int) -> Given:
        """What was answered to so many rows; raises Unreadable."""
        ...


def member(document: Any, path: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The member at `path`, with dots between levels; `.` is the document. Raises Unreadable.

    >>> member({"data": {"rows": [1]}}, "data.rows")
    [1]
    """
    if path == ".":
        return document
    for name in path.split("."):
        if not isinstance(document, dict) or name not in document:
            raise Unreadable(f"it has no member {path!r}")
        document = document[name]
    return document


def _inflated(data: bytes, window: int, most: int) -> bytes:
    inflating = zlib.decompressobj(window)
    try:
        found = inflating.decompress(data, most)
    except zlib.error as error:
        raise Unreadable("it cannot be decompressed") from error
    if inflating.unconsumed_tail or not inflating.eof:
        raise Unreadable(f"it has more than {most:,} bytes when it is decompressed, or is not whole")
    return found
