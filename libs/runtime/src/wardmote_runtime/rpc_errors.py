"""Broken rules as gRPC statuses with details that a program can read, and back."""

from collections.abc import Sequence

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

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
    Violation,
    WardmoteError,
)
from wardmote_runtime.errors import codes_of

DOMAIN = "wardmote"

_ROOM = 1500
"""Bytes of wrong fields that are told. They travel in headers, twice and encoded, and a client refuses headers over 8 KiB."""

_BY_CODE: dict[grpc.StatusCode, type[WardmoteError]] = {
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ABORTED: Conflict,
    grpc.StatusCode.FAILED_PRECONDITION: IllegalTransition,
    grpc.StatusCode.PERMISSION_DENIED: NotPermitted,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyHandled,
}
_BY_REASON: dict[str, type[WardmoteError]] = {kind.reason: kind for kind in (StaleVersion, TooLarge)}
"""Told by their reason, because gRPC itself or another rule has the same code."""


def rpc_status_of(error: WardmoteError) -> grpc.Status:
    """The status to abort with: code, sentence, ErrorInfo with the stable reason, and the wrong fields."""
    code, _ = codes_of(error)
    details = [_packed(ErrorInfo(reason=error.reason, domain=DOMAIN))]
    if isinstance(error, Invalid):
        error = Invalid(*_that_fit(error.violations))
        violations = [BadRequest.FieldViolation(field=wrong.field, description=wrong.problem) for wrong in error.violations]
        details.append(_packed(BadRequest(field_violations=violations)))
    number = Code.Value(code.name)
    status: grpc.Status = rpc_status.to_status(Status(code=number, message=str(error), details=details))
    return status


def _that_fit(violations: Sequence[Violation]) -> list[Violation]:
    """At least the first; how many were left out is told in their place."""
    told: list[Violation] = []
    room = _ROOM
    for wrong in violations:
        room -= len(wrong.field.encode()) + len(wrong.problem.encode())
        if room < 0 and told:
            return [*told, Violation("request", f"{len(violations) - len(told)} more fields are wrong.")]
        told.append(wrong)
    return told


def _packed(message: ErrorInfo | BadRequest) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed


def error_of(fault: grpc.aio.AioRpcError) -> WardmoteError:
    """The broken rule that another service of ours answered with, for our own caller."""
    text = fault.details() or ""
    status = rpc_status.from_call(fault)  # type: ignore[arg-type]  # AioRpcError has what from_call reads
    reason, violations = _details(status)
    if fault.code() is grpc.StatusCode.INVALID_ARGUMENT:
        return Invalid(*(violations or [Violation("request", text)]))
    kind = _BY_REASON.get(reason) or _BY_CODE.get(fault.code())
    return kind(text) if kind else Unavailable("A part of Wardmote does not answer now. Try again.")


def _details(status: Status | None) -> tuple[str, list[Violation]]:
    reason, violations = "", []
    for packed in status.details if status else ():
        info, bad = ErrorInfo(), BadRequest()
        if packed.Unpack(info):
            reason = info.reason
        elif packed.Unpack(bad):
            violations = [Violation(wrong.field, wrong.description) for wrong in bad.field_violations]
    return reason, violations
