"""The control API in a thread of its own, on a socket that is bound already."""

import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp

MOST_AT_ONCE = 256  # requests and idle connections; more get a 503
STOP_S = 5  # for requests under way


class ApiServer:
    """uvicorn, without its signal handlers: the main thread decides when it ends."""

    def __init__(self, app: "ASGIApp", listener: socket.socket) -> None:
        """Start answering. Connections that came before wait in the socket."""
        import uvicorn

        config = uvicorn.Config(
            app,
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            ws="none",
            proxy_headers=False,
            limit_concurrency=MOST_AT_ONCE,
            timeout_graceful_shutdown=STOP_S,
        )
        self._server = uvicorn.Server(config)
        self._listener = listener
        self._thread = threading.Thread(target=self._serve, name="control API", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting, finish what is under way, and close the socket."""
        self._server.should_exit = True
        self._thread.join(STOP_S + 2)
        self._listener.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._listener])
