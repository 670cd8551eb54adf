"""A person of a council: their roles, and the particulars that are kept sealed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.taxonomy import Role
from wardmote_tenancy.domain.lines import line_problems

COUNCIL_ROLES = (Role.REPORTER, Role.CASE_WORKER, Role.ON_CALL, Role.COUNCIL_ADMIN)
"""Roles that a council may give its people. The others belong to programs and to the operator."""

CONTACT = re.compile(r"[^@\s]+@[^@\s]+")
LONGEST_CONTACT = 254
"""An e-mail address, in characters (RFC 5321 §4.5.3.1.3)."""


@dataclass(frozen=True, slots=True)
class Particulars:
    """Name and e-mail address. Sealed at rest, and in no representation of this value."""

    name: str = field(repr=False)
    contact: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone known to a council, in their work for it."""

    person_id: UUID
    roles: tuple[Role, ...]
    """In the order of COUNCIL_ROLES, each once. None: the person left."""
    subject: str = ""
    """What their identity provider calls them. Empty: they do not sign in."""

    @classmethod
    def register(cls, person_id: UUID, roles: Iterable[Role], subject: str, particulars: Particulars) -> "Person":
        """A person with their roles.

        Raises:
            Invalid: with every field that is wrong.
        """
        given = frozenset(roles)
        wrong = _role_problems(given)
        wrong += line_problems("subject", subject, required=False)
        wrong += line_problems("name", particulars.name)
        wrong += _contact_problems(particulars.contact, is_needed=Role.ON_CALL in given)
        if wrong:
            raise Invalid(*wrong)
        return cls(person_id, tuple(role for role in COUNCIL_ROLES if role in given), subject)

    @classmethod
    def leave(cls, person_id: UUID, subject: str, particulars: Particulars) -> "Person":
        """What is left of a person who leaves: the id.

        Raises:
            Invalid: the order says more than that they leave; what it said would be kept nowhere.
        """
        if subject or particulars.name or particulars.contact:
            raise Invalid(Violation("roles", "No roles means the person leaves. Then send no name, contact and subject; or send roles."))
        return cls(person_id, ())

    @property
    def has_left(self) -> bool:
        return not self.roles


def _role_problems(roles: frozenset[Role]) -> list[Violation]:
    if roles and roles.issubset(COUNCIL_ROLES):
        return []
    return [Violation("roles", f"Give some of: {', '.join(COUNCIL_ROLES)}.")]


def _contact_problems(contact: str, *, is_needed: bool) -> list[Violation]:
    if not contact:
        return [Violation("contact", "Give an e-mail address: a person on call is paged by it.")] if is_needed else []
    if len(contact) > LONGEST_CONTACT or not contact.isprintable() or not CONTACT.fullmatch(contact):
        return [Violation("contact", "An e-mail address, for example name@council.example.")]
    return []
