"""A case: a council's work on one or more incidents, and what may become of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from wardmote_case_management.domain.contact import contact_due_at
from wardmote_case_management.domain.events import CaseEvent, CaseOpened, IncidentAttached
from wardmote_case_management.domain.incident import AssessedIncident, CaseIncident
from wardmote_case_management.domain.suggestion import Suggestion
from wardmote_kernel.errors import IllegalTransition, Invalid, StaleVersion, Violation
from wardmote_kernel.taxonomy import Channel, TargetRole

LONGEST_SUBJECT = 200


class CaseStatus(StrEnum):
    """Where a case stands."""

    TRIAGE = "triage"
    OPEN = "open"
    CLOSED = "closed"


class TimelineKind(StrEnum):
    """What can happen to a case."""

    OPENED = "opened"
    INCIDENT_ATTACHED = "incident-attached"
    ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One change of a case."""

    version: int
    """Of the case, after the change: each change has one entry."""
    at: datetime
    kind: TimelineKind
    by: str = ""
    """Subject of the person. Empty: the software."""


@dataclass(frozen=True, slots=True)
class NewCase:
    """Ids and reference of a new case, made before."""

    case_id: UUID
    event_id: UUID
    reference: str


@dataclass(slots=True)
class Case:
    """The aggregate. ``timeline``, ``attached`` and ``events`` hold what is new since it was read, for saving."""

    case_id: UUID
    reference: str
    opened_at: datetime
    changed_at: datetime
    target_role: TargetRole
    channel: Channel
    suggestion: Suggestion
    is_urgent: bool
    contact_due_at: datetime
    status: CaseStatus = CaseStatus.TRIAGE
    assigned_to: str = ""
    version: int = 0
    incidents: dict[UUID, CaseIncident] = field(default_factory=dict)
    timeline: list[TimelineEntry] = field(default_factory=list)
    attached: list[CaseIncident] = field(default_factory=list)
    events: list[CaseEvent] = field(default_factory=list)

    @classmethod
    def open(cls, new: NewCase, incident: AssessedIncident, at: datetime) -> "Case":
        """A case in triage for an incident that belongs to none. So has one that is suggested not to be abuse: a person
        decides (domain.md §4.2)."""
        case = cls(
            new.case_id, new.reference, at, at, incident.target_role, incident.channel, incident.suggestion, incident.is_urgent,
            contact_due_at(incident),
        )  # fmt: skip
        case._change(TimelineKind.OPENED, at)
        case._hold(incident, at)
        case._tell(CaseOpened, new.event_id, incident.incident_id)
        return case

    def accepts(self, incident: AssessedIncident) -> bool:
        """Whether the incident belongs here: it is one of the case's, or it follows one of them and the case is not closed."""
        follows = incident.earlier_incident_id in self.incidents and self.status is not CaseStatus.CLOSED
        return incident.incident_id in self.incidents or follows

    def attach(self, incident: AssessedIncident, event_id: UUID, at: datetime) -> None:
        """Adds an incident, or the newer suggestion about one of the case's. The same assessment again changes nothing.

        The case is raised and never lowered by it, and its status stays: only a person moves a case on, or opens a closed
        one again. A newer suggestion that does not make it graver is no news to anybody: a new model may assess all of a
        council's incidents again.

        Raises:
            IllegalTransition: the incident does not belong here.
        """
        if not self.accepts(incident):
            raise IllegalTransition("This incident does not belong to the case, or the case is closed.")
        known = self.incidents.get(incident.incident_id)
        if known is not None and known.assessed.assessment_id == incident.assessment_id:
            return
        before, was_urgent = self.suggestion, self.is_urgent
        self.suggestion = before.raised_by(incident.suggestion)
        self.is_urgent = was_urgent or incident.is_urgent
        self.contact_due_at = min(self.contact_due_at, contact_due_at(incident))
        self._change(TimelineKind.INCIDENT_ATTACHED, at)
        self._hold(incident, known.attached_at if known else at)
        if known is None or self.suggestion.is_graver_than(before) or self.is_urgent != was_urgent:
            self._tell(IncidentAttached, event_id, incident.incident_id)

    def assign(self, assigned_to: str, *, by: str, expected_version: int, at: datetime) -> None:
        """Gives the case to a case worker. The first time ends the triage.

        Args:
            assigned_to: subject of the case worker.
            by: subject of the person who decides it.
            expected_version: the version that they saw.

        Raises:
            Invalid: ``assigned_to`` is empty or too long.
            StaleVersion: the case was changed since.
            IllegalTransition: the case is closed.
        """
        if not assigned_to.strip() or len(assigned_to) > LONGEST_SUBJECT:
            raise Invalid(Violation("assigned_to", f"Send the case worker's subject, at most {LONGEST_SUBJECT} characters."))
        if expected_version != self.version:
            raise StaleVersion("The case was changed since you read it. Read it again, then decide again.")
        if self.status is CaseStatus.CLOSED:
            raise IllegalTransition("The case is closed. Open it again before you give it to somebody.")
        self.assigned_to = assigned_to
        self.status = CaseStatus.OPEN
        self._change(TimelineKind.ASSIGNED, at, by)

    def _change(self, kind: TimelineKind, at: datetime, by: str = "") -> None:
        self.version += 1
        self.changed_at = at
        self.timeline.append(TimelineEntry(self.version, at, kind, by))

    def _hold(self, incident: AssessedIncident, attached_at: datetime) -> None:
        held = CaseIncident(incident, attached_at)
        self.incidents[incident.incident_id] = held
        self.attached.append(held)

    def _tell(self, fact: type[CaseOpened] | type[IncidentAttached], event_id: UUID, incident_id: UUID) -> None:
        severity = self.suggestion.severity
        self.events.append(
            fact(event_id, self.changed_at, self.case_id, self.version, self.reference, incident_id, severity, self.is_urgent)
        )
