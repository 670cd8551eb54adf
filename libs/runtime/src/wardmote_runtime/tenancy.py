"""Whose request or event this is. Set once at the edge, from the credential; the database refuses to work without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from wardmote_kernel.errors import NotPermitted, Unauthenticated
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role

_tenant: ContextVar[TenantId | None] = ContextVar("wardmote_tenant", default=None)
_caller: ContextVar["Caller | None"] = ContextVar("wardmote_caller", default=None)


class NoTenant(RuntimeError):
    """Code that needs a council ran outside a request or event of one. A fault of ours, never the caller's."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as their credential says."""

    subject: str
    """Opaque: a person's subject at their identity provider, a key id, or a service's name."""
    roles: frozenset[Role]
    tenant_id: TenantId | None
    """None: an operator or a service acting for no council."""
    issuer: str = ""

    def require(self, *allowed: Role) -> None:
        """Refuses a caller who has none of the allowed roles.

        Raises:
            NotPermitted: naming the roles that would do.
        """
        if not self.roles.intersection(allowed):
            raise NotPermitted(f"This needs one of the roles: {', '.join(sorted(allowed))}.")


def current_tenant() -> TenantId:
    """The council of this request or event.

    Raises:
        NotPermitted: the caller acts for no council, as an operator may.
        NoTenant: outside of a request and of an event.
    """
    tenant = _tenant.get()
    if tenant is None and _caller.get() is not None:
        raise NotPermitted("This needs the credential of a council.")
    if tenant is None:
        raise NoTenant("No council is set here. Set it with tenant_scope at the edge, from the credential.")
    return tenant


def current_caller() -> Caller:
    """Who makes this request.

    Raises:
        Unauthenticated: nobody was identified.
    """
    caller = _caller.get()
    if caller is None:
        raise Unauthenticated("Send a bearer token.")
    return caller


@contextmanager
def tenant_scope(tenant: TenantId | UUID) -> Iterator[TenantId]:
    """Everything inside belongs to this council."""
    token = _tenant.set(TenantId(tenant))
    try:
        yield TenantId(tenant)
    finally:
        _tenant.reset(token)


@contextmanager
def caller_scope(caller: Caller) -> Iterator[Caller]:
    """Everything inside is done for this caller, in their council if they have one."""
    caller_token = _caller.set(caller)
    tenant_token = _tenant.set(caller.tenant_id)
    try:
        yield caller
    finally:
        _tenant.reset(tenant_token)
        _caller.reset(caller_token)
