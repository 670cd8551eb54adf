"""Which offences are possible for what was found, by nation and date. Help for case workers, never a charging opinion."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from wardmote_kernel.taxonomy import Nation


@dataclass(frozen=True, slots=True)
class Offence:
    """One offence of the table, in our own words (domain.md §3.6)."""

    code: str
    title: str
    nations: frozenset[Nation]
    types: frozenset[str]
    motivations: frozenset[str]
    """One of them must be found too. None: the types are enough."""
    statute: str
    sentence: str
    evidence: str
    in_force_from: date | None
    """The first day on which it holds. None: not known or not yet, so it is never shown."""
    in_force_until: date | None
    """The last day. None: it holds still."""
    refer_within_months: int | None
    """Tried by the lower courts alone, and to be brought in that time (D-08). None: no such limit."""
    source: str
    note: str
    """For those who keep the table."""

    def holds_on(self, day: date) -> bool:
        """Whether it is law on that day, as far as the table knows."""
        started = self.in_force_from is not None and self.in_force_from <= day
        return started and (self.in_force_until is None or day <= self.in_force_until)

    def fits(self, types: Collection[str], motivations: Collection[str]) -> bool:
        """Whether what was found could be this."""
        return not self.types.isdisjoint(types) and (not self.motivations or not self.motivations.isdisjoint(motivations))


@dataclass(frozen=True, slots=True)
class OffenceTable:
    """The table, and the types that have no offence in a nation on purpose."""

    offences: tuple[Offence, ...]
    without_offence: Mapping[Nation, frozenset[str]]

    def possible(self, types: Collection[str], motivations: Collection[str], nation: Nation, on: date) -> tuple[Offence, ...]:
        """The offences that may be possible, in the order of the table, the gravest first.

        Args:
            types: codes of domain.md §3.3. Those that are no abuse give nothing.
            motivations: codes of domain.md §3.4.
            on: the day whose law it is.
        """
        return tuple(
            offence for offence in self.offences
            if nation in offence.nations and offence.holds_on(on) and offence.fits(types, motivations)
        )  # fmt: skip
