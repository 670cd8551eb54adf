"""Broken rules as gRPC statuses with details that a program can read, and back."""

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from wardmote_kernel.errors import (
    Conflict,
    Invalid,
    NotFound,
    NotPermitted,
    StaleVersion,
    Unauthenticated,
    Unavailable,
    Violation,
    WardmoteError,
)
from wardmote_runtime.errors import codes_of

DOMAIN = "wardmote"


def rpc_status_of(error: WardmoteError) -> grpc.Status:
    """The status to abort with: code, sentence, ErrorInfo with the stable reason, and the wrong fields."""
    code, _ = codes_of(error)
    details = [_packed(ErrorInfo(reason=error.reason, domain=DOMAIN))]
    if isinstance(error, Invalid):
        violations = [BadRequest.FieldViolation(field=wrong.field, description=wrong.problem) for wrong in error.violations]
        details.append(_packed(BadRequest(field_violations=violations)))
    number = Code.Value(code.name)
    status: grpc.Status = rpc_status.to_status(Status(code=number, message=str(error), details=details))
    return status


def _packed(message: ErrorInfo | BadRequest) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed


def error_of(fault: grpc.aio.AioRpcError) -> WardmoteError:
    """The broken rule that another service of ours answered with, for our own caller."""
    text = fault.details() or ""
    status = rpc_status.from_call(fault)  # type: ignore[arg-type]  # AioRpcError has what from_call reads
    reason, violations = _details(status)
    match fault.code():
        case grpc.StatusCode.INVALID_ARGUMENT:
            return Invalid(*(violations or [Violation("request", text)]))
        case grpc.StatusCode.NOT_FOUND:
            return NotFound(text)
        case grpc.StatusCode.ABORTED:
            return StaleVersion(text) if reason == StaleVersion.reason else Conflict(text)
        case grpc.StatusCode.PERMISSION_DENIED:
            return NotPermitted(text)
        case grpc.StatusCode.UNAUTHENTICATED:
            return Unauthenticated(text)
        case _:
            return Unavailable("A part of Wardmote does not answer now. Try again.")


def _details(status: Status | None) -> tuple[str, list[Violation]]:
    reason, violations = "", []
    for packed in status.details if status else ():
        info, bad = ErrorInfo(), BadRequest()
        if packed.Unpack(info):
            reason = info.reason
        elif packed.Unpack(bad):
            violations = [Violation(wrong.field, wrong.description) for wrong in bad.field_violations]
    return reason, violations
