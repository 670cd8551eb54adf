"""Someone who has signed in, and how long their session lasts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wardmote_kernel.errors import NotPermitted
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role

SIGNED_IN_ROLES = frozenset({Role.CASE_WORKER, Role.ON_CALL, Role.COUNCIL_ADMIN})
"""Roles that a council's identity provider may give. Others in its claim are ignored."""

IDLE = timedelta(minutes=30)
"""Longest pause between two pages of one session (ecosystem.md §3)."""

LONGEST = timedelta(hours=12)
"""Longest life of a session, however busy (ecosystem.md §3)."""

SIGN_IN_WITHIN = timedelta(minutes=10)
"""Longest stay at the identity provider before the sign-in must begin again."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in."""

    tenant_id: TenantId
    subject: str
    roles: frozenset[Role]

    def require(self, *allowed: Role) -> None:
        """Refuses a person who has none of the allowed roles.

        Raises:
            NotPermitted: saying who can change that.
        """
        if not self.roles.intersection(allowed):
            raise NotPermitted("Your role does not open this page. Ask your council's administrator if you need it for your work.")


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person's stay."""

    person: Person
    opened_at: datetime
    seen_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether the person must sign in again."""
        return now - self.seen_at > IDLE or now - self.opened_at > LONGEST


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in under way. It lives in the browser that began it, signed, and nowhere else."""

    state: str
    nonce: str
    verifier: str
    next_path: str
