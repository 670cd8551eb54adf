"""Takes every mail and notes its Message-ID: ``python -m tests.chaos.mail_sink LISTEN FILE``. The same one twice is a mail sent twice."""

import email
import sys
from pathlib import Path
from typing import cast

from wardmote_local.inbox.smtp import SmtpServer
from wardmote_local.inbox.store import MailStore
from wardmote_runtime.lifecycle import run, run_until_stopped
from wardmote_runtime.logs import configure_logs


class Noted:
    """Stands for the inbox's store."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def keep(self, sender: str, to: list[str], content: bytes) -> None:
        with self._file.open("a", encoding="ascii") as lines:
            lines.write(f"{email.message_from_bytes(content)['Message-ID']}\n")


if __name__ == "__main__":
    configure_logs("mail-sink", "info")
    sink = SmtpServer(sys.argv[1], cast(MailStore, Noted(Path(sys.argv[2]))))
    run(lambda: run_until_stopped([sink]))
