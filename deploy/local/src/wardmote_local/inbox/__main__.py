"""Runs the inbox: ``python -m wardmote_local.inbox FOLDER SMTP_LISTEN PAGE_LISTEN``."""

import sys
from pathlib import Path

from wardmote_local.inbox.pages import inbox_app
from wardmote_local.inbox.smtp import SmtpServer
from wardmote_local.inbox.store import MailStore
from wardmote_runtime.http_server import HttpServer
from wardmote_runtime.lifecycle import run, run_until_stopped
from wardmote_runtime.logs import configure_logs


def main() -> None:
    folder, smtp_listen, page_listen = sys.argv[1:]
    configure_logs("inbox", "info")
    store = MailStore(Path(folder))
    run(lambda: run_until_stopped([SmtpServer(smtp_listen, store), HttpServer(page_listen, inbox_app(store), "WARDMOTE_PORT_BASE")]))


if __name__ == "__main__":
    main()
