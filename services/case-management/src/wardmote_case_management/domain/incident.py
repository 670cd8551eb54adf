"""An incident as a case holds it: by its id, with what was suggested about it last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from wardmote_case_management.domain.suggestion import Suggestion
from wardmote_kernel.taxonomy import Channel, Severity, TargetRole


@dataclass(frozen=True, slots=True)
class AssessedIncident:
    """An incident about which a suggestion stands."""

    incident_id: UUID
    reference: str
    """Of the report."""
    assessment_id: UUID
    assessed_at: datetime
    suggestion: Suggestion
    target_role: TargetRole
    channel: Channel
    """Of the first item."""
    feels_unsafe: bool = False
    """The reporter does not feel safe now."""
    urgent_signal_id: UUID | None = None
    earlier_incident_id: UUID | None = None
    """The incident that the reporter says this one follows."""
    reason_codes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    """What judged: rule set and model, by name and version."""

    @property
    def is_urgent(self) -> bool:
        """It is critical, or danger was seen at the door."""
        return self.suggestion.severity is Severity.S4 or self.urgent_signal_id is not None


@dataclass(frozen=True, slots=True)
class CaseIncident:
    """An incident of a case."""

    assessed: AssessedIncident
    attached_at: datetime
    """When it came to the case; a newer assessment does not change it."""
