"""What stands around every page: headers that keep the browser in bounds, a limit on forms, and the test of where an order came from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Handler = Callable[[Request], Awaitable[Response]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing runs or loads that we do not serve ourselves; no inline script or style."""

_HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
"""``same-origin`` and not ``no-referrer``: under the latter a browser leaves the origin out of our own forms too."""

_STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


class BrowserBounds:
    """Adds the headers to every answer, errors and static files too."""

    def __init__(self, app: ASGIApp, is_secure: bool) -> None:
        self._app = app
        headers = _HEADERS | ({"strict-transport-security": _STRICT_TRANSPORT} if is_secure else {})
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def bounded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        await self._app(scope, receive, bounded)


def is_ours(request: Request, origin: str) -> bool:
    """Whether a page of ours sent this order: by the browser's word on it, or by the origin it names when it is too old for that."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return request.headers.get("origin") == origin


@dataclass(frozen=True, slots=True)
class Orders:
    """Makes the routes that change something. An order from elsewhere, or one that is too large, never reaches its handler."""

    origin: str
    max_bytes: int
    """A smaller limit than the edge's outside, which answers to programs: this one answers with a page."""

    def route(self, path: str, handler: Handler, refused: Handler | None = None) -> Route:
        """A route for POST.

        Args:
            refused: answers an order that did not come from a page of ours; None for the page that says no.
        """

        async def guarded(request: Request) -> Response:
            declared = request.headers.get("content-length", "")
            if declared.isdecimal() and int(declared) > self.max_bytes:
                raise HTTPException(413)
            if is_ours(request, self.origin):
                return await handler(request)
            if refused is not None:
                return await refused(request)
            raise HTTPException(403)

        return Route(path, guarded, methods=["POST"])
