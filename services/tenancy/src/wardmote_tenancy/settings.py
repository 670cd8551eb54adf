"""What tenancy reads from the environment beside what every service reads."""

from pydantic import Field

from wardmote_runtime.settings import ServiceSettings


class TenancySettings(ServiceSettings):
    """Tenancy's settings. The addresses are for the proof that no report was lost, and for nothing else."""

    intake_address: str = Field(description="gRPC address of intake, to ask what it holds.")
    classification_address: str = Field(description="gRPC address of classification, to ask what it holds.")
    case_management_address: str = Field(description="gRPC address of case-management, to ask what it holds.")
    notification_address: str = Field(description="gRPC address of notification, to ask what it holds.")
    reconcile_seconds: float = Field(default=60, ge=1, description="Seconds between two looks at all councils' reports.")
    reconcile_grace_seconds: float = Field(
        default=60, ge=0, description="A report that is not through and younger than this waits; an older one is a gap."
    )
