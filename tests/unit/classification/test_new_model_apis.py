"""What operators ask and order when a new model comes: codes, counts and ids."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from wardmote_classification.application.again import Ordered
from wardmote_classification.application.commands import AssessAgain
from wardmote_classification.application.comparisons import ComparisonView, DifferenceView
from wardmote_classification.application.jobs import ASSESS_AGAIN
from wardmote_classification.application.ordering import Ordering
from wardmote_classification.domain.comparison import Axis, Transition
from wardmote_classification.domain.suggestion import Suggestion
from wardmote_classification.entrypoints.grpc_api import RIGHTS, SERVICE, ClassificationApi
from wardmote_classification.entrypoints.work import work_handlers

from wardmote.classification.v1 import classification_service_pb2 as wire
from wardmote.classification.v1 import comparison_pb2 as comparison_wire
from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote_kernel.delivery import WorkRef
from wardmote_kernel.errors import Invalid
from wardmote_kernel.taxonomy import Outcome, Role, Severity, ThreatLevel
from wardmote_runtime.work import Work

LATER = datetime(2026, 1, 6, tzinfo=UTC)
LOWERED = Transition(Axis.THREAT_LEVEL, "T3", "T1")
PRESENT = Suggestion(Outcome.ABUSE, ("TV",), (), ThreatLevel.T3, Severity.S4, needs_person=True)
CANDIDATE = Suggestion(Outcome.UNCLEAR, ("U",), (), ThreatLevel.T1, Severity.S2, needs_person=True)
VIEW = ComparisonView({"model": "1"}, {"model": "2"}, 812, 815, [(LOWERED, 3)], LATER, LATER)
LOWERED_WIRE = comparison_wire.Transition(axis=comparison_wire.AXIS_THREAT_LEVEL, present="T3", candidate="T1")


class Comparisons:
    """Three incidents of one difference."""

    def __init__(self, view: ComparisonView | None = VIEW) -> None:
        self.view = view
        self.rows = [DifferenceView(uuid4(), UUID(int=number), PRESENT, 0.9, CANDIDATE, 0.5, LATER) for number in (3, 2, 1)]

    async def newest(self) -> ComparisonView | None:
        return self.view

    async def differences(self, transition: Transition, limit: int, before: UUID | None = None) -> Sequence[DifferenceView]:
        assert transition == LOWERED
        return [row for row in self.rows if before is None or row.assessment_id < before][:limit]


class Reassessments:
    def __init__(self) -> None:
        self.orders: list[tuple[Mapping[str, str], datetime | None]] = []

    async def find(self, assessment_id: UUID) -> None:
        raise AssertionError("not asked for here")

    async def order(self, versions: Mapping[str, str], since: datetime | None) -> Ordered:
        self.orders.append((versions, since))
        return Ordered(ordered=5, left=7, erased=1, unknown=2)


class Present:
    versions: Mapping[str, str] = {"model": "2"}

    def assess(self, text: str, target_role: object) -> Any:
        raise AssertionError("not asked for here")


def api_of(comparisons: Comparisons, reassessments: Reassessments) -> ClassificationApi:
    unasked: Any = None
    return ClassificationApi(unasked, unasked, comparisons, Ordering(reassessments, Present()))


async def test_the_comparison_tells_both_versions_and_how_many_of_how_many() -> None:
    answer = await api_of(Comparisons(), Reassessments()).CompareCandidate(wire.CompareCandidateRequest(), None)
    told = answer.comparison
    assert (dict(told.present_versions), dict(told.candidate_versions)) == ({"model": "1"}, {"model": "2"})
    assert (told.compared_count, told.assessed_count) == (812, 815)
    assert [(one.transition, one.count) for one in told.transitions] == [(LOWERED_WIRE, 3)]


async def test_without_a_candidate_there_is_no_comparison() -> None:
    answer = await api_of(Comparisons(None), Reassessments()).CompareCandidate(wire.CompareCandidateRequest(), None)
    assert not answer.HasField("comparison")


async def test_a_difference_is_listed_in_pages_with_both_sides() -> None:
    comparisons = Comparisons()
    api = api_of(comparisons, Reassessments())
    first = await api.ListDifferences(wire.ListDifferencesRequest(transition=LOWERED_WIRE, limit=2), None)
    rest = await api.ListDifferences(wire.ListDifferencesRequest(transition=LOWERED_WIRE, limit=2, cursor=first.next_cursor), None)
    assert [one.incident_id for one in [*first.differences, *rest.differences]] == [str(row.incident_id) for row in comparisons.rows]
    assert rest.next_cursor == ""
    one = first.differences[0]
    assert (one.present.threat_level, one.candidate.threat_level) == (taxonomy.THREAT_LEVEL_T3, taxonomy.THREAT_LEVEL_T1)
    assert (list(one.present.types), one.candidate.outcome, one.present.score) == (["TV"], taxonomy.OUTCOME_UNCLEAR, 0.9)


@pytest.mark.parametrize(
    "request_",
    [
        wire.ListDifferencesRequest(),
        wire.ListDifferencesRequest(
            transition=comparison_wire.Transition(axis=comparison_wire.AXIS_SEVERITY, present="S1", candidate="S1")
        ),
        wire.ListDifferencesRequest(transition=LOWERED_WIRE, limit=101),
        wire.ListDifferencesRequest(transition=LOWERED_WIRE, cursor="x"),
    ],
)
async def test_a_wrong_question_is_refused(request_: wire.ListDifferencesRequest) -> None:
    with pytest.raises(Invalid):
        await api_of(Comparisons(), Reassessments()).ListDifferences(request_, None)


async def test_an_order_is_for_the_present_versions_and_tells_how_it_stands() -> None:
    reassessments = Reassessments()
    api = api_of(Comparisons(), reassessments)
    answer = await api.AssessAgain(wire.AssessAgainRequest(), None)
    since = Timestamp()
    since.FromDatetime(LATER)
    await api.AssessAgain(wire.AssessAgainRequest(since=since), None)
    assert reassessments.orders == [({"model": "2"}, None), ({"model": "2"}, LATER)]
    assert (answer.ordered_count, answer.left_count, answer.erased_count, answer.unknown_count) == (5, 7, 1, 2)
    assert dict(answer.versions) == {"model": "2"}


def test_only_operators_may() -> None:
    for method in ("CompareCandidate", "ListDifferences", "AssessAgain"):
        assert RIGHTS[f"/{SERVICE}/{method}"] == {Role.OPERATOR}


async def test_a_jobs_id_says_which_assessment_is_to_be_made_again() -> None:
    class Handlers:
        def __init__(self) -> None:
            self.commands: list[AssessAgain] = []

        async def assess_again(self, command: AssessAgain) -> None:
            self.commands.append(command)

    fake: Any = Handlers()
    work = Work(WorkRef(uuid4(), ASSESS_AGAIN, uuid4()), "x", {}, b"")
    await work_handlers(fake)[ASSESS_AGAIN](work)
    assert fake.commands == [AssessAgain(work.ref, work.ref.event_id)]
