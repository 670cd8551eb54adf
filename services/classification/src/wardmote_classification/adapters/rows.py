"""Assessments as rows, and rows as assessments. Reasons are kept as codes, places and our own sentences."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from wardmote_classification.application.queries import AssessmentView
from wardmote_classification.domain.assessment import AssessedItem, Assessment
from wardmote_classification.domain.incident import ReportedIncident, ReportedItem
from wardmote_classification.domain.judgement import Reason, Span
from wardmote_classification.domain.suggestion import Suggestion
from wardmote_kernel.taxonomy import Channel, Outcome, Severity, TargetRole, ThreatLevel


def assessment_row(assessment: Assessment) -> dict[str, Any]:
    """Columns of ``assessment``."""
    incident = assessment.incident
    return suggestion_row(assessment.suggestion) | {
        "assessment_id": assessment.assessment_id,
        "incident_id": incident.incident_id,
        "version": assessment.version,
        "reference": incident.reference,
        "target_role": incident.target_role,
        "channel": incident.items[0].channel,
        "versions": Jsonb(dict(assessment.versions)),
        "assessed_at": assessment.assessed_at,
        "feels_unsafe": incident.feels_unsafe,
        "urgent_signal_id": incident.urgent_signal_id,
        "earlier_incident_id": incident.earlier_incident_id,
    }


def item_rows(assessment: Assessment) -> list[dict[str, Any]]:
    """Columns of ``item_assessment``, one row an item, as JSON takes them."""
    return [
        suggestion_row(item.suggestion)
        | {
            "place": place,
            "item_id": str(item.item_id),
            "channel": reported.channel,
            "reasons": [_reason_json(reason) for reason in item.reasons],
        }
        for place, (item, reported) in enumerate(zip(assessment.items, assessment.incident.items, strict=True))
    ]


def view_of(row: dict[str, Any], items: Sequence[dict[str, Any]]) -> AssessmentView:
    """The assessment that the rows hold."""
    return AssessmentView(
        row["assessment_id"], row["incident_id"], suggestion_in(row), [_item(item) for item in items], row["versions"], row["assessed_at"]
    )


def incident_of(row: dict[str, Any], items: Sequence[dict[str, Any]]) -> ReportedIncident:
    """What was reported, from the rows of its assessment. Assumes that revision 0003 was there when it was made."""
    return ReportedIncident(
        row["incident_id"], row["reference"], tuple(ReportedItem(item["item_id"], Channel(item["channel"])) for item in items),
        TargetRole(row["target_role"]), row["feels_unsafe"], row["urgent_signal_id"], row["earlier_incident_id"],
    )  # fmt: skip


def suggestion_row(suggestion: Suggestion) -> dict[str, Any]:
    """Columns of a suggestion, wherever one is kept."""
    return {
        "outcome": suggestion.outcome,
        "types": list(suggestion.types),
        "motivations": list(suggestion.motivations),
        "threat_level": suggestion.threat,
        "severity": suggestion.severity,
        "needs_person": suggestion.needs_person,
    }


def suggestion_in(row: dict[str, Any]) -> Suggestion:
    """The suggestion that such columns hold."""
    return Suggestion(
        Outcome(row["outcome"]), tuple(row["types"]), tuple(row["motivations"]), ThreatLevel(row["threat_level"]),
        Severity(row["severity"]), row["needs_person"],
    )  # fmt: skip


def _item(row: dict[str, Any]) -> AssessedItem:
    return AssessedItem(row["item_id"], suggestion_in(row), tuple(_reason(one) for one in row["reasons"]))


def _reason_json(reason: Reason) -> dict[str, Any]:
    spans = [[span.start, span.end] for span in reason.spans]
    return {"code": reason.code, "line_test": reason.line_test, "sentence": reason.sentence, "spans": spans}


def _reason(kept: dict[str, Any]) -> Reason:
    spans = tuple(Span(start, end) for start, end in kept["spans"])
    return Reason(kept["code"], kept["line_test"], kept["sentence"], spans)
