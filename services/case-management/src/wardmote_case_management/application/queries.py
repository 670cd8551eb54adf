"""What case-management shows of its cases. Reads rows; loads no aggregate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from wardmote_case_management.domain.case import CaseStatus, TimelineEntry
from wardmote_case_management.domain.suggestion import Suggestion
from wardmote_kernel.taxonomy import Channel, Outcome, Severity, TargetRole


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident of a case and what was suggested about it."""

    incident_id: UUID
    report_reference: str
    assessment_id: UUID
    outcome: Outcome
    severity: Severity
    reason_codes: Sequence[str]
    attached_at: datetime
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case. In a list, incidents and timeline are left out."""

    case_id: UUID
    reference: str
    status: CaseStatus
    suggestion: Suggestion
    is_urgent: bool
    target_role: TargetRole
    channel: Channel
    opened_at: datetime
    changed_at: datetime
    contact_due_at: datetime
    assigned_to: str
    version: int
    incidents: Sequence[IncidentView] = ()
    timeline: Sequence[TimelineEntry] = ()


@dataclass(frozen=True, slots=True)
class CasePage:
    """Some cases, and where the next ones are."""

    cases: Sequence[CaseView]
    next_cursor: str
    """Empty: there are no more."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases a list shows. Unset: all."""

    status: CaseStatus | None = None
    severity_from: Severity = Severity.S0
    """This severity and above."""


class Queries(Protocol):
    """Questions about the current council's cases."""

    async def cases(self, which: CaseFilter, limit: int, cursor: str) -> CasePage:
        """A page of cases: urgent ones first, then the more severe, then the newer.

        Args:
            limit: 1 to 100; 0 takes 25.
            cursor: from the page before; empty for the first.

        Raises:
            Invalid: the limit or the cursor is wrong.
        """
        ...

    async def case(self, case_id: UUID) -> CaseView:
        """
        Raises:
            NotFound: this council has no such case.
        """
        ...

    async def case_of_reference(self, reference: str) -> CaseView:
        """
        Raises:
            NotFound: this council has no such case.
        """
        ...

    async def case_of_incident(self, incident_id: UUID) -> CaseView:
        """
        Raises:
            NotFound: no case of this council holds that incident.
        """
        ...
