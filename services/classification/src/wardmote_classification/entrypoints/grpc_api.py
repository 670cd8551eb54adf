"""Classification's RPCs: parse, order, answer."""

from typing import Any

from wardmote.classification.v1 import classification_service_pb2 as wire
from wardmote.classification.v1.classification_service_pb2_grpc import ClassificationServiceServicer
from wardmote_classification.adapters.wire import assessment_to_wire, offences_to_wire, preview_of, previewed_to_wire
from wardmote_classification.application.preview import Preview
from wardmote_classification.application.reader import AssessmentReader
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.interceptors import Rights
from wardmote_runtime.wire_values import id_of

SERVICE = "wardmote.classification.v1.ClassificationService"

RIGHTS: Rights = {
    f"/{SERVICE}/GetAssessment": frozenset({Role.CASE_WORKER, Role.INTEGRATION_CLIENT, Role.SERVICE}),
    f"/{SERVICE}/Assess": frozenset({Role.CASE_WORKER, Role.INTEGRATION_CLIENT}),
}


class ClassificationApi(ClassificationServiceServicer):
    """The gRPC face of the use cases."""

    def __init__(self, preview: Preview, reader: AssessmentReader) -> None:
        self._preview = preview
        self._reader = reader

    async def GetAssessment(self, request: wire.GetAssessmentRequest, context: Any) -> wire.GetAssessmentResponse:  # noqa: N802
        read = await self._reader.newest_of_incident(id_of(request.incident_id, "incident_id"))
        possible = offences_to_wire(read.possible_offences)
        return wire.GetAssessmentResponse(assessment=assessment_to_wire(read.assessment), possible_offences=possible)

    async def Assess(self, request: wire.AssessRequest, context: Any) -> wire.AssessResponse:  # noqa: N802
        return previewed_to_wire(await self._preview.assess(preview_of(request)))
