"""What tenancy reads from the environment: what every service reads, and nothing more."""

from wardmote_runtime.settings import ServiceSettings


class TenancySettings(ServiceSettings):
    """Tenancy's settings."""
