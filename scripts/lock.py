"""Writes the hashed locks in requirements/ from what each part says it needs. Called by `make lock`.

Every library and service names its own third-party needs in its pyproject.toml; run.in and dev.in add the rest.
Our own distributions are installed from the tree, so they are left out of the locks. No index address is written.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUR_OWN = "wardmote-"
PROJECTS = sorted([*ROOT.glob("libs/*/pyproject.toml"), *ROOT.glob("services/*/pyproject.toml"), ROOT / "deploy/local/pyproject.toml"])


def third_party_needs(include_testkit: bool) -> list[str]:
    """The distributions that our parts need and do not contain."""
    needs: set[str] = {"hatchling", "editables"}
    for project in PROJECTS:
        if project.parent.name == "testkit" and not include_testkit:
            continue
        needs.update(tomllib.loads(project.read_text())["project"]["dependencies"])
    return sorted(need for need in needs if not need.startswith(OUR_OWN))


def compile_lock(name: str, needs: list[str], constraint: Path | None) -> None:
    """Writes requirements/<name>.txt with a hash for every file that may be installed."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"{name}.in"
        source.write_text("\n".join(needs) + "\n")
        command = [
            str(Path(sys.executable).parent / "uv"),
            "pip",
            "compile",
            "--quiet",
            "--universal",
            "--generate-hashes",
            "--no-annotate",
        ]
        command += ["--no-header", "--python-version", "3.11", str(source), "--output-file", str(ROOT / "requirements" / f"{name}.txt")]
        command += ["--constraint", str(constraint)] if constraint else []
        subprocess.run(command, check=True, cwd=ROOT)


def extra(name: str) -> list[str]:
    lines = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def main() -> None:
    compile_lock("run", third_party_needs(include_testkit=False) + extra("run"), None)
    compile_lock("dev", third_party_needs(include_testkit=True) + extra("run") + extra("dev"), ROOT / "requirements" / "run.txt")
    compile_lock("training", third_party_needs(include_testkit=False) + extra("training"), ROOT / "requirements" / "run.txt")


if __name__ == "__main__":
    main()
