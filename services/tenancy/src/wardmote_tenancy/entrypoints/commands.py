"""``wardmote reconcile``: an operator's proof that no report was lost and none was done twice, one council or all."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import grpc
import typer
from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp
from rich.table import Table

from wardmote.tenancy.v1.proof_pb2 import Proof, ProofStage, StopPlace
from wardmote.tenancy.v1.tenancy_service_pb2 import ReconcileRequest
from wardmote.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from wardmote_kernel.identity import TenantId
from wardmote_runtime.operators import Council, KeyFile, Operator, show_table

Address = Annotated[str, typer.Option(envvar="WARDMOTE_TENANCY_ADDRESS", help="gRPC address of tenancy, host:port.")]
Tenant = Annotated[UUID | None, typer.Option(help="One council's id.")]
Everyone = Annotated[bool, typer.Option("--all", help="Every active council.")]
Since = Annotated[
    datetime | None,
    typer.Option(
        parser=datetime.fromisoformat, metavar="ISO", help="Reports accepted since then; UTC when no zone is said. Not said: the last day."
    ),
]
Grace = Annotated[
    int | None,
    typer.Option(min=0, help="Seconds that a report may take; a younger one that is not through waits. Not said: as tenancy is set."),
]

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a council, one a line.")]

_COUNTS = ("received", "event", "assessed", "in_case", "notified", "nobody_to_tell", "waiting", "gap")
_HEADS = ("received", "events", "assessed", "in a case", "notified", "nobody to tell", "waiting", "gap", "oldest age", "doubled")


def reconcile(
    address: Address, key_file: KeyFile, tenant: Tenant = None, everyone: Everyone = False, since: Since = None, grace: Grace = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Prove, council by council, that each report came through: received, event, assessed, in a case, notified.

    Names the ids that are missing and where they stopped. Ends with 1 when there is a gap, something was done twice, or a council could
    not be proved.
    """
    if (tenant is None) != everyone:
        raise typer.BadParameter("Say --tenant ID or --all.")
    operator = Operator(key_file)
    found: list[tuple[Council, Proof]] = []
    refused: list[tuple[Council, str]] = []
    with grpc.insecure_channel(address) as channel:
        tenancy = TenancyServiceStub(channel)
        for council in operator.active_councils(tenancy) if tenant is None else [Council(TenantId(tenant), str(tenant))]:
            try:
                found.append((council, _proof(operator, tenancy, council.tenant_id, _request(since, grace))))
            except grpc.RpcError as problem:
                refused.append((council, f"{problem.code().name}: {problem.details()}"))
    if as_json:
        _tell(found)
    else:
        _show(found)
    for council, why in refused:
        typer.echo(f"{council.name}: not proved. {why}", err=True)
    if refused or any(proof.gap_count or proof.doubled_count for _, proof in found):
        raise typer.Exit(1)


def _proof(operator: Operator, tenancy: Any, tenant: TenantId, request: ReconcileRequest) -> Proof:
    """All parts, added up."""
    answer = operator.call(tenancy.Reconcile, request, tenant)
    whole: Proof = answer.proof
    while answer.next_cursor:
        request.since.CopyFrom(whole.since)
        request.cursor = answer.next_cursor
        answer = operator.call(tenancy.Reconcile, request, tenant)
        _add(whole, answer.proof)
    return whole


def _request(since: datetime | None, grace: int | None) -> ReconcileRequest:
    request = ReconcileRequest(grace_seconds=grace)
    if since is not None:
        stamp = Timestamp()
        stamp.FromDatetime(since if since.tzinfo else since.replace(tzinfo=UTC))
        request.since.CopyFrom(stamp)
    return request


def _add(whole: Proof, part: Proof) -> None:
    """A case with incidents of two parts shows its doubles in both: they are counted again by what is named."""
    known = {double.SerializeToString() for double in whole.doubled}
    news = [double for double in part.doubled if double.SerializeToString() not in known]
    for name in _COUNTS:
        setattr(whole, f"{name}_count", getattr(whole, f"{name}_count") + getattr(part, f"{name}_count"))
    whole.doubled_count += part.doubled_count - (len(part.doubled) - len(news))
    whole.oldest_age_seconds = max(whole.oldest_age_seconds, part.oldest_age_seconds)
    whole.slowed_count += part.slowed_count
    if part.slowed_until.ToDatetime() > whole.slowed_until.ToDatetime():
        whole.slowed_until.CopyFrom(part.slowed_until)
    whole.missing.extend(part.missing)
    whole.doubled.extend(news)
    whole.backlogs.extend(part.backlogs)


def _tell(found: list[tuple[Council, Proof]]) -> None:
    for council, proof in found:
        told = MessageToDict(proof, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
        typer.echo(json.dumps({"tenant_id": str(council.tenant_id), "council": council.name} | told))


def _show(found: list[tuple[Council, Proof]]) -> None:
    table = Table("council", *_HEADS)
    for council, proof in found:
        counts = [str(getattr(proof, f"{name}_count")) for name in _COUNTS]
        age = f"{proof.oldest_age_seconds:.0f} s" if proof.gap_count else ""
        table.add_row(council.name, *counts, age, str(proof.doubled_count))
    show_table(table)
    for council, proof in found:
        for line in _lines(proof):
            typer.echo(f"{council.name}: {line}")


def _lines(proof: Proof) -> Iterator[str]:
    """The names, one a line, so that a program can read them too."""
    for one in proof.missing:
        where = f"{_word(StopPlace.Name(one.place), 'STOP_PLACE_')} in {one.service}"
        more = "".join([f", {one.reason}" if one.reason else "", f", case {one.case_id}" if one.case_id else ""])
        yield f"incident {one.incident_id} has no {_word(ProofStage.Name(one.lacks), 'PROOF_STAGE_')}: {where}{more}"
    for double in proof.doubled:
        to = f" to person {double.person_id}" if double.person_id else ""
        yield f"more than one {_word(ProofStage.Name(double.stage), 'PROOF_STAGE_')} of {double.about_id}{to}"
    if proof.slowed_count:
        until = f"{proof.slowed_until.ToDatetime(UTC):%Y-%m-%d %H:%M:%S} UTC"
        yield f"{proof.slowed_count} of the waiting in the slower lane, the last until {until}"
    if proof.gap_count > len(proof.missing):
        yield f"and {proof.gap_count - len(proof.missing)} more"
    for backlog in proof.backlogs:
        counts = {"outbox": backlog.outbox_count, "work": backlog.work_count, "parked": backlog.parked_count}
        counts["dead letters"] = backlog.dead_letter_count
        if any(counts.values()):
            yield f"{backlog.service} holds {', '.join(f'{name} {count}' for name, count in counts.items() if count)}"


def _word(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower().replace("_", " ")
