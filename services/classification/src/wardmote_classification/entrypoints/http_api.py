"""Classification's REST routes: the same use cases as gRPC."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from wardmote_classification.application.commands import Previewed, PreviewText
from wardmote_classification.application.preview import LONGEST_TEXT, Preview
from wardmote_classification.application.reader import AssessmentReader, ReadAssessment
from wardmote_classification.domain.assessment import AssessedItem
from wardmote_classification.domain.judgement import Reason
from wardmote_classification.domain.suggestion import Suggestion
from wardmote_kernel.taxonomy import Nation, Outcome, Role, Severity, TargetRole, ThreatLevel
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


class PossibleOffenceShown(BaseModel):
    """One offence of the table, in our own words."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    title: str
    statute: str
    sentence: str
    evidence: Annotated[str, Field(description="What would help to show it.")]
    refer_within_months: Annotated[int | None, Field(description="Summary only: to be brought within so many months.")]


class PossibleOffencesShown(BaseModel):
    """Help for a case worker, never a charging opinion: the police and prosecutors decide."""

    model_config = ConfigDict(from_attributes=True)

    nation: Annotated[Nation | None, Field(description="Whose law. Null: not known, and no offence is told rather than a guess.")]
    law_on: Annotated[date, Field(description="The day whose law it is: that of the assessment.")]
    offences: list[PossibleOffenceShown]


class AssessmentShown(SuggestionShown):
    """The newest assessment of an incident."""

    assessment_id: UUID
    incident_id: UUID
    items: list[ItemShown]
    versions: dict[str, str]
    assessed_at: datetime
    possible_offences: PossibleOffencesShown


def routes(preview: Preview, reader: AssessmentReader, gate: Gate) -> APIRouter:
    """Classification's routes."""
    router = APIRouter(prefix="/v1")

    @router.post("/assess", dependencies=[Depends(gate.roles(Role.CASE_WORKER, Role.INTEGRATION_CLIENT))])
    async def assess(body: AssessBody) -> PreviewShown:
        return _preview(await preview.assess(PreviewText(body.text, body.target_role)))

    @router.get("/incidents/{incident_id}/assessment", dependencies=[Depends(gate.roles(Role.CASE_WORKER, Role.INTEGRATION_CLIENT))])
    async def get_assessment(incident_id: UUID) -> AssessmentShown:
        return _assessment(await reader.newest_of_incident(incident_id))

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


def _assessment(read: ReadAssessment) -> AssessmentShown:
    view = read.assessment
    rest = {
        "assessment_id": view.assessment_id,
        "incident_id": view.incident_id,
        "items": [_item(item) for item in view.items],
        "versions": dict(view.versions),
        "assessed_at": view.assessed_at,
        "possible_offences": PossibleOffencesShown.model_validate(read.possible_offences),
    }
    return AssessmentShown.model_validate(_suggestion(view.suggestion) | rest)
