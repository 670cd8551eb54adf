"""``wardmote dead-letters``: an operator's words for the dead letters of one service and one council."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import grpc
import typer
from rich.console import Console
from rich.table import Table

from wardmote.operations.v1.dead_letter_service_pb2 import (
    GetDeadLetterRequest,
    ListDeadLettersRequest,
    ReleaseDeadLetterRequest,
    ReplayDeadLettersRequest,
)
from wardmote.operations.v1.dead_letter_service_pb2_grpc import DeadLetterServiceStub
from wardmote_runtime.operators import KeyFile, Operator, refused

app = typer.Typer(help="Events and jobs that a service refused: list, show, replay, release. Shows no content.", no_args_is_help=True)

Address = Annotated[str, typer.Option(envvar="WARDMOTE_SERVICE_ADDRESS", help="gRPC address of the service, host:port.")]
Tenant = Annotated[UUID, typer.Option(help="The council's id; all zeros for events that could not be read.")]


@app.command("list")
def list_all(address: Address, tenant: Tenant, key_file: KeyFile, cursor: str = "") -> None:
    """What was refused and why, oldest first, 100 at a time."""
    answer = _call(address, tenant, key_file, lambda stub: stub.ListDeadLetters, ListDeadLettersRequest(limit=100, cursor=cursor))
    table = Table("event id", "kind", "fact", "reason", "died at", "parked behind it", "released")
    for one in answer.dead_letters:
        released = "yes" if one.HasField("released_at") else ""
        table.add_row(one.event_id, one.kind, one.fact, one.reason, one.died_at.ToJsonString(), str(one.parked_count), released)
    Console().print(table)
    if answer.next_cursor:
        typer.echo(f"There are more: --cursor {answer.next_cursor}")


@app.command("show")
def show_one(event_id: str, address: Address, tenant: Tenant, key_file: KeyFile) -> None:
    """One dead letter: why, where it came from, and what waits behind it."""
    shown = _call(address, tenant, key_file, lambda stub: stub.GetDeadLetter, GetDeadLetterRequest(event_id=event_id))
    one = shown.dead_letter
    facts = {
        "event id": one.event_id, "kind": one.kind, "fact": one.fact, "aggregate": one.key, "reason": one.reason,
        "died at": one.died_at.ToJsonString(), "released at": one.released_at.ToJsonString() if one.HasField("released_at") else "",
        "made by": shown.source, "happened at": shown.occurred_at, "trace": shown.traceparent, "bytes (not shown)": str(shown.size),
        "parked behind it": str(one.parked_count),
    }  # fmt: skip
    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        table.add_row(name, value or "-")
    for parked in shown.parked:
        table.add_row("", f"{parked.event_id} {parked.kind} {parked.fact}")
    Console().print(table)


@app.command()
def replay(
    address: Address, tenant: Tenant, key_file: KeyFile, event_ids: Annotated[list[str] | None, typer.Argument(help="None: all.")] = None
) -> None:
    """Put dead letters back with the same event ids; what is parked behind them follows in order."""
    answer = _call(address, tenant, key_file, lambda stub: stub.ReplayDeadLetters, ReplayDeadLettersRequest(event_ids=event_ids or []))
    typer.echo(f"Replayed {answer.replayed_count}.")


@app.command()
def release(event_id: str, address: Address, tenant: Tenant, key_file: KeyFile) -> None:
    """Let what is parked behind one dead letter go on without it."""
    answer = _call(address, tenant, key_file, lambda stub: stub.ReleaseDeadLetter, ReleaseDeadLetterRequest(event_id=event_id))
    typer.echo(f"Released {answer.released_count}.")


def _call(address: str, tenant: UUID, key_file: Path, method: Callable[[Any], Any], request: Any) -> Any:
    with grpc.insecure_channel(address) as channel:
        try:
            return Operator(key_file).call(method(DeadLetterServiceStub(channel)), request, tenant)
        except grpc.RpcError as problem:
            raise refused(problem) from None
