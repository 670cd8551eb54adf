"""Intake, case-management, classification and notification, over gRPC."""

from collections.abc import Mapping, Sequence

from wardmote.case_management.v1 import case_management_service_pb2 as cases_wire
from wardmote.case_management.v1.case_management_service_pb2_grpc import CaseManagementServiceStub
from wardmote.classification.v1 import classification_service_pb2 as classification_wire
from wardmote.classification.v1.classification_service_pb2_grpc import ClassificationServiceStub
from wardmote.intake.v1 import intake_service_pb2 as intake_wire
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceStub
from wardmote.notification.v1 import notification_service_pb2 as notification_wire
from wardmote.notification.v1.notification_service_pb2_grpc import NotificationServiceStub
from wardmote_console.adapters.calls import SUBMIT_SECONDS, Tokens, call
from wardmote_console.adapters.wire import PAGE, case_of, list_request, notice_of, report_of, submit_request, suggestion_of
from wardmote_console.application.cases import Case, CaseFilter, CasePage, ItemWords, ReceivedReport, Suggestion
from wardmote_console.application.council import Council
from wardmote_console.application.notices import NoticePage
from wardmote_console.application.person import Person
from wardmote_console.application.ports import Receipt
from wardmote_console.application.report_form import ReportDraft
from wardmote_runtime.grpc_channel import Peer


class GrpcReports:
    """Intake."""

    def __init__(self, peer: Peer, tokens: Tokens) -> None:
        self._peer = peer
        self._tokens = tokens
        self._stub = IntakeServiceStub(peer.channel)

    async def submit(self, council: Council, draft: ReportDraft) -> Receipt:
        answer: intake_wire.SubmitReportResponse = await call(
            self._peer, self._stub.SubmitReport, submit_request(draft), self._tokens.of_form(council), SUBMIT_SECONDS
        )
        return Receipt(answer.reference, answer.is_urgent)

    async def received(self, person: Person, incident_id: str) -> ReceivedReport:
        request = intake_wire.GetReportRequest(incident_id=incident_id)
        answer: intake_wire.GetReportResponse = await call(self._peer, self._stub.GetReport, request, self._tokens.of_person(person))
        return report_of(answer.report)

    async def words(self, person: Person, item_ids: Sequence[str]) -> Mapping[str, ItemWords]:
        request = intake_wire.BatchGetItemTextRequest(item_ids=item_ids, purpose=intake_wire.READING_PURPOSE_CASE_WORK)
        answer: intake_wire.BatchGetItemTextResponse = await call(
            self._peer, self._stub.BatchGetItemText, request, self._tokens.of_person(person)
        )
        return {item.item_id: ItemWords(item.text, item.sender) for item in answer.items}


class GrpcCases:
    """Case-management."""

    def __init__(self, peer: Peer, tokens: Tokens) -> None:
        self._peer = peer
        self._tokens = tokens
        self._stub = CaseManagementServiceStub(peer.channel)

    async def page(self, person: Person, wanted: CaseFilter) -> CasePage:
        answer: cases_wire.ListCasesResponse = await call(
            self._peer, self._stub.ListCases, list_request(wanted), self._tokens.of_person(person)
        )
        return CasePage([case_of(case) for case in answer.cases], answer.next_cursor)

    async def by_reference(self, person: Person, reference: str) -> Case:
        request = cases_wire.GetCaseRequest(reference=reference)
        answer: cases_wire.GetCaseResponse = await call(self._peer, self._stub.GetCase, request, self._tokens.of_person(person))
        return case_of(answer.case)

    async def assign(self, person: Person, case_id: str, expected_version: int, request_id: str) -> None:
        request = cases_wire.AssignCaseRequest(
            request_id=request_id, case_id=case_id, assigned_to=person.subject, expected_version=expected_version
        )
        await call(self._peer, self._stub.AssignCase, request, self._tokens.of_person(person))


class GrpcAssessments:
    """Classification."""

    def __init__(self, peer: Peer, tokens: Tokens) -> None:
        self._peer = peer
        self._tokens = tokens
        self._stub = ClassificationServiceStub(peer.channel)

    async def of_incident(self, person: Person, incident_id: str) -> Suggestion:
        request = classification_wire.GetAssessmentRequest(incident_id=incident_id)
        answer: classification_wire.GetAssessmentResponse = await call(
            self._peer, self._stub.GetAssessment, request, self._tokens.of_person(person)
        )
        return suggestion_of(answer)


class GrpcNotices:
    """Notification."""

    def __init__(self, peer: Peer, tokens: Tokens) -> None:
        self._peer = peer
        self._tokens = tokens
        self._stub = NotificationServiceStub(peer.channel)

    async def page(self, person: Person, cursor: str) -> NoticePage:
        request = notification_wire.ListNotificationsRequest(limit=PAGE, cursor=cursor)
        answer: notification_wire.ListNotificationsResponse = await call(
            self._peer, self._stub.ListNotifications, request, self._tokens.of_person(person)
        )
        return NoticePage([notice_of(one) for one in answer.notifications], answer.next_cursor)
