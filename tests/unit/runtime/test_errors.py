"""Every broken rule has its codes, and what passes by itself is told from what does not."""

import grpc
import psycopg
import pytest
from grpc.aio import AioRpcError, Metadata
from psycopg import errors as sql
from psycopg_pool import PoolTimeout

from wardmote_kernel import errors as kernel
from wardmote_kernel.errors import NotFound, StaleVersion, Unavailable, WardmoteError
from wardmote_runtime.errors import CODES, codes_of, is_passing
from wardmote_runtime.faults import where

RULES = [kind for kind in vars(kernel).values() if isinstance(kind, type) and issubclass(kind, WardmoteError) and kind is not WardmoteError]


@pytest.mark.parametrize("kind", RULES)
def test_every_rule_has_codes(kind: type[WardmoteError]) -> None:
    assert kind in CODES
    status, http = codes_of(kind.__new__(kind))
    assert status not in (grpc.StatusCode.OK, grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL)
    assert 400 <= http < 600
    assert http != 500


def test_a_stale_version_is_told_from_another_conflict() -> None:
    assert codes_of(StaleVersion())[1] == 412


def test_a_rule_of_a_service_has_the_codes_of_its_parent() -> None:
    class NoSuchCase(NotFound):
        reason = "NO_SUCH_CASE"

    class Unmapped(WardmoteError):
        pass

    assert codes_of(NoSuchCase()) == codes_of(NotFound())
    assert codes_of(Unmapped()) == (grpc.StatusCode.UNKNOWN, 500)


def answered(code: grpc.StatusCode) -> AioRpcError:
    return AioRpcError(code, Metadata(), Metadata(), "", "")


PASSING_CODES = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.ABORTED)
PASSING_SQL = (
    sql.SerializationFailure, sql.DeadlockDetected, sql.TooManyConnections, sql.AdminShutdown, sql.CannotConnectNow, sql.LockNotAvailable,
)  # fmt: skip
PASSING = [
    ConnectionRefusedError(), TimeoutError(), OSError(), Unavailable(), psycopg.OperationalError(), psycopg.InterfaceError(), PoolTimeout(),
    *(kind() for kind in PASSING_SQL), *(answered(code) for code in PASSING_CODES),
]  # fmt: skip
LASTING_CODES = (
    grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAUTHENTICATED,
)  # fmt: skip
LASTING_SQL = (sql.UniqueViolation, sql.InsufficientPrivilege, sql.UndefinedTable, sql.InvalidTextRepresentation)
LASTING = [
    ValueError(), KeyError(), NotFound(), psycopg.DataError(), psycopg.ProgrammingError(),
    *(kind() for kind in LASTING_SQL), *(answered(code) for code in LASTING_CODES),
]  # fmt: skip


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: type(fault).__name__)
def test_faults_that_pass(fault: BaseException) -> None:
    assert is_passing(fault)


@pytest.mark.parametrize("fault", LASTING, ids=lambda fault: type(fault).__name__)
def test_faults_that_do_not_pass(fault: BaseException) -> None:
    assert not is_passing(fault)


def test_where_names_file_and_line_and_never_the_text() -> None:
    try:
        raise ValueError("the words of a report")
    except ValueError as fault:
        told = where(fault)
    assert told.rpartition(":")[2].isdecimal()
    assert "words" not in told
    assert where(ValueError("never raised")) == ""
