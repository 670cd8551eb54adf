"""Sessions in PostgreSQL. The table holds a hash of the key, a subject and roles: no name, no contact, no token."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from wardmote_console.application.person import IDLE, LONGEST, Person, Session
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.database import Database
from wardmote_runtime.tenancy import tenant_scope

_OPEN = "INSERT INTO session (tenant_id, session_hash, subject, roles, opened_at, seen_at) VALUES (%s, %s, %s, %s, %s, %s)"
_FIND = "SELECT subject, roles, opened_at, seen_at FROM session WHERE tenant_id = %s AND session_hash = %s"
_SEEN = "UPDATE session SET seen_at = greatest(seen_at, %s) WHERE tenant_id = %s AND session_hash = %s"
_END = "DELETE FROM session WHERE tenant_id = %s AND session_hash = %s"
_FORGET = "DELETE FROM session WHERE tenant_id = %s AND (seen_at < %s OR opened_at < %s)"


class PostgresSessions:
    """The ``session`` table, one council at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, key: str, session: Session) -> None:
        person = session.person
        roles = sorted(person.roles)
        with tenant_scope(person.tenant_id):
            async with self._database.tenant_transaction() as connection:
                await connection.execute(_FORGET, [person.tenant_id, session.opened_at - IDLE, session.opened_at - LONGEST])
                await connection.execute(_OPEN, [person.tenant_id, _hash(key), person.subject, roles, session.opened_at, session.seen_at])

    async def find(self, tenant: TenantId, key: str) -> Session | None:
        with tenant_scope(tenant):
            async with self._database.tenant_transaction() as connection:
                row = await (await connection.execute(_FIND, [tenant, _hash(key)])).fetchone()
        if row is None:
            return None
        return Session(Person(tenant, row["subject"], _roles(row["roles"])), row["opened_at"], row["seen_at"])

    async def seen(self, tenant: TenantId, key: str, at: datetime) -> None:
        with tenant_scope(tenant):
            async with self._database.tenant_transaction() as connection:
                await connection.execute(_SEEN, [at, tenant, _hash(key)])

    async def end(self, tenant: TenantId, key: str) -> None:
        with tenant_scope(tenant):
            async with self._database.tenant_transaction() as connection:
                await connection.execute(_END, [tenant, _hash(key)])


def _hash(key: str) -> bytes:
    return sha256(key.encode()).digest()


def _roles(kept: Iterable[str]) -> frozenset[Role]:
    """Roles of an older release that are no more are left out."""
    known = {role.value for role in Role}
    return frozenset(Role(role) for role in kept if role in known)
