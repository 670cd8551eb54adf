"""Tenancy's tables: units of work, in SQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from wardmote_kernel.errors import Conflict, NotFound
from wardmote_kernel.taxonomy import Nation, Role
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.requests import earlier_response, keep_response
from wardmote_runtime.sealing import Sealer
from wardmote_runtime.tenancy import current_tenant
from wardmote_tenancy.adapters.wire import fact_of
from wardmote_tenancy.application.commands import Order
from wardmote_tenancy.domain.api_key import ApiKey
from wardmote_tenancy.domain.events import TenantStatus
from wardmote_tenancy.domain.person import Particulars, Person
from wardmote_tenancy.domain.settings import Branding, IdentityProvider, Limits, TenantSettings
from wardmote_tenancy.domain.tenant import Tenant

NO_TENANT = "There is no such council."

TENANT_ROW = """
SELECT tenant_id, slug, name, nation, status, issuer, client_id, role_claim, brand_colour, support_line, reports_per_minute, version
FROM tenant WHERE tenant_id = %s"""

_ADD_TENANT = """
INSERT INTO tenant (tenant_id, slug, name, nation, status, issuer, client_id, role_claim, brand_colour, support_line,
    reports_per_minute, version)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""
_ADD_TO_DIRECTORY = "INSERT INTO tenant_directory (slug, tenant_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_SAVE_TENANT = "UPDATE tenant SET status = %s, reports_per_minute = %s, version = %s WHERE tenant_id = %s"

_PERSON = "SELECT person_id, roles, subject FROM person WHERE tenant_id = %s AND "
_SAVE_PERSON = """
INSERT INTO person (tenant_id, person_id, roles, subject, name_sealed, contact_sealed) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (tenant_id, person_id) DO UPDATE SET roles = excluded.roles, subject = excluded.subject,
    name_sealed = excluded.name_sealed, contact_sealed = excluded.contact_sealed"""
_SAVE_PERSON_KEY = """
INSERT INTO person_key (tenant_id, person_id, wrapped) VALUES (%s, %s, %s)
ON CONFLICT (tenant_id, person_id) DO UPDATE SET wrapped = excluded.wrapped"""
_ERASE_PERSON = """
UPDATE person SET roles = '{}', subject = '', name_sealed = NULL, contact_sealed = NULL WHERE tenant_id = %s AND person_id = %s"""
_DESTROY_PERSON_KEY = "DELETE FROM person_key WHERE tenant_id = %s AND person_id = %s"
_FORGET_ORDERS = "DELETE FROM request WHERE tenant_id = %s AND response = %s RETURNING request_id"

_API_KEY = "SELECT key_id, label, issued_at, is_revoked FROM api_key WHERE tenant_id = %s AND key_id = %s"
_SAVE_API_KEY = """
INSERT INTO api_key (tenant_id, key_id, label, issued_at, is_revoked) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (tenant_id, key_id) DO UPDATE SET is_revoked = excluded.is_revoked"""

_NOTHING = b""
"""Fingerprint of an order about a person who left. No request has it, so the order sent again is refused."""


class PostgresUnit:
    """One transaction."""

    def __init__(self, connection: Connection, outbox: Outbox, sealer: Sealer) -> None:
        self._connection = connection
        self._outbox = outbox
        self._sealer = sealer

    async def done_before(self, order: Order) -> UUID | None:
        response = await earlier_response(self._connection, order.request_id, order.fingerprint)
        return UUID(response.decode()) if response is not None else None

    async def remember(self, order: Order, about: UUID) -> None:
        await keep_response(self._connection, order.request_id, order.fingerprint, str(about).encode())

    async def find_tenant(self) -> Tenant | None:
        row = await self._row(TENANT_ROW + " FOR UPDATE", current_tenant())
        return Tenant(row["tenant_id"], settings_of(row), TenantStatus(row["status"]), row["version"]) if row else None

    async def tenant(self) -> Tenant:
        tenant = await self.find_tenant()
        if tenant is None:
            raise NotFound(NO_TENANT)
        return tenant

    async def add_tenant(self, tenant: Tenant) -> None:
        if not await self._inserted(_ADD_TENANT, _tenant_row(tenant)):
            raise Conflict("Another order makes this council at this moment. Send yours again.")
        if not await self._inserted(_ADD_TO_DIRECTORY, [tenant.settings.slug, tenant.tenant_id]):
            raise Conflict("The slug is taken. Choose another.")
        await self._publish(tenant)

    async def save_tenant(self, tenant: Tenant) -> None:
        await self._connection.execute(
            _SAVE_TENANT, [tenant.status, tenant.settings.limits.reports_per_minute, tenant.version, tenant.tenant_id]
        )
        await self._publish(tenant)

    async def person(self, person_id: UUID) -> Person | None:
        return _person(await self._row(_PERSON + "person_id = %s", current_tenant(), person_id))

    async def person_of_subject(self, subject: str) -> Person | None:
        return _person(await self._row(_PERSON + "subject = %s", current_tenant(), subject))

    async def save_person(self, person: Person, particulars: Particulars) -> None:
        """A new data key each time: all that it seals is written anew with it."""
        tenant = current_tenant()
        key = self._sealer.new_key(tenant, person.person_id)
        contact = key.seal("contact", particulars.contact) if particulars.contact else None
        row = [tenant, person.person_id, list(person.roles), person.subject, key.seal("name", particulars.name), contact]
        await self._connection.execute(_SAVE_PERSON, row)
        await self._connection.execute(_SAVE_PERSON_KEY, [tenant, person.person_id, key.wrapped])

    async def erase_person(self, person: Person) -> None:
        """Also blanks the fingerprints of the person's remembered orders: a guess at name and contact could be proved by them.

        Their request ids stay, so that a late repeat of one does not bring the person back.
        """
        owner = [current_tenant(), person.person_id]
        await self._connection.execute(_ERASE_PERSON, owner)
        await self._connection.execute(_DESTROY_PERSON_KEY, owner)
        forgotten = await self._connection.execute(_FORGET_ORDERS, [current_tenant(), str(person.person_id).encode()])
        for row in await forgotten.fetchall():
            await keep_response(self._connection, row["request_id"], _NOTHING, _NOTHING)

    async def api_key(self, key_id: UUID) -> ApiKey:
        row = await self._row(_API_KEY, current_tenant(), key_id)
        if row is None:
            raise NotFound("There is no such key.")
        return ApiKey(row["key_id"], row["label"], row["issued_at"], row["is_revoked"])

    async def save_api_key(self, api_key: ApiKey) -> None:
        row = [current_tenant(), api_key.key_id, api_key.label, api_key.issued_at, api_key.is_revoked]
        await self._connection.execute(_SAVE_API_KEY, row)

    async def _row(self, query: str, *values: object) -> dict[str, Any] | None:
        return await (await self._connection.execute(query, values)).fetchone()

    async def _inserted(self, statement: str, row: list[object]) -> bool:
        return (await self._connection.execute(statement, row)).rowcount == 1

    async def _publish(self, tenant: Tenant) -> None:
        await self._outbox.append(self._connection, [fact_of(event, tenant.tenant_id) for event in tenant.events])


class PostgresUnitOfWork:
    """Opens units on the service's database."""

    def __init__(self, database: Database, outbox: Outbox, sealer: Sealer) -> None:
        self._database = database
        self._outbox = outbox
        self._sealer = sealer

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresUnit]:
        async with self._database.tenant_transaction() as connection:
            yield PostgresUnit(connection, self._outbox, self._sealer)


def settings_of(row: dict[str, Any]) -> TenantSettings:
    """The settings that a row of TENANT_ROW holds."""
    return TenantSettings(
        row["slug"], row["name"], Nation(row["nation"]), IdentityProvider(row["issuer"], row["client_id"], row["role_claim"]),
        Branding(row["brand_colour"], row["support_line"]), Limits(row["reports_per_minute"]),
    )  # fmt: skip


def _tenant_row(tenant: Tenant) -> list[object]:
    settings, provider = tenant.settings, tenant.settings.identity_provider
    return [
        tenant.tenant_id, settings.slug, settings.name, settings.nation, tenant.status, provider.issuer, provider.client_id,
        provider.role_claim, settings.branding.brand_colour, settings.branding.support_line,
        settings.limits.reports_per_minute, tenant.version,
    ]  # fmt: skip


def _person(row: dict[str, Any] | None) -> Person | None:
    return Person(row["person_id"], tuple(Role(role) for role in row["roles"]), row["subject"]) if row else None
