"""Classification's use cases."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from wardmote_classification.application.commands import AssessIncident
from wardmote_classification.application.ports import Assessor, FirstAssessments, ItemTexts, UnitOfWork
from wardmote_classification.domain.assessment import Assessment, NewAssessment
from wardmote_classification.domain.incident import ReportedIncident
from wardmote_classification.domain.judgement import ItemJudgement
from wardmote_kernel.clock import Clock
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.identity import Ids
from wardmote_kernel.taxonomy import TargetRole


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with what they need."""

    first_assessments: FirstAssessments
    unit_of_work: UnitOfWork
    item_texts: ItemTexts
    assessor: Assessor
    clock: Clock
    ids: Ids

    async def assess_incident(self, command: AssessIncident) -> None:
        """Reads the words and judges them, and only then opens a transaction to keep the assessment."""
        incident = command.incident
        texts = await self.item_texts.read([item.item_id for item in incident.items])
        judgements = await self._judge(texts, incident.target_role)
        if await self.first_assessments.add(self._assessment(1, incident, judgements), command.work):
            return
        async with self.unit_of_work() as unit:
            version = await unit.take_up(command.work, incident.incident_id)
            await unit.add(self._assessment(version, incident, judgements), command.work)

    def _assessment(self, version: int, incident: ReportedIncident, judgements: Sequence[ItemJudgement]) -> Assessment:
        new = NewAssessment(self.ids.new_id(), self.ids.new_id(), version)
        return Assessment.of(new, incident, judgements, self.assessor.versions, self.clock.now())

    async def pass_over(self, work: WorkRef) -> None:
        """Settles a fact of a kind that is not known here."""
        async with self.unit_of_work() as unit:
            await unit.settle(work)

    async def _judge(self, texts: Sequence[str], target_role: TargetRole) -> list[ItemJudgement]:
        """Judging is work for the processor: in another thread, so that claims, health and other councils do not wait for it."""
        return await asyncio.to_thread(lambda: [self.assessor.assess(text, target_role) for text in texts])
