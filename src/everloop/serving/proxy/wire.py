"""A connection's writing side, shared by both ends of the proxy."""

import asyncio
import os
from typing import cast


class Wire(asyncio.Protocol):
    """Sends bytes at once where nothing waits before them, and knows whether the other side takes them."""

    __slots__ = ("_fd", "is_backlogged", "is_open", "transport")

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._fd = -1  # of a socket that bytes can be written to as they are
        self.is_backlogged = False
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The other side is here."""
        self.transport = cast("asyncio.Transport", transport)
        self.is_open = True
        if transport.get_extra_info("ssl_object") is None:
            self._fd = transport.get_extra_info("socket").fileno()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side is gone."""
        self._fd = -1
        self.is_open = False

    def pause_writing(self) -> None:
        """The other side takes no more for now."""
        self.is_backlogged = True

    def resume_writing(self) -> None:
        """It takes more again."""
        self.is_backlogged = False

    def send(self, data: bytes) -> None:
        """Hand bytes to the kernel; the transport keeps what it does not take."""
        transport = self.transport
        if transport is None or not self.is_open or not data:
            return
        if self._fd >= 0 and not self.is_backlogged and not transport.get_write_buffer_size():
            try:
                sent = os.write(self._fd, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                transport.abort()
                return
            if sent == len(data):
                return
            data = data[sent:]
        transport.write(data)

    @property
    def has_unsent(self) -> bool:
        """Whether bytes wait that the other side has not taken."""
        return self.is_open and self.transport is not None and self.transport.get_write_buffer_size() > 0

    def hear(self, *, on: bool) -> None:
        """Read what the other side sends, or let it wait."""
        if self.transport is None or not self.is_open:
            return
        if on:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def abort(self) -> None:
        """Close now, dropping what was not sent."""
        if self.transport is not None:
            self.transport.abort()
