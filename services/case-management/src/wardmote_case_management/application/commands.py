"""What facts and people order case-management to do."""

from dataclasses import dataclass
from uuid import UUID

from wardmote_case_management.domain.incident import AssessedIncident
from wardmote_kernel.delivery import WorkRef


@dataclass(frozen=True, slots=True)
class OpenOrAttachCase:
    """See to it that the incident is in a case."""

    work: WorkRef
    incident: AssessedIncident


@dataclass(frozen=True, slots=True)
class AssignCase:
    """Give the case to a case worker."""

    request_id: str
    fingerprint: bytes
    """Of the whole request: the same id with another one is refused."""
    case_id: UUID
    assigned_to: str
    assigned_by: str
    expected_version: int
