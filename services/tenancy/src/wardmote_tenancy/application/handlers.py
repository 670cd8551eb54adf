"""Tenancy's use cases. The council is the current one; the edge has set it from the credential."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import Conflict, NotFound
from wardmote_kernel.identity import Ids
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
from wardmote_tenancy.application.ports import KeySigner, Unit, UnitOfWork
from wardmote_tenancy.application.queries import TenantView
from wardmote_tenancy.domain.api_key import ApiKey
from wardmote_tenancy.domain.person import Person
from wardmote_tenancy.domain.tenant import Tenant

NO_PERSON = "There is no such person."


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with what they need. A repeated order is answered with what is there now."""

    unit_of_work: UnitOfWork
    key_signer: KeySigner
    clock: Clock
    ids: Ids

    async def create_tenant(self, command: CreateTenant) -> TenantView:
        """Brings a council aboard, once for each request id and once for each council's id."""
        async with self.unit_of_work() as unit:
            is_new_order = await unit.done_before(command.order) is None
            tenant = await unit.find_tenant()
            if tenant is None:
                tenant = Tenant.create(command.tenant_id, command.settings, self.ids.new_id(), self.clock.now())
                await unit.add_tenant(tenant)
            elif is_new_order:
                tenant.require_same(command.settings)
            if is_new_order:
                await unit.remember(command.order, tenant.tenant_id)
            return _view(tenant)

    async def set_tenant_status(self, command: SetTenantStatus) -> TenantView:
        """Stops or restarts a council's use."""
        return await self._change(command.order, lambda tenant, event_id, now: tenant.set_status(command.status, event_id, now))

    async def set_tenant_limits(self, command: SetTenantLimits) -> TenantView:
        """Changes how much a council may do before it waits."""
        return await self._change(command.order, lambda tenant, event_id, now: tenant.set_limits(command.limits, event_id, now))

    async def _change(self, order: Order, change: Callable[[Tenant, UUID, datetime], None]) -> TenantView:
        async with self.unit_of_work() as unit:
            is_new_order = await unit.done_before(order) is None
            tenant = await unit.tenant()
            if is_new_order:
                change(tenant, self.ids.new_id(), self.clock.now())
                await unit.save_tenant(tenant)
                await unit.remember(order, tenant.tenant_id)
            return _view(tenant)

    async def put_person(self, command: PutPerson) -> Person:
        """Registers a person, changes them, or lets them leave."""
        async with self.unit_of_work() as unit:
            is_new_order = await unit.done_before(command.order) is None
            tenant = await unit.tenant()
            before = await unit.person(command.person_id)
            if before is not None and not is_new_order:
                return before
            after = await self._registered(unit, command) if command.roles else await self._left(unit, before, command)
            tenant.configure_person(before, after, self.ids.new_id(), self.clock.now())
            await unit.save_tenant(tenant)
            await unit.remember(command.order, after.person_id)
            return after

    async def _registered(self, unit: Unit, command: PutPerson) -> Person:
        person = Person.register(command.person_id, command.roles, command.subject, command.particulars)
        other = await unit.person_of_subject(person.subject) if person.subject else None
        if other is not None and other.person_id != person.person_id:
            raise Conflict("Another person of this council has that subject. Each subject is one person.")
        await unit.save_person(person, command.particulars)
        return person

    async def _left(self, unit: Unit, before: Person | None, command: PutPerson) -> Person:
        person = Person.leave(command.person_id, command.subject, command.particulars)
        if before is None:
            raise NotFound(NO_PERSON)
        if not before.has_left:
            await unit.erase_person(person)
        return person

    async def issue_api_key(self, command: IssueApiKey) -> IssuedKey:
        """Makes a key.

        Raises:
            Conflict: this request has made one. Its token was shown once and is kept nowhere, so the answer cannot be
                given again; the text names the key, so that a caller who lost the answer can revoke it.
        """
        async with self.unit_of_work() as unit:
            earlier = await unit.done_before(command.order)
            if earlier is not None:
                raise Conflict(
                    f"This request issued key {earlier}, which was shown once. Revoke it and issue another with a new request id."
                )
            api_key = ApiKey.issue(self.ids.new_id(), command.label, self.clock.now())
            token = self.key_signer.token_of(api_key)
            await unit.save_api_key(api_key)
            await unit.remember(command.order, api_key.key_id)
        return IssuedKey(api_key, token)

    async def revoke_api_key(self, command: RevokeApiKey) -> ApiKey:
        """Makes a key good no more, here at once and elsewhere when the fact arrives."""
        async with self.unit_of_work() as unit:
            tenant = await unit.tenant()
            revoked = tenant.revoke(await unit.api_key(command.key_id), self.ids.new_id(), self.clock.now())
            await unit.save_api_key(revoked)
            await unit.save_tenant(tenant)
            return revoked


def _view(tenant: Tenant) -> TenantView:
    return TenantView(tenant.tenant_id, tenant.settings, tenant.status, tenant.version)
