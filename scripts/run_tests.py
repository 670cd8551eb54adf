"""Runs every part of `make test` in turn, goes on after a failure, and prints how long each part took."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PACKAGES = sorted(path.name for path in ROOT.glob("*/*/src/wardmote_*") if path.is_dir())


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the test run."""

    name: str
    command: list[str]


def pytest(folder: str) -> list[str]:
    return [sys.executable, "-m", "pytest", f"tests/{folder}", "-q"]


PARTS = [
    Part("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
    Part("lint", [str(BIN / "ruff"), "check", "--quiet", "."]),
    Part("types", [str(BIN / "mypy"), *(argument for package in PACKAGES for argument in ("-p", package))]),
    Part("types of tests", [str(BIN / "mypy"), "--explicit-package-bases", "tests", "scripts"]),
    Part("unit", pytest("unit")),
    Part("contract", pytest("contract")),
    Part("structure", pytest("structure")),
    Part("integration", pytest("integration")),
]


def main() -> int:
    chosen = sys.argv[1:]
    results: list[tuple[str, bool, float]] = []
    for part in PARTS:
        if chosen and part.name not in chosen:
            continue
        print(f"\n── {part.name}", flush=True)
        began = monotonic()
        passed = subprocess.run(part.command, cwd=ROOT, check=False).returncode == 0
        results.append((part.name, passed, monotonic() - began))
    print("\npart             result   seconds")
    for name, passed, seconds in results:
        print(f"{name:16} {'passed' if passed else 'FAILED':7} {seconds:8.1f}")
    return 0 if results and all(passed for _, passed, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
