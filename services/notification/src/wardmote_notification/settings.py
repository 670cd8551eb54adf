"""What notification reads from the environment beside what every service reads."""

from pydantic import Field

from wardmote_runtime.settings import ServiceSettings


class NotificationSettings(ServiceSettings):
    """Notification's settings."""

    tenancy_address: str = Field(description="gRPC address of tenancy, which knows the contacts.")
    smtp_host: str = Field(description="Host of the mail server that takes our mails.")
    smtp_port: int = Field(ge=1, le=65535, description="Its port.")
    mail_from: str = Field(
        pattern=r"^[^@\s]+@[^@\s]+$", description="Address that the mails come from, for example wardmote@council.example."
    )
    console_url: str = Field(pattern=r"^https?://\S+$", description="Where the console's pages are; links in mails begin with it.")
