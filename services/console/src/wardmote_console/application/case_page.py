"""Gathers what one case's page shows. A part that does not answer leaves a gap that the page names; the rest is shown."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from wardmote_console.application.cases import Case, CaseIncident, ItemSuggestion, ItemWords, ReceivedItem, ReceivedReport, Suggestion
from wardmote_console.application.marks import Piece, pieces
from wardmote_console.application.person import Person
from wardmote_console.application.ports import Assessments, Cases, Reports
from wardmote_console.application.words import LINE_TEST
from wardmote_kernel.errors import NotFound, Unavailable

SHOWN_AT_ONCE = 10
"""Incidents of a case on one page. A pile-on can hold hundreds."""

READ_AT_ONCE = 200
"""Items whose words intake opens in one call."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class ItemPart:
    """One item on the page. None: that part does not answer now, or does not know the item."""

    received: ReceivedItem | None
    suggestion: ItemSuggestion | None
    words: ItemWords | None

    @property
    def pieces(self) -> list[Piece]:
        """The words, cut where a reason points at them."""
        reasons = self.suggestion.reasons if self.suggestion else ()
        return pieces(self.words.text, (span for reason in reasons for span in reason.spans)) if self.words else []

    @property
    def reasons(self) -> list[tuple[str, list[str]]]:
        """The sentences by the question of the line test that they answer, in the order of the test; other questions last."""
        by_question: dict[str, list[str]] = {question: [] for question in LINE_TEST}
        for reason in self.suggestion.reasons if self.suggestion else ():
            by_question.setdefault(reason.line_test, []).append(reason.sentence)
        return [(question, sentences) for question, sentences in by_question.items() if sentences]


@dataclass(frozen=True, slots=True)
class IncidentPart:
    """One incident on the page. None: that part does not answer now, or does not know the incident."""

    incident: CaseIncident
    report: ReceivedReport | None
    suggestion: Suggestion | None
    items: Sequence[ItemPart] = ()


@dataclass(frozen=True, slots=True)
class CaseContents:
    """Everything on the page."""

    case: Case
    parts: Sequence[IncidentPart]
    has_words: bool
    first: int
    """How many newer incidents are on the pages before."""
    after: int
    """How many older ones are on the pages after."""


@dataclass(frozen=True, slots=True)
class CaseReader:
    """Reads a case for one person."""

    cases: Cases
    reports: Reports
    assessments: Assessments

    async def read(self, person: Person, reference: str, *, first: int = 0, with_words: bool = False) -> CaseContents:
        """The case's page from its newest incident but ``first``.

        Args:
            with_words: open the words. Intake records the reading, so ask only when the person asked.

        Raises:
            NotFound: this council has no such case.
            Unavailable: case-management does not answer, or the words were asked for and intake does not.
        """
        case = await self.cases.by_reference(person, reference)
        newest_first = list(reversed(case.incidents))
        shown = newest_first[first : first + SHOWN_AT_ONCE]
        found = await asyncio.gather(*(self._found(person, incident) for incident in shown))
        words = await self._words(person, found) if with_words else {}
        parts = [_with_items(part, words) for part in found]
        return CaseContents(case, parts, with_words, min(first, len(newest_first)), max(len(newest_first) - first - len(shown), 0))

    async def _found(self, person: Person, incident: CaseIncident) -> IncidentPart:
        report, suggestion = await asyncio.gather(
            _or_gap(self.reports.received(person, incident.incident_id)),
            _or_gap(self.assessments.of_incident(person, incident.incident_id)),
        )
        return IncidentPart(incident, report, suggestion)

    async def _words(self, person: Person, parts: Sequence[IncidentPart]) -> Mapping[str, ItemWords]:
        item_ids = [item.item_id for part in parts if part.report for item in part.report.items]
        words: dict[str, ItemWords] = {}
        for place in range(0, len(item_ids), READ_AT_ONCE):
            words |= await self.reports.words(person, item_ids[place : place + READ_AT_ONCE])
        return words


def _with_items(part: IncidentPart, words: Mapping[str, ItemWords]) -> IncidentPart:
    """Items in intake's order; while intake does not answer, those that were judged."""
    received = {item.item_id: item for item in part.report.items} if part.report else {}
    judged = {item.item_id: item for item in part.suggestion.items} if part.suggestion else {}
    ids = received or judged
    items = [ItemPart(received.get(item_id), judged.get(item_id), words.get(item_id)) for item_id in ids]
    return IncidentPart(part.incident, part.report, part.suggestion, items)


async def _or_gap(asked: Awaitable[Answer]) -> Answer | None:
    try:
        return await asked
    except (Unavailable, NotFound):
        return None
