"""A Python program of the stack as a real process: its own settings only, its log, its end, and what a killed run left."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from wardmote_local.child import Program, PythonChild, marker
from wardmote_local.folders import Folders
from wardmote_local.servers.process import is_ours
from wardmote_testkit.wait import eventually_sync

SHOW = "import json, os, signal; print(json.dumps(dict(os.environ)), flush=True); signal.pause()"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


@pytest.fixture
def child(folders: Folders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[PythonChild]:
    (tmp_path / "shown.py").write_text(SHOW)
    monkeypatch.setenv("WARDMOTE_DATABASE_ADMIN_URL", "postgresql://admin:s3cret@db.example/postgres")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    child = PythonChild(folders, Program("shown", "shown", (), {"WARDMOTE_OWN": "yes"}))
    child.start()
    yield child
    child.stop()


def seen(child: PythonChild) -> dict[str, str]:
    shown: dict[str, str] = json.loads(child.log_file.read_text() or "{}")
    return shown


def test_a_program_sees_its_own_settings_and_none_of_the_stacks(child: PythonChild) -> None:
    environment = eventually_sync(lambda: seen(child), describe="the program's environment in its log")
    assert environment["WARDMOTE_OWN"] == "yes"
    assert "WARDMOTE_DATABASE_ADMIN_URL" not in environment
    assert environment["PATH"] == os.environ["PATH"]


def test_what_it_makes_for_the_while_lies_in_the_stacks_folder(child: PythonChild, folders: Folders) -> None:
    environment = eventually_sync(lambda: seen(child), describe="the program's environment in its log")
    assert Path(environment["TMPDIR"]) == folders.work("shown") / "tmp"
    assert Path(environment["TMPDIR"]).is_dir()


def test_how_it_ended_is_known(child: PythonChild) -> None:
    assert child.exit_status is None
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    eventually_sync(lambda: child.exit_status is not None)
    assert child.exit_status == -signal.SIGKILL


def test_what_a_killed_run_left_is_found_and_ended(child: PythonChild, folders: Folders) -> None:
    pid = child.pid
    assert pid is not None
    later = PythonChild(folders, Program("shown", "", (), {}))
    later.end_left_over()
    assert not is_ours(pid, marker(folders.var)) or eventually_sync(lambda: child.exit_status is not None)


def test_two_stacks_have_two_markers(tmp_path: Path) -> None:
    assert marker(tmp_path / "a") != marker(tmp_path / "b")
