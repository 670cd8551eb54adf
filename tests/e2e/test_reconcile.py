"""The proof over the whole stack: reports that came through leave no gap; one that became a dead letter is named with its place."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb

from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import RandomIds, TenantId
from wardmote_runtime.envelope import Fact, event_headers, event_key
from wardmote_testkit.wait import eventually_sync

Stack = dict[str, Any]
Answer = tuple[int, dict[str, Any], str]
"""Exit status, the council's line of --json, and what is printed for a person."""

WARDMOTE = Path(sys.executable).with_name("wardmote")


def tenant_of(stack: Stack, slug: str) -> str:
    return str(next(council["tenant_id"] for council in stack["councils"] if council["slug"] == slug))


@pytest.fixture(scope="module")
def reconcile(stack: Stack, stack_folder: Path) -> Callable[..., Answer]:
    """Runs the command as an operator does."""
    environment = {
        **os.environ,
        "WARDMOTE_TENANCY_ADDRESS": stack["addresses"]["tenancy"]["grpc"],
        "WARDMOTE_OPERATOR_KEY_FILE": str(stack_folder / "keys" / "operator.json"),
    }

    def run(slug: str, since: datetime) -> Answer:
        words = ["reconcile", "--tenant", tenant_of(stack, slug), "--since", since.isoformat(), "--grace", "0"]
        told, shown = (
            subprocess.run([WARDMOTE, *words, *more], env=environment, capture_output=True, text=True, check=False, timeout=30)
            for more in (["--json"], [])
        )
        assert told.stdout, told.stderr
        return shown.returncode, json.loads(told.stdout), shown.stdout

    return run


def through(reconcile: Callable[..., Answer], slug: str, since: datetime, count: int) -> dict[str, Any]:
    """Waits until so many reports came through and nothing is missing."""

    def ask() -> dict[str, Any] | None:
        status, told, _ = reconcile(slug, since)
        return told if status == 0 and told["received_count"] == str(count) else None

    found = eventually_sync(ask, deadline_s=40, describe=f"{count} reports of {slug} without a gap")
    assert found is not None
    return found


def test_reports_that_came_through_leave_no_gap(
    reconcile: Callable[..., Answer], report_by_rest: Callable[..., dict[str, str]], report_by_form: Callable[..., str]
) -> None:
    since = datetime.now(UTC)
    for number in range(4):
        report_by_rest("northshire", f"The bins were missed again, for the {number}th time.")
    report_by_form("northshire", "You will be sorry for this.")
    told = through(reconcile, "northshire", since, 5)
    for name in ("event_count", "assessed_count", "in_case_count", "notified_count"):
        assert told[name] == "5"
    assert (told["gap_count"], told["waiting_count"], told["doubled_count"], told["nobody_to_tell_count"]) == ("0", "0", "0", "0")


@pytest.fixture
def poison(stack: Stack) -> Iterator[Callable[[str], str]]:
    """A report whose event cannot be read: written into intake's database, as a bad deploy would. Taken away in the end."""
    made: list[str] = []

    def connected(database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(make_conninfo(stack["addresses"]["postgres"], dbname=database))

    def write(slug: str) -> str:
        tenant, ids = TenantId(UUID(tenant_of(stack, slug))), RandomIds(SystemClock())
        incident, now = ids.new_id(), SystemClock().now()
        fact = Fact(uuid4(), "incident-events", "IncidentReported", incident, now, b"\xff")
        with connected("wardmote_intake") as connection:
            connection.execute(
                "INSERT INTO report (tenant_id, report_id, incident_id, reference, received_at, target_role, feels_unsafe, in_danger_now,"
                " is_anonymous) VALUES (%s, %s, %s, %s, %s, 'councillor', false, false, true)",
                [tenant, ids.new_id(), incident, ids.new_reference(), now],
            )
            connection.execute(
                "INSERT INTO outbox (tenant_id, event_id, topic, key, headers, value) VALUES (%s, %s, %s, %s, %s, %s)",
                [tenant, fact.event_id, fact.topic, event_key(tenant, incident), Jsonb(event_headers(fact, tenant, "intake")), fact.value],
            )
        made.append(str(incident))
        return str(incident)

    yield write
    with connected("wardmote_intake") as connection:
        connection.execute("DELETE FROM report WHERE incident_id = ANY(%s::uuid[])", [made])
    with connected("wardmote_classification") as connection:
        connection.execute("DELETE FROM dead_letter WHERE split_part(key, '/', 2) = ANY(%s)", [made])


def test_a_dead_letter_is_named_with_its_place_and_reason(
    reconcile: Callable[..., Answer], report_by_rest: Callable[..., dict[str, str]], poison: Callable[[str], str]
) -> None:
    since = datetime.now(UTC)
    report_by_rest("northshire", "A report that comes through beside the one that does not.")
    lost = poison("northshire")

    def ask() -> tuple[dict[str, Any], str] | None:
        status, told, shown = reconcile("northshire", since)
        is_there = told["notified_count"] == "1" and [one["place"] for one in told["missing"]] == ["STOP_PLACE_DEAD_LETTER"]
        return (told, shown) if status == 1 and is_there else None

    told, shown = eventually_sync(ask, deadline_s=40, describe="a dead letter that is named") or ({}, "")
    (missing,) = told["missing"]
    assert (missing["incident_id"], missing["service"], missing["reason"]) == (lost, "classification", "value-not-decodable")
    assert (told["received_count"], told["event_count"], told["assessed_count"], told["gap_count"]) == ("2", "2", "1", "1")
    assert f"incident {lost} has no assessment: dead letter in classification, value-not-decodable" in shown
    assert reconcile("porthaven", since)[1]["missing"] == [], "another council's ids are not told"


def test_the_proof_is_among_tenancys_metrics(stack: Stack) -> None:
    page = httpx2.get(f"{stack['addresses']['tenancy']['ops']}/metrics").text
    for name in ("gap", "oldest_age_seconds", "doubled", "unproved", "last_timestamp_seconds"):
        assert f"\nwardmote_reconcile_{name} " in page
