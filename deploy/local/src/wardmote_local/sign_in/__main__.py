"""Serves the issuers that a JSON file names, until it is told to stop."""

import json
import sys
from pathlib import Path

from wardmote_local.sign_in.provider import Issuer
from wardmote_runtime.lifecycle import run, run_until_stopped
from wardmote_runtime.logs import configure_logs


def main() -> None:
    configure_logs("sign-in", "info")
    issuers = [Issuer(**entry) for entry in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))]
    run(lambda: run_until_stopped(issuers))


if __name__ == "__main__":
    main()
