"""The whole service on a real database and a real mail server, with tenancy and Kafka away: a page goes out all the same."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import grpc
import httpx2
import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr
from wardmote_notification.adapters.postgres import PostgresUnitOfWork
from wardmote_notification.domain.roster import Recipient
from wardmote_notification.main import parts
from wardmote_notification.settings import NotificationSettings

from wardmote.notification.v1 import notification_pb2
from wardmote.notification.v1.notification_service_pb2 import ListNotificationsRequest, RaiseUrgentSignalRequest
from wardmote.notification.v1.notification_service_pb2_grpc import NotificationServiceStub
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import TokenSigner, new_key_pair
from wardmote_runtime.database import Database
from wardmote_runtime.outbox import Outbox
from wardmote_runtime.provision import ServiceDatabase
from wardmote_runtime.sealing import FolderKeyring, Sealer
from wardmote_runtime.tenancy import tenant_scope
from wardmote_runtime.wake import Wake
from wardmote_testkit.ports import free_port
from wardmote_testkit.wait import eventually

ISSUERS = ("intake", "console", "notification")


class Inbox:
    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


class Deployment:
    """Settings, keys and a council for one run of the service."""

    def __init__(self, folder: Path, addresses: ServiceDatabase) -> None:
        self.folder, self.tenant, self.person = folder, TenantId(uuid4()), uuid4()
        keys = {issuer: new_key_pair() for issuer in ISSUERS}
        self.signers = {issuer: TokenSigner(issuer, private, SystemClock()) for issuer, (private, _) in keys.items()}
        (folder / "issuers.json").write_text(json.dumps({issuer: public for issuer, (_, public) in keys.items()}))
        (folder / "key.json").write_text(json.dumps(keys["notification"][0]))
        self.ports = {name: free_port() for name in ("grpc", "http", "smtp")}
        away = f"127.0.0.1:{free_port()}"
        self.settings = NotificationSettings(
            database_url=SecretStr(addresses.app_url), pipeline_database_url=SecretStr(addresses.pipeline_url),
            relay_database_url=SecretStr(addresses.relay_url),
            kafka_bootstrap=away, tenancy_address=away, grpc_listen=f"127.0.0.1:{self.ports['grpc']}",
            http_listen=f"127.0.0.1:{self.ports['http']}", trusted_issuers_file=folder / "issuers.json",
            signing_key_file=folder / "key.json", keyring_folder=folder / "keyring", smtp_host="127.0.0.1", smtp_port=self.ports["smtp"],
            mail_from="wardmote@council.example",
            console_url="https://console.example",
        )  # fmt: skip

    async def found_council(self, database: Database) -> None:
        """A council with one on-call person whose contact was fetched earlier, when tenancy was there."""
        unit_of_work = PostgresUnitOfWork(database, Outbox("notification", Wake()), Sealer(FolderKeyring(self.folder / "keyring")), Wake())
        with tenant_scope(self.tenant):
            async with database.tenant_transaction() as connection:
                await connection.execute("INSERT INTO tenant_copy (tenant_id, slug, version) VALUES (%s, 'northshire', 1)", [self.tenant])
            async with unit_of_work() as unit:
                await unit.put_recipient(Recipient(self.person, frozenset({Role.ON_CALL})))
                await unit.keep_contact(self.person, "on.call@council.example")

    def bearer(self, issuer: str, role: Role) -> str:
        token = self.signers[issuer].token(subject="test", roles=[role], tenant=self.tenant, life=timedelta(minutes=5))
        return f"Bearer {token}"

    async def call(self, method: str, request: Any, bearer: str) -> Any:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self.ports['grpc']}") as channel:
            stub = NotificationServiceStub(channel)
            return await getattr(stub, method)(request, timeout=5, metadata=(("authorization", bearer),))

    async def get(self, path: str, bearer: str) -> httpx2.Response:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.ports['http']}") as client:
            return await client.get(path, headers={"authorization": bearer})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The roles grpc, http and work, as three processes would have them."""
        started = [part for role in ("grpc", "http", "work") for part in parts(role, self.settings)]
        for part in started:
            await part.start()
        try:
            yield
        finally:
            for part in reversed(started):
                await part.stop()


@pytest.fixture
async def deployment(tmp_path: Path, addresses: ServiceDatabase, database: Database) -> AsyncIterator[Deployment]:
    made = Deployment(tmp_path, addresses)
    await made.found_council(database)
    async with made.running():
        yield made


@pytest.fixture
def inbox(deployment: Deployment) -> Iterator[Inbox]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=deployment.ports["smtp"])
    controller.start()
    yield inbox
    controller.stop()


def order(signal_id: UUID) -> RaiseUrgentSignalRequest:
    return RaiseUrgentSignalRequest(signal_id=str(signal_id), incident_id=str(uuid4()), reference="7K3M-P2QX", reason_codes=["TL-001"])


async def test_a_page_reaches_the_on_call_person_though_tenancy_and_kafka_are_away(deployment: Deployment, inbox: Inbox) -> None:
    intake, signal_id = deployment.bearer("intake", Role.SERVICE), uuid4()
    assert (await deployment.call("RaiseUrgentSignal", order(signal_id), intake)).is_first
    assert not (await deployment.call("RaiseUrgentSignal", order(signal_id), intake)).is_first
    worker = deployment.bearer("console", Role.CASE_WORKER)

    async def delivered() -> list[Any]:
        answer = await deployment.call("ListNotifications", ListNotificationsRequest(), worker)
        return [one for one in answer.notifications if one.status == notification_pb2.DELIVERY_STATUS_DELIVERED]

    (shown,) = await eventually(delivered, describe="the page is delivered")
    ((to, mail),) = inbox.mails
    assert to == ["on.call@council.example"]
    assert mail["Subject"] == "URGENT: Wardmote report 7K3M-P2QX"
    assert mail["Message-ID"] == f"<{shown.notification_id}@council.example>"
    assert "https://console.example/northshire/cases" in mail.get_content()
    assert (shown.person_id, shown.kind) == (str(deployment.person), notification_pb2.NOTIFICATION_KIND_PAGE)
    listed = (await deployment.get("/v1/notifications?limit=1", worker)).json()
    assert [(one["notification_id"], one["kind"], one["status"]) for one in listed["notifications"]] == [
        (shown.notification_id, "page", "delivered")
    ]
    assert listed["next_cursor"] == ""


async def test_only_a_service_pages_and_only_the_councils_people_see_the_list(deployment: Deployment) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await deployment.call("RaiseUrgentSignal", order(uuid4()), deployment.bearer("console", Role.CASE_WORKER))
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await deployment.call("ListNotifications", ListNotificationsRequest(), deployment.bearer("console", Role.REPORTER))
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert (await deployment.get("/v1/notifications", deployment.bearer("console", Role.REPORTER))).status_code == 403
    assert (await deployment.get("/v1/notifications?limit=101", deployment.bearer("console", Role.CASE_WORKER))).status_code == 422
    assert (await deployment.get("/v1/notifications", "")).status_code == 401
