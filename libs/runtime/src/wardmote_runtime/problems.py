"""Every HTTP error as application/problem+json (RFC 9457), with the wrong fields and the request's id."""

from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from wardmote_kernel.errors import Invalid, TooLarge, Unauthenticated, Violation, WardmoteError
from wardmote_runtime.errors import codes_of, is_passing
from wardmote_runtime.faults import where

MEDIA_TYPE = "application/problem+json"

_TITLES = {
    400: "The request cannot be read", 401: "Not signed in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    409: "Conflict", 412: "Changed since you read it", 413: "Too large", 415: "Media type not taken", 422: "Some fields are wrong",
    428: "Precondition required", 500: "Something went wrong here", 503: "Not available now",
}  # fmt: skip


_TOO_LARGE = 413


def problem(
    status: int, detail: str, *, reason: str = "", violations: tuple[Violation, ...] = (), headers: dict[str, str] | None = None
) -> JSONResponse:
    """One problem document. ``reason`` is the stable code for machines; without one it is made of the status."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "reason": reason or (TooLarge.reason if status == _TOO_LARGE else f"HTTP_{status}"),
    }
    if violations:
        body["errors"] = [{"pointer": violation.field, "detail": violation.problem} for violation in violations]
    return JSONResponse(body, status, media_type=MEDIA_TYPE, headers=headers)


async def on_broken_rule(_request: Request, error: Exception) -> Response:
    """A rule of ours was broken."""
    assert isinstance(error, WardmoteError)
    _, status = codes_of(error)
    violations = error.violations if isinstance(error, Invalid) else ()
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, Unauthenticated) else None
    return problem(status, str(error), reason=error.reason, violations=violations, headers=headers)


def too_large(max_bytes: int) -> HTTPException:
    """A body over the limit. Starlette's own class: FastAPI lets it through while it reads a body, and no other."""
    return HTTPException(_TOO_LARGE, f"The body is over {max_bytes} bytes. Send less at once.", {"Connection": "close"})


async def on_wrong_request(request: Request, error: Exception) -> Response:
    """FastAPI could not make the request's types of it. The values sent are never repeated."""
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if any(item["loc"] == ("body",) and item["type"] != "missing" for item in errors) and not _is_json(request):
        return problem(415, "Send one JSON object with Content-Type: application/json.", reason="MEDIA_TYPE")
    if any(item["type"] == "json_invalid" for item in errors):
        return problem(400, "The body is not JSON. Send one JSON object with Content-Type: application/json.", reason="MALFORMED_JSON")
    violations = tuple(Violation(".".join(str(part) for part in item["loc"]), str(item["msg"])) for item in errors)
    return problem(422, "Some fields are wrong. Mend them and send again.", reason="INVALID", violations=violations)


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Starlette's own refusals: no such route, method not allowed."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), headers=dict(error.headers or {}))


def fault_problem(fault: Exception, *, route: str, request_id: str) -> Response:
    """Whatever nobody expected: logged, and told without its text, which may hold words of a report.

    Args:
        route: the pattern, never the path: a path may hold a reference.
    """
    if is_passing(fault):
        return problem(
            503,
            "Something this needs does not answer now. Nothing was lost; try again.",
            reason="UNAVAILABLE",
            headers={"Retry-After": "2"},
        )
    log = structlog.get_logger("http")
    log.error("A request met a fault it does not know.", route=route, request_id=request_id, error=type(fault).__name__, where=where(fault))
    return problem(500, "Something went wrong here. It was logged; try again or ask the operator.", reason="INTERNAL")
