"""The one map from broken rules to gRPC and HTTP, and what counts as a passing fault."""

import grpc
import psycopg
from grpc import StatusCode

from wardmote_kernel.errors import (
    AlreadyHandled,
    Conflict,
    IllegalTransition,
    Invalid,
    NotFound,
    NotPermitted,
    StaleVersion,
    TooLarge,
    Unauthenticated,
    Unavailable,
    WardmoteError,
)

CODES: dict[type[WardmoteError], tuple[StatusCode, int]] = {
    Invalid: (StatusCode.INVALID_ARGUMENT, 422),
    NotFound: (StatusCode.NOT_FOUND, 404),
    StaleVersion: (StatusCode.ABORTED, 412),
    Conflict: (StatusCode.ABORTED, 409),
    IllegalTransition: (StatusCode.FAILED_PRECONDITION, 409),
    NotPermitted: (StatusCode.PERMISSION_DENIED, 403),
    Unauthenticated: (StatusCode.UNAUTHENTICATED, 401),
    TooLarge: (StatusCode.RESOURCE_EXHAUSTED, 413),
    Unavailable: (StatusCode.UNAVAILABLE, 503),
    AlreadyHandled: (StatusCode.ALREADY_EXISTS, 409),
}
"""A subclass has the codes of its nearest parent here."""

_PASSING_SQL_CLASSES = ("08", "40", "53", "57")
"""PostgreSQL error classes that pass by themselves: connection, rollback, resources, operator (streaming.md §1.4)."""

_PASSING_RPC = {StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.RESOURCE_EXHAUSTED, StatusCode.ABORTED}


def codes_of(error: WardmoteError) -> tuple[StatusCode, int]:
    """The gRPC status code and the HTTP status of a broken rule."""
    for kind in type(error).__mro__:
        if kind in CODES:
            return CODES[kind]
    return StatusCode.UNKNOWN, 500


def is_passing(error: BaseException) -> bool:
    """Whether waiting and trying again can help: the database, the network or another service is away."""
    if isinstance(error, psycopg.Error):
        return _is_passing_sql(error)
    if isinstance(error, grpc.aio.AioRpcError):
        return error.code() in _PASSING_RPC
    return isinstance(error, OSError | TimeoutError | Unavailable)


def _is_passing_sql(error: psycopg.Error) -> bool:
    state = error.sqlstate
    if state is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return state.startswith(_PASSING_SQL_CLASSES) or state == "55P03"
