"""A file does one job and a function fits on a screen (architecture.md §3)."""

from pathlib import Path

import pytest

from wardmote_testkit.source import functions, python_files, relative

FILE_CEILING, TEST_CEILING, FUNCTION_CEILING = 400, 500, 40


def complaints(name: str, source: str, ceiling: int) -> list[str]:
    lines = source.count("\n")
    wrong = [f"{name} has {lines} lines; split it by job before it passes {ceiling}."] if lines > ceiling else []
    for function in functions(source):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > FUNCTION_CEILING:
            wrong.append(f"{name}:{function.lineno} {function.name} has {length} lines; {FUNCTION_CEILING} is the ceiling.")
    return wrong


@pytest.mark.parametrize("path", python_files("libs", "services", "deploy", "scripts"), ids=relative)
def test_code_is_small(path: Path) -> None:
    assert complaints(relative(path), path.read_text(), FILE_CEILING) == []


@pytest.mark.parametrize("path", python_files("tests"), ids=relative)
def test_tests_are_small(path: Path) -> None:
    assert complaints(relative(path), path.read_text(), TEST_CEILING) == []


def test_the_guard_sees_a_long_file_and_a_long_function() -> None:
    assert complaints("x.py", "a = 1\n" * 401, FILE_CEILING)
    assert complaints("x.py", "def f() -> None:\n" + "    a = 1\n" * 41, FILE_CEILING)
    assert complaints("x.py", "def f() -> None:\n    a = 1\n", FILE_CEILING) == []
