"""An urgent signal: somebody may be in danger, and who was paged for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from wardmote_kernel.errors import IllegalTransition
from wardmote_notification.domain.roster import Roster


class SignalStatus(StrEnum):
    """Who was paged, as the code that the record keeps."""

    ON_CALL = "paged-on-call"
    CASE_WORKERS = "paged-case-workers-no-on-call"
    """The council has nobody on call, so its case workers were paged."""
    NOBODY = "nobody-to-page"
    """The council has nobody at all. The first person who is registered is paged."""


@dataclass(slots=True)
class UrgentSignal:
    """One signal. It comes by two paths with the same id; the first makes the pages (architecture.md §2)."""

    signal_id: UUID
    incident_id: UUID
    reference: str
    """Of the report."""
    reason_codes: tuple[str, ...]
    received_at: datetime
    status: SignalStatus = SignalStatus.NOBODY

    def page(self, roster: Roster) -> tuple[UUID, ...]:
        """The people to page: those on call, else the case workers, else nobody. Sets the status.

        Raises:
            IllegalTransition: people were paged for it before.
        """
        if self.status is not SignalStatus.NOBODY:
            raise IllegalTransition("People were paged for this signal already.")
        if roster.on_call:
            self.status = SignalStatus.ON_CALL
            return roster.on_call
        if roster.case_workers:
            self.status = SignalStatus.CASE_WORKERS
        return roster.case_workers
