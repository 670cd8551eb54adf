"""Errors as pages: what happened in plain words, what to do now, and 999 on every one of them."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wardmote_console.entrypoints.door import SignInNeeded
from wardmote_console.entrypoints.rendering import Pages
from wardmote_kernel.errors import Invalid, WardmoteError
from wardmote_runtime.errors import codes_of, is_passing

_TITLES = {
    401: "You need to sign in again",
    403: "You cannot open this page",
    404: "Page not found",
    405: "Page not found",
    413: "What you sent is too large",
    422: "Something in the address is wrong",
    503: "This is not available just now",
}
_ADVICE = {
    403: "If you came here by a link on another site, go to the start page and try from there.",
    404: "If you typed the address, check it. If you followed a link, it may be old.",
    405: "If you typed the address, check it. If you followed a link, it may be old.",
    413: "Go back in your browser: what you typed is still there. Shorten it, or send it in two reports.",
    422: "Go back to the page before and try again.",
    500: "The fault was recorded. Go back in your browser: what you typed is still there. Then try again in a few minutes.",
    503: "Go back in your browser: what you typed is still there. Then try again in a few minutes.",
}


@dataclass(frozen=True, slots=True)
class ErrorPages:
    """Answers in place of a page that could not be made."""

    pages: Pages

    async def on_broken_rule(self, request: Request, error: Exception) -> Response:
        """A rule was broken, here or in another service. Its sentence was written for people."""
        assert isinstance(error, WardmoteError)
        _, status = codes_of(error)
        detail = " ".join(wrong.problem for wrong in error.violations) if isinstance(error, Invalid) else str(error)
        return self.page(request, status, detail)

    async def on_http_error(self, request: Request, error: Exception) -> Response:
        """No such page, or not in that way."""
        assert isinstance(error, HTTPException)
        return self.page(request, error.status_code)

    async def on_sign_in_needed(self, request: Request, error: Exception) -> Response:
        """Off to the council's identity provider; after a form, by a link."""
        assert isinstance(error, SignInNeeded)
        if error.by_form:
            detail = "You have been signed out: you had not used these pages for a while. Nothing was changed."
            return self.pages.show(request, "not_signed_in.html", status=403, detail=detail, address=error.address)
        return RedirectResponse(error.address, 303)

    async def on_fault(self, request: Request, error: Exception) -> Response:
        """Whatever nobody expected. Its text is not told: it may hold words of a report. The edge records it."""
        return self.page(request, 503 if is_passing(error) else 500)

    def page(self, request: Request, status: int, detail: str = "") -> Response:
        """The page for a status."""
        title = _TITLES.get(status, "Sorry, something went wrong")
        return self.pages.show(request, "error.html", status=status, title=title, detail=detail, advice=_ADVICE.get(status, ""))
