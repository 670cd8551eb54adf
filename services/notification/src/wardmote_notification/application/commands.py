"""What facts, other services and our own jobs order notification to do, and what came of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.taxonomy import Severity
from wardmote_notification.domain.events import FailureReason
from wardmote_notification.domain.notification import Kind
from wardmote_notification.domain.urgent_signal import SignalStatus


@dataclass(frozen=True, slots=True)
class RaiseSignal:
    """Page for this signal, unless it has arrived before."""

    signal_id: UUID
    incident_id: UUID
    reference: str
    reason_codes: tuple[str, ...]
    work: WorkRef | None = None
    """None: it came by the straight path."""


SignalPath = Literal["rpc", "topic", "registration"]
"""How a signal came to its pages: by the straight path, by the outbox, or when the first person was registered."""


@dataclass(frozen=True, slots=True)
class SignalOutcome:
    """What became of a signal."""

    signal_id: UUID
    is_first: bool
    status: SignalStatus
    """Of this arrival; it counts only when it was the first."""


@dataclass(frozen=True, slots=True)
class TellOfCase:
    """Tell the case workers of a case."""

    kind: Kind
    case_id: UUID
    reference: str
    severity: Severity | None
    """None: the case has a severity that this version does not know."""
    work: WorkRef


@dataclass(frozen=True, slots=True)
class Telling:
    """How many notifications a fact of a case made."""

    case_id: UUID
    case_workers: int
    made: int


@dataclass(frozen=True, slots=True)
class ConfigurePerson:
    """Someone was registered, has other roles, or left (no roles)."""

    person_id: UUID
    roles: frozenset[str]
    work: WorkRef


@dataclass(frozen=True, slots=True)
class RefreshContact:
    """Keep a sealed copy of someone's contact, before it is needed."""

    person_id: UUID
    work: WorkRef


@dataclass(frozen=True, slots=True)
class Deliver:
    """Send this notification."""

    notification_id: UUID
    work: WorkRef


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """How a notification ended."""

    notification_id: UUID
    kind: Kind
    failure: FailureReason | None
    """None: delivered."""
    waited: timedelta
    """From its making to its end."""
