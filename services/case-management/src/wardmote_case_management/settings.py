"""What case-management reads from the environment: what every service reads, and nothing more."""

from wardmote_runtime.settings import ServiceSettings


class CaseManagementSettings(ServiceSettings):
    """Case-management's settings."""
