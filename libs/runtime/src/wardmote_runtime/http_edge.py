"""What stands around every HTTP request: a request id, a limit on the body, a span, its time, and the last answer to a fault."""

from time import perf_counter
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wardmote_kernel.identity import parse_id
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.problems import fault_problem, problem, too_large
from wardmote_runtime.telemetry import Telemetry

REQUEST_ID = b"x-request-id"

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Any other word is counted as ``other``: whoever sends a request chooses it, and each would be a metric of its own."""


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
        answer = _Answer(send, str(parse_id(headers.get("x-request-id", "")) or uuid4()))
        method = scope["method"] if scope["method"] in _METHODS else "other"
        began = perf_counter()
        try:
            with self._telemetry.span(f"http {method}", kind="server", parent=headers) as span:
                await self._answered(scope, receive, answer, headers)
                span.update_name(f"http {method} {_route(scope)}")
        finally:
            self._metrics.http_seconds.labels(_route(scope), method, str(answer.status)).observe(perf_counter() - began)

    async def _answered(self, scope: Scope, receive: Receive, answer: "_Answer", headers: dict[str, str]) -> None:
        """Answers in any case. Half an answer is broken off: nothing may be added to it."""
        try:
            await self._limited(scope, receive, answer, headers)
        except Exception as fault:  # The edge of the server.
            last_answer = fault_problem(fault, route=_route(scope), request_id=answer.request_id)
            if answer.is_whole:  # The application has answered the fault in its own way.
                return
            if answer.status:
                raise
            await last_answer(scope, receive, answer)

    async def _limited(self, scope: Scope, receive: Receive, answer: "_Answer", headers: dict[str, str]) -> None:
        """Refuses a body over the limit, whether it says its length or not."""
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._max_bytes:
            refusal = too_large(self._max_bytes)
            await problem(refusal.status_code, refusal.detail, headers=dict(refusal.headers or {}))(scope, receive, answer)
            return
        await self._app(scope, _counted(receive, self._max_bytes), answer)


class _Answer:
    """Passes the answer on, adds the request's id and remembers the status."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.status = 0
        self.is_whole = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (REQUEST_ID, self.request_id.encode())]
        await self._send(message)
        self.is_whole = message["type"] == "http.response.body" and not message.get("more_body", False)


def _counted(receive: Receive, max_bytes: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > max_bytes:
            raise too_large(max_bytes)
        return message

    return counted


def _route(scope: Scope) -> str:
    """The route's pattern, never the path: a path may hold a reference."""
    return str(getattr(scope.get("route"), "path", "unmatched"))
