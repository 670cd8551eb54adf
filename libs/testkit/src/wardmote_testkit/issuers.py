"""The platform's issuers of tokens, with keys that a test run makes for itself."""

from collections.abc import Iterable
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from wardmote_kernel.clock import Clock
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import TokenSigner, TokenVerifier, new_key_pair

NAMES = ("tenancy", "console", "operator", "intake", "classification", "case-management", "notification")


class Issuers:
    """Signs in the name of every issuer of the platform, and verifies as a service would."""

    def __init__(self, clock: Clock) -> None:
        pairs = {name: new_key_pair() for name in NAMES}
        self.private = {name: private for name, (private, _) in pairs.items()}
        self.public = {name: public for name, (_, public) in pairs.items()}
        self.verifier = TokenVerifier(self.public, clock)
        self._clock = clock

    def signer(self, name: str) -> TokenSigner:
        """What the service or issuer of that name signs with."""
        return TokenSigner(name, self.private[name], self._clock)

    def bearer(self, role: Role | Iterable[Role], tenant: TenantId | None, *, issuer: str = "", token_id: str = "") -> str:
        """An ``Authorization`` value. The issuer is the one that may give the role."""
        roles = [role] if isinstance(role, Role) else list(role)
        name = issuer or _issuer_of(roles[0])
        token = self.signer(name).token(subject=f"test:{roles[0]}", roles=roles, tenant=tenant, token_id=token_id)
        return f"Bearer {token}"

    def sign(self, name: str, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        """A well signed token with any claims, for tests of odd ones."""
        return jwt.encode(header or {"alg": "ES256", "kid": name}, claims, ECKey.import_key(self.private[name]))


def _issuer_of(role: Role) -> str:
    return {Role.INTEGRATION_CLIENT: "tenancy", Role.OPERATOR: "operator", Role.SERVICE: "intake"}.get(role, "console")
