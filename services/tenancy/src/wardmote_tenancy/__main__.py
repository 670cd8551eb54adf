"""Chooses the role of this process."""

from pathlib import Path

from wardmote_runtime.service_command import serve
from wardmote_tenancy.main import SERVICE, parts
from wardmote_tenancy.settings import TenancySettings

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def main() -> None:
    serve(SERVICE, TenancySettings, parts, MIGRATIONS)


if __name__ == "__main__":
    main()
