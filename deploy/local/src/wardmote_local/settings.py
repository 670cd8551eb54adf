"""What the local stack reads from the environment."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from wardmote_local.addresses import HIGHEST_OFFSET
from wardmote_local.servers.errors import LocalError
from wardmote_local.servers.places import repository

PREFIX = "WARDMOTE_"
HIGHEST_PORT = 65_535


class LocalSettings(BaseSettings):
    """The settings of one stack. Two stacks on one machine differ in ``port_base`` and in ``var``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    var: Path = Field(default_factory=lambda: repository() / "var" / "local", description="Folder of the stack's data, keys and logs.")
    port_base: int = Field(default=7600, ge=1024, le=HIGHEST_PORT - HIGHEST_OFFSET, description="First port; see the port table.")
    database_admin_url: SecretStr | None = Field(default=None, description="Superuser's address of a PostgreSQL to use instead.")
    kafka: str | None = Field(default=None, description="Address of a Kafka to use instead, host:port.")

    @classmethod
    def load(cls) -> "LocalSettings":
        """Reads the environment.

        Raises:
            LocalError: with every mistake at once.
        """
        try:
            loaded = cls()
        except ValidationError as problem:
            raise LocalError("These settings are wrong:", _explain(problem)) from None
        return loaded.model_copy(update={"var": loaded.var.resolve()})


def _explain(problem: ValidationError) -> str:
    errors = problem.errors(include_input=False, include_url=False)
    return "\n".join(f"  {PREFIX}{str(error['loc'][0]).upper()}: {error['msg']}." for error in errors)
