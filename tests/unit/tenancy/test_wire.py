"""Tenancy's domain there and back over its wire."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_tenancy.adapters.wire import (
    api_key_to_wire,
    create_tenant_of,
    fact_of,
    issue_api_key_of,
    issued_key_to_wire,
    person_to_wire,
    put_person_of,
    revoke_api_key_of,
    set_tenant_limits_of,
    set_tenant_status_of,
    tenant_to_wire,
)
from wardmote_tenancy.application.commands import IssuedKey
from wardmote_tenancy.application.queries import TenantView
from wardmote_tenancy.domain.api_key import ApiKey
from wardmote_tenancy.domain.events import ApiKeyRevoked, PersonConfigured, TenancyEvent, TenantConfigured, TenantStatus
from wardmote_tenancy.domain.person import COUNCIL_ROLES, Person
from wardmote_tenancy.domain.settings import DEFAULT_ROLE_CLAIM, MOST_REPORTS_PER_MINUTE, Branding, IdentityProvider, Limits, TenantSettings

from wardmote.tenancy.v1 import tenancy_service_pb2 as service_wire
from wardmote.tenancy.v1 import tenant_pb2 as tenant_wire
from wardmote.tenancy.v1.tenant_events_pb2 import TenantEvent
from wardmote_kernel.errors import Invalid
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Nation, Role
from wardmote_runtime.wire_enums import from_wire
from wardmote_testkit.clock import MONDAY_MORNING

TENANT = TenantId(uuid4())
R1, T1 = str(uuid4()), str(uuid4())
ids = st.uuids()
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
versions = st.integers(1, 2**53)
slugs = st.from_regex(r"[a-z][a-z0-9-]{2,40}", fullmatch=True)
lines = st.text(max_size=20)
limits = st.integers(1, MOST_REPORTS_PER_MINUTE)
roles = st.sets(st.sampled_from(COUNCIL_ROLES)).map(lambda chosen: tuple(role for role in COUNCIL_ROLES if role in chosen))
facts = st.one_of(
    st.builds(TenantConfigured, ids, moments, versions, slugs, st.sampled_from(Nation), st.sampled_from(TenantStatus), limits),
    st.builds(PersonConfigured, ids, moments, versions, ids, roles),
    st.builds(ApiKeyRevoked, ids, moments, versions, ids),
)


def read_back(event: TenantEvent) -> TenancyEvent:
    """What a consumer makes of the bytes."""
    about = event.metadata
    head = (UUID(about.event_id), about.occurred_at.ToDatetime(UTC), about.aggregate_version)
    match event.WhichOneof("fact"):
        case "tenant_configured":
            fact = event.tenant_configured
            nation = from_wire(tenant_wire.Nation, fact.nation, Nation, "nation")
            status = from_wire(tenant_wire.TenantStatus, fact.status, TenantStatus, "status")
            return TenantConfigured(*head, fact.slug, nation, status, fact.reports_per_minute)
        case "person_configured":
            person = event.person_configured
            return PersonConfigured(*head, UUID(person.person_id), tuple(Role(role) for role in person.roles))
        case _:
            return ApiKeyRevoked(*head, UUID(event.api_key_revoked.key_id))


@given(facts)
def test_every_fact_comes_back_the_same(event: TenancyEvent) -> None:
    fact = fact_of(event, TENANT)
    assert (fact.event_id, fact.topic, fact.type, fact.aggregate_id) == (event.event_id, "tenant-events", type(event).__name__, TENANT)
    assert fact.occurred_at == event.occurred_at
    sent = TenantEvent.FromString(fact.value)
    assert sent.metadata.tenant_id == str(TENANT)
    assert read_back(sent) == event


settings = st.builds(
    TenantSettings, slugs, lines, st.sampled_from(Nation), st.builds(IdentityProvider, lines, lines, lines.filter(bool)),
    st.builds(Branding, lines, lines), st.builds(Limits, limits),
)  # fmt: skip


@given(st.builds(TenantView, ids.map(TenantId), settings, st.sampled_from(TenantStatus), versions))
def test_a_council_shown_and_ordered_again_is_the_same(view: TenantView) -> None:
    shown = tenant_to_wire(view)
    assert (shown.tenant_id, shown.version) == (str(view.tenant_id), view.version)
    assert from_wire(tenant_wire.TenantStatus, shown.status, TenantStatus, "status") is view.status
    request = service_wire.CreateTenantRequest(
        request_id=R1, tenant_id=shown.tenant_id, slug=shown.slug, name=shown.name, nation=shown.nation,
        identity_provider=shown.identity_provider, branding=shown.branding, limits=shown.limits,
    )  # fmt: skip
    command = create_tenant_of(request)
    assert (command.tenant_id, command.settings) == (view.tenant_id, view.settings)


def test_limits_unset_are_the_usual_ones() -> None:
    assert set_tenant_limits_of(service_wire.SetTenantLimitsRequest(request_id=R1)).limits == Limits(120)
    order = service_wire.SetTenantLimitsRequest(request_id=R1, limits=tenant_wire.Limits(reports_per_minute=6))
    assert set_tenant_limits_of(order).limits == Limits(6)


@given(st.builds(Person, ids, roles, lines))
def test_a_person_is_shown_without_particulars(person: Person) -> None:
    shown = person_to_wire(person)
    assert (UUID(shown.person_id), tuple(shown.roles), shown.subject) == (person.person_id, person.roles, person.subject)
    assert {field.name for field in shown.DESCRIPTOR.fields} == {"person_id", "roles", "subject"}


def test_an_issued_key_carries_its_token_and_a_key_alone_does_not() -> None:
    key = ApiKey(uuid4(), "Case system", MONDAY_MORNING)
    issued = IssuedKey(key, "the-token")
    assert issued_key_to_wire(issued).token == "the-token"
    assert b"the-token" not in api_key_to_wire(key).SerializeToString()
    assert "the-token" not in repr(issued)


def test_an_unset_role_claim_is_roles() -> None:
    request = service_wire.CreateTenantRequest(request_id=R1, tenant_id=T1, nation=tenant_wire.NATION_WALES)
    assert create_tenant_of(request).settings.identity_provider.role_claim == DEFAULT_ROLE_CLAIM


def test_a_person_request_becomes_the_command() -> None:
    request = service_wire.PutPersonRequest(
        request_id=R1, person_id=T1, roles=["on_call", "case_worker"], name="Robin", contact="r@c.example", subject="s"
    )
    command = put_person_of(request)
    assert (str(command.person_id), list(command.roles), command.subject) == (T1, [Role.ON_CALL, Role.CASE_WORKER], "s")
    assert (command.particulars.name, command.particulars.contact) == ("Robin", "r@c.example")


def test_each_operation_and_each_word_changes_the_fingerprint() -> None:
    orders = [
        put_person_of(service_wire.PutPersonRequest(request_id=R1, person_id=T1, name=name)).order for name in ("Robin", "Robyn", "Robin")
    ]
    assert orders[0] == orders[2] != orders[1]
    assert issue_api_key_of(service_wire.IssueApiKeyRequest(request_id=R1)).order.fingerprint not in {one.fingerprint for one in orders}


@pytest.mark.parametrize(
    ("parse", "wrong", "field"),
    [
        (create_tenant_of, service_wire.CreateTenantRequest(tenant_id=T1, nation=tenant_wire.NATION_ENGLAND), "request_id"),
        (
            create_tenant_of,
            service_wire.CreateTenantRequest(request_id=R1, tenant_id="northshire", nation=tenant_wire.NATION_ENGLAND),
            "tenant_id",
        ),
        (create_tenant_of, service_wire.CreateTenantRequest(request_id=R1, tenant_id=T1), "nation"),
        (create_tenant_of, service_wire.CreateTenantRequest(request_id=R1, tenant_id=T1, nation=99), "nation"),  # type: ignore[arg-type]
        (set_tenant_status_of, service_wire.SetTenantStatusRequest(request_id=R1), "status"),
        (put_person_of, service_wire.PutPersonRequest(request_id=R1, person_id="robin"), "person_id"),
        (put_person_of, service_wire.PutPersonRequest(request_id=R1, person_id=T1, roles=["mayor"]), "roles"),
        (issue_api_key_of, service_wire.IssueApiKeyRequest(label="x"), "request_id"),
        (revoke_api_key_of, service_wire.RevokeApiKeyRequest(key_id=T1), "request_id"),
        (revoke_api_key_of, service_wire.RevokeApiKeyRequest(request_id=R1, key_id="x"), "key_id"),
    ],
)
def test_a_wrong_request_names_its_field(parse: object, wrong: object, field: str) -> None:
    assert callable(parse)
    with pytest.raises(Invalid) as refused:
        parse(wrong)
    assert [violation.field for violation in refused.value.violations] == [field]
