"""Ids that a test knows beforehand."""

from uuid import UUID

from wardmote_kernel.identity import uuid7


class CountingIds:
    """Ids 1, 2, 3 …, and references AAAA-AAA2, AAAA-AAA3 …"""

    def __init__(self) -> None:
        self._ids = 0
        self._references = 1

    def new_id(self) -> UUID:
        self._ids += 1
        return uuid7(1_767_603_600_000, self._ids)

    def new_reference(self) -> str:
        self._references += 1
        return f"AAAA-AAA{self._references}"
