"""Chooses the role of this process."""

from pathlib import Path

from wardmote_console.main import SERVICE, parts
from wardmote_console.settings import ConsoleSettings
from wardmote_runtime.service_command import serve

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def main() -> None:
    serve(SERVICE, ConsoleSettings, parts, MIGRATIONS, roles=("http", "all"))


if __name__ == "__main__":
    main()
