"""The console's cookies: one name for each purpose and council, closed to scripts, and kept to TLS wherever there is TLS."""

from starlette.requests import Request
from starlette.responses import Response


class Cookies:
    """Reads and writes them."""

    def __init__(self, *, is_secure: bool) -> None:
        self._is_secure = is_secure

    def read(self, request: Request, purpose: str, slug: str) -> str:
        """The value, or nothing."""
        return request.cookies.get(self._name(purpose, slug), "")

    def write(self, response: Response, purpose: str, slug: str, value: str, seconds: int | None = None) -> None:
        """Keeps a value for so many seconds, or until the browser closes."""
        response.set_cookie(
            self._name(purpose, slug), value, max_age=seconds, path="/", secure=self._is_secure, httponly=True, samesite="lax"
        )

    def clear(self, response: Response, purpose: str, slug: str) -> None:
        """Forgets a value."""
        self.write(response, purpose, slug, "", 0)

    def _name(self, purpose: str, slug: str) -> str:
        """``__Host-`` makes the browser refuse a cookie of this name from another host or without TLS. It needs TLS itself."""
        prefix = "__Host-" if self._is_secure else ""
        return f"{prefix}wardmote-{purpose}-{slug}"
