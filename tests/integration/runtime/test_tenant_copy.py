"""What a service knows of the councils, kept from events, and whom it lets in by it."""

from uuid import uuid4

import pytest

from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote.tenancy.v1.tenant_events_pb2 import ApiKeyRevoked, PersonConfigured, TenantConfigured, TenantEvent
from wardmote.tenancy.v1.tenant_pb2 import NATION_UNSPECIFIED, NATION_WALES, TENANT_STATUS_ACTIVE, TENANT_STATUS_SUSPENDED
from wardmote_kernel.errors import AlreadyHandled, NotPermitted, Unauthenticated
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Nation, Role
from wardmote_runtime.auth import VerifiedToken
from wardmote_runtime.database import Database
from wardmote_runtime.inbox import Inbox, Incoming
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.tenancy import Caller, tenant_scope
from wardmote_runtime.tenant_copy import SUBSCRIPTION, TenantCopy, apply_tenant_event
from wardmote_runtime.wake import Wake
from wardmote_runtime.work import WorkQueue
from wardmote_testkit.databases import make_service_database


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> ServiceDatabase:
    """One database for all tests here: each has councils of its own."""
    return make_service_database(postgres_server, "intake")


def configured(tenant: TenantId, version: int, *, is_active: bool = True, slug: str = "northshire", limit: int = 120) -> TenantEvent:
    status = TENANT_STATUS_ACTIVE if is_active else TENANT_STATUS_SUSPENDED
    event = TenantConfigured(slug=slug, nation=NATION_WALES, status=status, reports_per_minute=limit)
    return TenantEvent(
        metadata=EventMetadata(event_id=str(uuid4()), tenant_id=str(tenant), aggregate_version=version), tenant_configured=event
    )


def revoked(tenant: TenantId, key: str) -> TenantEvent:
    return TenantEvent(metadata=EventMetadata(event_id=str(uuid4()), tenant_id=str(tenant)), api_key_revoked=ApiKeyRevoked(key_id=key))


async def apply(database: Database, tenant: TenantId, *events: TenantEvent) -> None:
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            for event in events:
                await apply_tenant_event(connection, event)


def token(tenant: TenantId | None, key: str = "key-1", role: Role = Role.CASE_WORKER) -> VerifiedToken:
    return VerifiedToken(Caller("p", frozenset({role}), tenant), key)


async def row_of(database: Database, tenant: TenantId) -> dict[str, object]:
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            row = await (await connection.execute("SELECT slug, nation, status, revoked_keys, version FROM tenant_copy")).fetchone()
    assert row is not None
    return row


async def test_an_active_council_is_let_in(database: Database, tenant: TenantId) -> None:
    await apply(database, tenant, configured(tenant, 1))
    await TenantCopy(database).admit(token(tenant))
    assert await row_of(database, tenant) == {"slug": "northshire", "nation": "wales", "status": "active", "revoked_keys": [], "version": 1}


async def test_a_councils_limit_is_known_and_the_newest_counts(database: Database, tenant: TenantId) -> None:
    await apply(database, tenant, configured(tenant, 1), configured(tenant, 3, limit=6), configured(tenant, 2, limit=60))
    with tenant_scope(tenant):
        async with database.tenant_transaction() as connection:
            row = await (await connection.execute("SELECT reports_per_minute FROM tenant_copy")).fetchone()
    assert row == {"reports_per_minute": 6}


async def test_a_councils_nation_is_known_and_never_guessed(database: Database, tenant: TenantId, other_tenant: TenantId) -> None:
    untold = configured(other_tenant, 1)
    untold.tenant_configured.nation = NATION_UNSPECIFIED
    await apply(database, tenant, configured(tenant, 1))
    await apply(database, other_tenant, untold)
    copy = TenantCopy(database)
    found = []
    for one in (tenant, other_tenant, TenantId(uuid4())):
        with tenant_scope(one):
            found.append(await copy.nation())
    assert found == [Nation.WALES, None, None]


async def test_an_unknown_council_is_not_let_in_and_is_as_soon_as_it_is_known(database: Database, tenant: TenantId) -> None:
    """Not knowing is not remembered: a council that has just come aboard need not wait."""
    copy = TenantCopy(database)
    with pytest.raises(Unauthenticated):
        await copy.admit(token(tenant))
    await apply(database, tenant, configured(tenant, 1))
    await copy.admit(token(tenant))


async def test_another_councils_row_does_not_let_in(database: Database, tenant: TenantId, other_tenant: TenantId) -> None:
    await apply(database, tenant, configured(tenant, 1))
    with pytest.raises(Unauthenticated):
        await TenantCopy(database).admit(token(other_tenant))


async def test_a_suspended_council_is_not_let_in_until_it_is_active_again(database: Database, tenant: TenantId) -> None:
    await apply(database, tenant, configured(tenant, 1), configured(tenant, 2, is_active=False))
    with pytest.raises(NotPermitted, match="suspended"):
        await TenantCopy(database).admit(token(tenant))
    with pytest.raises(NotPermitted, match="suspended"):
        await TenantCopy(database).admit(token(tenant, role=Role.SERVICE))
    await apply(database, tenant, configured(tenant, 3))
    await TenantCopy(database).admit(token(tenant))


async def test_a_revoked_key_is_not_let_in_and_others_are(database: Database, tenant: TenantId) -> None:
    await apply(database, tenant, configured(tenant, 1), revoked(tenant, "key-1"), revoked(tenant, "key-1"), revoked(tenant, "key-2"))
    for key in ("key-1", "key-2"):
        with pytest.raises(Unauthenticated, match="revoked"):
            await TenantCopy(database).admit(token(tenant, key))
    await TenantCopy(database).admit(token(tenant, "key-3"))
    assert (await row_of(database, tenant))["revoked_keys"] == ["key-1", "key-2"]


async def test_a_revocation_that_comes_first_is_kept(database: Database, tenant: TenantId) -> None:
    await apply(database, tenant, revoked(tenant, "key-1"))
    with pytest.raises(Unauthenticated, match="not known"):
        await TenantCopy(database).admit(token(tenant))
    await apply(database, tenant, configured(tenant, 1))
    with pytest.raises(Unauthenticated, match="revoked"):
        await TenantCopy(database).admit(token(tenant, "key-1"))


async def test_settings_that_come_late_are_ignored(database: Database, tenant: TenantId) -> None:
    await apply(database, tenant, configured(tenant, 3, is_active=False, slug="new"))
    await apply(database, tenant, configured(tenant, 2, slug="old"), configured(tenant, 3, slug="same"))
    row = await row_of(database, tenant)
    assert (row["slug"], row["status"], row["version"]) == ("new", "suspended", 3)


async def test_facts_that_are_not_needed_change_nothing(database: Database, tenant: TenantId) -> None:
    await apply(database, tenant, configured(tenant, 1))
    before = await row_of(database, tenant)
    metadata = EventMetadata(event_id=str(uuid4()), tenant_id=str(tenant), aggregate_version=9)
    await apply(
        database, tenant, TenantEvent(metadata=metadata, person_configured=PersonConfigured(person_id="p")), TenantEvent(metadata=metadata)
    )
    assert await row_of(database, tenant) == before


async def test_who_acts_for_no_council_is_not_asked(database: Database) -> None:
    await TenantCopy(database).admit(token(None, role=Role.OPERATOR))


async def test_an_event_from_the_queue_holds_at_once_where_it_was_handled(database: Database, tenant: TenantId) -> None:
    """What was remembered of the council is forgotten with its event; and the work is settled with it."""
    await apply(database, tenant, configured(tenant, 1))
    copy, queue = TenantCopy(database), WorkQueue(database)
    await copy.admit(token(tenant))
    event = configured(tenant, 2, is_active=False)
    headers = [("ce_id", event.metadata.event_id.encode()), ("ce_type", b"TenantConfigured"), ("ce_tenantid", str(tenant).encode())]
    inbox = Inbox(database, [SUBSCRIPTION], Metrics(), Wake())
    await inbox.take_in([Incoming(SUBSCRIPTION.topic, 0, 0, f"{tenant}/{tenant}".encode(), event.SerializeToString(), headers)])
    (claimed,) = await queue.claim(ordinary=5, urgent=0, per_tenant=5)
    work = await queue.read(claimed)
    with tenant_scope(tenant):
        await copy.handle(work)
        with pytest.raises(AlreadyHandled):
            await copy.handle(work)
    with pytest.raises(NotPermitted):
        await copy.admit(token(tenant))
