"""The stack in the background: started by ``wardmote local up``, which gives it a session and a log of its own."""

import sys

from rich.console import Console

from wardmote_local.progress import write_lines
from wardmote_local.run import run_stack
from wardmote_local.servers.errors import LocalError
from wardmote_local.settings import LocalSettings


def main() -> None:
    console = Console(width=160)
    try:
        run_stack(LocalSettings.load(), console, show_logs=False, stop_hint="Stop: .venv/bin/wardmote local down")
    except LocalError as problem:
        write_lines(console, [str(problem)])
        sys.exit(1)


if __name__ == "__main__":
    main()
