"""Where things lie in the tree. Nothing outside it is written, except what ``WARDMOTE_CACHE`` asks for."""

import os
from pathlib import Path


def repository() -> Path:
    """The root of the checkout this package runs from."""
    return Path(__file__).resolve().parents[5]


def kafka_folder() -> Path:
    """The committed settings of the local broker, with the lock of its jars."""
    return repository() / "deploy" / "local" / "kafka"


def cache_folder() -> Path:
    """Where downloads are kept between runs: ``WARDMOTE_CACHE``, or ``.cache`` in the checkout."""
    asked = os.environ.get("WARDMOTE_CACHE")
    return Path(asked).resolve() if asked else repository() / ".cache"


def maven_mirror() -> str | None:
    """The mirror to download jars from, when ``WARDMOTE_MAVEN_URL`` names one."""
    return os.environ.get("WARDMOTE_MAVEN_URL") or None
