"""What is told about a running stack: to a script as JSON, to a person as lines."""

import asyncio
from collections.abc import Mapping, Sequence

import httpx2

from wardmote_local.addresses import CONSOLE, INBOX, SERVICES, SMTP, Addresses
from wardmote_local.councils import COUNCILS, DemoCouncil
from wardmote_local.folders import Folders
from wardmote_local.state import READY, StackState

COMMAND = ".venv/bin/wardmote local"


def status_of(state: StackState, ready: Mapping[str, bool], folders: Folders, api_keys: Mapping[str, str]) -> dict[str, object]:
    """Everything a script needs to use the stack. Holds the demo councils' API keys: print it only when it was asked for."""
    addresses = Addresses(state.port_base)
    return {
        "ready": state.phase == READY and all(ready.values()),
        "phase": state.phase,
        "services": dict(ready),
        "addresses": _addresses(addresses) | {"kafka": state.kafka, "postgres": state.postgres},
        "councils": [_council(council, addresses, api_keys) for council in COUNCILS],
        "traces_folder": str(folders.traces),
        "logs_folder": str(folders.logs),
    }


def _addresses(addresses: Addresses) -> dict[str, object]:
    services: dict[str, object] = {
        service: {"rest": addresses.rest(service), "grpc": addresses.grpc(service), "ops": addresses.ops(service)}
        for service in SERVICES
        if service != "console"
    }
    inbox = {"inbox": addresses.url(INBOX), "inbox_messages": f"{addresses.url(INBOX)}/messages.json", "smtp": addresses.listen(SMTP)}
    return services | inbox | {"console": addresses.url(CONSOLE), "console_ops": addresses.ops("console")}


def _council(council: DemoCouncil, addresses: Addresses, api_keys: Mapping[str, str]) -> dict[str, object]:
    return {
        "name": council.name,
        "slug": council.slug,
        "tenant_id": str(council.tenant_id),
        "form_url": form_url(addresses, council.slug),
        "cases_url": cases_url(addresses, council.slug),
        "api_key": api_keys.get(council.slug, ""),
        "sign_in": {"username": council.people[0].subject, "issuer": addresses.issuer(council.slug)},
        "people": [
            {"name": person.name, "username": person.subject, "email": person.email, "roles": [role.value for role in person.roles]}
            for person in council.people
        ],
    }


def form_url(addresses: Addresses, slug: str) -> str:
    """Where anybody reports to a council."""
    return f"{addresses.url(CONSOLE)}/{slug}/report"


def cases_url(addresses: Addresses, slug: str) -> str:
    """Where a council's case workers see its cases."""
    return f"{addresses.url(CONSOLE)}/{slug}/cases"


def case_url(addresses: Addresses, slug: str, reference: str) -> str:
    """One case's page."""
    return f"{cases_url(addresses, slug)}/{reference}"


async def readiness(addresses: Addresses) -> dict[str, bool]:
    """Whether each service says now that it is ready."""
    async with httpx2.AsyncClient(timeout=2, trust_env=False) as client:
        answers = await asyncio.gather(*(_is_ready(client, f"{addresses.ops(service)}/readyz") for service in SERVICES))
    return dict(zip(SERVICES, answers, strict=True))


async def _is_ready(client: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == httpx2.codes.OK
    except httpx2.HTTPError:
        return False


def lines_of(addresses: Addresses) -> Sequence[str]:
    """The addresses for a person. No key is among them: the example fetches it when it is run."""
    councils = [line for council in COUNCILS for line in _council_lines(council, addresses)]
    services = [
        f"  {service:<16} {addresses.rest(service)}/v1   gRPC {addresses.grpc(service)}" for service in SERVICES if service != "console"
    ]
    return [
        *councils, "Every mail that is sent", f"  inbox            {addresses.url(INBOX)}", "", "For software", *services, "",
        *_curl(addresses), "",
        f"Try it: {COMMAND} demo   Look: {COMMAND} status, {COMMAND} logs --follow",
    ]  # fmt: skip


def _council_lines(council: DemoCouncil, addresses: Addresses) -> list[str]:
    people = ", ".join(
        f"{person.name} ({' and '.join(role.value.replace('_', ' ') for role in person.roles)})" for person in council.people
    )
    return [
        council.name,
        f"  report form      {form_url(addresses, council.slug)}",
        f"  case list        {cases_url(addresses, council.slug)}",
        f"  sign in as       {people}",
        "",
    ]


def _curl(addresses: Addresses) -> list[str]:
    slug = COUNCILS[0].slug
    return [
        "Report by curl",
        f'  curl {addresses.rest("intake")}/v1/reports -H "Authorization: Bearer $({COMMAND} key {slug})" \\',
        "    -H \"Idempotency-Key: $(python3 -c 'import uuid; print(uuid.uuid4())')\" -H 'Content-Type: application/json' \\",
        '    -d \'{"target_role":"councillor","items":[{"channel":"email","text":"Resign now, or I will make you."}]}\'',
    ]
