"""Intake's REST routes: the same handlers as gRPC."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from wardmote_intake.application.commands import ItemDraft, SubmitReport
from wardmote_intake.application.handlers import Handlers
from wardmote_intake.application.queries import Queries, ReportView
from wardmote_intake.domain.report import LONGEST_NAME, LONGEST_TEXT, MOST_ITEMS, Reporter, as_reference
from wardmote_kernel.taxonomy import Channel, Role, TargetRole
from wardmote_runtime.http_app import Gate, IdempotencyKey
from wardmote_runtime.requests import fingerprint

Name = Annotated[str, Field(max_length=LONGEST_NAME)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ItemBody(_Body):
    """One message, call, post, letter or visit."""

    channel: Channel
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT, description="The words, or what happened.")]
    happened_at: datetime | None = None
    sender: Name = ""


class ReporterBody(_Body):
    """Who reports. Leave it out for an anonymous report."""

    name: Name = ""
    contact: Name = ""


class ReportBody(_Body):
    """What someone tells the council."""

    target_role: TargetRole
    items: Annotated[list[ItemBody], Field(min_length=1, max_length=MOST_ITEMS)]
    reporter: ReporterBody | None = None
    target_name: Name = ""
    in_danger_now: bool = False
    feels_unsafe: bool = False
    earlier_reference: Name = ""


class ReceiptBody(BaseModel):
    """What the reporter is told."""

    report_id: UUID
    incident_id: UUID
    reference: str
    is_urgent: bool


class ItemShown(BaseModel):
    """An item without its words."""

    item_id: UUID
    channel: Channel
    happened_at: datetime | None


class ReportShown(BaseModel):
    """A report without its words, names and contacts."""

    report_id: UUID
    incident_id: UUID
    reference: str
    received_at: datetime
    target_role: TargetRole
    is_anonymous: bool
    feels_unsafe: bool
    is_urgent: bool
    items: list[ItemShown]


def routes(handlers: Handlers, queries: Queries, gate: Gate) -> APIRouter:
    """Intake's routes."""
    router = APIRouter(prefix="/v1")

    @router.post("/reports", status_code=201, dependencies=[Depends(gate.roles(Role.REPORTER, Role.CASE_WORKER, Role.INTEGRATION_CLIENT))])
    async def submit_report(body: ReportBody, key: IdempotencyKey, response: Response) -> ReceiptBody:
        receipt = await handlers.submit_report(_command(body, key))
        response.headers["Location"] = f"/v1/reports/{receipt.report_id}"
        return ReceiptBody(
            report_id=receipt.report_id, incident_id=receipt.incident_id, reference=receipt.reference, is_urgent=receipt.is_urgent
        )

    @router.get("/reports/{report_id}", dependencies=[Depends(gate.roles(Role.CASE_WORKER, Role.INTEGRATION_CLIENT))])
    async def get_report(report_id: UUID) -> ReportShown:
        return _shown(await queries.report(report_id))

    return router


def _command(body: ReportBody, key: str) -> SubmitReport:
    return SubmitReport(
        request_id=key,
        fingerprint=fingerprint("POST /v1/reports", body.model_dump_json().encode()),
        target_role=body.target_role,
        items=[ItemDraft(item.channel, item.text, item.happened_at, item.sender) for item in body.items],
        reporter=Reporter(body.reporter.name, body.reporter.contact) if body.reporter else None,
        target_name=body.target_name,
        feels_unsafe=body.feels_unsafe,
        in_danger_now=body.in_danger_now,
        earlier_reference=as_reference(body.earlier_reference),
    )


def _shown(view: ReportView) -> ReportShown:
    items = [ItemShown(item_id=item.item_id, channel=item.channel, happened_at=item.happened_at) for item in view.items]
    return ReportShown(
        report_id=view.report_id, incident_id=view.incident_id, reference=view.reference, received_at=view.received_at,
        target_role=view.target_role, is_anonymous=view.is_anonymous, feels_unsafe=view.feels_unsafe,
        is_urgent=view.urgent_signal_id is not None, items=items,
    )  # fmt: skip
