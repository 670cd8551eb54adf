"""Whose request this is: set at the edge, gone after it, and never another task's."""

import asyncio
from uuid import uuid4

import pytest

from wardmote_kernel.errors import NotPermitted, Unauthenticated
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.tenancy import Caller, NoTenant, caller_scope, current_caller, current_tenant, tenant_scope

ONE, OTHER = TenantId(uuid4()), TenantId(uuid4())


def test_outside_of_a_request_there_is_no_council_and_no_caller() -> None:
    with pytest.raises(NoTenant):
        current_tenant()
    with pytest.raises(Unauthenticated):
        current_caller()


def test_a_scope_ends_also_after_an_error() -> None:
    with pytest.raises(KeyError), tenant_scope(ONE):
        raise KeyError
    with pytest.raises(NoTenant):
        current_tenant()


def test_scopes_nest() -> None:
    with tenant_scope(ONE):
        with tenant_scope(OTHER):
            assert current_tenant() == OTHER
        assert current_tenant() == ONE


def test_a_caller_without_a_council_hides_the_council_around() -> None:
    operator = Caller("o", frozenset({Role.OPERATOR}), None)
    with tenant_scope(ONE):
        with caller_scope(operator):
            assert current_caller() == operator
            with pytest.raises(NotPermitted, match="credential of a council"):
                current_tenant()
        assert current_tenant() == ONE


async def test_tasks_at_the_same_time_do_not_see_each_others_council() -> None:
    barrier = asyncio.Barrier(2)

    async def work(tenant: TenantId) -> TenantId:
        with tenant_scope(tenant):
            await barrier.wait()
            return current_tenant()

    assert list(await asyncio.gather(work(ONE), work(OTHER))) == [ONE, OTHER]


def test_a_role_is_needed_and_any_of_the_allowed_will_do() -> None:
    caller = Caller("p", frozenset({Role.ON_CALL}), ONE)
    caller.require(Role.CASE_WORKER, Role.ON_CALL)
    with pytest.raises(NotPermitted, match="case_worker, council_admin"):
        caller.require(Role.COUNCIL_ADMIN, Role.CASE_WORKER)
    with pytest.raises(NotPermitted):
        caller.require()
