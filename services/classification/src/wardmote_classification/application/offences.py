"""Offences that may be possible, as an assessment's reader is told them: help, never kept and never sent on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from wardmote_kernel.taxonomy import Nation

UK = ZoneInfo("Europe/London")


class PossibleOffence(Protocol):
    """One offence as a case worker reads it."""

    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def statute(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def evidence(self) -> str: ...
    @property
    def refer_within_months(self) -> int | None: ...


class OffenceTable(Protocol):
    """The dated table of offences."""

    def possible(self, types: Collection[str], motivations: Collection[str], nation: Nation, on: date) -> Sequence[PossibleOffence]:
        """The offences that may be possible by the law of that nation on that day."""
        ...


class Councils(Protocol):
    """What is known of the councils."""

    async def nation(self) -> Nation | None:
        """The current council's nation; None when it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class PossibleOffences:
    """The list, and whose law of which day it is by."""

    nation: Nation | None
    """None: not known, and none is told rather than a guess."""
    law_on: date
    offences: Sequence[PossibleOffence]


def law_day(moment: datetime) -> date:
    """The day in the United Kingdom, on which a law begins at midnight."""
    return moment.astimezone(UK).date()
