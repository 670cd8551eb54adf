"""What tenancy shows of its councils. Reads rows; loads no aggregate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from wardmote_kernel.identity import TenantId
from wardmote_tenancy.domain.events import TenantStatus
from wardmote_tenancy.domain.settings import TenantSettings


@dataclass(frozen=True, slots=True)
class TenantView:
    """A council as it is now."""

    tenant_id: TenantId
    settings: TenantSettings
    status: TenantStatus
    version: int


@dataclass(frozen=True, slots=True)
class TenantPage:
    """One page of councils in the order of their slugs."""

    tenants: Sequence[TenantView]
    next_cursor: str
    """Empty: no more pages."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a person is reached."""

    person_id: UUID
    email: str


class Queries(Protocol):
    """Questions about councils."""

    async def own_tenant(self) -> TenantView:
        """The current council.

        Raises:
            NotFound: it is not known here.
        """
        ...

    async def tenant_by_slug(self, slug: str) -> TenantView:
        """The council with that public address.

        Raises:
            NotFound: no council has it.
        """
        ...

    async def tenants(self, limit: int, cursor: str) -> TenantPage:
        """A page of all councils.

        Raises:
            Invalid: the limit is over the highest, or the cursor is not of this list.
        """
        ...

    async def contacts(self, person_ids: Sequence[UUID]) -> Sequence[Contact]:
        """Contacts of the current council's people. Who left, is unknown or has no contact is left out.

        Raises:
            Invalid: too many were asked for.
        """
        ...
