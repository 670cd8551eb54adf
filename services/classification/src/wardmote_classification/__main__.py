"""Chooses the role of this process."""

from pathlib import Path

from wardmote_classification.main import SERVICE, parts
from wardmote_classification.settings import ClassificationSettings
from wardmote_runtime.service_command import serve

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def main() -> None:
    serve(SERVICE, ClassificationSettings, parts, MIGRATIONS)


if __name__ == "__main__":
    main()
