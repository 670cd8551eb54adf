"""What intake needs from outside, as contracts."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from wardmote_intake.application.commands import Receipt
from wardmote_intake.domain.events import UrgentSignalRaised
from wardmote_intake.domain.reading import ItemWords, Reading
from wardmote_intake.domain.report import Report


class Reports(Protocol):
    """The current council's reports. Each order is kept when it returns."""

    async def incident_of(self, reference: str) -> UUID | None:
        """The incident that a reference of this council names, or None."""
        ...

    async def add(self, report: Report, request_id: str, fingerprint: bytes) -> Receipt:
        """Keeps a new report with its words sealed, its facts in the outbox, and its receipt for a repeated request.

        Returns:
            Its receipt; or that of the report which this same request made before, and then nothing is kept.

        Raises:
            Conflict: the id came with another request.
        """
        ...


class Unit(Protocol):
    """One transaction of the current council. Everything done in it is kept together or not at all."""

    async def open_words(self, item_ids: Sequence[UUID]) -> list[ItemWords]:
        """The words of the items that this council has; others are left out."""
        ...

    async def add_readings(self, readings: Sequence[Reading]) -> None:
        """Remembers who read."""
        ...


class UnitOfWork(Protocol):
    """Opens units."""

    def __call__(self) -> AbstractAsyncContextManager[Unit]:
        """A unit that commits at the end of the block and rolls back on an error."""
        ...


class DangerPass(Protocol):
    """The urgent rule pass: every item, in the request."""

    def danger_codes(self, text: str) -> Sequence[str]:
        """Ids of the danger rules that fire on the text. Never raises."""
        ...


class Turns(Protocol):
    """Fairness at the door: what a council sends faster than its limit waits for its turn and is never refused."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """The current council's turn to have an ordinary report kept; at once while it is under its limit. Whoever goes away while
        waiting, or leaves the block in any way, gives the place to the next."""
        ...


class UrgentLine(Protocol):
    """The first urgent path: straight to notification."""

    async def raise_signal(self, signal: UrgentSignalRaised) -> bool:
        """Pages the on-call people. Returns whether notification took the signal over; never raises: the second path, the
        outbox, carries it all the same."""
        ...
