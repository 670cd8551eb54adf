"""Tenancy's RPCs: who may order what for which council; then parse, order, answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from wardmote.tenancy.v1 import tenancy_service_pb2 as wire
from wardmote.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceServicer
from wardmote_kernel.errors import NotPermitted
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.interceptors import Rights
from wardmote_runtime.tenancy import current_caller, tenant_scope
from wardmote_runtime.wire_values import id_of
from wardmote_tenancy.adapters.wire import (
    api_key_to_wire,
    contact_to_wire,
    create_tenant_of,
    issue_api_key_of,
    issued_key_to_wire,
    page_to_wire,
    person_to_wire,
    put_person_of,
    reconcile_of,
    reconciliation_to_wire,
    revoke_api_key_of,
    set_tenant_limits_of,
    set_tenant_status_of,
    tenant_to_wire,
)
from wardmote_tenancy.application.handlers import Handlers
from wardmote_tenancy.application.queries import Queries
from wardmote_tenancy.application.reconcile import Reconciler

SERVICE = "wardmote.tenancy.v1.TenancyService"

OPERATORS = (Role.OPERATOR,)
ADMINS = (Role.COUNCIL_ADMIN, Role.OPERATOR)
"""May change a council's people and keys: its own admin, and an operator whose key names that council."""

CONTACT_READER = "notification"
"""Issuer of the one service that is told contacts: another service's stolen key must not open them."""

RIGHTS: Rights = {
    f"/{SERVICE}/CreateTenant": frozenset(OPERATORS),
    f"/{SERVICE}/GetTenant": frozenset(Role),
    f"/{SERVICE}/GetTenantBySlug": frozenset({Role.SERVICE}),
    f"/{SERVICE}/ListTenants": frozenset(OPERATORS),
    f"/{SERVICE}/SetTenantStatus": frozenset(OPERATORS),
    f"/{SERVICE}/SetTenantLimits": frozenset(OPERATORS),
    f"/{SERVICE}/PutPerson": frozenset(ADMINS),
    f"/{SERVICE}/BatchGetContacts": frozenset({Role.SERVICE}),
    f"/{SERVICE}/IssueApiKey": frozenset(ADMINS),
    f"/{SERVICE}/RevokeApiKey": frozenset(ADMINS),
    f"/{SERVICE}/Reconcile": frozenset(OPERATORS),
}


def require_council() -> None:
    """Makes sure that the caller's key names a council: everything that follows happens in that one.

    Raises:
        NotPermitted: it names none.
    """
    if current_caller().tenant_id is None:
        raise NotPermitted("Your key names no council. Use one that does.")


def require_platform() -> None:
    """Makes sure that the caller's key is not bound to a council: it is about to reach others.

    Raises:
        NotPermitted: it is bound to one.
    """
    if current_caller().tenant_id is not None:
        raise NotPermitted("Your key is bound to one council. Use an operator's key without one.")


@contextmanager
def council_named(tenant_id: UUID) -> Iterator[None]:
    """Everything inside belongs to the council that an operator's order names.

    This is the one place where a council's id comes from the body of a request and not from its credential: the credential
    is the operator's, who brings councils aboard and stops them, and it names none. Rights have let operators alone come here.

    Raises:
        NotPermitted: the caller's key is bound to a council.
    """
    require_platform()
    with tenant_scope(tenant_id):
        yield


class TenancyApi(TenancyServiceServicer):
    """The gRPC face of the handlers."""

    def __init__(self, handlers: Handlers, queries: Queries, reconciler: Reconciler) -> None:
        self._handlers = handlers
        self._queries = queries
        self._reconciler = reconciler

    async def CreateTenant(self, request: wire.CreateTenantRequest, context: Any) -> wire.CreateTenantResponse:  # noqa: N802
        command = create_tenant_of(request)
        with council_named(command.tenant_id):
            return wire.CreateTenantResponse(tenant=tenant_to_wire(await self._handlers.create_tenant(command)))

    async def GetTenant(self, request: wire.GetTenantRequest, context: Any) -> wire.GetTenantResponse:  # noqa: N802
        require_council()
        return wire.GetTenantResponse(tenant=tenant_to_wire(await self._queries.own_tenant()))

    async def GetTenantBySlug(self, request: wire.GetTenantBySlugRequest, context: Any) -> wire.GetTenantBySlugResponse:  # noqa: N802
        return wire.GetTenantBySlugResponse(tenant=tenant_to_wire(await self._queries.tenant_by_slug(request.slug)))

    async def ListTenants(self, request: wire.ListTenantsRequest, context: Any) -> wire.ListTenantsResponse:  # noqa: N802
        require_platform()
        return page_to_wire(await self._queries.tenants(request.limit, request.cursor))

    async def SetTenantStatus(self, request: wire.SetTenantStatusRequest, context: Any) -> wire.SetTenantStatusResponse:  # noqa: N802
        command = set_tenant_status_of(request)
        with council_named(id_of(request.tenant_id, "tenant_id")):
            return wire.SetTenantStatusResponse(tenant=tenant_to_wire(await self._handlers.set_tenant_status(command)))

    async def SetTenantLimits(self, request: wire.SetTenantLimitsRequest, context: Any) -> wire.SetTenantLimitsResponse:  # noqa: N802
        command = set_tenant_limits_of(request)
        with council_named(id_of(request.tenant_id, "tenant_id")):
            return wire.SetTenantLimitsResponse(tenant=tenant_to_wire(await self._handlers.set_tenant_limits(command)))

    async def PutPerson(self, request: wire.PutPersonRequest, context: Any) -> wire.PutPersonResponse:  # noqa: N802
        require_council()
        return wire.PutPersonResponse(person=person_to_wire(await self._handlers.put_person(put_person_of(request))))

    async def BatchGetContacts(  # noqa: N802
        self, request: wire.BatchGetContactsRequest, context: Any
    ) -> wire.BatchGetContactsResponse:
        require_council()
        if current_caller().issuer != CONTACT_READER:
            raise NotPermitted("Contacts are told to notification only.")
        contacts = await self._queries.contacts([id_of(text, "person_ids") for text in request.person_ids])
        return wire.BatchGetContactsResponse(contacts=[contact_to_wire(contact) for contact in contacts])

    async def IssueApiKey(self, request: wire.IssueApiKeyRequest, context: Any) -> wire.IssueApiKeyResponse:  # noqa: N802
        require_council()
        return issued_key_to_wire(await self._handlers.issue_api_key(issue_api_key_of(request)))

    async def RevokeApiKey(self, request: wire.RevokeApiKeyRequest, context: Any) -> wire.RevokeApiKeyResponse:  # noqa: N802
        require_council()
        return wire.RevokeApiKeyResponse(api_key=api_key_to_wire(await self._handlers.revoke_api_key(revoke_api_key_of(request))))

    async def Reconcile(self, request: wire.ReconcileRequest, context: Any) -> wire.ReconcileResponse:  # noqa: N802
        require_council()
        found = await self._reconciler.part(reconcile_of(request))
        return reconciliation_to_wire(found, () if found.next_cursor else await self._reconciler.backlogs())
