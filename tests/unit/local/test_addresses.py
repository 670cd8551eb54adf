"""The port table: every line its own port, and room for a second stack."""

import pytest

from wardmote_local.addresses import HIGHEST_OFFSET, OFFSETS, SERVICES, Addresses
from wardmote_local.servers.errors import LocalError
from wardmote_local.settings import LocalSettings


def test_no_two_lines_share_a_port() -> None:
    assert len(set(OFFSETS.values())) == len(OFFSETS)


def test_a_stack_a_hundred_ports_on_shares_none() -> None:
    first, second = Addresses(7600), Addresses(7700)
    assert {first.port(what) for what in OFFSETS}.isdisjoint(second.port(what) for what in OFFSETS)


def test_every_service_has_its_faces() -> None:
    addresses = Addresses(7600)
    assert {addresses.ops(service) for service in SERVICES}.isdisjoint(addresses.rest(service) for service in SERVICES)
    assert addresses.rest("console") == "http://127.0.0.1:7600"
    assert addresses.grpc("intake") == "127.0.0.1:7611"
    assert addresses.issuer("northshire") == "http://127.0.0.1:7605"


@pytest.mark.parametrize("wrong", ["abc", "80", str(65_535 - HIGHEST_OFFSET + 1)])
def test_a_port_base_that_cannot_work_is_refused_with_its_setting(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("WARDMOTE_PORT_BASE", wrong)
    with pytest.raises(LocalError, match="WARDMOTE_PORT_BASE"):
        LocalSettings.load()


def test_an_empty_setting_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDMOTE_PORT_BASE", "")
    monkeypatch.setenv("WARDMOTE_KAFKA", "")
    assert LocalSettings.load().port_base == 7600
    assert LocalSettings.load().kafka is None
