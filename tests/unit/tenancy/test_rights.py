"""Who may call what, and whose council an order is for."""

from uuid import uuid4

import pytest
from wardmote_tenancy.entrypoints.grpc_api import RIGHTS, council_named, require_council, require_platform

from wardmote_kernel.errors import NotPermitted
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.tenancy import Caller, caller_scope, current_tenant

COUNCIL = TenantId(uuid4())
OPERATOR = Caller("operator-1", frozenset({Role.OPERATOR}), None, "operator")
OPERATOR_OF_ONE = Caller("operator-1", frozenset({Role.OPERATOR}), COUNCIL, "operator")

EXPECTED = {
    "CreateTenant": {Role.OPERATOR},
    "ListTenants": {Role.OPERATOR},
    "SetTenantStatus": {Role.OPERATOR},
    "SetTenantLimits": {Role.OPERATOR},
    "GetTenant": set(Role),
    "GetTenantBySlug": {Role.SERVICE},
    "PutPerson": {Role.COUNCIL_ADMIN, Role.OPERATOR},
    "IssueApiKey": {Role.COUNCIL_ADMIN, Role.OPERATOR},
    "RevokeApiKey": {Role.COUNCIL_ADMIN, Role.OPERATOR},
    "BatchGetContacts": {Role.SERVICE},
    "Reconcile": {Role.OPERATOR},
}


def test_the_rights_are_these_and_no_others() -> None:
    assert {method.rpartition("/")[2]: set(roles) for method, roles in RIGHTS.items()} == EXPECTED


def test_an_operators_order_is_for_the_council_it_names_and_for_no_longer_than_the_order() -> None:
    with caller_scope(OPERATOR):
        with council_named(COUNCIL):
            assert current_tenant() == COUNCIL
        with pytest.raises(NotPermitted):
            current_tenant()


def test_a_key_bound_to_a_council_reaches_no_other_and_not_even_its_own_by_name() -> None:
    with caller_scope(OPERATOR_OF_ONE):
        require_council()
        for named in (uuid4(), COUNCIL):
            with pytest.raises(NotPermitted), council_named(named):
                pass
        with pytest.raises(NotPermitted):
            require_platform()


def test_a_key_of_no_council_changes_nobodys_people() -> None:
    with caller_scope(OPERATOR):
        require_platform()
        with pytest.raises(NotPermitted):
            require_council()
