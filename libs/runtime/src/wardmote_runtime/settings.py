"""Settings from the environment into one frozen model. Every mistake is reported at once; secrets never print."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "WARDMOTE_"
HIGHEST_PORT = 65_535


def listen_address(listen: str) -> tuple[str, int]:
    """Host and port of a ``host:port`` setting; an IPv6 host stands in brackets.

    Raises:
        ValueError: it is not one.

    >>> listen_address("127.0.0.1:7601")
    ('127.0.0.1', 7601)
    >>> listen_address("[::]:7601")
    ('::', 7601)
    """
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > HIGHEST_PORT:
        raise ValueError("Say host:port, for example 127.0.0.1:7601.")
    return host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(port)


def _checked_listen(listen: str) -> str:
    listen_address(listen)
    return listen


Listen = Annotated[str, AfterValidator(_checked_listen)]
"""A ``host:port`` where something listens."""


class SettingsError(Exception):
    """The environment does not make a runnable service. The text lists every mistake and the setting's name."""


class ProcessSettings(BaseSettings):
    """What every process with a database and an HTTP face reads."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    database_url: SecretStr = Field(description="PostgreSQL address of the application login (no BYPASSRLS).")
    http_listen: Listen = Field(default="127.0.0.1:0", description="Where REST or pages listen, host:port.")
    ops_listen: Listen = Field(default="127.0.0.1:0", description="Where /metrics, /livez and /readyz listen, host:port.")
    signing_key_file: Path = Field(description="JSON file with this service's private key (JWK), for its own tokens.")
    traces: str = Field(
        default="none", pattern="^(none|otlp|file:.+)$", description="Where spans go: none, otlp, or file:PATH (one JSON object a line)."
    )
    otlp_endpoint: str = Field(default="http://127.0.0.1:4317", description="OTLP collector, used when traces is otlp.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="debug, info, warning or error.")
    database_pool: int = Field(default=8, ge=1, le=100, description="Connections of each login, at most.")
    max_request_bytes: int = Field(default=1_048_576, ge=1024, description="A larger request body or message is refused.")

    @classmethod
    def load(cls) -> Self:
        """Reads the environment.

        Raises:
            SettingsError: with every mistake at once.
        """
        try:
            return cls()  # type: ignore[call-arg]  # the values come from the environment
        except ValidationError as problem:
            raise SettingsError(_explain(cls, problem)) from None

    def redacted(self) -> dict[str, str]:
        """Every setting with secrets masked, for the first log line."""
        return {name: str(getattr(self, name)) for name in sorted(type(self).model_fields)}


class ServiceSettings(ProcessSettings):
    """What every service on the bus reads. A service's own model adds its own, each with a description that the docs repeat."""

    pipeline_database_url: SecretStr = Field(description="PostgreSQL address of the login that writes inbox and work queue.")
    relay_database_url: SecretStr = Field(description="PostgreSQL address of the login that moves outbox and work along.")
    kafka_bootstrap: str = Field(description="Kafka's address, host:port, several separated by commas.")
    grpc_listen: Listen = Field(default="127.0.0.1:0", description="Where gRPC listens, host:port.")
    trusted_issuers_file: Path = Field(description="JSON file: issuer name to its public key (JWK). Tokens of others are refused.")
    keyring_folder: Path = Field(description="Folder of the councils' keys that wrap data keys. Back it up apart from data.")
    work_concurrency: int = Field(default=16, ge=1, le=500, description="Pieces of work done at once by one process.")
    work_per_tenant: int = Field(default=8, ge=1, le=500, description="Pieces of one council's work in flight at once.")


def _explain(model: type[ProcessSettings], problem: ValidationError) -> str:
    lines = ["These settings are missing or wrong:"]
    for error in problem.errors(include_input=False, include_url=False):
        field = str(error["loc"][0]) if error["loc"] else "?"
        about = model.model_fields[field].description if field in model.model_fields else ""
        lines.append(f"  {PREFIX}{field.upper()}: {error['msg']}. {about}")
    return "\n".join(lines)
