"""Reads an assessment together with the help that goes with it."""

from dataclasses import dataclass
from uuid import UUID

from wardmote_classification.application.offences import Councils, OffenceTable, PossibleOffences, law_day
from wardmote_classification.application.queries import AssessmentView, Queries


@dataclass(frozen=True, slots=True)
class ReadAssessment:
    """An assessment as it is kept, and what was worked out when it was read."""

    assessment: AssessmentView
    possible_offences: PossibleOffences


@dataclass(frozen=True, slots=True)
class AssessmentReader:
    """The use case with what it needs."""

    queries: Queries
    offences: OffenceTable
    councils: Councils

    async def newest_of_incident(self, incident_id: UUID) -> ReadAssessment:
        """The newest assessment, with what is possible by the law of the current council's nation on the day of the assessment.

        Raises:
            NotFound: this council has no assessment of such an incident.
        """
        view = await self.queries.newest_of_incident(incident_id)
        nation, law_on, suggestion = await self.councils.nation(), law_day(view.assessed_at), view.suggestion
        offences = self.offences.possible(suggestion.types, suggestion.motivations, nation, law_on) if nation is not None else ()
        return ReadAssessment(view, PossibleOffences(nation, law_on, offences))
