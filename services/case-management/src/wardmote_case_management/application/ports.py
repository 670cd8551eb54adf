"""What case-management needs from outside, as contracts."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from wardmote_case_management.application.queries import CaseView
from wardmote_case_management.domain.case import Case
from wardmote_kernel.delivery import WorkRef


class NewCases(Protocol):
    """Where most incidents go: into a case of their own."""

    async def add(self, case: Case, caused_by: WorkRef) -> bool:
        """Keeps a new case with its facts in the outbox, and settles the work that it comes of, before it returns.

        Returns:
            False when nothing was kept or settled: a case holds the incident already, or the work is no longer this attempt's.

        Raises:
            Unavailable: another transaction was quicker with the reference; trying again helps.
        """
        ...


class Unit(Protocol):
    """One transaction of the current council. Everything done in it is kept together or not at all."""

    async def settle(self, work: WorkRef) -> None:
        """Takes the work off the queue.

        Raises:
            AlreadyHandled: another attempt settled it, or this one has lost its claim.
        """
        ...

    async def case(self, case_id: UUID) -> Case:
        """The case, held against other changes until this transaction ends.

        Raises:
            NotFound: this council has no such case.
        """
        ...

    async def case_of_incident(self, incident_id: UUID) -> Case | None:
        """The case that holds the incident, held against other changes; None when no case of this council does."""
        ...

    async def add(self, case: Case, caused_by: WorkRef) -> None:
        """Keeps a new case, with its facts in the outbox, and settles the work that it comes of.

        Raises:
            AlreadyHandled: as :meth:`settle` does.
            Unavailable: another transaction was quicker with the incident or the reference; trying again helps.
        """
        ...

    async def save(self, case: Case, caused_by: WorkRef | None = None) -> None:
        """Keeps what is new of a case that was read in this transaction, with its facts in the outbox.

        Raises:
            Unavailable: another transaction was quicker with the incident; trying again helps.
        """
        ...

    async def earlier_answer(self, request_id: str, fingerprint: bytes) -> CaseView | None:
        """What this request was answered before, or None when it is new.

        Raises:
            Conflict: the id came with another request.
        """
        ...

    async def answer(self, case_id: UUID, request_id: str, fingerprint: bytes) -> CaseView:
        """The case as it is now, kept as the answer to this request should it come again."""
        ...


class UnitOfWork(Protocol):
    """Opens units."""

    def __call__(self) -> AbstractAsyncContextManager[Unit]:
        """A unit that commits at the end of the block and rolls back on an error."""
        ...
