"""The console's settings: less than a service on the bus needs, and no session over a plain wire."""

import os

import pytest
from wardmote_console.settings import ConsoleSettings

from wardmote_runtime.settings import PREFIX, SettingsError

GIVEN = {
    "DATABASE_URL": "postgresql://app:s3cret-word@db/x", "SIGNING_KEY_FILE": "key.json", "PUBLIC_URL": "https://pages.example",
    "TENANCY_ADDRESS": "t:1", "INTAKE_ADDRESS": "i:1", "CASE_MANAGEMENT_ADDRESS": "c:1", "CLASSIFICATION_ADDRESS": "l:1",
    "NOTIFICATION_ADDRESS": "n:1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    for name, value in GIVEN.items():
        monkeypatch.setenv(PREFIX + name, value)
    return monkeypatch


def test_it_needs_no_kafka_and_no_keyring() -> None:
    settings = ConsoleSettings.load()
    assert settings.is_secure
    assert "s3cret" not in str(settings.redacted())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://pages.example", "https://pages.example"), ("https://pages.example:8443/", "https://pages.example:8443"),
        ("http://localhost:7600", "http://localhost:7600"), ("http://127.0.0.1:7600/", "http://127.0.0.1:7600"),
        ("http://[::1]:7600", "http://[::1]:7600"),
    ],
)  # fmt: skip
def test_the_public_address_is_an_origin(environment: pytest.MonkeyPatch, given: str, kept: str) -> None:
    environment.setenv(PREFIX + "PUBLIC_URL", given)
    assert ConsoleSettings.load().public_url == kept


@pytest.mark.parametrize("wrong", ["http://pages.example", "pages.example", "https://pages.example/x", "ftp://localhost", "https://", ""])
def test_anything_else_is_refused_with_a_sentence(environment: pytest.MonkeyPatch, wrong: str) -> None:
    environment.setenv(PREFIX + "PUBLIC_URL", wrong)
    with pytest.raises(SettingsError, match=r"WARDMOTE_PUBLIC_URL.*http is for localhost alone"):
        ConsoleSettings.load()
