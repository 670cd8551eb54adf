"""Tenancy's tables: questions, in SQL."""

from collections.abc import Sequence
from uuid import UUID

from wardmote_kernel.errors import Invalid, NotFound, Violation
from wardmote_kernel.identity import TenantId
from wardmote_runtime.database import Database
from wardmote_runtime.pages import from_cursor, page_size, to_cursor
from wardmote_runtime.sealing import Sealer
from wardmote_runtime.tenancy import current_tenant, tenant_scope
from wardmote_tenancy.adapters.postgres import NO_TENANT, TENANT_ROW, settings_of
from wardmote_tenancy.application.queries import Contact, TenantPage, TenantView
from wardmote_tenancy.domain.events import TenantStatus
from wardmote_tenancy.domain.settings import SLUG

MOST_CONTACTS = 200
"""Contacts told at once (tenancy_service.proto)."""

_TENANT_OF_SLUG = "SELECT tenant_id FROM tenant_directory WHERE slug = %s"
_DIRECTORY = "SELECT slug, tenant_id FROM tenant_directory WHERE slug > %s ORDER BY slug LIMIT %s"
_CONTACTS = """
SELECT person_id, contact_sealed, wrapped FROM person JOIN person_key USING (tenant_id, person_id)
WHERE tenant_id = %s AND person_id = ANY(%s) AND contact_sealed IS NOT NULL ORDER BY person_id"""


class PostgresQueries:
    """Questions on the service's database. What spans councils asks the public directory, then each council in its own scope."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def own_tenant(self) -> TenantView:
        async with self._database.tenant_transaction() as connection:
            row = await (await connection.execute(TENANT_ROW, [current_tenant()])).fetchone()
        if row is None:
            raise NotFound(NO_TENANT)
        return TenantView(row["tenant_id"], settings_of(row), TenantStatus(row["status"]), row["version"])

    async def tenant_by_slug(self, slug: str) -> TenantView:
        if not SLUG.fullmatch(slug):  # Anybody may type an address; PostgreSQL takes no zero byte in a text.
            raise NotFound(NO_TENANT)
        async with self._database.directory_transaction() as connection:
            entry = await (await connection.execute(_TENANT_OF_SLUG, [slug])).fetchone()
        if entry is None:
            raise NotFound(NO_TENANT)
        return await self._tenant(entry["tenant_id"])

    async def tenants(self, limit: int, cursor: str) -> TenantPage:
        size = page_size(limit)
        (after,) = from_cursor(cursor, 1) or [""]
        async with self._database.directory_transaction() as connection:
            entries = await (await connection.execute(_DIRECTORY, [after, size + 1])).fetchall()
        page = entries[:size]
        next_cursor = to_cursor(page[-1]["slug"]) if len(entries) > size else ""
        return TenantPage([await self._tenant(entry["tenant_id"]) for entry in page], next_cursor)

    async def contacts(self, person_ids: Sequence[UUID]) -> Sequence[Contact]:
        if len(person_ids) > MOST_CONTACTS:
            raise Invalid(Violation("person_ids", f"Ask for at most {MOST_CONTACTS} at once."))
        tenant = current_tenant()
        async with self._database.tenant_transaction() as connection:
            rows = await (await connection.execute(_CONTACTS, [tenant, list(person_ids)])).fetchall()
        keys = [self._sealer.open_key(tenant, row["person_id"], row["wrapped"]) for row in rows]
        return [Contact(row["person_id"], key.open("contact", row["contact_sealed"])) for row, key in zip(rows, keys, strict=True)]

    async def _tenant(self, tenant: UUID) -> TenantView:
        with tenant_scope(TenantId(tenant)):
            return await self.own_tenant()
