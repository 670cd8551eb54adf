"""What classification reads from the environment beside what every service reads."""

from pathlib import Path

from pydantic import Field

from wardmote_runtime.settings import ServiceSettings


class ClassificationSettings(ServiceSettings):
    """Classification's settings."""

    intake_address: str = Field(description="gRPC address of intake, for the words of items.")
    candidate_model: Path | None = Field(
        default=None, description="Folder of a candidate: the next model, which judges beside the present one and changes nothing."
    )
