"""Cases on a real PostgreSQL: opened and raised by facts, assigned by people, each once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from wardmote_case_management.adapters.wire import open_or_attach_of
from wardmote_case_management.domain.case import CaseStatus, TimelineKind

from wardmote_kernel.errors import AlreadyHandled, Conflict, NotFound, StaleVersion, Unavailable
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Severity
from wardmote_runtime.errors import is_passing
from wardmote_runtime.tenancy import tenant_scope

Desk = Any
"""See conftest.py."""


async def test_a_fact_opens_a_case_and_makes_it_known(desk: Desk, tenant: TenantId) -> None:
    incident, signal = uuid4(), uuid4()
    event = desk.event(tenant, incident, severity="SEVERITY_S3", urgent_signal_id=str(signal), motivations=["H-SEX"], needs_person=True)
    await desk.receive(tenant, event)
    assert await desk.work() == 1
    with tenant_scope(tenant):
        case = await desk.queries.case_of_incident(incident)
        assert await desk.queries.case(case.case_id) == case
        assert await desk.queries.case_of_reference(case.reference) == case
    assert (case.status, case.suggestion.severity, case.is_urgent, case.version) == (CaseStatus.TRIAGE, Severity.S3, True, 1)
    assert (case.suggestion.types, case.suggestion.motivations, case.suggestion.needs_person) == (("GO",), ("H-SEX",), True)
    assert case.contact_due_at == desk.clock.now() + timedelta(minutes=15)
    (held,) = case.incidents
    assert (held.incident_id, held.reason_codes, held.versions) == (incident, ("rule-7",), {"rules": "1"})
    (fact,) = await desk.facts(tenant)
    assert fact.WhichOneof("fact") == "case_opened"
    assert (fact.case_id, fact.metadata.aggregate_version, fact.metadata.causation_id) == (str(case.case_id), 1, event.metadata.event_id)
    assert (fact.case_opened.reference, fact.case_opened.incident_id, fact.case_opened.is_urgent) == (case.reference, str(incident), True)
    (row,) = await desk.rows(tenant, "SELECT topic, key FROM outbox")
    assert row == {"topic": "case-events", "key": f"{tenant}/{case.case_id}"}


async def test_a_further_incident_and_a_newer_assessment_are_attached(desk: Desk, tenant: TenantId) -> None:
    first, second = uuid4(), uuid4()
    case = await desk.assess(tenant, first, severity="SEVERITY_S3")
    joined = await desk.assess(tenant, second, severity="SEVERITY_S1", types=["IN"], earlier_incident_id=str(first))
    assert (joined.case_id, joined.suggestion.severity, joined.version) == (case.case_id, Severity.S3, 2)
    again = await desk.assess(tenant, first, severity="SEVERITY_S4", types=["TL"])
    assert (again.case_id, again.suggestion.severity, again.is_urgent, again.version) == (case.case_id, Severity.S4, True, 3)
    assert [(held.incident_id, held.severity) for held in again.incidents] == [(first, Severity.S4), (second, Severity.S1)]
    assert [entry.kind for entry in again.timeline] == [
        TimelineKind.OPENED,
        TimelineKind.INCIDENT_ATTACHED,
        TimelineKind.INCIDENT_ATTACHED,
    ]
    facts = await desk.facts(tenant)
    assert [(fact.WhichOneof("fact"), fact.metadata.aggregate_version) for fact in facts] == [
        ("case_opened", 1),
        ("incident_attached", 2),
        ("incident_attached", 3),
    ]


async def test_what_follows_an_incident_of_a_closed_case_opens_another(desk: Desk, tenant: TenantId) -> None:
    first = uuid4()
    case = await desk.assess(tenant, first)
    await desk.rows(tenant, "UPDATE case_file SET status = 'closed' RETURNING 1")
    other = await desk.assess(tenant, earlier_incident_id=str(first))
    assert (other.case_id != case.case_id, other.status) == (True, CaseStatus.TRIAGE)


async def test_a_duplicate_is_settled_once(desk: Desk, tenant: TenantId) -> None:
    event = desk.event(tenant, uuid4())
    await desk.receive(tenant, event, event)
    ((owner, work),) = await desk.claim()
    await desk.do(owner, work)
    await desk.receive(tenant, event)
    assert await desk.work() == 0
    with pytest.raises(AlreadyHandled):
        await desk.do(owner, work)
    assert len(await desk.rows(tenant, "SELECT 1 FROM case_file")) == 1
    assert len(await desk.facts(tenant)) == 1
    assert await desk.rows(tenant, "SELECT 1 FROM work") == []


async def test_a_fact_of_an_unknown_kind_is_settled_and_changes_nothing(desk: Desk, tenant: TenantId) -> None:
    event = desk.event(tenant, uuid4())
    event.ClearField("incident_assessed")
    await desk.receive(tenant, event)
    assert await desk.work() == 1
    for table in ("work", "case_file", "outbox", "dead_letter"):
        assert await desk.rows(tenant, f"SELECT 1 FROM {table}") == []


async def test_many_incidents_that_follow_one_at_once_all_come_to_its_case(desk: Desk, tenant: TenantId) -> None:
    first = uuid4()
    case = await desk.assess(tenant, first)
    followers = [desk.event(tenant, uuid4(), earlier_incident_id=str(first), severity=f"SEVERITY_S{n % 4}") for n in range(8)]
    await desk.receive(tenant, *followers)
    claimed = await desk.claim()
    assert len(claimed) == 8
    await asyncio.gather(*(desk.do(owner, work) for owner, work in claimed))
    with tenant_scope(tenant):
        after = await desk.queries.case(case.case_id)
    assert (len(after.incidents), after.version, after.suggestion.severity) == (9, 9, Severity.S3)
    assert [fact.metadata.aggregate_version for fact in await desk.facts(tenant)] == list(range(1, 10))


async def test_two_assessments_of_one_new_incident_at_once_open_one_case(desk: Desk, tenant: TenantId) -> None:
    """The queue does them one after the other; this is what holds when a claim ran out and both are done."""
    incident = uuid4()
    works = []
    for _ in range(2):
        await desk.receive(tenant, desk.event(tenant, incident))
        works += await desk.claim()
        await desk.rows(tenant, "UPDATE work SET key = event_id::text RETURNING 1")
    works += await desk.claim()
    assert len(works) == 2
    results = await asyncio.gather(*(desk.do(owner, work) for owner, work in works), return_exceptions=True)
    late = [(owner, work) for (owner, work), result in zip(works, results, strict=True) if result is not None]
    assert all(is_passing(result) for result in results if isinstance(result, BaseException))
    for owner, work in late:
        await desk.do(owner, work)
    (case,) = await desk.rows(tenant, "SELECT version FROM case_file")
    assert case["version"] == 2  # both are held; the second makes nothing graver, and is told to nobody
    assert [fact.WhichOneof("fact") for fact in await desk.facts(tenant)] == ["case_opened"]


async def test_a_reference_that_is_taken_is_drawn_again_later(desk: Desk, tenant: TenantId) -> None:
    case = await desk.assess(tenant)
    ids = desk.handlers.ids

    class TakenReference:
        new_id = staticmethod(ids.new_id)

        def new_reference(self) -> str:
            return str(case.reference)

    unlucky = type(desk.handlers)(desk.handlers.new_cases, desk.handlers.unit_of_work, desk.clock, TakenReference())
    await desk.receive(tenant, desk.event(tenant, uuid4()))
    ((owner, work),) = await desk.claim()
    with tenant_scope(owner), pytest.raises(Unavailable):
        await unlucky.open_or_attach(open_or_attach_of(work.value, work.ref))
    assert len(await desk.rows(tenant, "SELECT 1 FROM work")) == 1
    await desk.do(owner, work)
    assert len(await desk.rows(tenant, "SELECT 1 FROM case_file")) == 2


async def test_a_case_is_assigned_and_a_stale_order_refused(desk: Desk, tenant: TenantId) -> None:
    case = await desk.assess(tenant)
    assigned = await desk.assign(tenant, case.case_id, 1)
    assert (assigned.status, assigned.assigned_to, assigned.version) == (CaseStatus.OPEN, "worker-1", 2)
    assert (assigned.timeline[-1].kind, assigned.timeline[-1].by, assigned.timeline[-1].at) == (
        TimelineKind.ASSIGNED,
        "lead-1",
        desk.clock.now(),
    )
    with pytest.raises(StaleVersion):
        await desk.assign(tenant, case.case_id, 1, to="worker-2")
    with tenant_scope(tenant):
        assert await desk.queries.case(case.case_id) == assigned
    assert len(await desk.facts(tenant)) == 1


async def test_of_two_people_who_assign_at_once_one_wins(desk: Desk, tenant: TenantId) -> None:
    case = await desk.assess(tenant)
    results = await asyncio.gather(*(desk.assign(tenant, case.case_id, 1, to=f"worker-{n}") for n in range(4)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["CaseView", "StaleVersion", "StaleVersion", "StaleVersion"]


async def test_the_same_order_again_gets_the_same_answer(desk: Desk, tenant: TenantId) -> None:
    case = await desk.assess(tenant)
    request = str(uuid4())
    first, second = await asyncio.gather(*(desk.assign(tenant, case.case_id, 1, request_id=request) for _ in range(2)))
    await desk.assign(tenant, case.case_id, 2, to="worker-2")
    assert first == second == await desk.assign(tenant, case.case_id, 1, request_id=request)
    with pytest.raises(Conflict):
        await desk.assign(tenant, case.case_id, 3, request_id=request)


async def test_another_councils_case_is_not_found(desk: Desk, tenant: TenantId, other_tenant: TenantId) -> None:
    incident = uuid4()
    case = await desk.assess(tenant, incident)
    told = set()
    with tenant_scope(other_tenant):
        for question in (
            desk.queries.case(case.case_id), desk.queries.case(uuid4()), desk.queries.case_of_reference(case.reference),
            desk.queries.case_of_incident(incident), desk.assign(other_tenant, case.case_id, 1), desk.assign(other_tenant, uuid4(), 1),
        ):  # fmt: skip
            with pytest.raises(NotFound) as missing:
                await question
            told.add(str(missing.value))
    assert len(told) == 1
    assert await desk.rows(other_tenant, "SELECT 1 FROM request") == []


async def test_an_incident_that_names_another_councils_incident_opens_a_case_of_its_own(
    desk: Desk, tenant: TenantId, other_tenant: TenantId
) -> None:
    incident = uuid4()
    case = await desk.assess(tenant, incident)
    other = await desk.assess(other_tenant, earlier_incident_id=str(incident))
    same_id = await desk.assess(other_tenant, incident)
    assert len({case.case_id, other.case_id, same_id.case_id}) == 3
    with tenant_scope(tenant):
        assert await desk.queries.case(case.case_id) == case
