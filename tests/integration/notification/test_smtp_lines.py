"""Kept lines to a real mail server: many mails over one, and no mail lost or late by a line that is gone."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from email.mime.text import MIMEText
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.controller import Controller
from wardmote_notification.adapters.smtp_lines import MOST_KEPT, MOST_MAILS, SmtpLines

from wardmote_testkit.ports import free_port
from wardmote_testkit.wait import eventually


class Inbox:
    """Keeps which line each mail came over."""

    def __init__(self) -> None:
        self.lines: list[Any] = []
        self.refuses = ""

    async def handle_DATA(self, server: Any, session: Any, _envelope: Any) -> str:  # noqa: N802
        self.lines.append(session.peer)
        return self.refuses or "250 OK"


@contextmanager
def serving(inbox: Inbox, port: int, **options: Any) -> Iterator[None]:
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@asynccontextmanager
async def lines_to(port: int, idle_s: float = 15.0) -> AsyncIterator[SmtpLines]:
    lines = SmtpLines("127.0.0.1", port, 5.0, idle_s)
    await lines.start()
    try:
        yield lines
    finally:
        await lines.stop()


def mail() -> MIMEText:
    message = MIMEText("Look.", "plain", "utf-8")
    message["From"], message["To"] = "wardmote@council.example", "on.call@council.example"
    return message


async def test_one_mail_after_the_other_goes_over_one_line_until_it_has_carried_enough() -> None:
    inbox, port = Inbox(), free_port()
    with serving(inbox, port):
        async with lines_to(port) as lines:
            for _ in range(MOST_MAILS + 1):
                await lines.send(mail())
    assert len(set(inbox.lines[:MOST_MAILS])) == 1
    assert len(set(inbox.lines)) == 2


async def test_mails_at_once_wait_for_no_line_and_few_lines_are_kept() -> None:
    inbox, port, many = Inbox(), free_port(), MOST_KEPT + 5
    with serving(inbox, port):
        async with lines_to(port) as lines:
            await asyncio.gather(*(lines.send(mail()) for _ in range(many)))
            assert len(set(inbox.lines)) == many
            await asyncio.gather(*(lines.send(mail()) for _ in range(many)))
    assert len(set(inbox.lines)) == many + 5


async def test_a_mail_server_that_was_restarted_gets_the_next_mail_at_the_first_attempt() -> None:
    inbox, port = Inbox(), free_port()
    async with lines_to(port) as lines:
        for _ in range(3):
            with serving(inbox, port):
                await lines.send(mail())
    assert len(set(inbox.lines)) == len(inbox.lines) == 3


async def test_a_line_that_breaks_under_a_mail_is_tried_once_more_on_a_new_one() -> None:
    began: list[int] = []

    async def breaks_the_first_line_at_its_second_mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began.append(1)
        number, mails = len(began), 0
        writer.write(b"220 here\r\n")
        async for line in reader:
            command = line[:4].upper()
            mails += command == b"MAIL"
            if number == 1 and mails == 2:
                break
            if command == b"DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"250 OK\r\n")
        writer.close()

    server = await asyncio.start_server(breaks_the_first_line_at_its_second_mail, "127.0.0.1", 0)
    async with server, lines_to(server.sockets[0].getsockname()[1]) as lines:
        await lines.send(mail())
        await lines.send(mail())
    assert len(began) == 2


async def test_a_new_line_that_breaks_is_a_fault() -> None:
    async def hangs_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hangs_up, "127.0.0.1", 0)
    async with server, lines_to(server.sockets[0].getsockname()[1]) as lines:
        with pytest.raises((aiosmtplib.SMTPException, OSError)):
            await lines.send(mail())


async def test_after_a_refusal_the_next_mail_has_a_clean_line() -> None:
    inbox, port = Inbox(), free_port()
    with serving(inbox, port):
        async with lines_to(port) as lines:
            await lines.send(mail())
            inbox.refuses = "550 No"
            with pytest.raises(aiosmtplib.SMTPDataError):
                await lines.send(mail())
            inbox.refuses = ""
            await lines.send(mail())
    assert inbox.lines[0] == inbox.lines[1] != inbox.lines[2]


async def test_a_line_that_nobody_needs_is_closed_and_so_are_all_at_the_end() -> None:
    inbox, port, open_now = Inbox(), free_port(), set[Any]()

    class Watched(Controller):
        def factory(self) -> Any:
            server: Any = super().factory()  # type: ignore[no-untyped-call]
            made, lost = server.connection_made, server.connection_lost

            def connection_made(transport: Any) -> None:
                open_now.add(id(server))
                made(transport)

            def connection_lost(fault: Any) -> None:
                open_now.discard(id(server))
                lost(fault)

            server.connection_made, server.connection_lost = connection_made, connection_lost
            return server

    controller = Watched(inbox, hostname="127.0.0.1", port=port)
    controller.start()

    async def none_is_open() -> bool:
        return not open_now

    try:
        async with lines_to(port, idle_s=0.05) as lines:
            await asyncio.gather(*(lines.send(mail()) for _ in range(3)))
            await eventually(none_is_open, describe="idle lines are closed")
        async with lines_to(port) as lines:
            await lines.send(mail())
            assert open_now
        await eventually(none_is_open, describe="no line is left after the end")
    finally:
        controller.stop()
