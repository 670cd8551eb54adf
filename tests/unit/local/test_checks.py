"""What is looked at before a start: each refusal says what is wrong and what to set."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from wardmote_local.addresses import INBOX, OFFSETS, SMTP, Addresses
from wardmote_local.checks import holder_of, require_ports, require_room, require_same_first_port
from wardmote_local.servers.errors import LocalError, PortTaken


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_held_port_is_named_with_who_needs_it_who_holds_it_and_what_to_set(listening: int) -> None:
    addresses = Addresses(listening - OFFSETS[INBOX])
    with pytest.raises(PortTaken) as refused:
        require_ports(addresses, [INBOX, SMTP])
    assert f"Port {listening}, which inbox page needs, is in use by process {os.getpid()}" in refused.value.what
    assert str(addresses.port(SMTP)) not in refused.value.what
    assert "WARDMOTE_PORT_BASE" in refused.value.do


def test_free_ports_pass(listening: int) -> None:
    require_ports(Addresses(listening - OFFSETS[INBOX]), [SMTP])


def test_nobody_holds_a_free_port(listening: int) -> None:
    assert holder_of(listening)
    assert holder_of(listening + OFFSETS[SMTP] - OFFSETS[INBOX]) == ""


def test_a_full_disk_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"MB free; the stack needs 1000000000000 MB") as refused:
        require_room(tmp_path / "not" / "there" / "yet", needed=10**18)
    assert "WARDMOTE_VAR" in refused.value.do
    require_room(tmp_path / "not" / "there" / "yet", needed=1)


def test_data_stay_with_the_ports_they_were_made_with(tmp_path: Path) -> None:
    kept = tmp_path / "first-port"
    require_same_first_port(kept, 7800)
    kept.write_text("7600")
    require_same_first_port(kept, 7600)
    with pytest.raises(LocalError, match="WARDMOTE_PORT_BASE=7600") as refused:
        require_same_first_port(kept, 7800)
    assert "WARDMOTE_VAR" in refused.value.do
