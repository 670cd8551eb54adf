"""What case-management tells for the proof: the case of each incident, and never another council's."""

from typing import Any
from uuid import UUID, uuid4

from wardmote_case_management.adapters.proof import SHELVES

from wardmote_kernel.identity import TenantId
from wardmote_runtime.proof import Held, PostgresProofs, Question, Stage
from wardmote_runtime.tenancy import tenant_scope

Desk = Any
"""See conftest.py."""


async def in_cases(desk: Desk, tenant: TenantId, *ids: UUID, limit: int = 100, after: tuple[str, ...] = ()) -> list[Held]:
    with tenant_scope(tenant):
        proofs = PostgresProofs(desk.database, SHELVES)
        return list(await proofs.held(Question(Stage.IN_CASE, limit, after=after, ids=ids)))


async def test_incidents_are_told_with_their_case(desk: Desk, tenant: TenantId) -> None:
    incidents = [uuid4() for _ in range(3)]
    cases = {incident: (await desk.assess(tenant, incident)).case_id for incident in incidents}
    found = await in_cases(desk, tenant)
    assert {one.incident_id: one.case_id for one in found} == cases
    assert [one.incident_id for one in await in_cases(desk, tenant, incidents[0], uuid4())] == [incidents[0]]
    assert [one.incident_id for one in await in_cases(desk, tenant, after=found[0].place)] == sorted(incidents)[1:]


async def test_an_incident_that_is_assessed_again_is_told_once(desk: Desk, tenant: TenantId) -> None:
    incident = uuid4()
    for _ in range(2):
        await desk.assess(tenant, incident)
    assert len(await in_cases(desk, tenant, incident)) == 1


async def test_another_councils_cases_are_never_told(desk: Desk, tenant: TenantId, other_tenant: TenantId) -> None:
    incident = uuid4()
    await desk.assess(tenant, incident)
    assert await in_cases(desk, other_tenant) == await in_cases(desk, other_tenant, incident) == []
