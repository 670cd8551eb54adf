"""What intake reads from the environment beside what every service reads."""

from pydantic import Field

from wardmote_runtime.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """Intake's settings."""

    notification_address: str = Field(description="gRPC address of notification, for the first urgent path.")
