"""The shadow: a candidate judges beside the present model, after the assessment is kept, one incident at a time."""

import asyncio
from collections.abc import Callable, Sequence

from wardmote_classification.application.ports import Assessor, ShadowAssessments, ShadowMeasures
from wardmote_classification.domain.assessment import Assessment, suggestion_of
from wardmote_classification.domain.comparison import ShadowAssessment
from wardmote_classification.domain.judgement import ItemJudgement
from wardmote_kernel.clock import Clock

MOST_WAITING = 64
"""Incidents that wait for the candidate. Further ones are passed over and counted: the shadow never holds up what is real."""

MOST_CHARACTERS = 5_000_000
"""Of words that wait, together; at most 20 MB."""


class ShadowRun:
    """Takes the words that were read for the assessment, so that intake is asked once. Holds them in memory only."""

    def __init__(self, load: Callable[[], Assessor], kept: ShadowAssessments, clock: Clock, measures: ShadowMeasures) -> None:
        """
        Args:
            load: reads the candidate. If it fails the service runs on, and each comparison fails and is counted.
        """
        self._load = load
        self._kept = kept
        self._clock = clock
        self._measures = measures
        self._turn = asyncio.Lock()
        self._candidate: asyncio.Task[Assessor] | None = None
        self._waiting: dict[asyncio.Task[bool], int] = {}
        """Each with how many characters it holds."""

    async def start(self) -> None:
        """Begins to read the candidate, and does not wait for it."""
        self._candidate = asyncio.create_task(asyncio.to_thread(self._load), name="reading the candidate")
        self._candidate.add_done_callback(self._tell_fault)

    async def stop(self) -> None:
        """Passes over what waits."""
        tasks = [*self._waiting, *([self._candidate] if self._candidate else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def offer(self, assessment: Assessment, texts: Sequence[str], score: float) -> None:
        size = sum(len(text) for text in texts)
        if len(self._waiting) >= MOST_WAITING or size + sum(self._waiting.values()) > MOST_CHARACTERS:
            self._measures.passed_over()
            return
        # The task is made in the council's scope, and stays in it.
        task = asyncio.create_task(self._is_compared(assessment, texts, score), name="shadow")
        self._waiting[task] = size
        task.add_done_callback(self._ended)

    async def _is_compared(self, assessment: Assessment, texts: Sequence[str], score: float) -> bool:
        if self._candidate is None:
            return False
        async with self._turn:
            candidate = await asyncio.shield(self._candidate)
            if candidate.versions == assessment.versions:
                return False
            judgements = await asyncio.to_thread(_judged, candidate, assessment, texts)
        await self._kept.add(
            ShadowAssessment(
                assessment.assessment_id, assessment.incident.incident_id, suggestion_of(assessment.incident, judgements),
                highest(judgements), score, candidate.versions, self._clock.now(),
            )
        )  # fmt: skip
        return True

    def _ended(self, task: "asyncio.Task[bool]") -> None:
        del self._waiting[task]
        if task.cancelled() or (task.exception() is None and not task.result()):
            self._measures.passed_over()
        elif task.exception() is None:
            self._measures.compared()
        self._tell_fault(task)

    def _tell_fault(self, task: "asyncio.Task[Assessor] | asyncio.Task[bool]") -> None:
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._measures.failed(fault)


def highest(judgements: Sequence[ItemJudgement]) -> float:
    """How likely an incident is abuse: as likely as the likeliest of its items."""
    return max(judgement.score for judgement in judgements)


def _judged(candidate: Assessor, assessment: Assessment, texts: Sequence[str]) -> list[ItemJudgement]:
    return [candidate.assess(text, assessment.incident.target_role) for text in texts]
