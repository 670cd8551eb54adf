"""Signing in by OpenID Connect, against a provider that a test can make lie."""

import base64
import json
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from wardmote_console.adapters.oidc import OidcProviders, secrets_from
from wardmote_console.application.council import Provider
from wardmote_console.application.person import Attempt

from tests.unit.console.fakes import COUNCIL
from wardmote_kernel.errors import Unauthenticated, Unavailable
from wardmote_kernel.taxonomy import Role
from wardmote_testkit.clock import StoppedClock

ISSUER = COUNCIL.provider.issuer
ATTEMPT = Attempt("the-state", "the-nonce", "the-verifier-of-at-least-forty-three-characters", "")
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
CLOCK = StoppedClock()


@dataclass
class ProviderOnPaper:
    """Answers as a provider would; keywords say what is otherwise."""

    settings: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    token_status: int = 200
    signed_with: RSAKey = field(default_factory=lambda: KEY)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    raw_token: str = ""
    sent: dict[str, list[str]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    authorization: str = ""

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        match request.url.path:
            case "/.well-known/openid-configuration":
                return httpx2.Response(200, json=self._published())
            case "/token":
                self.sent = parse_qs(request.content.decode())
                self.authorization = request.headers.get("authorization", "")
                body = {"id_token": self._token(), "access_token": "a", "token_type": "Bearer"}
                return httpx2.Response(self.token_status, json=body if self.token_status == 200 else {"error": "invalid_grant"})
            case "/keys":
                return httpx2.Response(200, json=KeySet([KEY]).as_dict(private=False))
        return httpx2.Response(404)

    def _published(self) -> dict[str, Any]:
        return {
            "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/authorize", "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys", "code_challenge_methods_supported": ["S256"],
        } | self.settings  # fmt: skip

    def _token(self) -> str:
        now = int(CLOCK.now().timestamp())
        claims = {
            "iss": ISSUER, "aud": COUNCIL.provider.client_id, "sub": "alex", "nonce": ATTEMPT.nonce, "iat": now, "exp": now + 300,
            "roles": ["case_worker", "gardener"],
        } | self.claims  # fmt: skip
        return self.raw_token or jwt.encode(
            self.header, {name: value for name, value in claims.items() if value is not None}, self.signed_with
        )

    def providers(self) -> OidcProviders:
        return OidcProviders("https://pages.example", CLOCK, self.secrets, httpx2.MockTransport(self.answer))


def _challenge(verifier: str) -> str:
    """RFC 7636 §4.2."""
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


async def test_the_browser_is_sent_with_state_nonce_and_proof() -> None:
    address = await ProviderOnPaper().providers().address(COUNCIL, ATTEMPT)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{ISSUER}/authorize?")
    assert asked["redirect_uri"] == "https://pages.example/northshire/oidc/callback"
    assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", "wardmote-console", "openid profile")
    assert (asked["state"], asked["nonce"]) == (ATTEMPT.state, ATTEMPT.nonce)
    assert (asked["code_challenge_method"], asked["code_challenge"]) == ("S256", _challenge(ATTEMPT.verifier))


async def test_proof_is_left_out_where_the_provider_has_none() -> None:
    provider = ProviderOnPaper(settings={"code_challenge_methods_supported": []})
    assert "code_challenge" not in await provider.providers().address(COUNCIL, ATTEMPT)
    await provider.providers().identify(COUNCIL, ATTEMPT, "c")
    assert "code_verifier" not in provider.sent


async def test_a_good_answer_names_person_and_known_roles() -> None:
    provider = ProviderOnPaper()
    identified = await provider.providers().identify(COUNCIL, ATTEMPT, "the-code")
    assert (identified.subject, identified.roles) == ("alex", frozenset({Role.CASE_WORKER}))
    sent = {name: values[0] for name, values in provider.sent.items()}
    assert sent == {
        "grant_type": "authorization_code", "code": "the-code", "client_id": "wardmote-console", "code_verifier": ATTEMPT.verifier,
        "redirect_uri": "https://pages.example/northshire/oidc/callback",
    }  # fmt: skip


@pytest.mark.parametrize("methods", [None, ["client_secret_post"]], ids=["as usual", "in the form"])
async def test_a_secret_is_shown_to_the_issuer_that_gave_it(methods: list[str] | None) -> None:
    provider = ProviderOnPaper(secrets={ISSUER: "s3cret"}, settings={"token_endpoint_auth_methods_supported": methods} if methods else {})
    await provider.providers().identify(COUNCIL, ATTEMPT, "c")
    assert (provider.authorization != "") is (methods is None)
    assert provider.sent.get("client_secret") == (["s3cret"] if methods else None)


async def test_another_issuer_never_sees_it() -> None:
    provider = ProviderOnPaper(secrets={"https://login.porthaven.example": "s3cret"})
    await provider.providers().identify(COUNCIL, ATTEMPT, "c")
    assert (provider.authorization, provider.sent.get("client_secret")) == ("", None)


def test_secrets_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({ISSUER: "s3cret"}))
    assert secrets_from(path) == {ISSUER: "s3cret"}
    assert secrets_from(None) == {}


async def test_roles_come_from_the_claim_that_the_council_names() -> None:
    council = replace(COUNCIL, provider=Provider(ISSUER, "wardmote-console", "groups"))
    provider = ProviderOnPaper(claims={"groups": "on_call council_admin"})
    identified = await provider.providers().identify(council, ATTEMPT, "c")
    assert identified.roles == {Role.ON_CALL, Role.COUNCIL_ADMIN}


LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"claims": {"iss": "https://login.porthaven.example"}},
    "another audience": {"claims": {"aud": "another-program"}},
    "several audiences and no party": {"claims": {"aud": ["wardmote-console", "another"]}},
    "another party": {"claims": {"azp": "another"}},
    "another nonce": {"claims": {"nonce": "replayed"}},
    "no nonce": {"claims": {"nonce": None}},
    "no subject": {"claims": {"sub": None}},
    "past its time": {"claims": {"exp": int(CLOCK.now().timestamp()) - 61}},
    "no time": {"claims": {"exp": None}},
    "signed by another": {"signed_with": OTHER_KEY},
    "of a key that is not published": {"header": {"alg": "RS256", "kid": "two"}},
    "no token": {"raw_token": "x"},
    "not signed": {"raw_token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGV4In0."},
    "the code is used": {"token_status": 400},
}


@pytest.mark.parametrize("lie", LIES)
async def test_any_other_answer_signs_nobody_in(lie: str) -> None:
    with pytest.raises(Unauthenticated):
        await ProviderOnPaper(**LIES[lie]).providers().identify(COUNCIL, ATTEMPT, "c")


async def test_a_token_with_a_secret_for_a_signature_is_refused() -> None:
    """A classic: the public key taken for a shared secret."""
    forged = jwt.encode(
        {"alg": "HS256", "kid": "one"}, {"iss": ISSUER, "sub": "alex"}, OctKey.import_key(json.dumps(KEY.as_dict(private=False)))
    )
    with pytest.raises(Unauthenticated):
        await ProviderOnPaper(raw_token=forged).providers().identify(COUNCIL, ATTEMPT, "c")


async def test_clocks_may_be_a_minute_apart() -> None:
    provider = ProviderOnPaper(claims={"exp": int(CLOCK.now().timestamp()) - 59})
    assert (await provider.providers().identify(COUNCIL, ATTEMPT, "c")).subject == "alex"


@pytest.mark.parametrize(
    "published",
    [{"issuer": "https://login.porthaven.example"}, {"token_endpoint": "http://login.northshire.example/token"}, {"jwks_uri": None}],
    ids=str,
)
async def test_a_provider_that_is_not_set_up_well_is_not_used(published: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        await ProviderOnPaper(settings=published).providers().address(COUNCIL, ATTEMPT)


@pytest.mark.parametrize("issuer", ["http://login.northshire.example", "", "file:///etc/passwd"])
async def test_an_issuer_off_the_secure_web_is_not_asked(issuer: str) -> None:
    council = replace(COUNCIL, provider=Provider(issuer, "wardmote-console"))
    with pytest.raises(Unavailable):
        await ProviderOnPaper().providers().address(council, ATTEMPT)


@pytest.mark.parametrize("answer", [httpx2.Response(500), httpx2.Response(200, text="<html>"), httpx2.Response(200, json=[])], ids=repr)
async def test_a_provider_that_does_not_answer_is_away(answer: httpx2.Response) -> None:
    providers = OidcProviders("https://pages.example", CLOCK, {}, httpx2.MockTransport(lambda _request: answer))
    with pytest.raises(Unavailable):
        await providers.address(COUNCIL, ATTEMPT)


async def test_a_network_that_is_down_is_the_provider_away() -> None:
    def down(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("down", request=request)

    with pytest.raises(Unavailable):
        await OidcProviders("https://pages.example", CLOCK, {}, httpx2.MockTransport(down)).address(COUNCIL, ATTEMPT)
