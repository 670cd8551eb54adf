"""The whole stack, started once for all end-to-end tests, and the three ways to report to it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from wardmote.case_management.v1.case_management_service_pb2 import GetCaseRequest
from wardmote.case_management.v1.case_management_service_pb2_grpc import CaseManagementServiceStub
from wardmote_testkit.wait import eventually_sync

Stack = dict[str, Any]
Mail = dict[str, Any]

ROOT = Path(__file__).parents[2]
WARDMOTE = Path(sys.executable).with_name("wardmote")
RUNNING = "WARDMOTE_TEST_STACK"
"""Folder of a stack that runs already, to test that one instead of starting another: for work on a test."""

HIGHEST_OFFSET = 52
ISSUER = {"integration_client": "tenancy", "operator": "operator"}
"""Who may give a role; the console gives the others."""


@pytest.fixture(scope="session")
def stack_folder() -> Iterator[Path]:
    """Where the stack keeps its data, keys and logs."""
    given = os.environ.get(RUNNING)
    if given:
        yield Path(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="wardmote-e2e-"))
    environment = {**os.environ, "WARDMOTE_VAR": str(folder), "WARDMOTE_PORT_BASE": str(free_port_base())}
    began = time.monotonic()
    started = subprocess.run([WARDMOTE, "local", "up"], env=environment, capture_output=True, text=True, check=False, timeout=300)
    print(f"\nwardmote local up: {time.monotonic() - began:.1f} s\n{started.stdout}")
    try:
        if started.returncode:
            pytest.fail(f"The stack did not start:\n{started.stdout}{started.stderr}", pytrace=False)
        yield folder
    finally:
        subprocess.run([WARDMOTE, "local", "down"], env=environment, check=False, timeout=90)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def stack(stack_folder: Path) -> Stack:
    """What ``wardmote local status --json`` tells of it."""
    environment = {**os.environ, "WARDMOTE_VAR": str(stack_folder)}
    told = subprocess.run([WARDMOTE, "local", "status", "--json"], env=environment, capture_output=True, text=True, check=True, timeout=30)
    status: Stack = json.loads(told.stdout)
    assert status["ready"], status
    return status


def free_port_base() -> int:
    """A first port after which everything a stack needs is free now."""
    for first in range(21_000, 60_000, 100):
        if all(is_free(first + offset) for offset in range(HIGHEST_OFFSET + 1)):
            return first
    raise AssertionError("No room for the ports of a stack on this machine.")


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def council_of(stack: Stack, slug: str) -> dict[str, Any]:
    return next(council for council in stack["councils"] if council["slug"] == slug)


@pytest.fixture(scope="session")
def token_of(stack: Stack, stack_folder: Path) -> Callable[..., str]:
    """A good token of a council and a role, as its issuer would sign it."""

    def made(slug: str, role: str, issuer: str = "", subject: str = "e2e") -> str:
        name = issuer or ISSUER.get(role, "console")
        key = ECKey.import_key(json.loads((stack_folder / "keys" / f"{name}.json").read_text()))
        now = int(time.time())
        claims = {"iss": name, "aud": "wardmote", "sub": subject, "roles": [role], "iat": now, "exp": now + 600, "jti": str(uuid4())}
        claims["tenant"] = council_of(stack, slug)["tenant_id"]
        return jwt.encode({"alg": "ES256", "kid": name}, claims, key)

    return made


@pytest.fixture(scope="session")
def report_by_rest(stack: Stack) -> Callable[..., dict[str, Any]]:
    """Reports as a council's own software does; gives the receipt."""

    def report(slug: str, text: str, *, channel: str = "email", sender: str = "", **more: object) -> dict[str, Any]:
        body = {"target_role": "councillor", "items": [{"channel": channel, "text": text, "sender": sender}], **more}
        headers = {"Authorization": f"Bearer {council_of(stack, slug)['api_key']}", "Idempotency-Key": str(uuid4())}
        answer = httpx2.post(f"{stack['addresses']['intake']['rest']}/v1/reports", json=body, headers=headers, timeout=10)
        assert answer.status_code == 201, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt

    return report


@pytest.fixture(scope="session")
def report_by_form(stack: Stack) -> Callable[..., str]:
    """Reports as a person without JavaScript does; gives the reference on the confirmation page."""

    def report(slug: str, text: str, *, in_danger: bool = False, **more: str) -> str:
        origin = stack["addresses"]["console"]
        with httpx2.Client(base_url=origin, follow_redirects=True, headers={"Origin": origin}, timeout=10) as browser:
            danger = "yes" if in_danger else "no"
            assert browser.post(f"/{slug}/report/danger", data={"danger": danger}).status_code == 200
            page = browser.get(f"/{slug}/report/details", params={"danger": danger}).text
            hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
            filled = {**hidden, "target_role": "councillor", "channel": "email", "text": text, **more}
            received = browser.post(f"/{slug}/report", data=filled)
        found = re.search(r"/report/([2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4})/received$", str(received.url))
        assert found, received.text
        assert found.group(1) in received.text
        return found.group(1)

    return report


@pytest.fixture(scope="session")
def case_of(stack: Stack, token_of: Callable[..., str]) -> Callable[..., dict[str, Any]]:
    """Waits for the case that holds an incident; gives it as REST shows it."""

    def found(slug: str, incident_id: str) -> dict[str, Any]:
        token = token_of(slug, "case_worker")
        with grpc.insecure_channel(stack["addresses"]["case-management"]["grpc"]) as channel:
            stub: Any = CaseManagementServiceStub(channel)

            def ask() -> str:
                try:
                    answer = stub.GetCase(
                        GetCaseRequest(incident_id=incident_id), timeout=5, metadata=[("authorization", f"Bearer {token}")]
                    )
                except grpc.RpcError as error:
                    if error.code() is not grpc.StatusCode.NOT_FOUND:
                        raise
                    return ""
                return str(answer.case.case_id)

            case_id = eventually_sync(ask, describe=f"a case of incident {incident_id}")
        return read_case(stack, token, case_id)

    return found


def read_case(stack: Stack, token: str, case_id: str) -> dict[str, Any]:
    url = f"{stack['addresses']['case-management']['rest']}/v1/cases/{case_id}"
    answer = httpx2.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code == 200, answer.text
    case: dict[str, Any] = answer.json()
    return case


@pytest.fixture(scope="session")
def case_of_report(stack: Stack, token_of: Callable[..., str]) -> Callable[..., dict[str, Any]]:
    """Waits for the case of a report that is known by its reference alone, as after the form."""

    def found(slug: str, reference: str) -> dict[str, Any]:
        token = token_of(slug, "case_worker")
        url = f"{stack['addresses']['case-management']['rest']}/v1/cases"

        def ask() -> dict[str, Any] | None:
            listed = httpx2.get(url, params={"limit": 100}, headers={"Authorization": f"Bearer {token}"}, timeout=10).json()["cases"]
            whole = (
                read_case(stack, token, case["case_id"]) for case in sorted(listed, key=lambda case: str(case["opened_at"]), reverse=True)
            )
            return next((case for case in whole if reference in [one["report_reference"] for one in case["incidents"]]), None)

        case = eventually_sync(ask, describe=f"a case of report {reference}")
        assert case is not None
        return case

    return found


@pytest.fixture(scope="session")
def mails_about(stack: Stack) -> Callable[..., list[Mail]]:
    """Waits for mails whose subject names a reference, ``at_least`` so many."""

    def found(reference: str, at_least: int = 1) -> list[Mail]:
        def ask() -> list[Mail]:
            messages = httpx2.get(stack["addresses"]["inbox_messages"], timeout=10).json()["messages"]
            about = [mail for mail in messages if reference in mail["subject"]]
            return about if len(about) >= at_least else []

        return eventually_sync(ask, describe=f"{at_least} mails about {reference}")

    return found
