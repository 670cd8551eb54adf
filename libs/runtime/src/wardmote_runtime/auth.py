"""Bearer tokens: short ES256 JWTs of a few known issuers. The council of a request comes from here and from nowhere else."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import Unauthenticated
from wardmote_kernel.identity import TenantId, parse_id
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.tenancy import Caller

Key = TypeVar("Key")
Value = TypeVar("Value")

AUDIENCE = "wardmote"
SHORT = timedelta(seconds=60)
"""Life of a token that one service makes for one call."""

MOST_REMEMBERED = 10_000
"""Good tokens that a verifier, and tokens that a signer, keeps in mind: more than the councils of one deployment."""

_MAY_ISSUE: dict[str, frozenset[Role]] = {
    "tenancy": frozenset({Role.INTEGRATION_CLIENT, Role.SERVICE}),
    "console": frozenset({Role.REPORTER, Role.CASE_WORKER, Role.ON_CALL, Role.COUNCIL_ADMIN, Role.SERVICE}),
    "operator": frozenset({Role.OPERATOR}),
}
"""Roles an issuer may give. Any other issuer may say only that it is a service: a stolen key of one is not the key to all."""


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """A good token: who, and which key it is, so that it can be revoked."""

    caller: Caller
    token_id: str


class TokenSigner:
    """Makes tokens in the name of one issuer."""

    def __init__(self, issuer: str, private_key: dict[str, Any], clock: Clock) -> None:
        self._issuer = issuer
        self._key = ECKey.import_key(private_key)
        self._clock = clock
        self._of_tenants: dict[TenantId | None, tuple[datetime, str]] = {}

    @classmethod
    def from_file(cls, issuer: str, path: Path, clock: Clock) -> "TokenSigner":
        """The private key is a JWK in a JSON file."""
        return cls(issuer, json.loads(path.read_text()), clock)

    def token(self, *, subject: str, roles: Iterable[Role], tenant: TenantId | None, life: timedelta = SHORT, token_id: str = "") -> str:
        """A signed token. ``tenant`` None is for operators, and for services acting for no council."""
        now = int(self._clock.now().timestamp())
        claims: dict[str, Any] = {"iss": self._issuer, "aud": AUDIENCE, "sub": subject, "roles": sorted(roles), "iat": now}
        claims |= {"exp": now + int(life.total_seconds()), "jti": token_id or secrets.token_urlsafe(12)}
        if tenant is not None:
            claims["tenant"] = str(tenant)
        return jwt.encode({"alg": "ES256", "kid": self._issuer}, claims, self._key)

    def service_token(self, tenant: TenantId | None) -> str:
        """This service itself, acting for a council. One token serves the calls of half its life: signing costs more than many a call."""
        now = self._clock.now()
        known = self._of_tenants.get(tenant)
        if known is not None and timedelta(0) <= now - known[0] < SHORT / 2:
            return known[1]
        token = self.token(subject=f"service:{self._issuer}", roles=[Role.SERVICE], tenant=tenant)
        _remember(self._of_tenants, tenant, (now, token))
        return token


class TokenVerifier:
    """Checks tokens against the known issuers' public keys."""

    def __init__(self, trusted: dict[str, dict[str, Any]], clock: Clock) -> None:
        self._keys = {issuer: ECKey.import_key(key) for issuer, key in trusted.items()}
        self._clock = clock
        self._good: dict[str, tuple[float, VerifiedToken]] = {}

    @classmethod
    def from_file(cls, path: Path, clock: Clock) -> "TokenVerifier":
        """JSON file: issuer name to public JWK."""
        return cls(json.loads(path.read_text()), clock)

    def verify(self, authorization: str) -> VerifiedToken:
        """The caller of an ``Authorization`` value. A token that was found good is good, word for word, until its time.

        Whether its council or its key may still come in is another question, and is asked each time (``Admit``).

        Raises:
            Unauthenticated: with what is wrong, never with the token.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Send the header Authorization: Bearer, followed by your key.")
        known = self._good.get(token)
        if known is not None and known[0] > self._clock.now().timestamp():
            return known[1]
        self._good.pop(token, None)
        claims = self._claims(token)
        verified = VerifiedToken(_caller(str(claims.get("iss", "")), claims), str(claims.get("jti", "")))
        _remember(self._good, token, (claims["exp"], verified))
        return verified

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            decoded = jwt.decode(token, self._key_of, algorithms=["ES256"])
        except (JoseError, ValueError, KeyError):
            raise Unauthenticated("The key is not one of ours, or was changed.") from None
        claims: dict[str, Any] = decoded.claims
        if claims.get("iss") != decoded.header.get("kid") or claims.get("aud") != AUDIENCE:
            raise Unauthenticated("The key is not meant for this service.")
        now = self._clock.now().timestamp()
        if not isinstance(claims.get("exp"), int) or claims["exp"] <= now:
            raise Unauthenticated("The key is past its time. Ask for a new one.")
        return claims

    def _key_of(self, signed: Any) -> ECKey:
        return self._keys[signed.headers()["kid"]]


def _remember(kept: dict[Key, Value], key: Key, value: Value) -> None:
    """The newest ones stay."""
    kept.pop(key, None)
    if len(kept) >= MOST_REMEMBERED:
        del kept[next(iter(kept))]
    kept[key] = value


def _caller(issuer: str, claims: dict[str, Any]) -> Caller:
    """Roles beyond what the issuer may give are refused, not dropped: such a token is a fault or an attack."""
    try:
        roles = frozenset(Role(role) for role in claims["roles"])
    except (KeyError, TypeError, ValueError):
        raise Unauthenticated("The key names no role we know.") from None
    if not roles or not roles <= _MAY_ISSUE.get(issuer, frozenset({Role.SERVICE})):
        raise Unauthenticated("The key claims a role its issuer may not give.")
    named = claims.get("tenant")
    tenant = parse_id(str(named))
    # Whoever names something else than a council must not pass for one that acts for none: suspension is not asked then.
    if tenant is None and (named is not None or roles.isdisjoint({Role.OPERATOR, Role.SERVICE})):
        raise Unauthenticated("The key names no council.")
    return Caller(str(claims.get("sub", "")), roles, TenantId(tenant) if tenant else None, issuer)


def new_key_pair() -> tuple[dict[str, Any], dict[str, Any]]:
    """A new private and public JWK for one issuer."""
    key = ECKey.generate_key("P-256", private=True)
    return dict(key.as_dict(private=True)), dict(key.as_dict(private=False))
