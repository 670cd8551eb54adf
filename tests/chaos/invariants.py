"""What must hold after every fault, read from all databases as superuser and from Kafka. Nothing here writes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from tests.chaos.ledger import Ledger
from tests.chaos.stack import SERVICES, ChaosStack
from tests.chaos.tail import Log

Row = dict[str, Any]
NAMES = ("lost", "doubled", "order", "cross-tenant", "no case", "untold", "left over", "refused")
"""In the order of the table."""

SHOWN = 5


@dataclass(slots=True)
class Verdict:
    """What was found wrong, by invariant. Ids and codes only."""

    wrong: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in NAMES})

    def add(self, invariant: str, what: Iterable[object]) -> None:
        self.wrong[invariant] += [str(one) for one in what]

    @property
    def is_clean(self) -> bool:
        return not any(self.wrong.values())

    def examples(self) -> list[str]:
        """A few of each kind."""
        return [f"{name}: {what}" for name, found in self.wrong.items() for what in found[:SHOWN]]


@dataclass(slots=True)
class Kept:
    """What the databases hold."""

    reports: list[Row]
    requests: int
    assessments: list[Row]
    cases: list[Row]
    incidents: list[Row]
    timeline: list[Row]
    signals: list[Row]
    notifications: list[Row]
    recipients: list[Row]
    dead: Counter[str]
    parked: Counter[str]


def read_all(stack: ChaosStack) -> Kept:
    """Reads everything once."""
    dead, parked = Counter[str](), Counter[str]()
    for service in SERVICES:
        dead[service] = len(rows(stack, service, "SELECT 1 FROM dead_letter WHERE released_at IS NULL OR released_at IS NOT NULL"))
        parked[service] = len(rows(stack, service, "SELECT 1 FROM work WHERE is_parked"))
    return Kept(
        reports=rows(stack, "intake", "SELECT tenant_id, report_id, incident_id, urgent_signal_id FROM report"),
        requests=len(rows(stack, "intake", "SELECT 1 FROM request")),
        assessments=rows(stack, "classification", "SELECT tenant_id, incident_id FROM assessment"),
        cases=rows(stack, "case-management", "SELECT tenant_id, case_id, version FROM case_file"),
        incidents=rows(stack, "case-management", "SELECT tenant_id, incident_id, case_id FROM case_incident"),
        timeline=rows(stack, "case-management", "SELECT case_id, version, kind FROM case_timeline ORDER BY case_id, version"),
        signals=rows(stack, "notification", "SELECT tenant_id, signal_id, incident_id FROM urgent_signal"),
        notifications=rows(stack, "notification", "SELECT tenant_id, person_id, kind, about_id, created_at, status FROM notification"),
        recipients=rows(stack, "notification", "SELECT tenant_id, person_id FROM recipient"),
        dead=dead,
        parked=parked,
    )


def rows(stack: ChaosStack, service: str, query: str) -> list[Row]:
    """One question to a service's database."""
    with psycopg.connect(stack.database(service), row_factory=dict_row, connect_timeout=5) as connection:
        return connection.execute(query.encode()).fetchall()


def judge(kept: Kept, ledger: Ledger, log: Log) -> Verdict:
    """Holds the databases and Kafka against the receipts."""
    verdict = Verdict()
    verdict.add("refused", [*ledger.refused, *(f"no answer to {request}" for request in ledger.given_up)])
    _reports(verdict, kept, ledger, log)
    _assessments(verdict, kept, ledger)
    _cases(verdict, kept, ledger)
    _notifications(verdict, kept)
    _log(verdict, log)
    _left(verdict, kept, ledger)
    return verdict


def _reports(verdict: Verdict, kept: Kept, ledger: Ledger, log: Log) -> None:
    """Each receipt is a report, and each report has a receipt: a second report of one request would have none."""
    held = {(row["tenant_id"], row["report_id"], row["incident_id"]) for row in kept.reports}
    told = {(one.tenant_id, one.report_id, one.incident_id) for one in ledger.accepted.values()}
    verdict.add("lost", (f"report {report_id}" for _, report_id, _ in told - held))
    verdict.add("lost", (f"event of incident {row['incident_id']}" for row in kept.reports if str(row["incident_id"]) not in log.tenants))
    spare = held - told
    if len(spare) > len(ledger.given_up):
        verdict.add("doubled", (f"report {report_id} without a receipt" for _, report_id, _ in spare))
    verdict.add("doubled", (f"request {request} answered in two ways" for request in ledger.differing))
    verdict.add("cross-tenant", (place for place in log.strangers))


def _assessments(verdict: Verdict, kept: Kept, ledger: Ledger) -> None:
    tenants = _tenants(kept)
    counted = Counter(row["incident_id"] for row in kept.assessments)
    verdict.add("lost", (f"assessment of {incident}" for incident in tenants if counted[incident] == 0))
    verdict.add("doubled", (f"{count} assessments of {incident}" for incident, count in counted.items() if count > 1))
    verdict.add("cross-tenant", _strangers(kept.assessments, tenants, "assessment", ledger))


def _cases(verdict: Verdict, kept: Kept, ledger: Ledger) -> None:
    tenants = _tenants(kept)
    counted = Counter(row["incident_id"] for row in kept.incidents)
    verdict.add("no case", (f"incident {one.incident_id}" for one in ledger.accepted.values() if counted[one.incident_id] == 0))
    verdict.add("doubled", (f"incident {incident} in {count} cases" for incident, count in counted.items() if count > 1))
    verdict.add("cross-tenant", _strangers(kept.incidents, tenants, "incident", ledger))
    in_case = Counter(row["case_id"] for row in kept.incidents)
    entries: dict[UUID, list[int]] = defaultdict(list)
    for row in kept.timeline:
        entries[row["case_id"]].append(row["version"])
    for case in kept.cases:
        versions = entries[case["case_id"]]
        if len(versions) != in_case[case["case_id"]]:
            verdict.add("doubled", [f"case {case['case_id']}: {in_case[case['case_id']]} incidents and {len(versions)} entries"])
        if versions != list(range(1, case["version"] + 1)):
            verdict.add("order", [f"case {case['case_id']}: entries {versions}"])


def _notifications(verdict: Verdict, kept: Kept) -> None:
    """Everybody is told once of each case, paged once for each signal, and told of its opening before anything else of it."""
    people: dict[UUID, list[UUID]] = defaultdict(list)
    for row in kept.recipients:
        people[row["tenant_id"]].append(row["person_id"])
    told = Counter((row["tenant_id"], row["kind"], row["about_id"], row["person_id"]) for row in kept.notifications)
    verdict.add("doubled", (f"{kind} of {about} to {person}" for (_, kind, about, person), n in told.items() if n > 1 and kind in _ONCE))
    for kind, due in (("case_opened", [(row["tenant_id"], row["case_id"]) for row in kept.cases]), ("page", _signals(kept))):
        missing = (about for tenant, about in due for person in people[tenant] if not told[(tenant, kind, about, person)])
        verdict.add("untold", (f"{kind} of {about}" for about in missing))
    verdict.add(
        "untold", (f"{row['kind']} of {row['about_id']} is {row['status']}" for row in kept.notifications if row["status"] != "delivered")
    )
    verdict.add("cross-tenant", _foreign_notifications(kept))
    verdict.add("order", _told_late(kept.notifications))


_ONCE = ("case_opened", "page")


def _signals(kept: Kept) -> list[tuple[UUID, UUID]]:
    return [(row["tenant_id"], row["urgent_signal_id"]) for row in kept.reports if row["urgent_signal_id"]]


def _foreign_notifications(kept: Kept) -> list[str]:
    owner = {row["case_id"]: row["tenant_id"] for row in kept.cases} | {signal: tenant for tenant, signal in _signals(kept)}
    return [f"{row['kind']} of {row['about_id']}" for row in kept.notifications if owner.get(row["about_id"]) != row["tenant_id"]]


def _told_late(notifications: Sequence[Row]) -> list[str]:
    opened: dict[tuple[UUID, UUID], datetime] = {}
    for row in notifications:
        if row["kind"] == "case_opened":
            opened[(row["about_id"], row["person_id"])] = row["created_at"]
    late = [row for row in notifications if row["kind"] == "incident_attached"]
    return [f"growth of case {row['about_id']} before its opening" for row in late if (row["about_id"], row["person_id"]) not in opened]


def _log(verdict: Verdict, log: Log) -> None:
    verdict.add("order", log.out_of_order)
    verdict.add("doubled", log.twice)


def _left(verdict: Verdict, kept: Kept, ledger: Ledger) -> None:
    for service in SERVICES:
        if kept.dead[service] != ledger.planted_dead[service]:
            verdict.add("left over", [f"{kept.dead[service]} dead letters of {service}, {ledger.planted_dead[service]} planted"])
        if kept.parked[service]:
            verdict.add("left over", [f"{kept.parked[service]} parked of {service}"])


def _tenants(kept: Kept) -> dict[UUID, UUID]:
    return {row["incident_id"]: row["tenant_id"] for row in kept.reports}


def _strangers(found: Sequence[Row], tenants: Mapping[UUID, UUID], what: str, ledger: Ledger) -> list[str]:
    """Rows whose council is not that of the report. Incidents of events that we planted have no report."""
    return [
        f"{what} of {row['incident_id']}"
        for row in found
        if row["incident_id"] not in ledger.planted_incidents and tenants.get(row["incident_id"]) != row["tenant_id"]
    ]
