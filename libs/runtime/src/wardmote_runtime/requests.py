"""A request that is sent twice is done once: the first answer is kept with it, in the transaction that did it."""

from hashlib import sha256

from google.protobuf.message import Message

from wardmote_kernel.errors import Conflict, Invalid, Violation
from wardmote_kernel.identity import parse_id
from wardmote_runtime.database import Connection
from wardmote_runtime.tenancy import current_tenant

_KEEP = "INSERT INTO request (tenant_id, request_id, fingerprint, response) VALUES (%s, %s, %s, %s)"
_FIND = "SELECT fingerprint, response FROM request WHERE tenant_id = %s AND request_id = %s"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def fingerprint(what: str, request: Message | bytes) -> bytes:
    """What a repeated request must equal: the operation and everything sent with it."""
    body = request if isinstance(request, bytes) else request.SerializeToString(deterministic=True)
    return sha256(what.encode() + b"\0" + body).digest()


def check_request_id(request_id: str) -> str:
    """The request id, when it is a UUID.

    Raises:
        Invalid: it is missing or something else.
    """
    if parse_id(request_id) is None:
        raise Invalid(Violation("request_id", "Send a UUID in lower case, new for each order and the same when you repeat it."))
    return request_id


async def earlier_response(connection: Connection, request_id: str, print_of_request: bytes) -> bytes | None:
    """What this request was answered before, or None when it is new. Waits for the same request in another transaction.

    Raises:
        Conflict: the id was used for a different request.
    """
    tenant = current_tenant()
    await connection.execute(_LOCK, [f"{tenant}/{request_id}"])
    row = await (await connection.execute(_FIND, [tenant, request_id])).fetchone()
    if row is None:
        return None
    if bytes(row["fingerprint"]) != print_of_request:
        raise Conflict("This request id was used for a different request. Use a new one for each order.")
    return bytes(row["response"])


async def keep_response(connection: Connection, request_id: str, print_of_request: bytes, response: bytes) -> None:
    """Keeps the answer in the caller's transaction. It must hold ids and codes only."""
    await connection.execute(_KEEP, [current_tenant(), request_id, print_of_request, response])
