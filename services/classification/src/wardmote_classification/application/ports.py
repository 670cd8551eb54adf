"""What classification needs from outside, as contracts."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from wardmote_classification.application.again import Ending, Ordered, Reassessable
from wardmote_classification.domain.assessment import Assessment
from wardmote_classification.domain.comparison import ShadowAssessment
from wardmote_classification.domain.judgement import ItemJudgement
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import Unavailable
from wardmote_kernel.taxonomy import TargetRole


class WordsMissing(Unavailable):
    """Intake answers, and does not have the words of all items: not yet, or no more."""


class FirstAssessments(Protocol):
    """Where most assessments go: the first ones of their incidents."""

    async def add(self, assessment: Assessment, caused_by: WorkRef) -> bool:
        """Keeps the first assessment of an incident with its facts in the outbox, and settles the work, before it returns.

        Returns:
            False when nothing was kept or settled: the incident has an assessment, or the work is no longer this attempt's.
        """
        ...


class Unit(Protocol):
    """One transaction of the current council. Everything done in it is kept together or not at all."""

    async def settle(self, work: WorkRef) -> None:
        """Takes the work off the queue.

        Raises:
            AlreadyHandled: another attempt settled it, or this one has lost its claim.
        """
        ...

    async def take_up(self, work: WorkRef, incident_id: UUID) -> int:
        """Settles the work; gives how many assessments its incident has with the one to come. Holds the incident until this
        transaction ends.

        Raises:
            AlreadyHandled: as :meth:`settle` does.
        """
        ...

    async def add(self, assessment: Assessment, caused_by: WorkRef) -> None:
        """Keeps a new assessment, with its facts in the outbox."""
        ...

    async def end_again(self, assessment_id: UUID, ending: Ending) -> None:
        """Notes how ordering an assessment again ended, and queues the council's next one."""
        ...


class UnitOfWork(Protocol):
    """Opens units."""

    def __call__(self) -> AbstractAsyncContextManager[Unit]:
        """A unit that commits at the end of the block and rolls back on an error."""
        ...


class ItemTexts(Protocol):
    """The words of items, which intake keeps."""

    async def read(self, item_ids: Sequence[UUID]) -> list[str]:
        """The words of each item, in the order asked for. They are read for assessment, and intake remembers it.

        Raises:
            WordsMissing: intake does not have all of them.
            Unavailable: intake does not answer now.
        """
        ...


class Reassessments(Protocol):
    """The current council's assessments that an operator wants made again."""

    async def find(self, assessment_id: UUID) -> Reassessable | None:
        """What is needed to make it again; None when the incident has a newer one."""
        ...

    async def order(self, versions: Mapping[str, str], since: datetime | None) -> Ordered:
        """Orders each incident whose newest assessment was not made by these versions, and sees that the work goes on. What was ordered
        before and has not ended, or has no words any more, is not ordered a second time.

        Args:
            since: only those last assessed from this moment on.
        """
        ...


class Shadow(Protocol):
    """The next model, which judges beside the present one. Nothing waits for it and nothing follows from it."""

    def offer(self, assessment: Assessment, texts: Sequence[str], score: float) -> None:
        """Lets the candidate judge, later, what was assessed. Returns at once and never raises.

        Args:
            assessment: is kept already.
            score: how likely it is abuse, by what stands.
        """
        ...


class ShadowAssessments(Protocol):
    """Where the candidate's suggestions go."""

    async def add(self, shadow: ShadowAssessment) -> None:
        """Keeps one, of the current council."""
        ...


class ShadowMeasures(Protocol):
    """Counts what became of what the shadow was offered."""

    def compared(self) -> None:
        """The candidate judged it, and that is kept."""
        ...

    def passed_over(self) -> None:
        """Too much waited, or there was nothing to compare."""
        ...

    def failed(self, fault: BaseException) -> None:
        """The candidate could not be read, could not judge, or its suggestion could not be kept."""
        ...


class Assessor(Protocol):
    """Judges one text: by rules, by a model, or both. Safe to call from several threads."""

    @property
    def versions(self) -> Mapping[str, str]:
        """What judges, by name and version."""
        ...

    def assess(self, text: str, target_role: TargetRole) -> ItemJudgement:
        """What is found in the text. Never raises."""
        ...
