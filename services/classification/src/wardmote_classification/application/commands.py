"""What facts and people order classification to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from wardmote_classification.domain.incident import ReportedIncident
from wardmote_classification.domain.judgement import Reason
from wardmote_classification.domain.suggestion import Suggestion
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.taxonomy import TargetRole


@dataclass(frozen=True, slots=True)
class AssessIncident:
    """Assess what was reported."""

    work: WorkRef
    incident: ReportedIncident


@dataclass(frozen=True, slots=True)
class AssessAgain:
    """Assess again what an earlier assessment is about."""

    work: WorkRef
    assessment_id: UUID
    """The earlier one."""


@dataclass(frozen=True, slots=True)
class PreviewText:
    """Judge a text that is not kept."""

    text: str
    target_role: TargetRole = TargetRole.COUNCILLOR


@dataclass(frozen=True, slots=True)
class Previewed:
    """What a preview answers."""

    suggestion: Suggestion
    reasons: tuple[Reason, ...]
    score: float
    versions: Mapping[str, str]
