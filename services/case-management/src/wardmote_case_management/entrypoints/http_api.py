"""Case-management's REST routes: the same handlers as gRPC."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from wardmote_case_management.application.commands import AssignCase
from wardmote_case_management.application.handlers import Handlers
from wardmote_case_management.application.queries import CaseFilter, CaseView, Queries
from wardmote_case_management.domain.case import LONGEST_SUBJECT, CaseStatus, TimelineKind
from wardmote_kernel.taxonomy import Channel, Outcome, Role, Severity, TargetRole, ThreatLevel
from wardmote_runtime.http_app import ExpectedVersion, Gate, IdempotencyKey, etag
from wardmote_runtime.pages import DEFAULT_LIMIT, HIGHEST_LIMIT
from wardmote_runtime.requests import fingerprint
from wardmote_runtime.tenancy import Caller

Limit = Annotated[int, Query(ge=1, le=HIGHEST_LIMIT)]


class AssignmentBody(BaseModel):
    """To whom the case goes."""

    model_config = ConfigDict(extra="forbid")

    assigned_to: Annotated[str, Field(min_length=1, max_length=LONGEST_SUBJECT, description="Subject of the case worker.")]


class CaseSummary(BaseModel):
    """A case in a list. What it says of the case's severity and kind is suggested; a person decides."""

    case_id: UUID
    reference: str
    status: CaseStatus
    severity: Severity
    suggested_outcome: Outcome
    threat_level: ThreatLevel
    types: Sequence[str]
    motivations: Sequence[str]
    needs_person: bool
    is_urgent: bool
    target_role: TargetRole
    channel: Channel
    opened_at: datetime
    changed_at: datetime
    contact_due_at: datetime
    assigned_to: Annotated[str, Field(description="Empty: nobody yet.")]
    version: int


class IncidentShown(BaseModel):
    """An incident of a case."""

    incident_id: UUID
    report_reference: str
    assessment_id: UUID
    suggested_outcome: Outcome
    severity: Severity
    reason_codes: Sequence[str]
    attached_at: datetime
    versions: Mapping[str, str]


class EntryShown(BaseModel):
    """What happened to a case."""

    at: datetime
    kind: TimelineKind
    by: Annotated[str, Field(description="Empty: the software.")]


class CaseShown(CaseSummary):
    """A case with its incidents and its timeline."""

    incidents: Sequence[IncidentShown]
    timeline: Sequence[EntryShown]


class CasesShown(BaseModel):
    """A page of cases."""

    cases: Sequence[CaseSummary]
    next_cursor: Annotated[str, Field(description="Empty: no more pages.")]


def routes(handlers: Handlers, queries: Queries, gate: Gate) -> APIRouter:
    """Case-management's routes."""
    router = APIRouter(prefix="/v1")
    reads = gate.roles(Role.CASE_WORKER, Role.INTEGRATION_CLIENT)
    assigns = gate.roles(Role.CASE_WORKER)

    @router.get("/cases", dependencies=[Depends(reads)])
    async def list_cases(
        limit: Limit = DEFAULT_LIMIT, cursor: str = "", status: CaseStatus | None = None, severity_from: Severity = Severity.S0
    ) -> CasesShown:
        page = await queries.cases(CaseFilter(status, severity_from), limit, cursor)
        return CasesShown(cases=[CaseSummary.model_validate(_summary(view)) for view in page.cases], next_cursor=page.next_cursor)

    @router.get("/cases/{case_id}", dependencies=[Depends(reads)])
    async def get_case(case_id: UUID, response: Response) -> CaseShown:
        return _shown(await queries.case(case_id), response)

    @router.post("/cases/{case_id}/assignment")
    async def assign_case(
        caller: Annotated[Caller, Depends(assigns)],
        case_id: UUID,
        body: AssignmentBody,
        key: IdempotencyKey,
        expected_version: ExpectedVersion,
        response: Response,
    ) -> CaseShown:
        what = f"POST /v1/cases/{case_id}/assignment {etag(expected_version)}"
        print_of_request = fingerprint(what, body.model_dump_json().encode())
        command = AssignCase(key, print_of_request, case_id, body.assigned_to, caller.subject, expected_version)
        return _shown(await handlers.assign(command), response)

    return router


def _shown(view: CaseView, response: Response) -> CaseShown:
    response.headers["ETag"] = etag(view.version)
    incidents = [
        IncidentShown(
            incident_id=one.incident_id, report_reference=one.report_reference, assessment_id=one.assessment_id,
            suggested_outcome=one.outcome, severity=one.severity, reason_codes=one.reason_codes, attached_at=one.attached_at,
            versions=one.versions,
        )
        for one in view.incidents
    ]  # fmt: skip
    timeline = [EntryShown(at=entry.at, kind=entry.kind, by=entry.by) for entry in view.timeline]
    return CaseShown.model_validate(_summary(view) | {"incidents": incidents, "timeline": timeline})


def _summary(view: CaseView) -> dict[str, object]:
    suggestion = view.suggestion
    return {
        "case_id": view.case_id, "reference": view.reference, "status": view.status, "severity": suggestion.severity,
        "suggested_outcome": suggestion.outcome, "threat_level": suggestion.threat_level, "types": suggestion.types,
        "motivations": suggestion.motivations, "needs_person": suggestion.needs_person, "is_urgent": view.is_urgent,
        "target_role": view.target_role, "channel": view.channel, "opened_at": view.opened_at, "changed_at": view.changed_at,
        "contact_due_at": view.contact_due_at, "assigned_to": view.assigned_to, "version": view.version,
    }  # fmt: skip
