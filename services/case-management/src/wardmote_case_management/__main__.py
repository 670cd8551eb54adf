"""Chooses the role of this process."""

from pathlib import Path

from wardmote_case_management.main import SERVICE, parts
from wardmote_case_management.settings import CaseManagementSettings
from wardmote_runtime.service_command import serve

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def main() -> None:
    serve(SERVICE, CaseManagementSettings, parts, MIGRATIONS)


if __name__ == "__main__":
    main()
