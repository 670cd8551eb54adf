"""``make load``: measures Wardmote under load on a stack of its own. Asserts nothing about time; tells what it found.

Leaves ``var/load/<plan>.json`` and ``var/load/<plan>.svg``.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from time import monotonic

from tests.load.headline import keep, kept
from tests.load.measurement import measure
from tests.load.own_stack import running_stack
from tests.load.picture import picture
from tests.load.plan import FULL, QUICK
from tests.load.stretch import ROOT
from tests.load.tables import lines_of

COMMITTED = ROOT / "docs" / "performance.json"


def main() -> int:
    """Returns 1 when something was refused or did not arrive: that is no question of time."""
    options = _options()
    plan = QUICK if options.quick else FULL
    began = monotonic()

    def say(line: str) -> None:
        print(f"{monotonic() - began:6.1f} s  {line}", flush=True)

    with running_stack(options.stack) as stack:
        found = asyncio.run(measure(stack, plan, say))
    folder = ROOT / "var" / "load"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{plan.name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (folder / f"{plan.name}.svg").write_text(picture(found), encoding="utf-8")
    print()
    for line in lines_of(found, kept(COMMITTED, plan.name)):
        print(line)
    print(f"Written: var/load/{plan.name}.json and var/load/{plan.name}.svg")
    if options.keep:
        keep(COMMITTED, found)
        print("Written: docs/performance.json")
    return 1 if _not_arrived(found) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under three minutes, 40 councils")
    parser.add_argument("--keep", action="store_true", help="write the headline figures to docs/performance.json")
    parser.add_argument("--stack", type=Path, help="folder of a stack that runs already, for work on this program")
    return parser.parse_args()


def _not_arrived(found: dict[str, object]) -> bool:
    runs, pile_on = found["runs"], found["pile-on"]
    assert isinstance(runs, dict)
    assert isinstance(pile_on, dict)
    return any(run["refusals"] or run["missing cases"] or run["missing mails"] for run in (*runs.values(), pile_on["both"]))


if __name__ == "__main__":
    sys.exit(main())
