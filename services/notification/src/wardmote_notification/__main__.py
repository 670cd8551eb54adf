"""Chooses the role of this process."""

from pathlib import Path

from wardmote_notification.main import SERVICE, parts
from wardmote_notification.settings import NotificationSettings
from wardmote_runtime.service_command import serve

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def main() -> None:
    serve(SERVICE, NotificationSettings, parts, MIGRATIONS)


if __name__ == "__main__":
    main()
