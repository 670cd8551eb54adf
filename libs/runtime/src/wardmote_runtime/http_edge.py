"""What stands around every HTTP request: a request id, a limit on the body, a span, and its time."""

from time import perf_counter
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wardmote_kernel.errors import TooLarge
from wardmote_kernel.identity import parse_id
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.problems import problem
from wardmote_runtime.telemetry import Telemetry

REQUEST_ID = b"x-request-id"


class HttpEdge:
    """Pure ASGI, so that context variables set by a route's dependencies reach the route."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry, metrics: Metrics, max_bytes: int) -> None:
        self._app = app
        self._telemetry = telemetry
        self._metrics = metrics
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request_id = parse_id(headers.get("x-request-id", "")) or uuid4()
        answer = _Answer(send, str(request_id).encode())
        began = perf_counter()
        try:
            with self._telemetry.span(f"http {scope['method']}", kind="server", parent=headers) as span:
                await self._limited(scope, receive, answer, headers)
                span.update_name(f"http {scope['method']} {_route(scope)}")
        finally:
            self._metrics.http_seconds.labels(_route(scope), scope["method"], str(answer.status)).observe(perf_counter() - began)

    async def _limited(self, scope: Scope, receive: Receive, answer: "_Answer", headers: dict[str, str]) -> None:
        """Refuses a body over the limit, whether it says its length or not."""
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._max_bytes:
            await self._refuse(scope, receive, answer)
            return
        try:
            await self._app(scope, _counted(receive, self._max_bytes), answer)
        except TooLarge:
            if not answer.status:
                await self._refuse(scope, receive, answer)

    async def _refuse(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        detail = f"The body is over {self._max_bytes} bytes. Send less at once."
        await problem(413, detail, reason=TooLarge.reason, headers={"Connection": "close"})(scope, receive, answer)


class _Answer:
    """Passes the answer on, adds the request's id and remembers the status."""

    def __init__(self, send: Send, request_id: bytes) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (REQUEST_ID, self._request_id)]
        await self._send(message)


def _counted(receive: Receive, max_bytes: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > max_bytes:
            raise TooLarge("The body is too large.")
        return message

    return counted


def _route(scope: Scope) -> str:
    """The route's pattern, never the path: a path may hold a reference."""
    return str(getattr(scope.get("route"), "path", "unmatched"))
