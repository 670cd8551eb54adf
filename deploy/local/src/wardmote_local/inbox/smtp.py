"""The SMTP side of the inbox: takes every mail for everybody, and sends none on."""

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP

from wardmote_local.inbox.store import MailStore
from wardmote_runtime.settings import listen_address


class _Taker:
    """aiosmtpd's handler."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self._store.keep(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content)
        return "250 Kept"


class SmtpServer:
    """A part of the inbox's process."""

    def __init__(self, listen: str, store: MailStore) -> None:
        self._listen = listen
        self._store = store

    async def start(self) -> None:
        host, port = listen_address(self._listen)
        taker = _Taker(self._store)
        self._server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(taker, hostname="wardmote.local", enable_SMTPUTF8=True), host, port
        )

    async def stop(self) -> None:
        self._server.close()
