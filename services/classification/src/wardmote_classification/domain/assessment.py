"""The assessment of an incident: what each of its items gave, and what that makes together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from wardmote_classification.domain.events import IncidentAssessed
from wardmote_classification.domain.incident import ReportedIncident
from wardmote_classification.domain.judgement import ItemJudgement, Reason, reasons_of
from wardmote_classification.domain.suggestion import Suggestion, combine, suggest


@dataclass(frozen=True, slots=True)
class AssessedItem:
    """The suggestion about one item, and why."""

    item_id: UUID
    suggestion: Suggestion
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class NewAssessment:
    """Ids and count of a new assessment, made before."""

    assessment_id: UUID
    event_id: UUID
    version: int


@dataclass(slots=True)
class Assessment:
    """A suggestion about one incident, never changed afterwards. ``events`` holds the facts that saving it makes known."""

    assessment_id: UUID
    version: int
    incident: ReportedIncident
    items: tuple[AssessedItem, ...]
    suggestion: Suggestion
    versions: Mapping[str, str]
    assessed_at: datetime
    events: list[IncidentAssessed] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        new: NewAssessment,
        incident: ReportedIncident,
        judgements: Sequence[ItemJudgement],
        versions: Mapping[str, str],
        assessed_at: datetime,
    ) -> "Assessment":
        """A new assessment.

        Args:
            judgements: one for each of the incident's items, in their order.
            versions: what judged, by name.
        """
        items = tuple(
            AssessedItem(item.item_id, suggest(judgement, incident.target_role), reasons_of(judgement))
            for item, judgement in zip(incident.items, judgements, strict=True)
        )
        suggestion = _together(incident, [item.suggestion for item in items])
        assessment = cls(new.assessment_id, new.version, incident, items, suggestion, versions, assessed_at)
        assessment.events.append(assessment._assessed(new.event_id))
        return assessment

    def _assessed(self, event_id: UUID) -> IncidentAssessed:
        codes = tuple(dict.fromkeys(reason.code for item in self.items for reason in item.reasons))
        return IncidentAssessed(
            event_id, self.assessed_at, self.version, self.assessment_id, self.incident, self.suggestion, codes, self.versions
        )


def suggestion_of(incident: ReportedIncident, judgements: Sequence[ItemJudgement]) -> Suggestion:
    """What the judgements of its items make of an incident."""
    return _together(incident, [suggest(judgement, incident.target_role) for judgement in judgements])


def _together(incident: ReportedIncident, items: Sequence[Suggestion]) -> Suggestion:
    must_be_read = incident.feels_unsafe or incident.urgent_signal_id is not None
    return combine(items, must_be_read=must_be_read)
