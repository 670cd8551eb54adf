"""Which code may import which: import-linter's contracts, and that no service is left out of them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "pyproject.toml").exists())


def lint(config: Path, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, config, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def test_imports_follow_the_contracts() -> None:
    result = lint(ROOT / ".importlinter")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_in_every_contract_that_lists_services(service: str) -> None:
    package = f"wardmote_{service.replace('-', '_')}"
    text = (ROOT / ".importlinter").read_text()
    contracts = [part for part in text.split("[importlinter:contract:")[1:] if "wardmote_intake" in part]
    missing = [part.partition("]")[0] for part in contracts if package not in part]
    if service == "console":
        missing = [name for name in missing if name not in {"domain", "entrypoints"}]
    assert missing == [], f"Add {package} to these contracts in .importlinter: {missing}"


VIOLATIONS = {
    "service imports another": ("wardmote_intake/adapters/x.py", "import wardmote_notification"),
    "domain imports the runtime": ("wardmote_intake/domain/x.py", "import wardmote_runtime"),
    "domain imports protobuf": ("wardmote_intake/domain/x.py", "import google.protobuf"),
    "application imports the database driver": ("wardmote_intake/application/x.py", "import psycopg"),
    "entrypoint imports the database adapter": ("wardmote_intake/entrypoints/x.py", "import wardmote_intake.adapters.postgres"),
    "application imports an adapter": ("wardmote_intake/application/x.py", "import wardmote_intake.adapters.wire"),
    "a stray file": ("wardmote_intake/utils.py", ""),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_planted_violation_is_caught(name: str, tmp_path: Path) -> None:
    """The twin: each rule is fed what it forbids."""
    where, line = VIOLATIONS[name]
    for package in ("services/intake/src/wardmote_intake", "services/notification/src/wardmote_notification"):
        _copy(ROOT / package, tmp_path / Path(package).name)
    for package in ("wardmote_runtime", "wardmote_kernel", "wardmote_contracts", "wardmote_rules", "wardmote"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / where).write_text(line + "\n")
    config = tmp_path / "planted.ini"
    config.write_text(_only_two_services((ROOT / ".importlinter").read_text()))
    result = lint(config, tmp_path)
    assert result.returncode != 0, f"{name} was not caught:\n{result.stdout}"
    assert "BROKEN" in result.stdout or "exhaustive" in result.stdout.lower(), result.stdout + result.stderr


def test_the_planted_copy_is_clean_without_a_violation(tmp_path: Path) -> None:
    """Otherwise the twin above proves nothing."""
    for package in ("services/intake/src/wardmote_intake", "services/notification/src/wardmote_notification"):
        _copy(ROOT / package, tmp_path / Path(package).name)
    for package in ("wardmote_runtime", "wardmote_kernel", "wardmote_contracts", "wardmote_rules", "wardmote"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    config = tmp_path / "planted.ini"
    config.write_text(_only_two_services((ROOT / ".importlinter").read_text()))
    result = lint(config, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def _copy(source: Path, target: Path) -> None:
    """The skeleton of a package: every module, empty, so that only the planted line counts."""
    for path in source.rglob("*.py"):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.touch()


def _only_two_services(text: str) -> str:
    dropped = [f"wardmote_{service.replace('-', '_')}" for service in SERVICES if service not in ("intake", "notification")]
    dropped += ["wardmote_local", "wardmote_testkit"]
    return "\n".join(line for line in text.splitlines() if not any(package in line for package in dropped)) + "\n"
