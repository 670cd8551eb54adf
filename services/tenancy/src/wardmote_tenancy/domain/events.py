"""Facts that tenancy makes known of a council. Ids, codes and the public slug only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from wardmote_kernel.taxonomy import Nation, Role


class TenantStatus(StrEnum):
    """Whether a council may use the deployment."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class TenantConfigured:
    """A council came aboard or its settings changed. Carries all settings that other services need."""

    event_id: UUID
    occurred_at: datetime
    version: int
    slug: str
    nation: Nation
    status: TenantStatus
    reports_per_minute: int


@dataclass(frozen=True, slots=True)
class PersonConfigured:
    """A person was registered or their roles changed. No roles: they left."""

    event_id: UUID
    occurred_at: datetime
    version: int
    person_id: UUID
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class ApiKeyRevoked:
    """A key is no longer good, everywhere."""

    event_id: UUID
    occurred_at: datetime
    version: int
    key_id: UUID


TenancyEvent = TenantConfigured | PersonConfigured | ApiKeyRevoked
