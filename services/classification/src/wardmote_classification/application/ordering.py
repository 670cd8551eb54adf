"""An operator's order that what other versions assessed is assessed again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from wardmote_classification.application.again import Ordered
from wardmote_classification.application.ports import Assessor, Reassessments


@dataclass(frozen=True, slots=True)
class Ordering:
    """The use case with what it needs."""

    reassessments: Reassessments
    assessor: Assessor

    @property
    def versions(self) -> Mapping[str, str]:
        """By what is assessed now."""
        return self.assessor.versions

    async def order(self, since: datetime | None) -> Ordered:
        """Orders what is not ordered yet, and tells how it stands. Repeating it is harmless.

        Args:
            since: only incidents last assessed from this moment on.
        """
        return await self.reassessments.order(self.versions, since)
