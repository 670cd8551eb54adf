"""Which law an assessment is read by: that of the council's nation, on the day of the assessment in the United Kingdom."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from wardmote_classification.application.offences import law_day
from wardmote_classification.application.queries import AssessmentView
from wardmote_classification.application.reader import AssessmentReader
from wardmote_classification.domain.suggestion import Suggestion

from wardmote_kernel.taxonomy import Nation, Outcome, Severity, ThreatLevel
from wardmote_rules.offence_file import read_offences
from wardmote_testkit.clock import MONDAY_MORNING as NOW

THREAT = Suggestion(Outcome.ABUSE, ("TV",), ("H-RAC",), ThreatLevel.T2, Severity.S3, needs_person=False)
VIEW = AssessmentView(uuid4(), uuid4(), THREAT, [], {"rules": "1"}, NOW)


class Kept:
    """The one assessment of a council, and the council's nation."""

    def __init__(self, view: AssessmentView, nation: Nation | None) -> None:
        self._view, self._nation = view, nation

    async def newest_of_incident(self, incident_id: UUID) -> AssessmentView:
        return self._view

    async def nation(self) -> Nation | None:
        return self._nation


async def codes(view: AssessmentView, nation: Nation | None) -> list[str]:
    kept = Kept(view, nation)
    read = await AssessmentReader(kept, read_offences(), kept).newest_of_incident(view.incident_id)
    assert (read.assessment, read.possible_offences.nation) == (view, nation)
    return [offence.code for offence in read.possible_offences.offences]


@pytest.mark.parametrize(("nation", "first", "hostility"), [
    (Nation.ENGLAND, "OSA-181", "SA20-66"), (Nation.WALES, "OSA-181", "SA20-66"),
    (Nation.SCOTLAND, "SCO-THREATS", "HCSA-1"), (Nation.NORTHERN_IRELAND, "OSA-181", "CJNI04-2"),
])  # fmt: skip
async def test_types_and_motivations_are_read_by_the_nations_law(nation: Nation, first: str, hostility: str) -> None:
    found = await codes(VIEW, nation)
    assert found[0] == first
    assert hostility in found


async def test_no_nation_is_taken_for_another() -> None:
    assert await codes(VIEW, None) == []


async def test_the_day_of_the_assessment_counts() -> None:
    before, after = (replace(VIEW, assessed_at=datetime(2024, 1, day, 12, tzinfo=UTC)) for day in (30, 31))
    assert "OSA-181" not in await codes(before, Nation.ENGLAND)
    assert "OSA-181" in await codes(after, Nation.ENGLAND)


def test_a_day_begins_at_midnight_in_the_united_kingdom() -> None:
    assert law_day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)).isoformat() == "2026-07-01"
    assert law_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)).isoformat() == "2026-12-31"
