"""Between the rows of case-management's tables and its domain and views."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from wardmote_case_management.application.queries import CaseView, IncidentView
from wardmote_case_management.domain.case import Case, CaseStatus, TimelineEntry, TimelineKind
from wardmote_case_management.domain.incident import AssessedIncident, CaseIncident
from wardmote_case_management.domain.suggestion import Suggestion
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, Outcome, Severity, TargetRole, ThreatLevel

Row = dict[str, Any]


def case_row(case: Case, tenant: TenantId) -> Row:
    """The parameters of a ``case_file`` row."""
    return {
        "tenant_id": tenant, "case_id": case.case_id, "reference": case.reference, "status": case.status,
        "target_role": case.target_role, "channel": case.channel, "is_urgent": case.is_urgent, "opened_at": case.opened_at,
        "changed_at": case.changed_at, "contact_due_at": case.contact_due_at, "assigned_to": case.assigned_to, "version": case.version,
    } | _suggestion_row(case.suggestion)  # fmt: skip


def incident_row(held: CaseIncident, case: Case, tenant: TenantId) -> Row:
    """The parameters of a ``case_incident`` row."""
    incident = held.assessed
    return {
        "tenant_id": tenant, "incident_id": incident.incident_id, "case_id": case.case_id, "attached_at": held.attached_at,
        "report_reference": incident.reference, "assessment_id": incident.assessment_id, "assessed_at": incident.assessed_at,
        "target_role": incident.target_role, "channel": incident.channel, "feels_unsafe": incident.feels_unsafe,
        "urgent_signal_id": incident.urgent_signal_id, "earlier_incident_id": incident.earlier_incident_id,
        "reason_codes": list(incident.reason_codes), "versions": Jsonb(dict(incident.versions)),
    } | _suggestion_row(incident.suggestion)  # fmt: skip


def timeline_row(entry: TimelineEntry, case: Case, tenant: TenantId) -> Row:
    """The parameters of a ``case_timeline`` row."""
    return {"tenant_id": tenant, "case_id": case.case_id, "version": entry.version, "at": entry.at, "kind": entry.kind, "by": entry.by}


def opening_row(case: Case, tenant: TenantId) -> Row:
    """The parameters of all rows of a case that was just opened: it holds one incident, and one thing has happened to it."""
    (held,), (entry,) = case.attached, case.timeline
    of_case = case_row(case, tenant)
    of_incident = {f"i_{name}" if name in of_case else name: value for name, value in incident_row(held, case, tenant).items()}
    return of_incident | {"e_version": entry.version, "at": entry.at, "kind": entry.kind, "by": entry.by} | of_case


def case_of(row: Row, incidents: Sequence[Row]) -> Case:
    """The aggregate."""
    held = (CaseIncident(_assessed(incident), incident["attached_at"]) for incident in incidents)
    return Case(
        row["case_id"], row["reference"], row["opened_at"], row["changed_at"], TargetRole(row["target_role"]), Channel(row["channel"]),
        _suggestion(row), row["is_urgent"], row["contact_due_at"], CaseStatus(row["status"]), row["assigned_to"], row["version"],
        {one.assessed.incident_id: one for one in held},
    )  # fmt: skip


def view_of(row: Row, incidents: Sequence[Row] = (), timeline: Sequence[Row] = ()) -> CaseView:
    """What is shown of a case."""
    return CaseView(
        row["case_id"], row["reference"], CaseStatus(row["status"]), _suggestion(row), row["is_urgent"], TargetRole(row["target_role"]),
        Channel(row["channel"]), row["opened_at"], row["changed_at"], row["contact_due_at"], row["assigned_to"], row["version"],
        tuple(_incident_view(incident) for incident in incidents),
        tuple(TimelineEntry(entry["version"], entry["at"], TimelineKind(entry["kind"]), entry["by"]) for entry in timeline),
    )  # fmt: skip


def _suggestion_row(suggestion: Suggestion) -> Row:
    return {
        "outcome": suggestion.outcome, "severity": suggestion.severity, "threat_level": suggestion.threat_level,
        "types": list(suggestion.types), "motivations": list(suggestion.motivations), "needs_person": suggestion.needs_person,
    }  # fmt: skip


def _suggestion(row: Row) -> Suggestion:
    return Suggestion(
        Outcome(row["outcome"]), Severity(row["severity"]), ThreatLevel(row["threat_level"]), tuple(row["types"]),
        tuple(row["motivations"]), row["needs_person"],
    )  # fmt: skip


def _assessed(row: Row) -> AssessedIncident:
    return AssessedIncident(
        row["incident_id"], row["report_reference"], row["assessment_id"], row["assessed_at"], _suggestion(row),
        TargetRole(row["target_role"]), Channel(row["channel"]), row["feels_unsafe"], row["urgent_signal_id"],
        row["earlier_incident_id"], tuple(row["reason_codes"]), row["versions"],
    )  # fmt: skip


def _incident_view(row: Row) -> IncidentView:
    return IncidentView(
        row["incident_id"], row["report_reference"], row["assessment_id"], Outcome(row["outcome"]), Severity(row["severity"]),
        tuple(row["reason_codes"]), row["attached_at"], row["versions"],
    )  # fmt: skip
