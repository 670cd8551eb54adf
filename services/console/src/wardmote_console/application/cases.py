"""What the case pages show, as the other services tell it. No rule is decided here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from wardmote_console.application.marks import Span
from wardmote_kernel.taxonomy import Channel, Nation, Outcome, Severity, TargetRole, ThreatLevel


class CaseStatus(StrEnum):
    """Where a case stands."""

    TRIAGE = "triage"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to list, and from where."""

    status: CaseStatus | None = None
    severity_from: Severity | None = None
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class CaseIncident:
    """An incident of a case and what was suggested about it."""

    incident_id: str
    report_reference: str
    outcome: Outcome | None
    severity: Severity | None
    attached_at: datetime | None
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened to a case."""

    at: datetime | None
    kind: str
    by: str = ""
    """Subject of the person. Empty: the software."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case. None stands for a word that this console does not know yet, or that is not set."""

    case_id: str
    reference: str
    status: CaseStatus | None
    severity: Severity | None
    outcome: Outcome | None
    threat_level: ThreatLevel | None
    types: Sequence[str]
    motivations: Sequence[str]
    needs_person: bool
    is_urgent: bool
    target_role: TargetRole | None
    channel: Channel | None
    opened_at: datetime | None
    contact_due_at: datetime | None
    assigned_to: str
    version: int
    incidents: Sequence[CaseIncident] = ()
    timeline: Sequence[TimelineEntry] = ()


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of the list."""

    cases: Sequence[Case]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was suggested, and where in the item's words."""

    code: str
    line_test: str
    sentence: str
    spans: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class ItemSuggestion:
    """What was suggested about one item."""

    item_id: str
    outcome: Outcome | None
    severity: Severity | None
    types: Sequence[str]
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class PossibleOffence:
    """One offence that may be possible, in plain words."""

    title: str
    statute: str
    sentence: str
    evidence: str
    refer_within_months: int
    """0: no such limit."""


@dataclass(frozen=True, slots=True)
class PossibleOffences:
    """Help for the reader; the police and prosecutors decide."""

    nation: Nation | None
    """None: not known, so no offence is told."""
    law_on: date | None
    offences: Sequence[PossibleOffence] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What was suggested about one incident."""

    needs_person: bool
    assessed_at: datetime | None
    versions: Mapping[str, str]
    items: Sequence[ItemSuggestion]
    possible_offences: PossibleOffences


@dataclass(frozen=True, slots=True)
class ReceivedItem:
    """An item as intake keeps it, without its words."""

    item_id: str
    channel: Channel | None
    happened_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceivedReport:
    """A report as intake keeps it, without its words."""

    reference: str
    received_at: datetime | None
    is_anonymous: bool
    feels_unsafe: bool
    is_urgent: bool
    items: Sequence[ReceivedItem]


@dataclass(frozen=True, slots=True)
class ItemWords:
    """The words of an item, opened for case work. Reading them is recorded."""

    text: str
    sender: str = ""
