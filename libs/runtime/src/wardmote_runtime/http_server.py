"""Serves an ASGI application by uvicorn as a part of the process: our signals, our logs, a bound port or a clear error."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from wardmote_runtime.grpc_server import PortTaken
from wardmote_runtime.settings import listen_address


class _Server(uvicorn.Server):
    """Signals belong to the lifecycle of the process, not to one of its parts."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """One ASGI application on one port."""

    def __init__(self, listen: str, app: ASGIApp, setting: str = "WARDMOTE_HTTP_LISTEN") -> None:
        self._listen = listen
        self._setting = setting
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=5)
        self._server = _Server(config)
        self.port = 0

    async def start(self) -> None:
        """
        Raises:
            PortTaken: somebody else listens there.
        """
        bound = self._bind()
        self.port = bound.getsockname()[1]
        self._serving = asyncio.create_task(self._server.serve(sockets=[bound]), name="http")
        while not self._server.started and not self._serving.done():  # noqa: ASYNC110
            await asyncio.sleep(0.005)  # uvicorn has no event for it
        if self._serving.done():
            await self._serving  # It ended before it began: its fault is ours to tell.

    def _bind(self) -> socket.socket:
        host, port = listen_address(self._listen)
        bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
            bound.listen()  # Two may bind one port; only one may listen.
        except OSError:
            bound.close()
            raise PortTaken(f"Another program listens on {self._listen}. Stop it, or set {self._setting}.") from None
        return bound

    async def stop(self) -> None:
        """Answers what is in flight, then closes."""
        self._server.should_exit = True
        await self._serving
