"""Every service has the same inside (architecture.md §3): knowing one is knowing all."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(path.parent for path in (ROOT / "services").glob("*/pyproject.toml"))
MUST = ("README.md", "pyproject.toml")
MUST_INSIDE = ("__init__.py", "__main__.py", "main.py", "settings.py", "application/ports.py", "py.typed")
MAY_TOP = {"README.md", "pyproject.toml", "migrations", "src", "training", "assets"}
MAY_INSIDE = {"domain", "application", "adapters", "entrypoints", "__main__.py", "main.py", "settings.py", "__init__.py", "py.typed"}
DATA = {"templates", "static", "model"}
ENTRYPOINTS = {"__init__.py", "grpc_api.py", "http_api.py", "stream.py", "work.py", "commands.py", "operator_commands.py"}
README_CEILING = 60


def complaints(service: Path) -> list[str]:
    package = service / "src" / f"wardmote_{service.name.replace('-', '_')}"
    wrong = [f"{service.name} lacks {name}" for name in MUST if not (service / name).exists()]
    wrong += [f"{service.name} lacks {name}" for name in MUST_INSIDE if not (package / name).exists()]
    top = {path.name for path in service.iterdir() if path.name != "__pycache__"} - MAY_TOP
    inside = {path.name for path in package.iterdir() if path.name != "__pycache__"} - MAY_INSIDE - DATA
    wrong += [f"{service.name}/{name} has no room in a service" for name in sorted(top | inside)]
    return wrong


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_the_inside_is_the_same(service: Path) -> None:
    assert complaints(service) == []


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_the_readme_is_short(service: Path) -> None:
    assert len((service / "README.md").read_text().splitlines()) <= README_CEILING


@pytest.mark.parametrize("service", [path for path in SERVICES if path.name != "console"], ids=lambda path: path.name)
def test_entrypoints_have_the_known_names(service: Path) -> None:
    folder = service / "src" / f"wardmote_{service.name.replace('-', '_')}" / "entrypoints"
    assert {path.name for path in folder.glob("*.py")} <= ENTRYPOINTS


def test_the_guard_sees_a_stray_file_and_a_missing_one(tmp_path: Path) -> None:
    package = tmp_path / "bins" / "src" / "wardmote_bins"
    package.mkdir(parents=True)
    (package / "utils.py").touch()
    found = complaints(tmp_path / "bins")
    assert "bins/utils.py has no room in a service" in found
    assert "bins lacks main.py" in found
