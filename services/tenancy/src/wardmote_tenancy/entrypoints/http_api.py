"""Tenancy's REST routes: the same handlers as gRPC, the same names of fields as the protos."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Nation, Role
from wardmote_runtime.http_app import Gate, IdempotencyKey, etag
from wardmote_runtime.requests import fingerprint
from wardmote_tenancy.application.commands import CreateTenant, IssueApiKey, Order, PutPerson, RevokeApiKey
from wardmote_tenancy.application.handlers import Handlers
from wardmote_tenancy.application.queries import Queries, TenantView
from wardmote_tenancy.domain.api_key import ApiKey
from wardmote_tenancy.domain.events import TenantStatus
from wardmote_tenancy.domain.person import Particulars
from wardmote_tenancy.domain.settings import (
    DEFAULT_REPORTS_PER_MINUTE,
    DEFAULT_ROLE_CLAIM,
    Branding,
    IdentityProvider,
    Limits,
    TenantSettings,
)
from wardmote_tenancy.entrypoints.grpc_api import ADMINS, OPERATORS, council_named, require_council


class _Body(BaseModel):
    """Lengths and forms are the domain's to check: one place, and the same words as over gRPC.

    The wide limit here makes pydantic look into each text, so that half a surrogate pair is refused and not met later.
    """

    model_config = ConfigDict(extra="forbid", str_max_length=2000)


class IdentityProviderBody(_Body):
    """The one issuer whose tokens sign this council's people in."""

    issuer: str
    client_id: str
    role_claim: str = DEFAULT_ROLE_CLAIM


class BrandingBody(_Body):
    """How the council's public pages look, and what they say first."""

    brand_colour: str = ""
    support_line: str = ""


class LimitsBody(_Body):
    """How much the council may do before it waits. Nothing over a limit is refused."""

    reports_per_minute: int = DEFAULT_REPORTS_PER_MINUTE


class TenantBody(_Body):
    """A council to bring aboard. Make its id yourself, so that a repeated order means the same council."""

    tenant_id: UUID
    slug: str
    name: str
    nation: Nation
    identity_provider: IdentityProviderBody
    branding: BrandingBody = BrandingBody()
    limits: LimitsBody = LimitsBody()


class PersonBody(_Body):
    """A person of the council. No roles: the person leaves, and their name and contact are erased."""

    roles: list[Role]
    name: str = ""
    contact: str = ""
    subject: str = ""


class ApiKeyBody(_Body):
    """What the key is for, in the council's words."""

    label: str


class TenantShown(BaseModel):
    """A council."""

    tenant_id: UUID
    slug: str
    name: str
    nation: Nation
    status: TenantStatus
    identity_provider: IdentityProviderBody
    branding: BrandingBody
    limits: LimitsBody
    version: int


class PersonShown(BaseModel):
    """A person without name and contact."""

    person_id: UUID
    roles: list[Role]
    subject: str


class ApiKeyShown(BaseModel):
    """A key without its token."""

    key_id: UUID
    label: str
    is_revoked: bool


class IssuedKeyShown(BaseModel):
    """A key with its bearer token, which is not shown again."""

    api_key: ApiKeyShown
    token: str


def routes(handlers: Handlers, queries: Queries, gate: Gate) -> APIRouter:
    """Tenancy's routes."""
    router = APIRouter(prefix="/v1")

    @router.post("/tenants", status_code=201, dependencies=[Depends(gate.roles(*OPERATORS))])
    async def create_tenant(body: TenantBody, key: IdempotencyKey) -> TenantShown:
        with council_named(body.tenant_id):
            return _tenant_shown(await handlers.create_tenant(_create_tenant(body, key)))

    @router.get("/tenant", dependencies=[Depends(gate.roles(*Role))])
    async def get_tenant(response: Response) -> TenantShown:
        require_council()
        view = await queries.own_tenant()
        response.headers["ETag"] = etag(view.version)
        return _tenant_shown(view)

    @router.put("/people/{person_id}", dependencies=[Depends(gate.roles(*ADMINS))])
    async def put_person(person_id: UUID, body: PersonBody, key: IdempotencyKey) -> PersonShown:
        require_council()
        person = await handlers.put_person(_put_person(person_id, body, key))
        return PersonShown(person_id=person.person_id, roles=list(person.roles), subject=person.subject)

    @router.post("/api-keys", status_code=201, dependencies=[Depends(gate.roles(*ADMINS))])
    async def issue_api_key(body: ApiKeyBody, key: IdempotencyKey, response: Response) -> IssuedKeyShown:
        require_council()
        issued = await handlers.issue_api_key(IssueApiKey(_order("POST /v1/api-keys", body, key), body.label))
        response.headers["Cache-Control"] = "no-store"
        return IssuedKeyShown(api_key=_api_key_shown(issued.api_key), token=issued.token)

    @router.delete("/api-keys/{key_id}", dependencies=[Depends(gate.roles(*ADMINS))])
    async def revoke_api_key(key_id: UUID) -> ApiKeyShown:
        require_council()
        return _api_key_shown(await handlers.revoke_api_key(RevokeApiKey(key_id)))

    return router


def _order(operation: str, body: BaseModel, key: str) -> Order:
    return Order(key, fingerprint(operation, body.model_dump_json().encode()))


def _create_tenant(body: TenantBody, key: str) -> CreateTenant:
    provider, branding = body.identity_provider, body.branding
    settings = TenantSettings(
        body.slug, body.name, body.nation, IdentityProvider(provider.issuer, provider.client_id, provider.role_claim),
        Branding(branding.brand_colour, branding.support_line), Limits(body.limits.reports_per_minute),
    )  # fmt: skip
    return CreateTenant(_order("POST /v1/tenants", body, key), TenantId(body.tenant_id), settings)


def _put_person(person_id: UUID, body: PersonBody, key: str) -> PutPerson:
    order = _order(f"PUT /v1/people/{person_id}", body, key)
    return PutPerson(order, person_id, body.roles, body.subject, Particulars(body.name, body.contact))


def _tenant_shown(view: TenantView) -> TenantShown:
    settings = view.settings
    provider, branding = settings.identity_provider, settings.branding
    return TenantShown(
        tenant_id=view.tenant_id, slug=settings.slug, name=settings.name, nation=settings.nation, status=view.status,
        identity_provider=IdentityProviderBody(issuer=provider.issuer, client_id=provider.client_id, role_claim=provider.role_claim),
        branding=BrandingBody(brand_colour=branding.brand_colour, support_line=branding.support_line),
        limits=LimitsBody(reports_per_minute=settings.limits.reports_per_minute), version=view.version,
    )  # fmt: skip


def _api_key_shown(api_key: ApiKey) -> ApiKeyShown:
    return ApiKeyShown(key_id=api_key.key_id, label=api_key.label, is_revoked=api_key.is_revoked)
