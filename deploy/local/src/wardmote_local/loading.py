"""Brings the demo councils aboard through tenancy's own API, as an operator would. Loading them again changes nothing."""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from google.protobuf.message import Message

from wardmote.tenancy.v1 import tenancy_service_pb2 as wire
from wardmote.tenancy.v1.tenant_pb2 import Branding, IdentityProvider, Limits, Nation
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.errors import Unauthenticated
from wardmote_kernel.taxonomy import Role
from wardmote_local.addresses import Addresses
from wardmote_local.api_keys import keep_api_keys, read_api_keys
from wardmote_local.calls import Services, call
from wardmote_local.councils import CLIENT_ID, DemoCouncil, DemoPerson
from wardmote_local.folders import Folders
from wardmote_local.keys import Keys
from wardmote_runtime.auth import TokenVerifier

OPERATOR = "local-operator"
REPORTS_PER_MINUTE = 60_000
"""Of a demo council: whoever measures here measures the machine, not a council's limit."""

KEY_LABEL = "Demo key of the local stack"


class CouncilLoader:
    """Loads councils and keeps the keys they are given."""

    def __init__(self, services: Services, addresses: Addresses, keys: Keys, folders: Folders) -> None:
        self._services = services
        self._addresses = addresses
        self._keys = keys
        self._folders = folders

    async def load(self, councils: Sequence[DemoCouncil]) -> dict[str, str]:
        """Returns each council's API key by its slug."""
        kept = read_api_keys(self._folders)
        for council in councils:
            await self._load(council)
            if not self._is_good(kept.get(council.slug, "")):
                kept[council.slug] = await self._issue(council)
                keep_api_keys(self._folders, kept)
        return {council.slug: kept[council.slug] for council in councils}

    async def _load(self, council: DemoCouncil) -> None:
        tenancy = self._services.tenancy
        await call(tenancy.CreateTenant, create_tenant(council, self._addresses.issuer(council.slug)), self._operator(None))
        await call(tenancy.SetTenantLimits, set_limit(council.tenant_id, REPORTS_PER_MINUTE), self._operator(None))
        for person in council.people:
            await call(tenancy.PutPerson, put_person(council, person), self._operator(council.tenant_id))

    async def _issue(self, council: DemoCouncil) -> str:
        """A new key. The request id is new too: a key is shown once, so a repeated order could not give it again."""
        request = wire.IssueApiKeyRequest(request_id=str(uuid4()), label=KEY_LABEL)
        return str((await call(self._services.tenancy.IssueApiKey, request, self._operator(council.tenant_id))).token)

    def _operator(self, tenant: UUID | None) -> str:
        return self._keys.token("operator", OPERATOR, Role.OPERATOR, tenant)

    def _is_good(self, api_key: str) -> bool:
        """Whether a kept key is one of this stack's issuer; the issuer's own keys may have been made anew since."""
        try:
            TokenVerifier.from_file(self._keys.trusted_issuers_file, SystemClock()).verify(f"Bearer {api_key}")
        except Unauthenticated:
            return False
        return True


def create_tenant(council: DemoCouncil, issuer: str) -> wire.CreateTenantRequest:
    """The order that brings a council aboard."""
    request = wire.CreateTenantRequest(
        tenant_id=str(council.tenant_id),
        slug=council.slug,
        name=council.name,
        nation=Nation.Value(f"NATION_{council.nation}"),
        identity_provider=IdentityProvider(issuer=issuer, client_id=CLIENT_ID, role_claim="roles"),
        branding=Branding(brand_colour=council.brand_colour, support_line=council.support_line),
    )
    request.request_id = request_id_of(request)
    return request


def set_limit(tenant: UUID, reports_per_minute: int) -> wire.SetTenantLimitsRequest:
    """The order that changes how much a council may report before its work waits."""
    request = wire.SetTenantLimitsRequest(tenant_id=str(tenant), limits=Limits(reports_per_minute=reports_per_minute))
    request.request_id = request_id_of(request)
    return request


def put_person(council: DemoCouncil, person: DemoPerson) -> wire.PutPersonRequest:
    """The order that registers a person."""
    request = wire.PutPersonRequest(
        person_id=str(person.person_id), roles=[role.value for role in person.roles], name=person.name, contact=person.email,
        subject=person.subject,
    )  # fmt: skip
    request.request_id = request_id_of(request, council.slug)
    return request


def request_id_of(request: Message, council: str = "") -> str:
    """The same for the same order, another for a changed one."""
    return str(uuid5(NAMESPACE_URL, f"{council}/{type(request).__name__}/{request.SerializeToString(deterministic=True).hex()}"))
