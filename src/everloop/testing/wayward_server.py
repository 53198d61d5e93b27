"""A small server over raw sockets that answers as its paths say: well, late, wrongly, or not to the end."""

import asyncio
import gzip
import json
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    head: bytes  # start line and headers, as they were sent
    body: bytes


class WaywardServer:
    """Runs in a thread of its own until it is closed. `asked` holds what arrived.

    `/predict` answers which of `a` and `b` is larger; the other paths are the methods below.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.go_on = threading.Event()  # what `/wait` waits for
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Close it and every connection."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def hang_up(self) -> None:
        """Close the connections that are open, as a server does that has waited long enough."""
        done = threading.Event()

        def close_all() -> None:
            for writer in self._writers:
                writer.close()
            done.set()

        self._loop.call_soon_threadsafe(close_all)
        done.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._meet, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for writer in self._writers:
            writer.transport.abort()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._answer(reader, writer):
                await writer.drain()
        self._writers.discard(writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        behaviour = path.strip("/").partition("?")[0].replace("-", "_") or "predict"
        lower = head.lower()
        if behaviour == "early":
            writer.write(framed(b"enough", status=b"413 Too Large"))
            return False
        if b"expect: 100-continue" in lower:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await (_length(reader, lower) if behaviour == "drain" else _body(reader, lower))
        asked = Asked(method, path, head, body)
        self.asked.append(asked)
        found: Callable[[Asked, asyncio.StreamWriter], Coroutine[Any, Any, bool]] | None
        found = getattr(self, f"on_{behaviour}", None)
        if found is None:
            writer.write(framed(b"there is nothing here", status=b"404 Not Found"))
            return True
        return bool(await found(asked, writer))

    # — its paths; each answers whether the connection stays —

    async def on_predict(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """Which is larger."""
        writer.write(framed(_larger(asked.body), further=b"X-Upstream: Yes\r\nx-upstream: twice\r\n"))
        return True

    async def on_echo(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """The body, as it came."""
        writer.write(framed(b"" if asked.method == "HEAD" else asked.body, length=len(asked.body)))
        return True

    async def on_chunks(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """The same as `/predict`, in chunks that come one by one."""
        answer = _larger(asked.body)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for place in range(0, len(answer), 7):
            part = answer[place : place + 7]
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
            await asyncio.sleep(0)
        writer.write(b"0\r\n\r\n")
        return True

    async def on_until_close(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """The same, its end told by the end of the connection."""
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + _larger(asked.body))
        return False

    async def on_zipped(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """The same, compressed."""
        writer.write(framed(gzip.compress(_larger(asked.body)), further=b"Content-Encoding: gzip\r\n"))
        return True

    async def on_fail(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """It is broken."""
        writer.write(framed(b'{"error": "out of order"}', status=b"500 Internal Server Error"))
        return True

    async def on_decline(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """It does not take the request."""
        writer.write(framed(b'{"error": "no such column"}', status=b"422 Unprocessable Content"))
        return True

    async def on_cut(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """It breaks off in the middle of its answer."""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + _larger(asked.body))
        return False

    async def on_cut_chunks(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """It breaks off between two chunks."""
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        return False

    async def on_silent(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """It closes without a word."""
        return False

    async def on_wait(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """It answers when the test lets it."""
        await self._loop.run_in_executor(None, self.go_on.wait, 30)
        return await self.on_predict(asked, writer)

    async def on_never(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """It does not answer."""
        await asyncio.sleep(60)
        return False

    async def on_nonsense(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """It does not speak HTTP."""
        writer.write(b"220 mail.example ESMTP\r\n\r\n")
        return False

    async def on_text(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """An answer that nobody can read as one."""
        writer.write(framed(b"<html>it is fine</html>"))
        return True

    async def on_drain(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """How many bytes came; it keeps none of them."""
        writer.write(framed(asked.body))
        return True

    async def on_large(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """As many million bytes as the body says."""
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(int(asked.body or b"1")):
            writer.write(b"%x\r\n%b\r\n" % (1_000_000, b"x" * 1_000_000))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        return True


def framed(
    body: bytes, *, status: bytes = b"200 OK", further: bytes = b"", length: int | None = None
) -> bytes:
    """An answer with its length."""
    size = len(body) if length is None else length
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b" % (
        status,
        further,
        size,
        body,
    )


def _larger(body: bytes) -> bytes:
    rows = json.loads(body)["instances"] if body else []
    return json.dumps({"predictions": ["more" if row["a"] > row["b"] else "less" for row in rows]}).encode()


async def _length(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """How long a body was, in digits."""
    missing = size = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    while missing and (part := await reader.read(min(missing, 1 << 16))):
        missing -= len(part)
    return b"%d" % (size - missing)


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if b"transfer-encoding: chunked" in head:
        parts = []
        while size := int(await reader.readuntil(b"\r\n"), 16):
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readuntil(b"\r\n")
        return b"".join(parts)
    _, found, rest = head.partition(b"content-length:")
    return await reader.readexactly(int(rest.split(b"\r\n")[0])) if found else b""
