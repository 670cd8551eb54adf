"""Settings: every mistake at once, and no secret in what is printed."""

import os
from pathlib import Path

import pytest

from wardmote_runtime.settings import PREFIX, ServiceSettings, SettingsError, listen_address

SECRET = "postgresql://app:s3cret-word@db/x"
NEEDED = {
    "DATABASE_URL": SECRET,
    "PIPELINE_DATABASE_URL": SECRET,
    "RELAY_DATABASE_URL": SECRET,
    "KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "TRUSTED_ISSUERS_FILE": "issuers.json",
    "SIGNING_KEY_FILE": "key.json",
    "KEYRING_FOLDER": "keys",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment is the input here; nothing of the tester's own may be in it."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    return monkeypatch


def give(environment: pytest.MonkeyPatch, **changed: str) -> None:
    for name, value in (NEEDED | changed).items():
        environment.setenv(PREFIX + name, value)


def complaint() -> str:
    with pytest.raises(SettingsError) as caught:
        ServiceSettings.load()
    return str(caught.value)


def test_a_full_environment_makes_settings(environment: pytest.MonkeyPatch) -> None:
    give(environment, WORK_CONCURRENCY="3")
    settings = ServiceSettings.load()
    assert settings.database_url.get_secret_value() == SECRET
    assert settings.keyring_folder == Path("keys")
    assert settings.work_concurrency == 3
    assert settings.log_level == "info"


def test_settings_cannot_be_changed(environment: pytest.MonkeyPatch) -> None:
    give(environment)
    settings = ServiceSettings.load()
    with pytest.raises(ValueError, match="frozen"):
        settings.kafka_bootstrap = "elsewhere"


def test_every_missing_setting_is_named_at_once_with_what_it_is_for() -> None:
    text = complaint()
    assert {line.split(":")[0].strip() for line in text.splitlines()[1:]} == {PREFIX + name for name in NEEDED}
    assert "PostgreSQL address of the application login" in text


def test_missing_and_wrong_are_told_together(environment: pytest.MonkeyPatch) -> None:
    give(environment, DATABASE_POOL="many", WORK_CONCURRENCY="0", MAX_REQUEST_BYTES="10")
    environment.delenv("WARDMOTE_KAFKA_BOOTSTRAP")
    text = complaint()
    for name in ("DATABASE_POOL", "WORK_CONCURRENCY", "MAX_REQUEST_BYTES", "KAFKA_BOOTSTRAP"):
        assert f"{PREFIX}{name}:" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRACES", "otpl"),
        ("TRACES", "file:"),
        ("LOG_LEVEL", "verbose"),
        ("GRPC_LISTEN", "127.0.0.1"),
        ("HTTP_LISTEN", "127.0.0.1:http"),
        ("OPS_LISTEN", ""),
        ("OPS_LISTEN", "127.0.0.1:70000"),
    ],
)
def test_a_word_that_would_be_misread_later_is_refused_at_once(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    give(environment, **{name: value})
    assert f"{PREFIX}{name}:" in complaint()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRACES", "otlp"),
        ("TRACES", "file:var/spans.jsonl"),
        ("LOG_LEVEL", "debug"),
        ("GRPC_LISTEN", "[::]:7601"),
        ("HTTP_LISTEN", "0.0.0.0:0"),
    ],
)
def test_words_that_will_do(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    give(environment, **{name: value})
    assert getattr(ServiceSettings.load(), name.lower()) == value


def test_a_complaint_repeats_no_value(environment: pytest.MonkeyPatch) -> None:
    give(environment, DATABASE_POOL="s3cret-word")
    assert "s3cret-word" not in complaint()


def test_secrets_are_masked_when_printed(environment: pytest.MonkeyPatch) -> None:
    give(environment)
    settings = ServiceSettings.load()
    shown = settings.redacted()
    assert set(shown) == set(ServiceSettings.model_fields)
    assert shown["kafka_bootstrap"] == "127.0.0.1:9092"
    for text in (str(shown), repr(settings), str(settings)):
        assert "s3cret-word" not in text


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in ServiceSettings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("127.0.0.1:7601", ("127.0.0.1", 7601)),
        (":7601", ("127.0.0.1", 7601)),
        ("[::1]:7601", ("::1", 7601)),
        ("localhost:0", ("localhost", 0)),
    ],
)
def test_a_listen_address_is_host_and_port(listen: str, address: tuple[str, int]) -> None:
    assert listen_address(listen) == address
