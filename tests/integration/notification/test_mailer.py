"""The mailer against a real mail server on a free port: what it takes, refuses, puts off, and never answers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from wardmote_notification.adapters.smtp import SmtpMailer
from wardmote_notification.application.ports import MailRefused, MailText

from wardmote_kernel.errors import Unavailable
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.ports import free_port

TEXT = MailText("URGENT: Wardmote report 7K3M-P2QX", "Look at this report now – at once.\n")
TO = "on.call@council.example"


class Inbox:
    """Keeps mails, or answers a step of the exchange in the words of ``answers``."""

    def __init__(self, **answers: str) -> None:
        self.mails: list[EmailMessage] = []
        self.lines: list[Any] = []
        """Where each mail came from: the same for those that came over one line."""
        self._answers = answers

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        envelope.mail_from = address
        return self._answers.get("mail", "250 OK")

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self._answers.get("rcpt", "250 OK")

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.lines.append(session.peer)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return self._answers.get("data", "250 OK")


@contextmanager
def serving(inbox: Inbox) -> Iterator[int]:
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@asynccontextmanager
async def answering(greeting: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]) -> AsyncIterator[int]:
    server = await asyncio.start_server(greeting, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def mailer(port: int, timeout_s: float = 5.0) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", port, "wardmote@council.example", StoppedClock(), timeout_s)


async def test_a_mail_arrives_as_plain_text_with_the_notifications_message_id() -> None:
    inbox, notification_id = Inbox(), uuid4()
    with serving(inbox) as port:
        await mailer(port).send(notification_id, TO, TEXT)
        await mailer(port).send(notification_id, TO, TEXT)
    first, second = inbox.mails
    assert (first["From"], first["To"], first["Subject"]) == ("wardmote@council.example", TO, TEXT.subject)
    assert first["Message-ID"] == second["Message-ID"] == f"<{notification_id}@council.example>"
    assert first["Date"] == "Mon, 05 Jan 2026 09:00:00 +0000"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first.get_content_type() == "text/plain"
    assert first.get_content().replace("\r\n", "\n") == TEXT.body


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
async def test_a_5xx_is_for_good_and_a_4xx_is_not(step: str) -> None:
    with serving(Inbox(**{step: "550 No such mailbox"})) as port, pytest.raises(MailRefused):
        await mailer(port).send(uuid4(), TO, TEXT)
    with serving(Inbox(**{step: "451 Try later"})) as port, pytest.raises(Unavailable):
        await mailer(port).send(uuid4(), TO, TEXT)


async def test_nobody_listening_may_be_mended() -> None:
    with pytest.raises(Unavailable):
        await mailer(free_port()).send(uuid4(), TO, TEXT)


async def test_a_server_that_turns_us_away_at_the_door_may_be_mended() -> None:
    async def closed(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 No service here\r\n")
        await writer.drain()
        writer.close()

    async with answering(closed) as port:
        with pytest.raises(Unavailable):
            await mailer(port).send(uuid4(), TO, TEXT)


async def test_a_server_that_never_answers_is_left_after_the_timeout() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with answering(silent) as port:
        with pytest.raises(Unavailable):
            await mailer(port, timeout_s=0.1).send(uuid4(), TO, TEXT)


@pytest.mark.parametrize(
    "contact", ["", "no address", "a@b\r\nBcc: c@d.example", "@", "a@", "a@b, c@d", "<>", "(", '"', "é@council.example"]
)
async def test_what_is_no_address_of_the_server_is_refused_for_good(contact: str) -> None:
    inbox = Inbox()
    with serving(inbox) as port, pytest.raises(MailRefused):
        await mailer(port).send(uuid4(), contact, TEXT)
    assert inbox.mails == []
