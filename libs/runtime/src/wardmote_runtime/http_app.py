"""The REST application of a service: problem documents, request ids, bearer tokens, Idempotency-Key, ETag and If-Match."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from wardmote_kernel.errors import Invalid, Violation, WardmoteError
from wardmote_kernel.identity import parse_id
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import TokenVerifier
from wardmote_runtime.http_edge import HttpEdge
from wardmote_runtime.interceptors import Admit
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.problems import on_broken_rule, on_http_error, on_wrong_request
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import Caller, caller_scope


def rest_app(title: str, version: str, *, telemetry: Telemetry, metrics: Metrics, max_bytes: int) -> FastAPI:
    """A FastAPI application with the platform's conventions; the service adds its routes."""
    handlers: dict[int | type[Exception], Any] = {
        WardmoteError: on_broken_rule,
        RequestValidationError: on_wrong_request,
        HTTPException: on_http_error,
    }
    app = FastAPI(title=title, version=version, docs_url=None, redoc_url=None, exception_handlers=handlers)
    app.add_middleware(HttpEdge, telemetry=telemetry, metrics=metrics, max_bytes=max_bytes)
    return app


_LONGEST_VERSION = 18
"""Digits that surely fit PostgreSQL's bigint."""


class Gate:
    """Lets callers of a route in: who they are, that their council is active, and that their role may."""

    def __init__(self, verifier: TokenVerifier, admit: Admit) -> None:
        self._verifier = verifier
        self._admit = admit

    def roles(self, *allowed: Role) -> Callable[..., AsyncIterator[Caller]]:
        """A dependency for a route. Every route has one; a structure test looks for it."""

        async def admitted(request: Request) -> AsyncIterator[Caller]:
            token = self._verifier.verify(request.headers.get("authorization", ""))
            await self._admit(token)
            token.caller.require(*allowed)
            with caller_scope(token.caller):
                yield token.caller

        return admitted


def _idempotency_key(
    idempotency_key: Annotated[str, Header(description="UUID, new for each order and the same when you repeat it.")] = "",
) -> str:
    if parse_id(idempotency_key) is None:
        raise Invalid(Violation("header.Idempotency-Key", "Send a UUID in lower case, new for each order and the same when you repeat it."))
    return idempotency_key


def _expected_version(if_match: Annotated[str, Header(description="The ETag of the version you read.")] = "") -> int:
    if not if_match:
        raise HTTPException(428, "Send If-Match with the ETag that you were given when you read it.")
    version = if_match.strip().strip('"')
    if not version.isdecimal() or len(version) > _LONGEST_VERSION:
        raise Invalid(Violation("header.If-Match", 'Send the ETag as it was given, for example "3".'))
    return int(version)


IdempotencyKey = Annotated[str, Depends(_idempotency_key)]
"""The request id of a POST."""

ExpectedVersion = Annotated[int, Depends(_expected_version)]
"""The row version of an If-Match header: 428 when it is missing; 412 is answered when it is stale."""


def etag(version: int) -> str:
    """The strong ETag of a row version.

    >>> etag(3)
    '"3"'
    """
    return f'"{version}"'
