"""The local inbox: what arrives by SMTP is kept, shown, and told as JSON."""

import asyncio
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from wardmote_local.inbox.pages import inbox_app
from wardmote_local.inbox.smtp import SmtpServer
from wardmote_local.inbox.store import MailStore
from wardmote_testkit.ports import free_port


@pytest.fixture
def store(tmp_path: Path) -> MailStore:
    return MailStore(tmp_path / "mail", kept=3)


@pytest.fixture
def client(store: MailStore) -> Iterator[TestClient]:
    with TestClient(inbox_app(store)) as client:
        yield client


def mail(subject: str, text: str = "A case was opened.") -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "wardmote@wardmote.example", "hidden@example.org"
    message.set_content(text)
    return message.as_bytes()


async def test_a_mail_arrives_by_smtp(store: MailStore) -> None:
    port = free_port()
    server = SmtpServer(f"127.0.0.1:{port}", store)
    await server.start()

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as connection:
            connection.sendmail("from@example.org", ["one@example.org", "two@example.org"], mail("Achos newydd: ŵyl"))

    await asyncio.to_thread(send)
    await server.stop()
    kept = store.newest_first()
    assert [(one.subject, one.to, one.sender) for one in kept] == [
        ("Achos newydd: ŵyl", ("one@example.org", "two@example.org"), "from@example.org")
    ]
    assert kept[0].text.strip() == "A case was opened."


def test_the_newest_come_first_and_the_oldest_go(store: MailStore) -> None:
    for number in range(5):
        store.keep("from@example.org", ["to@example.org"], mail(f"Mail {number}"))
    assert [one.subject for one in store.newest_first()] == ["Mail 4", "Mail 3", "Mail 2"]


def test_a_started_again_inbox_drops_the_oldest_of_before(tmp_path: Path, store: MailStore) -> None:
    for number in range(3):
        store.keep("from@example.org", ["to@example.org"], mail(f"Mail {number}"))
    again = MailStore(tmp_path / "mail", kept=2)
    again.keep("from@example.org", ["to@example.org"], mail("Mail 3"))
    assert [one.subject for one in again.newest_first()] == ["Mail 3", "Mail 2"]


def test_keeping_a_mail_looks_at_no_other(tmp_path: Path) -> None:
    class Folder(type(tmp_path)):  # type: ignore[misc]  # the kind of path that this system has
        looks = 0

        def glob(self, *arguments: Any, **options: Any) -> Any:
            Folder.looks += 1
            return super().glob(*arguments, **options)

    store = MailStore(Folder(tmp_path), kept=2)
    for number in range(5):
        store.keep("from@example.org", ["to@example.org"], mail(f"Mail {number}"))
    assert Folder.looks == 1
    assert len(list(tmp_path.iterdir())) == 2


def test_pages_show_mails_and_hurt_nobody(store: MailStore, client: TestClient) -> None:
    store.keep("from@example.org", ["to@example.org"], mail("<script>alert(1)</script>", "See http://127.0.0.1:7600/x <b>now</b>"))
    listed = client.get("/")
    assert "&lt;script&gt;" in listed.text
    assert "<script>" not in listed.text
    one = client.get(f"/mails/{store.newest_first()[0].id}")
    assert '<a href="http://127.0.0.1:7600/x"' in one.text
    assert "<b>" not in one.text
    assert client.get("/messages.json").json()["messages"][0]["to"] == ["to@example.org"]


def test_the_list_moves_only_when_asked_to(client: TestClient) -> None:
    assert "refresh" not in client.get("/").headers
    assert client.get("/?refresh=on").headers["refresh"] == "5"


@pytest.mark.parametrize("wrong", ["nothing", "..%2F..%2Fdemo.json", "0199aa00-0000-7000-8000-000000000001", "*"])
def test_an_id_that_is_none_of_ours_is_not_found(client: TestClient, wrong: str) -> None:
    assert client.get(f"/mails/{wrong}").status_code == 404
