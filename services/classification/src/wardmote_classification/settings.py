"""What classification reads from the environment beside what every service reads."""

from pydantic import Field

from wardmote_runtime.settings import ServiceSettings


class ClassificationSettings(ServiceSettings):
    """Classification's settings."""

    intake_address: str = Field(description="gRPC address of intake, for the words of items.")
