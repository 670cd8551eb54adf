"""Lines: open connections to the mail server (aiosmtplib), kept for the next mail so that not every one pays for a handshake."""

import asyncio
import contextlib
from dataclasses import dataclass
from email.message import Message

import aiosmtplib

MOST_KEPT = 20
"""Lines that wait for a mail, at most: as many as there are mails at once by default, urgent ones too. Postfix takes 50 of one client."""

MOST_MAILS = 100
"""Mails over one line; then a new one is opened, so that a load balancer before the mail servers can share us out."""

IDLE_SECONDS = 15.0
"""A line that waited longer is closed. Servers close it after five minutes (RFC 5321 §4.5.3.2.7); some firewalls forget it sooner."""

_QUIT_SECONDS = 1.0
_CLOSING = 421
"""The server closes the line and says so (RFC 5321 §3.8)."""


@dataclass(slots=True)
class _Line:
    client: aiosmtplib.SMTP
    mails: int = 0
    waits_since: float = 0.0


class SmtpLines:
    """Lines to one mail server. A mail never waits for a line: none is free, then another is opened."""

    def __init__(self, host: str, port: int, timeout_s: float, idle_s: float = IDLE_SECONDS) -> None:
        self._host = host
        self._port = port
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._waiting: list[_Line] = []
        self._leaving: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """A line is opened when there is a mail."""

    async def stop(self) -> None:
        """Takes leave of the server on every line that waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            self._leave(self._waiting.pop())
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=2 * _QUIT_SECONDS)

    async def send(self, message: Message) -> None:
        """Returns when the server has taken the mail over. A line with a fault is closed, never kept.

        A kept line that the server closed meanwhile says nothing of the mail: it goes over a new one, in the same attempt.

        Raises:
            aiosmtplib.SMTPException, OSError: of the line that was opened for it, or what the server said of this mail.
        """
        kept = self._kept()
        if kept is not None:
            try:
                await self._over(kept, message)
            except (aiosmtplib.SMTPException, OSError) as fault:
                if not _is_closed_line(fault):
                    raise
            else:
                return
        await self._over(await self._opened(), message)

    def _kept(self) -> _Line | None:
        """The line that waited shortest, so that those which are too many grow old."""
        while self._waiting:
            line = self._waiting.pop()
            if line.client.is_connected:
                return line
        return None

    async def _opened(self) -> _Line:
        client = aiosmtplib.SMTP(hostname=self._host, port=self._port, timeout=self._timeout_s)
        await client.connect()
        return _Line(client)

    async def _over(self, line: _Line, message: Message) -> None:
        is_taken = False
        try:
            await line.client.send_message(message)
            is_taken = True
        finally:
            if is_taken:
                self._keep(line)
            else:
                line.client.close()

    def _keep(self, line: _Line) -> None:
        line.mails += 1
        if line.mails >= MOST_MAILS or len(self._waiting) >= MOST_KEPT:
            self._leave(line)
            return
        line.waits_since = asyncio.get_running_loop().time()
        self._waiting.append(line)
        self._look_again_later()

    def _look_again_later(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._idle_s, self._close_old)

    def _close_old(self) -> None:
        self._timer = None
        oldest = asyncio.get_running_loop().time() - self._idle_s
        waiting, self._waiting = self._waiting, []
        for line in waiting:
            if line.waits_since > oldest and line.client.is_connected:
                self._waiting.append(line)
            else:
                self._leave(line)
        if self._waiting:
            self._look_again_later()

    def _leave(self, line: _Line) -> None:
        """Beside everything else: no mail waits for a farewell, and none fails by it."""
        task = asyncio.create_task(_quit(line.client), name="smtp farewell")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


async def _quit(client: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        if client.is_connected:
            await client.quit(timeout=_QUIT_SECONDS)
    client.close()


def _is_closed_line(fault: Exception) -> bool:
    if isinstance(fault, aiosmtplib.SMTPResponseException):
        return fault.code == _CLOSING
    return isinstance(fault, aiosmtplib.SMTPServerDisconnected | ConnectionError)
