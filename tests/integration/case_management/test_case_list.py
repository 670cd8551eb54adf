"""The queue of cases: its order, its pages and what it leaves out."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from wardmote_case_management.application.queries import CaseFilter, CasePage
from wardmote_case_management.domain.case import CaseStatus

from wardmote_kernel.errors import Invalid
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Severity
from wardmote_runtime.tenancy import tenant_scope

Desk = Any
"""See conftest.py."""


async def queue_of(desk: Desk, tenant: TenantId, size: int, which: CaseFilter | None = None) -> list[UUID]:
    """Every case by the pages, following the cursors."""
    seen: list[UUID] = []
    cursor = ""
    while True:
        with tenant_scope(tenant):
            page: CasePage = await desk.queries.cases(which or CaseFilter(), size, cursor)
        assert len(page.cases) <= size
        seen += [case.case_id for case in page.cases]
        cursor = page.next_cursor
        if not cursor:
            return seen


async def test_urgent_cases_come_first_then_the_more_severe_then_the_newer(desk: Desk, tenant: TenantId) -> None:
    old = await desk.assess(tenant, severity="SEVERITY_S2")
    new = await desk.assess(tenant, severity="SEVERITY_S2")
    mild_but_urgent = await desk.assess(tenant, severity="SEVERITY_S0", urgent_signal_id=str(uuid4()))
    critical = await desk.assess(tenant, severity="SEVERITY_S4")
    serious = await desk.assess(tenant, severity="SEVERITY_S3")
    expected = [case.case_id for case in (critical, mild_but_urgent, serious, new, old)]
    for size in (1, 2, 5, 100):
        assert await queue_of(desk, tenant, size) == expected
    with tenant_scope(tenant):
        first = (await desk.queries.cases(CaseFilter(), 0, "")).cases[0]
    assert (first.incidents, first.timeline) == ((), ())


async def test_cases_of_one_moment_and_severity_are_all_listed_once(desk: Desk, tenant: TenantId) -> None:
    await desk.receive(tenant, *(desk.event(tenant, uuid4()) for _ in range(7)))
    await desk.work()
    listed = await queue_of(desk, tenant, 2)
    assert listed == sorted(listed, reverse=True)
    assert len(set(listed)) == 7


async def test_a_case_that_is_opened_between_two_pages_moves_none_twice(desk: Desk, tenant: TenantId) -> None:
    opened = [(await desk.assess(tenant)).case_id for _ in range(4)]
    with tenant_scope(tenant):
        first = await desk.queries.cases(CaseFilter(), 2, "")
    await desk.assess(tenant, severity="SEVERITY_S4")
    with tenant_scope(tenant):
        second = await desk.queries.cases(CaseFilter(), 2, first.next_cursor)
    assert [case.case_id for case in [*first.cases, *second.cases]] == opened[::-1]
    assert second.next_cursor == ""


async def test_a_list_can_be_narrowed_by_status_and_severity(desk: Desk, tenant: TenantId) -> None:
    mild = await desk.assess(tenant, severity="SEVERITY_S1")
    serious = await desk.assess(tenant, severity="SEVERITY_S3")
    await desk.assign(tenant, mild.case_id, 1)
    assert await queue_of(desk, tenant, 5, CaseFilter(CaseStatus.OPEN)) == [mild.case_id]
    assert await queue_of(desk, tenant, 5, CaseFilter(CaseStatus.TRIAGE)) == [serious.case_id]
    assert await queue_of(desk, tenant, 5, CaseFilter(severity_from=Severity.S2)) == [serious.case_id]
    assert await queue_of(desk, tenant, 5, CaseFilter(CaseStatus.CLOSED)) == []


async def test_a_council_sees_its_own_cases_alone_also_with_anothers_cursor(desk: Desk, tenant: TenantId, other_tenant: TenantId) -> None:
    own = await desk.assess(tenant)
    for _ in range(2):
        await desk.assess(other_tenant)
    with tenant_scope(other_tenant):
        foreign = await desk.queries.cases(CaseFilter(), 1, "")
    assert await queue_of(desk, tenant, 1) == [own.case_id]
    with tenant_scope(tenant):
        page = await desk.queries.cases(CaseFilter(), 1, foreign.next_cursor)
    assert {case.case_id for case in page.cases} <= {own.case_id}


@pytest.mark.parametrize(("limit", "cursor"), [(101, ""), (-1, ""), (5, "no cursor")])
async def test_a_wrong_limit_or_cursor_is_refused(desk: Desk, tenant: TenantId, limit: int, cursor: str) -> None:
    with tenant_scope(tenant), pytest.raises(Invalid):
        await desk.queries.cases(CaseFilter(), limit, cursor)
