"""What operators' commands share: the operator's key, calls with it, and the councils there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import grpc
import typer
from rich.console import Console
from rich.table import Table

from wardmote.tenancy.v1.tenancy_service_pb2 import ListTenantsRequest
from wardmote.tenancy.v1.tenant_pb2 import TENANT_STATUS_ACTIVE
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import TokenSigner

KeyFile = Annotated[Path, typer.Option(envvar="WARDMOTE_OPERATOR_KEY_FILE", help="The operator's private key (JWK).")]

DEADLINE_SECONDS = 10.0
_PAGE = 100
_WIDE = 160
"""Columns of a table that goes into a file: nobody's window cuts it."""


@dataclass(frozen=True, slots=True)
class Council:
    """A council, and what to call it in a table."""

    tenant_id: TenantId
    name: str


class Operator:
    """Calls services with the operator's key."""

    def __init__(self, key_file: Path) -> None:
        self._signer = TokenSigner.from_file("operator", key_file, SystemClock())

    def call(self, method: Any, request: Any, tenant: TenantId | UUID | None, deadline_s: float = DEADLINE_SECONDS) -> Any:
        """What a method of a stub answers.

        Args:
            tenant: the council that the call is about; None for all.

        Raises:
            grpc.RpcError: as the service refuses.
        """
        token = self._signer.token(subject="operator", roles=[Role.OPERATOR], tenant=TenantId(tenant) if tenant is not None else None)
        return method(request, timeout=deadline_s, metadata=(("authorization", f"Bearer {token}"),))

    def active_councils(self, tenancy: Any) -> Iterator[Council]:
        """Those that tenancy's stub tells, in its order. A suspended one is named and passed over.

        Raises:
            typer.Exit: tenancy refuses; it is said why.
        """
        cursor = ""
        while True:
            try:
                page = self.call(tenancy.ListTenants, ListTenantsRequest(limit=_PAGE, cursor=cursor), None)
            except grpc.RpcError as problem:
                raise refused(problem) from None
            for one in page.tenants:
                if one.status == TENANT_STATUS_ACTIVE:
                    yield Council(TenantId(UUID(one.tenant_id)), one.slug)
                else:
                    typer.echo(f"{one.slug} ({one.tenant_id}) is suspended and is passed over.")
            cursor = page.next_cursor
            if not cursor:
                return


def refused(problem: grpc.RpcError) -> typer.Exit:
    """Says why a service refused, and gives what ends the command with 1."""
    typer.echo(f"{problem.code().name}: {problem.details()}", err=True)
    return typer.Exit(1)


def show_table(table: Table) -> None:
    """Prints a table, wide enough to be read where there is no window."""
    console = Console()
    console.width = console.width if console.is_terminal else max(console.width, _WIDE)
    console.print(table)
