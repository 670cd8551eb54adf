"""Signing in and out: who someone is, as their council's identity provider says, and the session that follows."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from wardmote_console.application.council import Council
from wardmote_console.application.person import SIGNED_IN_ROLES, Attempt, Person, Session
from wardmote_console.application.ports import IdentityProviders, Sessions
from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import NotPermitted, Unauthenticated

SEEN_EVERY = timedelta(minutes=1)
"""A session's last use is written down at most this often."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The use cases with what they need."""

    providers: IdentityProviders
    sessions: Sessions
    clock: Clock

    async def begin(self, council: Council, next_path: str) -> tuple[str, Attempt]:
        """The provider's address and the attempt that the browser must bring back."""
        attempt = Attempt(_secret(), _secret(), _secret(), next_path)
        return await self.providers.address(council, attempt), attempt

    async def finish(self, council: Council, attempt: Attempt, state: str, code: str, earlier_key: str) -> tuple[str, Person]:
        """The key of a new session, and whose it is. An earlier session of the browser ends: no key lives on across a sign-in.

        Raises:
            Unauthenticated: the answer does not belong to this attempt, or the provider does not vouch for it.
            NotPermitted: the council gave this person no role here.
        """
        if not hmac.compare_digest(state.encode(), attempt.state.encode()):
            raise Unauthenticated("This sign-in was begun somewhere else.")
        identified = await self.providers.identify(council, attempt, code)
        roles = identified.roles & SIGNED_IN_ROLES
        if not roles:
            raise NotPermitted("Your council has given you no role in Wardmote. Ask its administrator for one.")
        if earlier_key:
            await self.sessions.end(council.tenant_id, earlier_key)
        now, key = self.clock.now(), _secret()
        person = Person(council.tenant_id, identified.subject, roles)
        await self.sessions.open(key, Session(person, now, now))
        return key, person

    async def who(self, council: Council, key: str) -> Session | None:
        """The session that the browser's key opens, or None when the person must sign in."""
        session = await self.sessions.find(council.tenant_id, key) if key else None
        if session is None:
            return None
        now = self.clock.now()
        if session.is_over(now):
            await self.sessions.end(council.tenant_id, key)
            return None
        if now - session.seen_at >= SEEN_EVERY:
            await self.sessions.seen(council.tenant_id, key, now)
        return session

    async def out(self, council: Council, key: str) -> None:
        """Ends the session."""
        if key:
            await self.sessions.end(council.tenant_id, key)


def form_token(key: str) -> str:
    """What a form of this session carries. Only somebody who holds the session's key can make it."""
    return sha256(b"form|" + key.encode()).hexdigest()


def is_form_token(key: str, token: str) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(form_token(key), token)


def _secret() -> str:
    """256 bits, in letters that need no escaping."""
    return secrets.token_urlsafe(32)
