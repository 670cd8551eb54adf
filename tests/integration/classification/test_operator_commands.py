"""``wardmote candidate`` and ``wardmote assess-again`` against a real server: tables and counts, one council or all."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import typer
from typer.testing import CliRunner, Result
from wardmote_classification.application.again import Ordered
from wardmote_classification.application.comparisons import ComparisonView, DifferenceView
from wardmote_classification.application.ordering import Ordering
from wardmote_classification.domain.comparison import Axis, Transition
from wardmote_classification.domain.suggestion import Suggestion
from wardmote_classification.entrypoints import grpc_api
from wardmote_classification.entrypoints.operator_commands import assess_again, candidate

from wardmote.classification.v1.classification_service_pb2_grpc import add_ClassificationServiceServicer_to_server
from wardmote.tenancy.v1 import tenancy_service_pb2 as tenancy_wire
from wardmote.tenancy.v1 import tenant_pb2 as tenant_wire
from wardmote.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceServicer, add_TenancyServiceServicer_to_server
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Outcome, Role, Severity, ThreatLevel
from wardmote_runtime.auth import TokenVerifier, VerifiedToken, new_key_pair
from wardmote_runtime.grpc_server import GrpcServer, interceptor_chain
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import current_tenant

NORTH, PORT, QUIET, CLOSED = (TenantId(uuid4()) for _ in range(4))
LOWERED, RAISED = Transition(Axis.THREAT_LEVEL, "T3", "T1"), Transition(Axis.THREAT_LEVEL, "T0", "T2")
CLEARED = Transition(Axis.OUTCOME, "abuse", "not_abuse")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
PRESENT = Suggestion(Outcome.ABUSE, ("TV", "IN"), (), ThreatLevel.T3, Severity.S4, needs_person=True)
BESIDE = Suggestion(Outcome.UNCLEAR, ("U",), (), ThreatLevel.T1, Severity.S2, needs_person=False)
VERSIONS: Mapping[str, str] = {"rules": "1", "model": "2"}


def view(compared: int, *transitions: tuple[Transition, int]) -> ComparisonView:
    return ComparisonView({"rules": "1", "model": "1"}, VERSIONS, compared, compared + 1, transitions, NOON, NOON)


class Councils:
    """What each council has; one server in the place of classification and of tenancy."""

    def __init__(self) -> None:
        self.views = {NORTH: view(200, (LOWERED, 3), (CLEARED, 10)), PORT: view(50, (LOWERED, 1), (RAISED, 2))}
        self.incidents = [uuid4() for _ in range(150)]
        self.orders: list[tuple[TenantId, datetime | None]] = []

    async def newest(self) -> ComparisonView | None:
        return self.views.get(current_tenant())

    async def differences(self, transition: Transition, limit: int, before: UUID | None = None) -> Sequence[DifferenceView]:
        if (current_tenant(), transition) != (NORTH, LOWERED):
            return []
        start = 0 if before is None else 1000 - before.int
        return [
            DifferenceView(incident, UUID(int=1000 - place), PRESENT, 0.97, BESIDE, 0.5, NOON)
            for place, incident in enumerate(self.incidents[start:], start + 1)
        ][:limit]

    async def find(self, assessment_id: UUID) -> None:
        raise AssertionError("not asked for here")

    async def order(self, versions: Mapping[str, str], since: datetime | None) -> Ordered:
        self.orders.append((current_tenant(), since))
        return Ordered(ordered=5, left=7, erased=1, unknown=2)


class Tenancy(TenancyServiceServicer):
    async def ListTenants(self, request: tenancy_wire.ListTenantsRequest, context: Any) -> tenancy_wire.ListTenantsResponse:  # noqa: N802
        active, suspended = tenant_wire.TENANT_STATUS_ACTIVE, tenant_wire.TENANT_STATUS_SUSPENDED
        named = {NORTH: "northshire", PORT: "porthaven", QUIET: "quietham", CLOSED: "closedon"}
        tenants = [
            tenant_wire.Tenant(tenant_id=str(tenant), slug=slug, status=suspended if tenant == CLOSED else active)
            for tenant, slug in named.items()
        ]
        return tenancy_wire.ListTenantsResponse(tenants=tenants)


class Present:
    versions = VERSIONS

    def assess(self, text: str, target_role: object) -> Any:
        raise AssertionError("not asked for here")


class Desk:
    """An operator at the command line."""

    def __init__(self, councils: Councils, key_file: Path, address: str) -> None:
        self.councils, self._key_file, self._address = councils, key_file, address

    async def types(self, *words: str) -> Result:
        app = typer.Typer()
        app.add_typer(candidate, name="candidate")
        app.command("assess-again")(assess_again)
        return await asyncio.to_thread(
            CliRunner().invoke, app, [*words, "--address", self._address, "--key-file", str(self._key_file)], None,
            {"WARDMOTE_TENANCY_ADDRESS": self._address},
        )  # fmt: skip


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    private, public = new_key_pair()
    key_file = tmp_path / "operator.json"
    key_file.write_text(json.dumps(private))
    councils, unasked = Councils(), None

    async def admit(_token: VerifiedToken) -> None: ...

    rights = {**grpc_api.RIGHTS, "/wardmote.tenancy.v1.TenancyService/ListTenants": frozenset({Role.OPERATOR})}
    chain = interceptor_chain(Telemetry("test", None), Metrics(), TokenVerifier({"operator": public}, SystemClock()), admit, rights)
    api = grpc_api.ClassificationApi(unasked, unasked, councils, Ordering(councils, Present()))  # type: ignore[arg-type]

    def add(server: Any) -> None:
        add_ClassificationServiceServicer_to_server(api, server)
        add_TenancyServiceServicer_to_server(Tenancy(), server)  # type: ignore[abstract]

    server = GrpcServer("127.0.0.1:0", [grpc_api.SERVICE], add, chain, 1_048_576)
    await server.start()
    yield Desk(councils, key_file, f"127.0.0.1:{server.port}")
    await server.stop()


def rows(output: str) -> list[list[str]]:
    """The cells of the tables' rows."""
    lines = [line.replace("┃", "│") for line in output.splitlines()]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if "│" in line]


def test_the_words_are_known_to_wardmote() -> None:
    loaded = {entry.name: entry.load() for entry in entry_points(group="wardmote.commands")}
    assert (loaded["candidate"], loaded["assess-again"]) == (candidate, assess_again)


async def test_one_councils_differences_a_lowered_threat_first(desk: Desk) -> None:
    result = await desk.types("candidate", "show", "--tenant", str(NORTH))
    assert result.exit_code == 0, result.output
    assert "Present: model 1, rules 1. Candidate: model 2, rules 1." in result.output
    assert "Both judged 200 of 201 assessments since 2026-11-25 12:00 UTC." in result.output
    assert rows(result.output) == [
        ["difference", "present", "candidate", "incidents", "share"],
        ["threat lowered", "T3", "T1", "3", "1.5%"],
        ["outcome: less care", "abuse", "not_abuse", "10", "5.0%"],
    ]


async def test_all_councils_are_added_up_and_shown_one_by_one(desk: Desk) -> None:
    result = await desk.types("candidate", "show", "--all")
    assert result.exit_code == 0, result.output
    assert "Both judged 250 of 252" in result.output
    assert "quietham: no candidate has judged anything." in result.output
    assert f"closedon ({CLOSED}) is suspended" in result.output
    assert rows(result.output)[1:] == [
        ["threat lowered", "T3", "T1", "4", "1.6%"],
        ["threat raised", "T0", "T2", "2", "0.8%"],
        ["outcome: less care", "abuse", "not_abuse", "10", "4.0%"],
        ["council", "both judged", "of", "threat lowered", "threat raised", "outcome: less care"],
        ["northshire", "200", "201", "3", "0", "10"],
        ["porthaven", "50", "51", "1", "2", "0"],
    ]


async def test_councils_that_compare_other_versions_are_not_added_up(desk: Desk) -> None:
    desk.councils.views[QUIET] = ComparisonView({"model": "1"}, {"model": "0"}, 4, 4, [], NOON, NOON)
    result = await desk.types("candidate", "show", "--all")
    assert "Both judged 250 of 252" in result.output
    assert "Present: model 1. Candidate: model 0.\nBoth judged 4 of 4" in result.output


async def test_every_incident_of_a_difference_is_listed(desk: Desk) -> None:
    result = await desk.types("candidate", "list", "threat_level", "T3", "T1", "--tenant", str(NORTH))
    lines = result.output.splitlines()
    assert lines[0] == f"{desk.councils.incidents[0]}  abuse T3 S4 TV,IN 0.97 to be read -> unclear T1 S2 U 0.50"
    assert [line.split()[0] for line in lines] == [str(incident) for incident in desk.councils.incidents]


async def test_an_order_says_how_it_stands(desk: Desk) -> None:
    result = await desk.types("assess-again", "--tenant", str(NORTH), "--since", "2026-11-25T12:00")
    assert desk.councils.orders == [(NORTH, NOON)]
    assert result.output.splitlines() == [
        "Ordered 5, left 7. By model 2, rules 1.",
        "1 stay as they are: intake has their words no more.",
        "2 cannot be assessed again: what was reported was not kept yet when they were assessed.",
    ]


@pytest.mark.parametrize("words", [(), ("--tenant", str(NORTH), "--all")])
async def test_which_council_must_be_said(desk: Desk, words: tuple[str, ...]) -> None:
    assert (await desk.types("candidate", "show", *words)).exit_code == 2


async def test_a_refusal_ends_with_1_and_says_why(desk: Desk, tmp_path: Path) -> None:
    private, _ = new_key_pair()
    (tmp_path / "operator.json").write_text(json.dumps(private))
    result = await desk.types("assess-again", "--tenant", str(NORTH))
    assert (result.exit_code, desk.councils.orders) == (1, [])
    assert "UNAUTHENTICATED" in result.stderr
