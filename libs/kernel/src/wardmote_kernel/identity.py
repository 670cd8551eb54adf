"""Ids: UUIDv7 made in the application, and references that people can read to each other."""

import secrets
from typing import NewType, Protocol
from uuid import UUID

from wardmote_kernel.clock import Clock

TenantId = NewType("TenantId", UUID)

PLATFORM = TenantId(UUID(int=0))
"""The tenant of what belongs to no council: an event whose tenant cannot be read."""

REFERENCE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No O, 0, I or 1: references are read out over the telephone (architecture.md §7)."""

REFERENCE_LENGTH = 8
"""40 bits: at a million references in one council the next draw collides once in a million."""


class Ids(Protocol):
    """Makes ids and references. Passed in, so that a test can know them beforehand."""

    def new_id(self) -> UUID:
        """A new UUIDv7: later ids sort after earlier ones, to the millisecond."""
        ...

    def new_reference(self) -> str:
        """A new human reference, for example ``7K3M-P2QX``. Unique only once the database has accepted it."""
        ...


class RandomIds:
    """Ids from the system's random source and the clock it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def new_id(self) -> UUID:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        return uuid7(milliseconds, secrets.randbits(74))

    def new_reference(self) -> str:
        letters = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))
        return f"{letters[:4]}-{letters[4:]}"


def uuid7(milliseconds: int, randomness: int) -> UUID:
    """A version 7 UUID (RFC 9562 §5.7) of a Unix time in milliseconds and 74 random bits.

    >>> str(uuid7(0x017F22E279B0, 0))
    '017f22e2-79b0-7000-8000-000000000000'
    """
    high = randomness >> 62 & 0xFFF
    low = randomness & (1 << 62) - 1
    return UUID(int=(milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def parse_id(text: str) -> UUID | None:
    """The id that a text spells in the canonical form, or None. Other spellings are not ids of ours.

    >>> parse_id("017f22e2-79b0-7000-8000-000000000000")
    UUID('017f22e2-79b0-7000-8000-000000000000')
    >>> parse_id("{017f22e279b070008000000000000000}") is None
    True
    """
    try:
        parsed = UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text else None
