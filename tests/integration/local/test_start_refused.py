"""The command itself, refused before anything starts: a port in use, a wrong setting, another run, moved ports."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wardmote_local.addresses import INBOX, OFFSETS, Addresses
from wardmote_local.lock import StackLock

WARDMOTE = Path(sys.executable).with_name("wardmote")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def local(tmp_path: Path) -> Run:
    """Runs ``wardmote local`` for a stack in a folder of this test."""

    def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "WARDMOTE_VAR": str(tmp_path / "var"), **settings}
        return subprocess.run([WARDMOTE, "local", *words], env=environment, capture_output=True, text=True, check=False, timeout=60)

    return run


@pytest.fixture
def held_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("word", ["up", "run"])
def test_a_port_in_use_is_named_and_nothing_is_left_running(local: Run, held_port: int, word: str, tmp_path: Path) -> None:
    refused = local(word, WARDMOTE_PORT_BASE=str(held_port - OFFSETS[INBOX]))
    assert refused.returncode == 1
    assert f"Port {held_port}, which inbox page needs, is in use by process {os.getpid()}" in refused.stdout
    assert "WARDMOTE_PORT_BASE" in refused.stdout
    assert "Traceback" not in refused.stdout + refused.stderr
    assert local("status").returncode == 1
    assert not (tmp_path / "var" / "kafka").exists()


def test_a_wrong_setting_is_named(local: Run) -> None:
    refused = local("up", WARDMOTE_PORT_BASE="many")
    assert refused.returncode == 1
    assert "WARDMOTE_PORT_BASE" in refused.stdout


def test_a_second_run_in_one_folder_is_refused(local: Run, tmp_path: Path) -> None:
    with StackLock(tmp_path / "var" / "lock"):
        refused = local("run")
    assert refused.returncode == 1
    assert f"runs already: process {os.getpid()}" in refused.stdout


def test_moved_ports_are_refused_with_the_way_out(local: Run, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "first-port").write_text("7600")
    refused = local("run", WARDMOTE_PORT_BASE="7700")
    assert refused.returncode == 1
    assert "Set WARDMOTE_PORT_BASE=7600" in refused.stdout


def test_what_needs_a_stack_says_how_to_start_one(local: Run) -> None:
    for word in (("demo",), ("latency",), ("status",), ("key", "northshire")):
        told = local(*word)
        assert told.returncode == 1, told
        assert "tart" in told.stdout
    assert "No stack runs here." in local("down").stdout
    assert '"ready": false' in local("status", "--json").stdout


def test_the_port_table_is_printed(local: Run) -> None:
    lines = local("ports", WARDMOTE_PORT_BASE="9000").stdout.splitlines()
    assert lines[0] == "9000  console pages"
    assert len(lines) == len(OFFSETS)
    assert f"{Addresses(9000).port(INBOX)}  inbox page" in lines
