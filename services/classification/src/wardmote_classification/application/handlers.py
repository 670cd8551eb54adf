"""Classification's use cases."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from wardmote_classification.application.again import Ending
from wardmote_classification.application.commands import AssessAgain, AssessIncident
from wardmote_classification.application.ports import Assessor, FirstAssessments, ItemTexts, Reassessments, Shadow, UnitOfWork, WordsMissing
from wardmote_classification.application.shadow import highest
from wardmote_classification.domain.assessment import Assessment, NewAssessment
from wardmote_classification.domain.incident import ReportedIncident
from wardmote_classification.domain.judgement import ItemJudgement
from wardmote_kernel.clock import Clock
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import Unavailable
from wardmote_kernel.identity import Ids
from wardmote_kernel.taxonomy import TargetRole


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with what they need."""

    first_assessments: FirstAssessments
    unit_of_work: UnitOfWork
    reassessments: Reassessments
    item_texts: ItemTexts
    assessor: Assessor
    clock: Clock
    ids: Ids
    shadow: Shadow | None = None
    """None: there is no candidate."""

    async def assess_incident(self, command: AssessIncident) -> None:
        """Reads the words and judges them, and only then opens a transaction to keep the assessment."""
        incident = command.incident
        texts = await self._texts(incident)
        judgements = await self._judge(texts, incident.target_role)
        assessment = self._assessment(1, incident, judgements)
        if not await self.first_assessments.add(assessment, command.work):
            async with self.unit_of_work() as unit:
                version = await unit.take_up(command.work, incident.incident_id)
                assessment = self._assessment(version, incident, judgements)
                await unit.add(assessment, command.work)
        self._offer(assessment, texts, judgements)

    async def assess_again(self, command: AssessAgain) -> None:
        """Makes a newer assessment of what an earlier one is about, unless there is one, or the words are erased."""
        earlier = await self.reassessments.find(command.assessment_id)
        if earlier is None or earlier.versions == self.assessor.versions:
            return await self._end_again(command, Ending.OVERTAKEN)
        incident = earlier.incident
        try:
            texts = await self._texts(incident)
        except WordsMissing:  # Intake had them when the earlier assessment was made.
            return await self._end_again(command, Ending.ERASED)
        judgements = await self._judge(texts, incident.target_role)
        async with self.unit_of_work() as unit:
            version = await unit.take_up(command.work, incident.incident_id)
            if version != earlier.version + 1:
                raise Unavailable("The incident was reported again meanwhile. Trying again finds that.")
            assessment = self._assessment(version, incident, judgements)
            await unit.add(assessment, command.work)
            await unit.end_again(command.assessment_id, Ending.ASSESSED)
        self._offer(assessment, texts, judgements)
        return None

    async def pass_over(self, work: WorkRef) -> None:
        """Settles a fact of a kind that is not known here."""
        async with self.unit_of_work() as unit:
            await unit.settle(work)

    async def _end_again(self, command: AssessAgain, ending: Ending) -> None:
        async with self.unit_of_work() as unit:
            await unit.settle(command.work)
            await unit.end_again(command.assessment_id, ending)

    async def _texts(self, incident: ReportedIncident) -> list[str]:
        return await self.item_texts.read([item.item_id for item in incident.items])

    def _assessment(self, version: int, incident: ReportedIncident, judgements: Sequence[ItemJudgement]) -> Assessment:
        new = NewAssessment(self.ids.new_id(), self.ids.new_id(), version)
        return Assessment.of(new, incident, judgements, self.assessor.versions, self.clock.now())

    def _offer(self, assessment: Assessment, texts: Sequence[str], judgements: Sequence[ItemJudgement]) -> None:
        """The assessment is kept: whatever the candidate does, it stands."""
        if self.shadow is not None:
            self.shadow.offer(assessment, texts, highest(judgements))

    async def _judge(self, texts: Sequence[str], target_role: TargetRole) -> list[ItemJudgement]:
        """Judging is work for the processor: in another thread, so that claims, health and other councils do not wait for it."""
        return await asyncio.to_thread(lambda: [self.assessor.assess(text, target_role) for text in texts])
