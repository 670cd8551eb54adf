"""What the console reads from the environment. It is on no bus and keeps no keyring, so it asks for less than the services do."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from wardmote_runtime.settings import ProcessSettings

_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def _origin(address: str) -> str:
    """Scheme, host and port alone. Without TLS only on this machine: cookies of people's sessions travel over it."""
    parts = urlsplit(address)
    is_secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
    if not is_secure or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("Give https://host or https://host:port; http is for localhost alone")
    return f"{parts.scheme}://{parts.netloc}"


class ConsoleSettings(ProcessSettings):
    """The console's settings."""

    public_url: Annotated[str, AfterValidator(_origin)] = Field(description="Where browsers reach the pages, for example https://host.")
    oidc_client_secrets_file: Path | None = Field(
        default=None, description="JSON file: issuer to the client secret that it gave us. Other issuers know us as a public client."
    )
    tenancy_address: str = Field(description="gRPC address of tenancy: which council has which address.")
    intake_address: str = Field(description="gRPC address of intake: takes reports, opens words.")
    case_management_address: str = Field(description="gRPC address of case-management.")
    classification_address: str = Field(description="gRPC address of classification: why something was suggested.")
    notification_address: str = Field(description="gRPC address of notification: what was sent.")

    @property
    def is_secure(self) -> bool:
        """The pages are reached over TLS, so that cookies can be kept to it."""
        return self.public_url.startswith("https://")
