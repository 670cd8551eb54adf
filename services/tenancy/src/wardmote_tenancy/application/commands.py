"""What people and programs order tenancy to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_tenancy.domain.api_key import ApiKey
from wardmote_tenancy.domain.events import TenantStatus
from wardmote_tenancy.domain.person import Particulars
from wardmote_tenancy.domain.settings import Limits, TenantSettings


@dataclass(frozen=True, slots=True)
class Order:
    """What makes an order the same one when it is sent again."""

    request_id: str
    fingerprint: bytes
    """Of the whole request: the same id with another one is refused."""


@dataclass(frozen=True, slots=True)
class CreateTenant:
    """Bring this council aboard."""

    order: Order
    tenant_id: TenantId
    settings: TenantSettings


@dataclass(frozen=True, slots=True)
class SetTenantStatus:
    """Stop or restart the current council's use."""

    order: Order
    status: TenantStatus


@dataclass(frozen=True, slots=True)
class SetTenantLimits:
    """Change how much the current council may do before it waits."""

    order: Order
    limits: Limits


@dataclass(frozen=True, slots=True)
class PutPerson:
    """Register this person, change them, or let them leave (no roles)."""

    order: Order
    person_id: UUID
    roles: Sequence[Role]
    subject: str
    particulars: Particulars


@dataclass(frozen=True, slots=True)
class IssueApiKey:
    """Make a key for the council's own software."""

    order: Order
    label: str


@dataclass(frozen=True, slots=True)
class RevokeApiKey:
    """Make a key good no more. Needs no request id: a revoked key stays revoked, however often it is ordered."""

    key_id: UUID


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key with its token, to be shown once."""

    api_key: ApiKey
    token: str = field(repr=False)
