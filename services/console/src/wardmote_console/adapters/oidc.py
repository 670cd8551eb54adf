"""The councils' identity providers, by OpenID Connect: code flow with state, nonce, and PKCE where the provider has it.

The issuer is chosen by the council's address before anybody signs in, and its name, ours and the attempt's nonce are pinned: a token
that is signed well but was made by another council's provider is refused.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from wardmote_console.application.council import Council, Provider
from wardmote_console.application.person import Attempt
from wardmote_console.application.ports import Identified
from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import Unauthenticated, Unavailable
from wardmote_kernel.taxonomy import Role

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures that an ID token may have. Never ``none``, never one with a shared secret."""

LEEWAY_SECONDS = 60
"""How far the clocks of two machines may be apart."""

_USUAL = ("client_secret_basic",)
"""How a provider that says nothing about it lets clients prove themselves (OpenID Connect Discovery §3)."""

_SCOPE = "openid profile"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SECONDS = 5.0


class OidcProviders:
    """Speaks to the provider of each council. Settings and keys are read anew for each sign-in: those are rare, and keys change."""

    def __init__(
        self, public_url: str, clock: Clock, secrets: Mapping[str, str], transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        """
        Args:
            secrets: issuer to the secret that it gave us. To any other we are a public client.
            transport: how providers are reached; None for the network.
        """
        self._public_url = public_url
        self._clock = clock
        self._secrets = secrets
        self._transport = transport
        self._log = structlog.get_logger("sign-in")

    async def address(self, council: Council, attempt: Attempt) -> str:
        async with self._client(council) as client:
            settings = await self._settings(client, council.provider)
            has_pkce = "S256" in settings.get("code_challenge_methods_supported", ())
            client.code_challenge_method = "S256" if has_pkce else None
            address, _ = client.create_authorization_url(
                settings["authorization_endpoint"], state=attempt.state, nonce=attempt.nonce, code_verifier=attempt.verifier
            )
        return str(address)

    async def identify(self, council: Council, attempt: Attempt, code: str) -> Identified:
        async with self._client(council) as client:
            settings = await self._settings(client, council.provider)
            token = await self._token(client, settings, attempt, code)
            keys = await _json(client, settings["jwks_uri"])
        return self._identified(council.provider, attempt, token, keys)

    def _client(self, council: Council) -> Any:
        """Authlib's client, which has no types."""
        return cast(Any, AsyncOAuth2Client)(
            client_id=council.provider.client_id, client_secret=self._secrets.get(council.provider.issuer), scope=_SCOPE,
            timeout=_SECONDS, transport=self._transport, redirect_uri=f"{self._public_url}/{council.slug}/oidc/callback",
        )  # fmt: skip

    async def _settings(self, client: Any, provider: Provider) -> Mapping[str, Any]:
        """The provider's published settings.

        Raises:
            Unavailable: they cannot be had, name another issuer, or lead off the secure web.
        """
        if not _is_secure(provider.issuer):
            self._refuse("issuer-not-https")
        settings = await _json(client, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        if settings.get("issuer") != provider.issuer:
            self._refuse("issuer-differs")
        if not all(_is_secure(str(settings.get(name, ""))) for name in _ENDPOINTS):
            self._refuse("endpoint-not-https")
        return settings

    def _refuse(self, reason: str) -> NoReturn:
        self._log.error("A council's identity provider is not set up well.", reason=reason)
        raise Unavailable("Your council’s sign-in is not set up well. Tell its administrator.")

    async def _token(self, client: Any, settings: Mapping[str, Any], attempt: Attempt, code: str) -> str:
        has_pkce = "S256" in settings.get("code_challenge_methods_supported", ())
        proof = {"code_verifier": attempt.verifier} if has_pkce else {}
        if client.client_secret and "client_secret_basic" not in settings.get("token_endpoint_auth_methods_supported", _USUAL):
            client.token_endpoint_auth_method = "client_secret_post"  # noqa: S105
        try:
            answer = await client.fetch_token(settings["token_endpoint"], grant_type="authorization_code", code=code, **proof)
        except OAuthError:
            raise Unauthenticated("The sign-in was used already, or took too long.") from None
        except (httpx2.HTTPError, ValueError):
            raise _no_answer() from None
        return str(answer.get("id_token", ""))

    def _identified(self, provider: Provider, attempt: Attempt, token: str, keys: Mapping[str, Any]) -> Identified:
        registry = jwt.JWTClaimsRegistry(
            int(self._clock.now().timestamp()), LEEWAY_SECONDS, exp={"essential": True}, sub={"essential": True},
            iss={"essential": True, "value": provider.issuer}, aud={"essential": True, "value": provider.client_id},
            nonce={"essential": True, "value": attempt.nonce},
        )  # fmt: skip
        try:
            claims = jwt.decode(token, KeySet.import_key_set(cast(KeySetSerialization, keys)), algorithms=ALGORITHMS).claims
            registry.validate(claims)
        except (JoseError, ValueError, KeyError) as fault:
            self._log.warning("An ID token was refused.", error=type(fault).__name__)
            raise Unauthenticated("Your council’s sign-in gave an answer that is not good for this page.") from None
        if _is_for_another(claims, provider.client_id):
            raise Unauthenticated("Your council’s sign-in gave an answer that is meant for another program.")
        return Identified(str(claims["sub"]), roles_of(claims.get(provider.role_claim)))


def secrets_from(path: Path | None) -> Mapping[str, str]:
    """Issuer to client secret, from a JSON file; none without one."""
    return {str(issuer): str(secret) for issuer, secret in json.loads(path.read_text()).items()} if path else {}


def roles_of(claim: object) -> frozenset[Role]:
    """The roles that a claim names: a list, or words in one text. What we do not know is left out.

    >>> sorted(roles_of(["case_worker", "gardener"]))
    [<Role.CASE_WORKER: 'case_worker'>]
    >>> sorted(roles_of("case_worker, on_call"))
    [<Role.CASE_WORKER: 'case_worker'>, <Role.ON_CALL: 'on_call'>]
    """
    names: Iterable[object] = claim.replace(",", " ").split() if isinstance(claim, str) else claim if isinstance(claim, list) else ()
    known = {role.value: role for role in Role}
    return frozenset(known[name] for name in names if isinstance(name, str) and name in known)


def _is_for_another(claims: Mapping[str, Any], client_id: str) -> bool:
    """A token for several audiences must say that it was made for us (OpenID Connect Core §3.1.3.7)."""
    audiences = claims["aud"]
    needs_party = isinstance(audiences, list) and len(audiences) > 1
    party: object = claims.get("azp", None if needs_party else client_id)
    return party != client_id


def _is_secure(address: str) -> bool:
    """HTTPS, or this machine itself, for the local stack."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


async def _json(client: Any, address: str) -> Mapping[str, Any]:
    try:
        response = await client.request("GET", address, withhold_token=True)
        response.raise_for_status()
        answer = response.json()
    except (httpx2.HTTPError, ValueError):
        raise _no_answer() from None
    if not isinstance(answer, dict):
        raise _no_answer()
    return answer


def _no_answer() -> Unavailable:
    return Unavailable("Your council’s sign-in does not answer now. Try again in a few minutes.")
