"""docs/reference is what the code says: settings, topics, RPCs, routes, metrics."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from wardmote_testkit.source import ROOT, python_files, relative

REFERENCE = ROOT / "docs" / "reference"
METRIC = re.compile(r"\b(?:Counter|Histogram|Gauge)\(\s*\"(wardmote_\w+)\"")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, ROOT / "scripts" / "write_reference.py", target], check=True, capture_output=True)
    return target


@pytest.mark.parametrize("page", ["settings", "topics", "rpcs", "routes", "metrics"])
def test_a_page_is_what_the_code_says(page: str, written: Path) -> None:
    committed = (REFERENCE / f"{page}.md").read_text()
    assert committed == (written / f"{page}.md").read_text(), "Run make reference and commit what it writes."


def without_words(page: str) -> list[str]:
    """Rows of a table that leave a cell empty: something without a meaning."""
    return [line for line in page.splitlines() if line.startswith("|") and re.search(r"\|\s*\|", line)]


@pytest.mark.parametrize("page", ["settings", "topics", "rpcs", "routes", "metrics"])
def test_everything_has_its_words(page: str) -> None:
    assert without_words((REFERENCE / f"{page}.md").read_text()) == [], "Write the comment, description or help that is missing."


def test_an_empty_cell_is_seen() -> None:
    assert without_words("| a | b |\n|---|---|\n| `X` |  |") == ["| `X` |  |"]


def metrics_in(source: str) -> set[str]:
    return set(METRIC.findall(source))


@pytest.mark.parametrize("path", python_files("libs", "services", "deploy"), ids=relative)
def test_every_metric_is_in_the_reference(path: Path) -> None:
    missing = {name for name in metrics_in(path.read_text()) if f"`{name}`" not in (REFERENCE / "metrics.md").read_text()}
    assert missing == set()


def test_the_finder_finds_metrics() -> None:
    assert metrics_in('Counter(\n    "wardmote_x", "words")\nGauge("wardmote_y_seconds", "words")') == {"wardmote_x", "wardmote_y_seconds"}
