"""The people of a council who are told, by their roles."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from wardmote_kernel.taxonomy import Role


@dataclass(frozen=True, slots=True)
class Recipient:
    """Someone who may be told. Roles that this service does not know are kept and mean nothing here."""

    person_id: UUID
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is on call and who works cases, each in a fixed order."""

    on_call: tuple[UUID, ...] = ()
    case_workers: tuple[UUID, ...] = ()

    @classmethod
    def of(cls, recipients: Iterable[Recipient]) -> "Roster":
        """The roster that these people make."""
        people = sorted(recipients, key=lambda one: one.person_id)
        return cls(_having(Role.ON_CALL, people), _having(Role.CASE_WORKER, people))


def _having(role: Role, people: list[Recipient]) -> tuple[UUID, ...]:
    return tuple(one.person_id for one in people if role in one.roles)
