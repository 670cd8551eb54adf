"""Serves the issuers that a JSON file names, until it is told to stop."""

import json
import sys
import warnings
from pathlib import Path

from authlib.deprecate import AuthlibDeprecationWarning

from wardmote_runtime.lifecycle import run, run_until_stopped
from wardmote_runtime.logs import configure_logs


def main() -> None:
    configure_logs("sign-in", "info")
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)  # The provider uses what its library's next version drops.
    from wardmote_local.sign_in.provider import Issuer  # noqa: PLC0415 - it warns when it is loaded

    issuers = [Issuer(**entry) for entry in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))]
    run(lambda: run_until_stopped(issuers))


if __name__ == "__main__":
    main()
