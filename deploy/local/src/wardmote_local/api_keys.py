"""The demo councils' API keys: kept for their owner only, because tenancy shows each once."""

import json
from collections.abc import Mapping

from wardmote_local.folders import Folders, write_private


def read_api_keys(folders: Folders) -> dict[str, str]:
    """The kept keys by the council's slug; none before the first start."""
    try:
        return dict(json.loads(folders.demo_file.read_text(encoding="utf-8"))["api_keys"])
    except FileNotFoundError:
        return {}


def keep_api_keys(folders: Folders, api_keys: Mapping[str, str]) -> None:
    """Keeps them all."""
    write_private(folders.demo_file, json.dumps({"api_keys": dict(api_keys)}, indent=1))
