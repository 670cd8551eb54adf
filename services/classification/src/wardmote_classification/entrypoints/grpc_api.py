"""Classification's RPCs: parse, order, answer."""

from typing import Any

from wardmote.classification.v1 import classification_service_pb2 as wire
from wardmote.classification.v1.classification_service_pb2_grpc import ClassificationServiceServicer
from wardmote_classification.adapters.wire import (
    assessment_to_wire,
    comparison_to_wire,
    difference_to_wire,
    offences_to_wire,
    ordered_to_wire,
    preview_of,
    previewed_to_wire,
    transition_of,
)
from wardmote_classification.application.comparisons import Comparisons
from wardmote_classification.application.ordering import Ordering
from wardmote_classification.application.preview import Preview
from wardmote_classification.application.reader import AssessmentReader
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.interceptors import Rights
from wardmote_runtime.pages import from_cursor, page_size, to_cursor
from wardmote_runtime.wire_values import id_of, moment_of

SERVICE = "wardmote.classification.v1.ClassificationService"

RIGHTS: Rights = {
    f"/{SERVICE}/GetAssessment": frozenset({Role.CASE_WORKER, Role.INTEGRATION_CLIENT, Role.SERVICE}),
    f"/{SERVICE}/Assess": frozenset({Role.CASE_WORKER, Role.INTEGRATION_CLIENT}),
    f"/{SERVICE}/CompareCandidate": frozenset({Role.OPERATOR}),
    f"/{SERVICE}/ListDifferences": frozenset({Role.OPERATOR}),
    f"/{SERVICE}/AssessAgain": frozenset({Role.OPERATOR}),
}


class ClassificationApi(ClassificationServiceServicer):
    """The gRPC face of the use cases."""

    def __init__(self, preview: Preview, reader: AssessmentReader, comparisons: Comparisons, ordering: Ordering) -> None:
        self._preview = preview
        self._reader = reader
        self._comparisons = comparisons
        self._ordering = ordering

    async def GetAssessment(self, request: wire.GetAssessmentRequest, context: Any) -> wire.GetAssessmentResponse:  # noqa: N802
        read = await self._reader.newest_of_incident(id_of(request.incident_id, "incident_id"))
        possible = offences_to_wire(read.possible_offences)
        return wire.GetAssessmentResponse(assessment=assessment_to_wire(read.assessment), possible_offences=possible)

    async def Assess(self, request: wire.AssessRequest, context: Any) -> wire.AssessResponse:  # noqa: N802
        return previewed_to_wire(await self._preview.assess(preview_of(request)))

    async def CompareCandidate(self, request: wire.CompareCandidateRequest, context: Any) -> wire.CompareCandidateResponse:  # noqa: N802
        found = await self._comparisons.newest()
        return wire.CompareCandidateResponse(comparison=comparison_to_wire(found) if found else None)

    async def ListDifferences(self, request: wire.ListDifferencesRequest, context: Any) -> wire.ListDifferencesResponse:  # noqa: N802
        size, place = page_size(request.limit), from_cursor(request.cursor, 1)
        before = id_of(place[0], "cursor") if place else None
        found = await self._comparisons.differences(transition_of(request.transition), size + 1, before)
        more = to_cursor(str(found[size - 1].assessment_id)) if len(found) > size else ""
        return wire.ListDifferencesResponse(differences=[difference_to_wire(one) for one in found[:size]], next_cursor=more)

    async def AssessAgain(self, request: wire.AssessAgainRequest, context: Any) -> wire.AssessAgainResponse:  # noqa: N802
        since = moment_of(request.since, "since") if request.HasField("since") else None
        return ordered_to_wire(await self._ordering.order(since), self._ordering.versions)
