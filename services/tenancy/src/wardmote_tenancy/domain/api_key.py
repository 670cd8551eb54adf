"""A credential of a council's own software: what is remembered of it. The token itself is nowhere kept."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from wardmote_kernel.errors import Invalid
from wardmote_tenancy.domain.lines import line_problems


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key, by its id."""

    key_id: UUID
    label: str
    issued_at: datetime
    is_revoked: bool = False

    @classmethod
    def issue(cls, key_id: UUID, label: str, issued_at: datetime) -> "ApiKey":
        """A new key.

        Raises:
            Invalid: the label will not do.
        """
        wrong = line_problems("label", label)
        if wrong:
            raise Invalid(*wrong)
        return cls(key_id, label, issued_at)

    def revoked(self) -> "ApiKey":
        """The key when it is good no more."""
        return replace(self, is_revoked=True)
