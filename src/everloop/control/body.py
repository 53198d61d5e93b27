"""A request's body, read up to a limit."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from everloop.errors import BodyTooLarge, InvalidRequest

JSON_LIMIT = 16 << 20  # bytes; rows travel as Arrow and have a limit of their own
PAUSE_S = 30.0  # the longest that a client may stay silent in the middle of its body


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body.

    Raises BodyTooLarge as soon as more than `limit` bytes are declared or have come, InvalidRequest if the client
    leaves or falls silent.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    stream = aiter(request.stream())
    try:
        while (part := await asyncio.wait_for(anext(stream, None), PAUSE_S)) is not None:
            size += len(part)
            if size > limit:
                raise _too_large(limit)
            parts.append(part)
    except ClientDisconnect as error:
        raise InvalidRequest("The client left before its request was whole.") from error
    except TimeoutError as error:
        raise InvalidRequest(f"The body stopped coming for {PAUSE_S:.0f} s.") from error
    return b"".join(parts)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"The body is larger than {limit} bytes.",
        remedy="Send less at a time, or raise `control.max_body_bytes`.",
    )
