"""Reading the words of items: for what it is allowed, and what is remembered of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Purpose(StrEnum):
    """Why words are read."""

    ASSESSMENT = "assessment"
    CASE_WORK = "case_work"


@dataclass(frozen=True, slots=True)
class Reading:
    """One item's words were read by someone, for a purpose."""

    reading_id: UUID
    item_id: UUID
    read_by: str
    purpose: Purpose
    read_at: datetime


@dataclass(frozen=True, slots=True)
class ItemWords:
    """An item's words, opened."""

    item_id: UUID
    text: str
    sender: str
