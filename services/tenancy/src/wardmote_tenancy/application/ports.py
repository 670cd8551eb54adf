"""What tenancy needs from outside, as contracts."""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from wardmote_tenancy.application.commands import Order
from wardmote_tenancy.domain.api_key import ApiKey
from wardmote_tenancy.domain.person import Particulars, Person
from wardmote_tenancy.domain.proof import Backlog, InCase, Proof, Receipt, ServiceName, Told, Track
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


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """Some of a council's receipts."""

    receipts: Sequence[Receipt]
    next_cursor: str
    """Empty: no more pages."""


@dataclass(frozen=True, slots=True)
class RoundSums:
    """One look at all councils."""

    gap: int = 0
    oldest_age: timedelta = timedelta(0)
    doubled: int = 0
    unproved: int = 0
    """Councils that a service refused to speak of, such as one that has just come aboard."""


class ReportWay(Protocol):
    """What the services on a report's way hold of the current council.

    Every question raises Unavailable when the service does not answer, NotFound when it does not know the council (yet), and
    NotPermitted when the council is suspended.
    """

    async def receipts(self, since: datetime, cursor: str) -> ReceiptPage:
        """A page of the reports accepted since then. An empty cursor asks for the first."""
        ...

    async def assessed(self, incident_ids: Sequence[UUID]) -> Collection[UUID]:
        """Those of the incidents that have an assessment."""
        ...

    async def in_cases(self, incident_ids: Sequence[UUID]) -> Sequence[InCase]:
        """The cases of the incidents."""
        ...

    async def told(self, case_ids: Sequence[UUID]) -> Sequence[Told]:
        """The notifications that told of the cases' opening."""
        ...

    async def has_case_workers(self) -> bool:
        """Whether there is anybody who is told of a new case."""
        ...

    async def tracks(self, service: ServiceName, about_ids: Sequence[UUID]) -> Sequence[Track]:
        """What is on its way out of the service or waits in it, about these."""
        ...

    async def backlog(self, service: ServiceName) -> Backlog:
        """How much waits in the service."""
        ...


class ProofMeasures(Protocol):
    """Shows what was found, without a council's name in a metric, and by ids and codes alone in the log."""

    def gap(self, found: Proof, oldest_age: timedelta) -> None:
        """The current council has a gap, or something was done twice."""
        ...

    def round(self, sums: RoundSums) -> None:
        """All councils were looked at."""
        ...

    def broken_off(self, unproved: int) -> None:
        """A service does not answer: of so many councils nothing is known now."""
        ...
