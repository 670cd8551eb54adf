"""What a candidate would have suggested, kept and compared with what stands, in SQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from wardmote_classification.adapters.rows import suggestion_in, suggestion_row
from wardmote_classification.application.comparisons import ComparisonView, DifferenceView
from wardmote_classification.domain.comparison import Axis, ShadowAssessment, Transition, to_look_at
from wardmote_runtime.database import Database
from wardmote_runtime.tenancy import current_tenant

_ADD = """
INSERT INTO shadow_assessment (tenant_id, assessment_id, incident_id, outcome, types, motivations, threat_level, severity, needs_person,
    score, present_score, versions, compared_at)
VALUES (%(tenant)s, %(assessment_id)s, %(incident_id)s, %(outcome)s, %(types)s, %(motivations)s, %(threat_level)s, %(severity)s,
    %(needs_person)s, %(score)s, %(present_score)s, %(versions)s, %(compared_at)s)
ON CONFLICT DO NOTHING"""
# The two that were compared last; what older candidates said lies there and is not looked at.
_PAIR = """
pair AS (
    SELECT a.versions AS present, s.versions AS candidate FROM shadow_assessment s JOIN assessment a USING (tenant_id, assessment_id)
    WHERE s.tenant_id = %(tenant)s ORDER BY s.assessment_id DESC LIMIT 1)"""
_COMPARED = """
FROM pair JOIN shadow_assessment s ON s.tenant_id = %(tenant)s AND s.versions = pair.candidate
    JOIN assessment a ON a.tenant_id = s.tenant_id AND a.assessment_id = s.assessment_id AND a.versions = pair.present"""
_COUNTS = f"""
WITH {_PAIR}
SELECT pair.present, pair.candidate, axis, code.present AS present_code, code.candidate AS candidate_code, count(*) AS count,
    min(s.compared_at) AS first_at, max(s.compared_at) AS last_at, min(a.assessed_at) AS since
{_COMPARED} CROSS JOIN LATERAL (VALUES
    ('threat_level', a.threat_level, s.threat_level), ('severity', a.severity, s.severity), ('outcome', a.outcome, s.outcome),
    ('needs_person', a.needs_person::text, s.needs_person::text)) AS code (axis, present, candidate)
GROUP BY pair.present, pair.candidate, axis, code.present, code.candidate"""
_ASSESSED = """
SELECT count(*) AS count FROM assessment WHERE tenant_id = %(tenant)s AND versions = %(versions)s AND assessed_at >= %(since)s"""
_SIDES = ", ".join(
    f"{table}.{column} AS {side}_{column}"
    for table, side in (("a", "present"), ("s", "candidate"))
    for column in ("outcome", "types", "motivations", "threat_level", "severity", "needs_person")
)
_DIFFERENCES = f"""
WITH {_PAIR}
SELECT s.incident_id, s.assessment_id, s.compared_at, s.score, s.present_score, {_SIDES}
{_COMPARED}
WHERE CASE %(axis)s WHEN 'threat_level' THEN a.threat_level = %(present)s AND s.threat_level = %(candidate)s
    WHEN 'severity' THEN a.severity = %(present)s AND s.severity = %(candidate)s
    WHEN 'outcome' THEN a.outcome = %(present)s AND s.outcome = %(candidate)s
    WHEN 'needs_person' THEN a.needs_person::text = %(present)s AND s.needs_person::text = %(candidate)s END
    AND (%(before)s::uuid IS NULL OR s.assessment_id < %(before)s)
ORDER BY s.assessment_id DESC LIMIT %(limit)s"""


class PostgresShadowAssessments:
    """Keeps what a candidate would have suggested."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, shadow: ShadowAssessment) -> None:
        row = suggestion_row(shadow.suggestion) | {
            "tenant": current_tenant(),
            "assessment_id": shadow.assessment_id,
            "incident_id": shadow.incident_id,
            "score": shadow.score,
            "present_score": shadow.present_score,
            "versions": Jsonb(dict(shadow.versions)),
            "compared_at": shadow.compared_at,
        }
        async with self._database.tenant_transaction() as connection:
            await connection.execute(_ADD, row)


class PostgresComparisons:
    """Questions about the newest comparison."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self) -> ComparisonView | None:
        async with self._database.tenant_transaction() as connection:
            rows = await (await connection.execute(_COUNTS, {"tenant": current_tenant()})).fetchall()
            if not rows:
                return None
            asked = {"tenant": current_tenant(), "versions": Jsonb(rows[0]["present"]), "since": min(row["since"] for row in rows)}
            assessed = await (await connection.execute(_ASSESSED, asked)).fetchone() or {}
        return _view(rows, assessed["count"])

    async def differences(self, transition: Transition, limit: int, before: UUID | None = None) -> Sequence[DifferenceView]:
        asked = {"axis": transition.axis, "present": transition.present, "candidate": transition.candidate}
        async with self._database.tenant_transaction() as connection:
            cursor = await connection.execute(_DIFFERENCES, asked | {"tenant": current_tenant(), "limit": limit, "before": before})
            return [_difference(row) for row in await cursor.fetchall()]


def _view(rows: Sequence[dict[str, Any]], assessed: int) -> ComparisonView:
    counted = [(Transition(Axis(row["axis"]), row["present_code"], row["candidate_code"]), row["count"]) for row in rows]
    return ComparisonView(
        present_versions=rows[0]["present"],
        candidate_versions=rows[0]["candidate"],
        compared=sum(count for transition, count in counted if transition.axis is Axis.OUTCOME),
        assessed=assessed,
        transitions=sorted((one for one in counted if one[0].present != one[0].candidate), key=lambda one: to_look_at(one[0])),
        first_at=min(row["first_at"] for row in rows),
        last_at=max(row["last_at"] for row in rows),
    )


def _difference(row: dict[str, Any]) -> DifferenceView:
    present, candidate = (
        suggestion_in({column.removeprefix(f"{side}_"): value for column, value in row.items() if column.startswith(f"{side}_")})
        for side in ("present", "candidate")
    )
    return DifferenceView(
        row["incident_id"], row["assessment_id"], present, row["present_score"], candidate, row["score"], row["compared_at"]
    )
