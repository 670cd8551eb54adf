"""Mails by SMTP (aiosmtplib)."""

import asyncio
from email.charset import QP, Charset
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.mime.text import MIMEText
from email.utils import format_datetime
from uuid import UUID

import aiosmtplib

from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import Unavailable
from wardmote_notification.adapters.smtp_lines import SmtpLines
from wardmote_notification.application.ports import MailRefused, MailText

_TIMEOUT_SECONDS = 5.0
"""For the whole exchange with the mail server."""

_PERMANENT = range(500, 600)
"""Reply codes that say so for good (RFC 5321 §4.2.1)."""


class SmtpMailer:
    """Hands mails to one mail server."""

    def __init__(self, host: str, port: int, mail_from: str, clock: Clock, timeout_s: float = _TIMEOUT_SECONDS) -> None:
        self._lines = SmtpLines(host, port, timeout_s)
        self._from = mail_from
        self._clock = clock
        self._timeout_s = timeout_s
        self._charset = Charset("utf-8")
        self._charset.body_encoding = QP

    async def start(self) -> None:
        await self._lines.start()

    async def stop(self) -> None:
        """Closes the lines that are kept open."""
        await self._lines.stop()

    async def send(self, notification_id: UUID, contact: str, text: MailText) -> None:
        message = self._message(notification_id, contact, text)
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._lines.send(message)
        except aiosmtplib.SMTPException as fault:
            if _is_permanent(fault):
                raise MailRefused("The mail server refuses this mail for good.") from None
            raise Unavailable("The mail server does not take mails now.") from None
        except (OSError, TimeoutError):
            raise Unavailable("The mail server does not answer now.") from None

    def _message(self, notification_id: UUID, contact: str, text: MailText) -> Message:
        """The same notification always has the same Message-ID, so that a repeat after a crash can be recognised."""
        address = _address(contact)
        message = self._empty(contact, text.body)
        message["From"] = self._from
        message["To"] = str(address)
        message["Subject"] = text.subject
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{notification_id}@{self._from.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        return message

    def _empty(self, contact: str, body: str) -> Message:
        """The older class writes the same mail in a fifth of the time, but only the newer one knows addresses beyond ASCII."""
        if contact.isascii():
            return MIMEText(body, "plain", self._charset)  # type: ignore[arg-type]  # typeshed knows names of charsets alone
        message = EmailMessage()
        message.set_content(body)
        return message


def _address(contact: str) -> Address:
    try:
        return Address(addr_spec=contact)
    except (ValueError, IndexError, MessageError):
        raise MailRefused("The contact is not an e-mail address.") from None


def _is_permanent(fault: aiosmtplib.SMTPException) -> bool:
    """Only what the server says of this mail counts. A server that turns us away at the door may be mended."""
    if isinstance(fault, aiosmtplib.SMTPRecipientsRefused):
        return all(recipient.code in _PERMANENT for recipient in fault.recipients)
    if isinstance(fault, aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPDataError):
        return fault.code in _PERMANENT
    return isinstance(fault, aiosmtplib.SMTPNotSupported)
