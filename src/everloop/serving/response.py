"""Answers as bytes."""

from collections.abc import Sequence
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from everloop.serving.decoding import Decoded
from everloop.serving.refusal import MEDIA_TYPE, Refused
from everloop.serving.routing import LiveVariant


class Reply(NamedTuple):
    """An answer before its connection has framed it. `fields` are whole header lines, each with its CRLF."""

    status: int
    fields: bytes
    body: bytes


class Manner(NamedTuple):
    """How a request wants its answer framed."""

    closes: bool = False  # the connection, afterwards
    line: bytes = b""  # a further header line, for a connection that closes, or an old one that stays
    without_body: bool = False


def json_reply(document: object, *, status: int = 200) -> Reply:
    """Any plain values as JSON."""
    return Reply(status, b"content-type: application/json\r\n", msgspec.json.encode(document))


def problem(refused: Refused) -> Reply:
    """What a refused request gets."""
    fields = b"content-type: " + MEDIA_TYPE + b"\r\n" + refused.headers
    return Reply(refused.status, fields, refused.problem)


def predicted(
    variant: LiveVariant, decoded: Decoded, texts: Sequence[bytes], ids: Sequence[str], answers: Sequence[Any]
) -> Reply:
    """The predictions of one request; `texts` are their JSON, `answers` the probabilities behind them."""
    body = b'{"predictions":[%b],"ids":["%b%b' % (
        b",".join(texts) if len(texts) > 1 else texts[0],
        '","'.join(ids).encode(),
        variant.after_ids,
    )
    if decoded.probabilities:
        classes = msgspec.json.encode(variant.bundle.signature.classes)
        body += b',"classes":%b,"probabilities":%b' % (classes, msgspec.json.encode(answers))
    return Reply(200, variant.head, body + b"}")


class Framer:
    """Puts a reply into HTTP/1.1. It knows the date, which `refresh` must be told of every second or so."""

    def __init__(self) -> None:
        self._starts: dict[int, bytes] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read the clock."""
        self._date = f"date: {formatdate(usegmt=True)}\r\n".encode()
        self._starts.clear()

    def frame(self, reply: Reply, manner: Manner) -> bytes:
        """The whole response."""
        status, fields, body = reply
        start = self._starts.get(status) or self._start(status)
        head = b"%b%b%bcontent-length: %d\r\n\r\n" % (start, fields, manner.line, len(body))
        return head if manner.without_body else head + body

    def _start(self, status: int) -> bytes:
        start = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode() + self._date
        self._starts[status] = start
        return start
