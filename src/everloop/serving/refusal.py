"""What a request is refused with: an RFC 9457 problem."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from everloop.errors import EverloopError

MEDIA_TYPE = b"application/problem+json"


class Refused(Exception):
    """A request that gets a problem instead of an answer.

    `code` is a stable name for programs; `detail` says what is wrong and what to do. `more` are further members of
    the problem, such as the row and the field. `closes` says that the connection cannot be used any further.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        closes: bool = False,
        headers: bytes = b"",
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.closes = closes
        self.headers = headers  # whole lines, each with its CRLF
        self.more = more or {}

    @classmethod
    def of(cls, error: EverloopError) -> "Refused":
        """The problem that tells of one of our own errors."""
        return cls(error.status, error.code, str(error))

    @property
    def problem(self) -> bytes:
        """The problem as JSON."""
        return msgspec.json.encode(
            {
                "type": f"urn:everloop:{self.code}",
                "title": HTTPStatus(self.status).phrase,
                "status": self.status,
                "detail": self.detail,
                "code": self.code,
                **self.more,
            }
        )
