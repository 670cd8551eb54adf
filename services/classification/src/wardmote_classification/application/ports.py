"""What classification needs from outside, as contracts."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from wardmote_classification.domain.assessment import Assessment
from wardmote_classification.domain.judgement import ItemJudgement
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.taxonomy import TargetRole


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
            Unavailable: intake does not answer now, or does not have all of them (yet).
        """
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
