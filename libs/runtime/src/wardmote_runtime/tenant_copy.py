"""Each service's own copy of what it must know of the councils: whether they are active, which keys are no longer good, whose law holds."""

from dataclasses import dataclass
from math import inf
from time import monotonic
from uuid import UUID

from wardmote.tenancy.v1 import tenant_pb2 as tenant_wire
from wardmote.tenancy.v1.tenant_events_pb2 import TenantEvent
from wardmote_contracts.topics import TENANT_EVENTS
from wardmote_kernel.errors import NotPermitted, Unauthenticated
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Nation, Role
from wardmote_runtime.auth import VerifiedToken
from wardmote_runtime.database import Connection, Database
from wardmote_runtime.inbox import Subscription
from wardmote_runtime.pace import change_limit
from wardmote_runtime.tenancy import current_tenant, tenant_scope
from wardmote_runtime.work import Work, settle

SUBSCRIPTION = Subscription(TENANT_EVENTS.name, TenantEvent)

_FRESH_SECONDS = 5.0
"""A council that is suspended, or a key that is revoked, is refused everywhere at most this much after the event arrived."""

_CONFIGURED = """INSERT INTO tenant_copy (tenant_id, slug, nation, status, reports_per_minute, version)
VALUES (%(tenant)s, %(slug)s, %(nation)s, %(status)s, %(reports_per_minute)s, %(version)s)
ON CONFLICT (tenant_id) DO UPDATE SET slug = excluded.slug, nation = excluded.nation, status = excluded.status,
    reports_per_minute = excluded.reports_per_minute, version = excluded.version
WHERE tenant_copy.version < excluded.version"""
_LIMIT = "SELECT reports_per_minute FROM tenant_copy WHERE tenant_id = %s FOR UPDATE"
_REVOKED = """INSERT INTO tenant_copy (tenant_id, revoked_keys) VALUES (%(tenant)s, ARRAY[%(key)s])
ON CONFLICT (tenant_id) DO UPDATE SET revoked_keys = array_append(array_remove(tenant_copy.revoked_keys, %(key)s), %(key)s)"""
_READ = "SELECT slug, nation, status, revoked_keys, reports_per_minute FROM tenant_copy WHERE tenant_id = %s AND slug <> ''"


@dataclass(frozen=True, slots=True)
class KnownTenant:
    """What a service knows of a council."""

    slug: str
    is_active: bool
    revoked_keys: frozenset[str]
    reports_per_minute: int
    """0 is no limit."""
    nation: Nation | None
    """None: not told, or a word that is not known here."""


async def apply_tenant_event(connection: Connection, event: TenantEvent) -> None:
    """Brings the copy up to date, in the caller's transaction. Facts it does not need change nothing."""
    tenant = current_tenant()
    fact = event.WhichOneof("fact")
    if fact == "tenant_configured":
        configured = event.tenant_configured
        arguments = {
            "tenant": tenant,
            "slug": configured.slug,
            "nation": tenant_wire.Nation.Name(configured.nation).removeprefix("NATION_").lower(),
            "status": tenant_wire.TenantStatus.Name(configured.status).removeprefix("TENANT_STATUS_").lower(),
            "reports_per_minute": configured.reports_per_minute,
            "version": event.metadata.aggregate_version,
        }
        before = await (await connection.execute(_LIMIT, [tenant])).fetchone()
        is_newest = (await connection.execute(_CONFIGURED, arguments)).rowcount == 1
        if is_newest and before is not None:
            await change_limit(connection, before["reports_per_minute"], configured.reports_per_minute)
    elif fact == "api_key_revoked":
        await connection.execute(_REVOKED, {"tenant": tenant, "key": event.api_key_revoked.key_id})


class TenantCopy:
    """Reads the copy, and keeps it: the handler of ``tenant-events`` in a service that needs no more of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, KnownTenant | None]] = {}

    async def handle(self, work: Work) -> None:
        """One tenant event from the work queue."""
        event = TenantEvent.FromString(work.value)
        async with self._database.shared_transaction() as connection:
            await apply_tenant_event(connection, event)
            await settle(connection, work.ref)
        stale = self._known.get(event.metadata.tenant_id)
        if stale is not None:
            self._known[event.metadata.tenant_id] = (-inf, stale[1])

    async def admit(self, token: VerifiedToken) -> None:
        """Lets a verified caller of a council in. An operator comes in always: a suspended council must be worked on too.

        Raises:
            Unauthenticated: the council is not known here (yet), or the key was revoked.
            NotPermitted: the council is suspended.
        """
        if token.caller.tenant_id is None or Role.OPERATOR in token.caller.roles:
            return
        known = await self._look_up(str(token.caller.tenant_id))
        if known is None:
            raise Unauthenticated("The key's council is not known here. If it has just come aboard, try again in a few seconds.")
        if token.token_id in known.revoked_keys:
            raise Unauthenticated("The key was revoked. Ask your council for a new one.")
        if not known.is_active:
            raise NotPermitted("The council is suspended. Ask the operator.")

    def reports_per_minute(self, tenant: TenantId) -> int:
        """The council's limit as known when a caller of it was last let in; 0: no limit, or never let in. Asks no database."""
        known = self._known.get(str(tenant))
        return known[1].reports_per_minute if known is not None and known[1] is not None else 0

    async def nation(self) -> Nation | None:
        """The current council's nation, or None when it is not known: never a guess (D-16)."""
        known = await self._look_up(str(current_tenant()))
        return known.nation if known is not None else None

    async def _look_up(self, tenant: str) -> KnownTenant | None:
        cached = self._known.get(tenant)
        if cached is not None and monotonic() - cached[0] < _FRESH_SECONDS:
            return cached[1]
        known = await self._read(tenant)
        if known is not None:
            self._known[tenant] = (monotonic(), known)
        return known

    async def _read(self, tenant: str) -> KnownTenant | None:
        with tenant_scope(UUID(tenant)):
            async with self._database.tenant_transaction() as connection:
                row = await (await connection.execute(_READ, [tenant])).fetchone()
        if row is None:
            return None
        is_active, nation = row["status"] == "active", Nation(row["nation"]) if row["nation"] in list(Nation) else None
        return KnownTenant(row["slug"], is_active, frozenset(row["revoked_keys"]), row["reports_per_minute"], nation)
