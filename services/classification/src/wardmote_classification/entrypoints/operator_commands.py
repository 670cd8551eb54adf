"""``wardmote candidate`` and ``wardmote assess-again``: an operator's words for a new model. They show codes, counts and ids."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import grpc
import typer
from rich.table import Table

from wardmote.classification.v1 import classification_service_pb2 as wire
from wardmote.classification.v1.classification_service_pb2_grpc import ClassificationServiceStub
from wardmote.classification.v1.comparison_pb2 import Comparison, Judged
from wardmote.event.v1 import taxonomy_pb2 as taxonomy
from wardmote.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from wardmote_classification.adapters.wire import transition_of, transition_to_wire
from wardmote_classification.domain.comparison import Axis, Transition, to_look_at
from wardmote_kernel.identity import TenantId
from wardmote_runtime.operators import Council, KeyFile, Operator, refused, show_table
from wardmote_runtime.wire_values import stamp_of

candidate = typer.Typer(help="How the next model would have judged beside the present one.", no_args_is_help=True)

Address = Annotated[str, typer.Option(envvar="WARDMOTE_CLASSIFICATION_ADDRESS", help="gRPC address of classification, host:port.")]
TenancyAddress = Annotated[str, typer.Option(envvar="WARDMOTE_TENANCY_ADDRESS", help="gRPC address of tenancy, host:port, for --all.")]
Tenant = Annotated[UUID, typer.Option(help="The council's id.")]
OneTenant = Annotated[UUID | None, typer.Option(help="One council's id.")]
Everyone = Annotated[bool, typer.Option("--all", help="Every active council, and all of them added up.")]
Since = Annotated[
    datetime | None,
    typer.Option(
        parser=datetime.fromisoformat,
        metavar="ISO",
        help="Only what was last assessed since then; UTC when no zone is said. Not said: all.",
    ),
]

_DEADLINE_SECONDS = 60.0
"""A council's whole comparison is counted, and a whole order is written, in one call."""

_PAGE = 100
_WORDS = {Axis.THREAT_LEVEL: "threat", Axis.SEVERITY: "severity", Axis.OUTCOME: "outcome", Axis.NEEDS_PERSON: "a person must read"}

Pair = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]
"""Present and candidate versions."""


@candidate.command("show")
def show(
    address: Address, key_file: KeyFile, tenant: OneTenant = None, everyone: Everyone = False, tenancy_address: TenancyAddress = ""
) -> None:
    """Count in which ways the candidate differs, lowered threats first, of how many incidents."""
    if (tenant is None) != everyone:
        raise typer.BadParameter("Say --tenant ID or --all.")
    if everyone and not tenancy_address:
        raise typer.BadParameter("Say --tenancy-address, to find all councils.")
    operator = Operator(key_file)
    found: dict[Pair, list[tuple[Council, Comparison]]] = {}
    with grpc.insecure_channel(address) as channel:
        for council in _active(operator, tenancy_address) if tenant is None else [Council(TenantId(tenant), str(tenant))]:
            answer = _call(operator, ClassificationServiceStub(channel).CompareCandidate, wire.CompareCandidateRequest(), council.tenant_id)
            if answer.HasField("comparison"):
                found.setdefault(_pair(answer.comparison), []).append((council, answer.comparison))
            else:
                typer.echo(f"{council.name}: no candidate has judged anything.")
    for compared in found.values():
        _show(compared)


@candidate.command("list")
def list_all(axis: Axis, present: str, candidate_code: str, address: Address, tenant: Tenant, key_file: KeyFile) -> None:
    """The incidents of one difference, as `show` names it, the newest first: for example threat_level T3 T1."""
    transition = transition_to_wire(Transition(axis, present, candidate_code))
    operator, cursor = Operator(key_file), ""
    with grpc.insecure_channel(address) as channel:
        stub = ClassificationServiceStub(channel)
        while True:
            request = wire.ListDifferencesRequest(transition=transition, limit=_PAGE, cursor=cursor)
            page = _call(operator, stub.ListDifferences, request, tenant)
            for one in page.differences:
                typer.echo(f"{one.incident_id}  {_side(one.present)} -> {_side(one.candidate)}")
            cursor = page.next_cursor
            if not cursor:
                return


def assess_again(address: Address, tenant: Tenant, key_file: KeyFile, since: Since = None) -> None:
    """Order that what older versions assessed is assessed again; asked again, says how many are left.

    One incident of the council at a time, so that reports that come in do not wait. Threat and severity of cases are raised by it and
    never lowered.
    """
    request = wire.AssessAgainRequest()
    if since is not None:
        request.since.CopyFrom(stamp_of(since if since.tzinfo else since.replace(tzinfo=UTC)))
    with grpc.insecure_channel(address) as channel:
        told = _call(Operator(key_file), ClassificationServiceStub(channel).AssessAgain, request, tenant)
    typer.echo(f"Ordered {told.ordered_count}, left {told.left_count}. By {_versions(told.versions.items())}.")
    if told.erased_count:
        typer.echo(f"{told.erased_count} stay as they are: intake has their words no more.")
    if told.unknown_count:
        typer.echo(f"{told.unknown_count} cannot be assessed again: what was reported was not kept yet when they were assessed.")


def _call(operator: Operator, method: Any, request: Any, tenant: TenantId | UUID) -> Any:
    try:
        return operator.call(method, request, tenant, _DEADLINE_SECONDS)
    except grpc.RpcError as problem:
        raise refused(problem) from None


def _active(operator: Operator, tenancy_address: str) -> list[Council]:
    with grpc.insecure_channel(tenancy_address) as channel:
        return list(operator.active_councils(TenancyServiceStub(channel)))


def _pair(comparison: Comparison) -> Pair:
    return tuple(sorted(comparison.present_versions.items())), tuple(sorted(comparison.candidate_versions.items()))


def _show(found: Sequence[tuple[Council, Comparison]]) -> None:
    """One pair of versions: the sum of the councils, and each of them where there are several."""
    present, beside = _pair(found[0][1])
    compared, assessed = (sum(getattr(one, f"{name}_count") for _, one in found) for name in ("compared", "assessed"))
    first = min(one.first_at.ToDatetime(UTC) for _, one in found)
    typer.echo(f"Present: {_versions(present)}. Candidate: {_versions(beside)}.")
    typer.echo(f"Both judged {compared} of {assessed} assessments since {first:%Y-%m-%d %H:%M} UTC.")
    summed = _summed(comparison for _, comparison in found)
    table = Table("difference", "present", "candidate", "incidents", "share")
    for transition in sorted(summed, key=to_look_at):
        count = summed[transition]
        table.add_row(_words(transition), transition.present, transition.candidate, str(count), f"{count / compared:.1%}")
    show_table(table)
    if len(found) > 1:
        show_table(_by_council(found))


def _by_council(found: Sequence[tuple[Council, Comparison]]) -> Table:
    """How often each council has each kind of difference."""
    kinds = list(dict.fromkeys(_words(transition) for transition in sorted(_summed(one for _, one in found), key=to_look_at)))
    table = Table("council", "both judged", "of", *kinds)
    for council, comparison in found:
        own = _summed([comparison])
        counts = [sum(count for transition, count in own.items() if _words(transition) == kind) for kind in kinds]
        table.add_row(council.name, str(comparison.compared_count), str(comparison.assessed_count), *(str(count) for count in counts))
    return table


def _summed(comparisons: Iterable[Comparison]) -> dict[Transition, int]:
    summed: dict[Transition, int] = {}
    for comparison in comparisons:
        for one in comparison.transitions:
            transition = transition_of(one.transition)
            summed[transition] = summed.get(transition, 0) + one.count
    return summed


def _words(transition: Transition) -> str:
    word = _WORDS[transition.axis]
    if transition.axis in (Axis.OUTCOME, Axis.NEEDS_PERSON):
        return f"{word}: less care" if transition.lowers else f"{word}: other"
    return f"{word} lowered" if transition.lowers else f"{word} raised"


def _side(judged: Judged) -> str:
    names = (taxonomy.Outcome.Name(judged.outcome), taxonomy.ThreatLevel.Name(judged.threat_level), taxonomy.Severity.Name(judged.severity))
    outcome, threat, severity = (
        name.removeprefix(prefix).lower() for name, prefix in zip(names, ("OUTCOME_", "THREAT_LEVEL_", "SEVERITY_"), strict=True)
    )
    person = " to be read" if judged.needs_person else ""
    return f"{outcome} {threat.upper()} {severity.upper()} {','.join(judged.types) or '-'} {judged.score:.2f}{person}"


def _versions(versions: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(versions))
