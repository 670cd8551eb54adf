"""The place of a case in the list of cases, as a cursor tells it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from wardmote_case_management.application.queries import CaseView
from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import parse_id
from wardmote_kernel.taxonomy import Severity
from wardmote_runtime.pages import from_cursor, to_cursor

_URGENT, _NOT_URGENT = "urgent", "other"


@dataclass(frozen=True, slots=True)
class Place:
    """What the list is ordered by: urgency, severity, newness and id, each highest first."""

    is_urgent: bool
    severity: Severity
    opened_at: datetime
    case_id: UUID

    @classmethod
    def after(cls, last: CaseView) -> "Place":
        """The place after a case."""
        return cls(last.is_urgent, last.suggestion.severity, last.opened_at, last.case_id)

    @classmethod
    def of_cursor(cls, cursor: str) -> "Place | None":
        """The place that a cursor tells, or None for the first page.

        Raises:
            Invalid: it is not a cursor of this list.
        """
        parts = from_cursor(cursor, 4)
        if parts is None:
            return None
        urgency, severity, opened_at, case_id = parts
        try:
            place = cls(urgency == _URGENT, Severity(severity), datetime.fromisoformat(opened_at), _id_of(case_id))
        except ValueError:
            place = None
        if place is None or place.opened_at.tzinfo is None or urgency not in (_URGENT, _NOT_URGENT):
            raise Invalid(Violation("cursor", "Send the next_cursor of the page before, unchanged, or nothing for the first page."))
        return place

    def to_cursor(self) -> str:
        """The cursor that tells this place."""
        return to_cursor(_URGENT if self.is_urgent else _NOT_URGENT, self.severity, self.opened_at.isoformat(), str(self.case_id))


def _id_of(text: str) -> UUID:
    parsed = parse_id(text)
    if parsed is None:
        raise ValueError
    return parsed
