"""Reads the project's own source for the structure tests."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[4]
GENERATED = ("libs/contracts/src/wardmote/", "libs/contracts/src/wardmote_contracts/topics.py")


def python_files(*folders: str) -> list[Path]:
    """Written Python below these folders of the repository, generated code left out."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if not _is_generated(path))


def _is_generated(path: Path) -> bool:
    name = path.relative_to(ROOT).as_posix()
    return name.startswith(GENERATED) or "/node_modules/" in name or "__pycache__" in name


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, nested ones and methods too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def relative(path: Path) -> str:
    """The path from the repository's root, for a complaint."""
    return path.relative_to(ROOT).as_posix()
