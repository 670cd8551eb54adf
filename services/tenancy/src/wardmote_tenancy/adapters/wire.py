"""The one place that knows both tenancy's domain and its protobuf."""

from collections.abc import Iterable, Sequence
from datetime import UTC, timedelta
from typing import Any

from google.protobuf.message import Message

from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote.tenancy.v1 import proof_pb2 as proof_wire
from wardmote.tenancy.v1 import tenancy_service_pb2 as service_wire
from wardmote.tenancy.v1 import tenant_events_pb2 as events_wire
from wardmote.tenancy.v1 import tenant_pb2 as tenant_wire
from wardmote_contracts.topics import TENANT_EVENTS
from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Nation, Role
from wardmote_runtime.envelope import Fact
from wardmote_runtime.requests import check_request_id, fingerprint
from wardmote_runtime.wire_enums import from_wire, to_wire
from wardmote_runtime.wire_values import id_of, stamp_of
from wardmote_tenancy.application.commands import (
    CreateTenant,
    IssueApiKey,
    IssuedKey,
    Order,
    PutPerson,
    RevokeApiKey,
    SetTenantLimits,
    SetTenantStatus,
)
from wardmote_tenancy.application.queries import Contact, TenantPage, TenantView
from wardmote_tenancy.application.reconcile import Reconcile, Reconciliation
from wardmote_tenancy.domain.api_key import ApiKey
from wardmote_tenancy.domain.events import PersonConfigured, TenancyEvent, TenantConfigured, TenantStatus
from wardmote_tenancy.domain.person import COUNCIL_ROLES, Particulars, Person
from wardmote_tenancy.domain.proof import Backlog, Double, Missing, StopPlace
from wardmote_tenancy.domain.settings import (
    DEFAULT_REPORTS_PER_MINUTE,
    DEFAULT_ROLE_CLAIM,
    Branding,
    IdentityProvider,
    Limits,
    TenantSettings,
)

MOST_NAMED = 1000
"""Ids of the gap, and of what was done twice, in one answer (proof.proto)."""


def fact_of(event: TenancyEvent, tenant: TenantId) -> Fact:
    """The fact as the outbox keeps it. Every fact of a council has the council as its aggregate."""
    value = events_wire.TenantEvent(metadata=_metadata(event, tenant), **_oneof(event))
    return Fact(event.event_id, TENANT_EVENTS.name, type(event).__name__, tenant, event.occurred_at, value.SerializeToString())


def _metadata(event: TenancyEvent, tenant: TenantId) -> EventMetadata:
    return EventMetadata(
        event_id=str(event.event_id), tenant_id=str(tenant), occurred_at=stamp_of(event.occurred_at), aggregate_version=event.version
    )


def _oneof(event: TenancyEvent) -> dict[str, Any]:
    if isinstance(event, TenantConfigured):
        nation, status = to_wire(tenant_wire.Nation, event.nation), to_wire(tenant_wire.TenantStatus, event.status)
        told = events_wire.TenantConfigured(slug=event.slug, nation=nation, status=status, reports_per_minute=event.reports_per_minute)
        return {"tenant_configured": told}
    if isinstance(event, PersonConfigured):
        return {"person_configured": events_wire.PersonConfigured(person_id=str(event.person_id), roles=event.roles)}
    return {"api_key_revoked": events_wire.ApiKeyRevoked(key_id=str(event.key_id))}


def create_tenant_of(request: service_wire.CreateTenantRequest) -> CreateTenant:
    """The command that a request makes.

    Raises:
        Invalid: an id or the nation is missing or wrong.
    """
    provider, branding = request.identity_provider, request.branding
    settings = TenantSettings(
        slug=request.slug,
        name=request.name,
        nation=from_wire(tenant_wire.Nation, request.nation, Nation, "nation"),
        identity_provider=IdentityProvider(provider.issuer, provider.client_id, provider.role_claim or DEFAULT_ROLE_CLAIM),
        branding=Branding(branding.brand_colour, branding.support_line),
        limits=_limits_of(request.limits),
    )
    return CreateTenant(_order(request.request_id, request), TenantId(id_of(request.tenant_id, "tenant_id")), settings)


def set_tenant_status_of(request: service_wire.SetTenantStatusRequest) -> SetTenantStatus:
    """The command that a request makes.

    Raises:
        Invalid: the request id or the status is missing or wrong.
    """
    status = from_wire(tenant_wire.TenantStatus, request.status, TenantStatus, "status")
    return SetTenantStatus(_order(request.request_id, request), status)


def set_tenant_limits_of(request: service_wire.SetTenantLimitsRequest) -> SetTenantLimits:
    """The command that a request makes.

    Raises:
        Invalid: the request id is missing or wrong.
    """
    return SetTenantLimits(_order(request.request_id, request), _limits_of(request.limits))


def _limits_of(limits: tenant_wire.Limits) -> Limits:
    return Limits(limits.reports_per_minute or DEFAULT_REPORTS_PER_MINUTE)


def put_person_of(request: service_wire.PutPersonRequest) -> PutPerson:
    """The command that a request makes.

    Raises:
        Invalid: an id or a role is missing or wrong.
    """
    return PutPerson(
        order=_order(request.request_id, request),
        person_id=id_of(request.person_id, "person_id"),
        roles=roles_of(request.roles),
        subject=request.subject,
        particulars=Particulars(request.name, request.contact),
    )


def issue_api_key_of(request: service_wire.IssueApiKeyRequest) -> IssueApiKey:
    """The command that a request makes.

    Raises:
        Invalid: the request id is missing or wrong.
    """
    return IssueApiKey(_order(request.request_id, request), request.label)


def revoke_api_key_of(request: service_wire.RevokeApiKeyRequest) -> RevokeApiKey:
    """The command that a request makes.

    Raises:
        Invalid: an id is missing or wrong.
    """
    check_request_id(request.request_id)
    return RevokeApiKey(id_of(request.key_id, "key_id"))


def roles_of(words: Iterable[str]) -> list[Role]:
    """The roles that words name.

    Raises:
        Invalid: a word is no role.
    """
    try:
        return [Role(word) for word in words]
    except ValueError:
        raise Invalid(Violation("roles", f"Give some of: {', '.join(COUNCIL_ROLES)}.")) from None


def tenant_to_wire(view: TenantView) -> tenant_wire.Tenant:
    """A council."""
    settings = view.settings
    provider, branding = settings.identity_provider, settings.branding
    return tenant_wire.Tenant(
        tenant_id=str(view.tenant_id),
        slug=settings.slug,
        name=settings.name,
        nation=to_wire(tenant_wire.Nation, settings.nation),
        status=to_wire(tenant_wire.TenantStatus, view.status),
        identity_provider=tenant_wire.IdentityProvider(
            issuer=provider.issuer, client_id=provider.client_id, role_claim=provider.role_claim
        ),
        branding=tenant_wire.Branding(brand_colour=branding.brand_colour, support_line=branding.support_line),
        version=view.version,
        limits=tenant_wire.Limits(reports_per_minute=settings.limits.reports_per_minute),
    )


def page_to_wire(page: TenantPage) -> service_wire.ListTenantsResponse:
    """A page of councils."""
    return service_wire.ListTenantsResponse(tenants=[tenant_to_wire(view) for view in page.tenants], next_cursor=page.next_cursor)


def person_to_wire(person: Person) -> tenant_wire.Person:
    """A person without name and contact."""
    return tenant_wire.Person(person_id=str(person.person_id), roles=person.roles, subject=person.subject)


def contact_to_wire(contact: Contact) -> service_wire.Contact:
    """Where a person is reached."""
    return service_wire.Contact(person_id=str(contact.person_id), email=contact.email)


def api_key_to_wire(api_key: ApiKey) -> tenant_wire.ApiKey:
    """A key without its token."""
    return tenant_wire.ApiKey(key_id=str(api_key.key_id), label=api_key.label, is_revoked=api_key.is_revoked)


def issued_key_to_wire(issued: IssuedKey) -> service_wire.IssueApiKeyResponse:
    """A key with its token: the only time that it is told."""
    return service_wire.IssueApiKeyResponse(api_key=api_key_to_wire(issued.api_key), token=issued.token)


def reconcile_of(request: service_wire.ReconcileRequest) -> Reconcile:
    """The question that a request asks.

    Raises:
        Invalid: a time that is none.
    """
    if request.grace_seconds < 0:
        raise Invalid(Violation("grace_seconds", "Send 0 or more."))
    grace = timedelta(seconds=request.grace_seconds) if request.HasField("grace_seconds") else None
    try:
        return Reconcile(request.since.ToDatetime(UTC) if request.HasField("since") else None, grace, request.cursor)
    except (ValueError, OverflowError):
        raise Invalid(Violation("since", "Send a moment between the years 1 and 9999.")) from None


def reconciliation_to_wire(found: Reconciliation, backlogs: Sequence[Backlog]) -> service_wire.ReconcileResponse:
    """What was found, with as many names as an answer has room for."""
    proof = found.proof
    doubles = sorted(proof.doubles, key=lambda one: (one.about_id, one.person_id or one.about_id))
    told = proof_wire.Proof(
        since=stamp_of(found.since), asked_at=stamp_of(found.asked_at), received_count=proof.received, event_count=proof.events,
        assessed_count=proof.assessed, in_case_count=proof.in_case, notified_count=proof.notified,
        nobody_to_tell_count=proof.nobody_to_tell, waiting_count=proof.waiting, gap_count=proof.gap,
        oldest_age_seconds=found.oldest_age.total_seconds(), doubled_count=len(doubles),
        missing=[_missing(one) for one in proof.missing[:MOST_NAMED]], doubled=[_doubled(one) for one in doubles[:MOST_NAMED]],
        backlogs=[_backlog(one) for one in backlogs], slowed_count=proof.slowed,
        slowed_until=stamp_of(proof.slowed_until) if proof.slowed_until else None,
    )  # fmt: skip
    return service_wire.ReconcileResponse(proof=told, next_cursor=found.next_cursor)


def _missing(one: Missing) -> proof_wire.MissingIncident:
    return proof_wire.MissingIncident(
        incident_id=str(one.incident_id), received_at=stamp_of(one.received_at), lacks=to_wire(proof_wire.ProofStage, one.lacks),
        place=to_wire(proof_wire.StopPlace, one.place), service=one.service, case_id=str(one.case_id or ""), reason=one.reason,
    )  # fmt: skip


def _doubled(one: Double) -> proof_wire.Doubled:
    stage = to_wire(proof_wire.ProofStage, one.stage)
    return proof_wire.Doubled(stage=stage, about_id=str(one.about_id), person_id=str(one.person_id or ""))


def _backlog(one: Backlog) -> proof_wire.Backlog:
    return proof_wire.Backlog(
        service=one.service,
        outbox_count=one.counts.get(StopPlace.OUTBOX, 0),
        work_count=one.counts.get(StopPlace.WORK, 0),
        parked_count=one.counts.get(StopPlace.PARKED, 0),
        dead_letter_count=one.counts.get(StopPlace.DEAD_LETTER, 0),
        oldest_at=stamp_of(one.oldest_at) if one.oldest_at else None,
    )


def _order(request_id: str, request: Message) -> Order:
    operation = type(request).__name__.removesuffix("Request")
    return Order(check_request_id(request_id), fingerprint(operation, request))
