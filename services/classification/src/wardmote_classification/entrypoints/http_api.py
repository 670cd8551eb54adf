"""Classification's REST routes: the same use cases as gRPC."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from wardmote_classification.application.commands import Previewed, PreviewText
from wardmote_classification.application.preview import LONGEST_TEXT, Preview
from wardmote_classification.application.queries import AssessmentView, Queries
from wardmote_classification.domain.assessment import AssessedItem
from wardmote_classification.domain.judgement import Reason
from wardmote_classification.domain.suggestion import Suggestion
from wardmote_kernel.taxonomy import Outcome, Role, Severity, TargetRole, ThreatLevel
from wardmote_runtime.http_app import Gate


class AssessBody(BaseModel):
    """A text to judge. It is not kept."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=LONGEST_TEXT, description="The words.")]
    target_role: TargetRole = TargetRole.COUNCILLOR


class SpanShown(BaseModel):
    """Half-open range of characters (Unicode code points) in the item's text."""

    start: int
    end: int


class ReasonShown(BaseModel):
    """Why, and where in the text."""

    code: str
    line_test: str
    sentence: str
    spans: list[SpanShown]


class SuggestionShown(BaseModel):
    """What is suggested. A person decides."""

    outcome: Outcome
    types: list[str]
    motivations: list[str]
    threat_level: ThreatLevel
    severity: Severity
    needs_person: bool


class PreviewShown(SuggestionShown):
    """What would be suggested about the text."""

    reasons: list[ReasonShown]
    versions: dict[str, str]


class ItemShown(SuggestionShown):
    """The suggestion about one item."""

    item_id: UUID
    reasons: list[ReasonShown]


class AssessmentShown(SuggestionShown):
    """The newest assessment of an incident."""

    assessment_id: UUID
    incident_id: UUID
    items: list[ItemShown]
    versions: dict[str, str]
    assessed_at: datetime


def routes(preview: Preview, queries: Queries, gate: Gate) -> APIRouter:
    """Classification's routes."""
    router = APIRouter(prefix="/v1")

    @router.post("/assess", dependencies=[Depends(gate.roles(Role.CASE_WORKER, Role.INTEGRATION_CLIENT))])
    async def assess(body: AssessBody) -> PreviewShown:
        return _preview(await preview.assess(PreviewText(body.text, body.target_role)))

    @router.get("/incidents/{incident_id}/assessment", dependencies=[Depends(gate.roles(Role.CASE_WORKER, Role.INTEGRATION_CLIENT))])
    async def get_assessment(incident_id: UUID) -> AssessmentShown:
        return _assessment(await queries.newest_of_incident(incident_id))

    return router


def _suggestion(suggestion: Suggestion) -> dict[str, object]:
    shown = SuggestionShown(
        outcome=suggestion.outcome, types=list(suggestion.types), motivations=list(suggestion.motivations),
        threat_level=suggestion.threat, severity=suggestion.severity, needs_person=suggestion.needs_person,
    )  # fmt: skip
    return shown.model_dump()


def _reasons(reasons: tuple[Reason, ...]) -> list[ReasonShown]:
    return [
        ReasonShown(
            code=reason.code,
            line_test=reason.line_test,
            sentence=reason.sentence,
            spans=[SpanShown(start=span.start, end=span.end) for span in reason.spans],
        )
        for reason in reasons
    ]


def _preview(previewed: Previewed) -> PreviewShown:
    rest = {"reasons": _reasons(previewed.reasons), "versions": dict(previewed.versions)}
    return PreviewShown.model_validate(_suggestion(previewed.suggestion) | rest)


def _item(item: AssessedItem) -> ItemShown:
    return ItemShown.model_validate(_suggestion(item.suggestion) | {"item_id": item.item_id, "reasons": _reasons(item.reasons)})


def _assessment(view: AssessmentView) -> AssessmentShown:
    rest = {
        "assessment_id": view.assessment_id,
        "incident_id": view.incident_id,
        "items": [_item(item) for item in view.items],
        "versions": dict(view.versions),
        "assessed_at": view.assessed_at,
    }
    return AssessmentShown.model_validate(_suggestion(view.suggestion) | rest)
