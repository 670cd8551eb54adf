"""Chaos: ``python -m tests.chaos [--quick]``. Faults under load, one by one and in pairs, and what they broke. Exit 1 on any violation."""

import argparse
import asyncio
import random
import secrets
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from tests.chaos.councils import load_councils
from tests.chaos.ground import Ground
from tests.chaos.ledger import Ledger
from tests.chaos.load import Load
from tests.chaos.plan import rounds
from tests.chaos.runner import Runner
from tests.chaos.stack import MAIL, ChaosStack, running_stack
from tests.chaos.table import markdown, write
from tests.chaos.tail import Tail
from tests.chaos.versions import versions
from wardmote_local.servers.places import repository

REPORTS, QUICK_REPORTS = 20_000, 2_000
COUNCILS, QUICK_COUNCILS = 400, 40
PAUSE_S, QUICK_PAUSE_S = 20.0, 8.0
RATE = 40.0


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2,000 reports of 40 councils, roles hit together, fewer pairs")
    parser.add_argument("--reports", type=int, help=f"in all ({REPORTS})")
    parser.add_argument("--councils", type=int, help=f"invented ({COUNCILS})")
    parser.add_argument("--rate", type=float, default=RATE, help="reports a second (%(default)s)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="of chance; drawn and printed unless given")
    parser.add_argument("--only", default="", help="only rounds whose name has these words")
    parser.add_argument("--keep", action="store_true", help="leave the folder with data and logs")
    return parser.parse_args()


async def chaos(asked: argparse.Namespace, folder: Path, out: Path) -> bool:
    """True when nothing was wrong."""
    began = monotonic()
    async with running_stack(folder) as stack:
        try:
            return await _run(asked, stack, out, began)
        finally:
            _keep_logs(stack, out / "logs")


async def _run(asked: argparse.Namespace, stack: ChaosStack, out: Path, began: float) -> bool:
    chance, ledger = random.Random(asked.seed), Ledger()
    about: dict[str, object] = {"seed": asked.seed, **versions(stack)}
    councils = await load_councils(stack, asked.councils or (QUICK_COUNCILS if asked.quick else COUNCILS))
    tell(f"{len(stack.roles)} processes and {len(councils)} councils after {monotonic() - began:.0f} s. {about}")
    tail = Tail(stack.kafka.bootstrap, random.Random(asked.seed + 1))
    tail.start()
    roles = [name for name in stack.roles if name != MAIL]
    reports = asked.reports or (QUICK_REPORTS if asked.quick else REPORTS)
    plan = rounds(roles, reports, chance, is_quick=asked.quick, only=asked.only)
    ground = Ground(stack, ledger, councils, chance, QUICK_PAUSE_S if asked.quick else PAUSE_S)
    try:
        async with Load(stack.addresses, councils, ledger, chance, asked.rate) as load:
            runner = Runner(ground, load, tail, tell)
            try:
                await runner.run(plan)
            finally:
                mails = stack.mails_file.read_text().split() if stack.mails_file.exists() else []
                about["mails"] = f"{len(mails)} sent, {len(mails) - len(set(mails))} of them a second time"
                about["attempts repeated"] = dict(ledger.retries)
                about["rate"] = f"{asked.rate:.0f} reports a second, {len(councils)} councils"
                about["took"] = f"{monotonic() - began:.0f} s"
                write(out, about, runner.results)
    finally:
        await asyncio.to_thread(tail.stop)
    tell(f"\n{markdown(runner.results)}\n")
    tell("\n".join(f"{name}: {value}" for name, value in about.items()))
    return all(result.is_clean for result in runner.results)


def _keep_logs(stack: ChaosStack, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, role in stack.roles.items():
        if role.log_file.exists():
            shutil.copy(role.log_file, folder / f"{name.replace('/', '-')}.log")
    for server in (stack.kafka, stack.postgres):
        if server.log_file.exists():
            shutil.copy(server.log_file, folder / f"{server.log_file.parent.name}.log")


def tell(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    asked = options()
    folder = Path(tempfile.mkdtemp(prefix="wardmote-chaos-")).resolve()
    out = repository() / "var" / "chaos" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        is_clean = asyncio.run(chaos(asked, folder, out))
    finally:
        if asked.keep:
            tell(f"Kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    tell(f"{'Nothing was wrong.' if is_clean else 'Something was WRONG.'} Table, figures and logs: {out}")
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
