"""A council: one row version that counts every fact about it, its people and its keys."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from wardmote_kernel.errors import Conflict, Invalid, Violation
from wardmote_kernel.identity import PLATFORM, TenantId
from wardmote_tenancy.domain.api_key import ApiKey
from wardmote_tenancy.domain.events import ApiKeyRevoked, PersonConfigured, TenancyEvent, TenantConfigured, TenantStatus
from wardmote_tenancy.domain.person import Person
from wardmote_tenancy.domain.settings import Limits, TenantSettings


@dataclass(slots=True)
class Tenant:
    """A council. ``events`` holds the facts that saving it makes known.

    The facts of one council are one ordered line, key tenant/tenant: so its version grows by one with each fact, also when
    the fact is of a person or a key, and never without one.
    """

    tenant_id: TenantId
    settings: TenantSettings
    status: TenantStatus = TenantStatus.ACTIVE
    version: int = 0
    events: list[TenancyEvent] = field(default_factory=list)

    @classmethod
    def create(cls, tenant_id: TenantId, settings: TenantSettings, event_id: UUID, now: datetime) -> "Tenant":
        """A council that comes aboard.

        Raises:
            Invalid: with every field that is wrong.
        """
        if tenant_id == PLATFORM:
            raise Invalid(Violation("tenant_id", "Make a new UUID for the council; the one of zeros is the platform's own."))
        settings.check()
        tenant = cls(tenant_id, settings)
        tenant._configured(event_id, now)
        return tenant

    def require_same(self, settings: TenantSettings) -> None:
        """Makes sure that an order to create this council again means the same council.

        Raises:
            Conflict: it does not.
        """
        if settings != self.settings:
            raise Conflict("This council came aboard with other settings. Make a new id for a new council.")

    def set_status(self, status: TenantStatus, event_id: UUID, now: datetime) -> None:
        """Stops or restarts the council's use. The status it has already changes nothing."""
        if status is not self.status:
            self.status = status
            self._configured(event_id, now)

    def set_limits(self, limits: Limits, event_id: UUID, now: datetime) -> None:
        """Changes how much the council may do before it waits. The limits it has already change nothing.

        Raises:
            Invalid: a limit is none.
        """
        limits.check()
        if limits != self.settings.limits:
            self.settings = replace(self.settings, limits=limits)
            self._configured(event_id, now)

    def configure_person(self, before: Person | None, after: Person, event_id: UUID, now: datetime) -> None:
        """Makes known that a person was registered, left, or has other roles. The same roles again are no news."""
        if before is None or before.roles != after.roles:
            self.events.append(PersonConfigured(event_id, now, self._next_version(), after.person_id, after.roles))

    def revoke(self, key: ApiKey, event_id: UUID, now: datetime) -> ApiKey:
        """The key, good no more. One that was revoked before is no news."""
        if not key.is_revoked:
            self.events.append(ApiKeyRevoked(event_id, now, self._next_version(), key.key_id))
        return key.revoked()

    def _configured(self, event_id: UUID, now: datetime) -> None:
        settings, limit = self.settings, self.settings.limits.reports_per_minute
        self.events.append(TenantConfigured(event_id, now, self._next_version(), settings.slug, settings.nation, self.status, limit))

    def _next_version(self) -> int:
        self.version += 1
        return self.version
