"""What tenancy needs from outside, as contracts."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from wardmote_tenancy.application.commands import Order
from wardmote_tenancy.domain.api_key import ApiKey
from wardmote_tenancy.domain.person import Particulars, Person
from wardmote_tenancy.domain.tenant import Tenant


class Unit(Protocol):
    """One transaction of the current council. Everything done in it is kept together or not at all."""

    async def done_before(self, order: Order) -> UUID | None:
        """Which council, person or key this order was about when it was done before, or None when it is new.

        Only the id is remembered: an answer may hold what must be forgotten later.

        Raises:
            Conflict: the request id came with another request.
        """
        ...

    async def remember(self, order: Order, about: UUID) -> None:
        """Keeps that the order was done."""
        ...

    async def find_tenant(self) -> Tenant | None:
        """The current council, its row locked until the end of the unit, or None."""
        ...

    async def tenant(self) -> Tenant:
        """The current council, its row locked until the end of the unit.

        Raises:
            NotFound: it is not known here.
        """
        ...

    async def add_tenant(self, tenant: Tenant) -> None:
        """Keeps a new council, its slug in the public directory, and its facts in the outbox.

        Raises:
            Conflict: the slug is taken, or the council was made by another order at the same moment.
        """
        ...

    async def save_tenant(self, tenant: Tenant) -> None:
        """Keeps a council whose row this unit has locked, and its facts in the outbox."""
        ...

    async def person(self, person_id: UUID) -> Person | None:
        """The person of that id, also one who left, or None."""
        ...

    async def person_of_subject(self, subject: str) -> Person | None:
        """The person whom the identity provider calls that, or None."""
        ...

    async def save_person(self, person: Person, particulars: Particulars) -> None:
        """Keeps a person with their particulars sealed under a new key of their own."""
        ...

    async def erase_person(self, person: Person) -> None:
        """Destroys the person's key and particulars, and what remembered orders would tell of them. The id stays."""
        ...

    async def api_key(self, key_id: UUID) -> ApiKey:
        """
        Raises:
            NotFound: this council has no such key.
        """
        ...

    async def save_api_key(self, api_key: ApiKey) -> None:
        """Keeps a key, new or changed; never its token."""
        ...


class UnitOfWork(Protocol):
    """Opens units."""

    def __call__(self) -> AbstractAsyncContextManager[Unit]:
        """A unit that commits at the end of the block and rolls back on an error."""
        ...


class KeySigner(Protocol):
    """Makes the tokens that API keys are."""

    def token_of(self, api_key: ApiKey) -> str:
        """A signed token of the current council that names the key, so that the key can be revoked."""
        ...
