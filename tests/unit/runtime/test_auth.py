"""Tokens: who is let in, and that nothing changed, foreign, old or odd is."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardmote_kernel.errors import Unauthenticated
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import AUDIENCE, MOST_REMEMBERED, SHORT, TokenSigner, TokenVerifier
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.issuers import Issuers

CLOCK = StoppedClock()
ISSUERS = Issuers(CLOCK)
TENANT = TenantId(uuid4())


def claims(**changed: Any) -> dict[str, Any]:
    now = int(CLOCK.now().timestamp())
    usual = {"iss": "console", "aud": AUDIENCE, "sub": "s", "roles": ["case_worker"], "iat": now, "exp": now + 60, "tenant": str(TENANT)}
    return {name: value for name, value in (usual | changed).items() if value is not None}


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def refused(authorization: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        ISSUERS.verifier.verify(authorization)
    return str(caught.value)


def test_a_good_token_says_who_calls_for_which_council() -> None:
    token = ISSUERS.signer("console").token(subject="person-7", roles=[Role.CASE_WORKER, Role.ON_CALL], tenant=TENANT, token_id="k1")
    verified = ISSUERS.verifier.verify(f"Bearer {token}")
    assert verified.token_id == "k1"
    assert verified.caller.subject == "person-7"
    assert verified.caller.roles == {Role.CASE_WORKER, Role.ON_CALL}
    assert verified.caller.tenant_id == TENANT
    assert verified.caller.issuer == "console"


def test_the_scheme_is_read_in_any_case() -> None:
    assert ISSUERS.verifier.verify(ISSUERS.bearer(Role.CASE_WORKER, TENANT).replace("Bearer", "bEARER")).caller.tenant_id == TENANT


def test_tokens_without_an_id_of_their_own_get_one() -> None:
    one, other = (ISSUERS.verifier.verify(ISSUERS.bearer(Role.CASE_WORKER, TENANT)).token_id for _ in range(2))
    assert one
    assert one != other


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "token", "Bearer x.y", "Bearer ..", "Bearer é.é.é"]
)
def test_what_is_no_bearer_token_is_refused(authorization: str) -> None:
    refused(authorization)


def test_a_token_is_good_until_its_time_and_not_at_it() -> None:
    clock = StoppedClock()
    issuers = Issuers(clock)
    bearer = issuers.bearer(Role.CASE_WORKER, TENANT)
    clock.advance(SHORT - timedelta(seconds=1))
    assert issuers.verifier.verify(bearer)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(Unauthenticated, match="past its time"):
        issuers.verifier.verify(bearer)


def test_a_token_of_an_unknown_issuer_is_refused() -> None:
    stranger = Issuers(CLOCK)
    refused(stranger.bearer(Role.CASE_WORKER, TENANT))


def test_an_issuer_cannot_sign_in_the_name_of_another() -> None:
    """A service's key is good for that service's tokens alone, whatever the claims or the header say."""
    for header in ({"alg": "ES256", "kid": "console"}, {"alg": "ES256", "kid": "intake"}):
        refused(f"Bearer {ISSUERS.sign('intake', claims(), header)}")


@pytest.mark.parametrize("audience", ["other", ["wardmote", "other"], None])
def test_a_token_for_another_audience_is_refused(audience: object) -> None:
    assert "not meant" in refused(f"Bearer {ISSUERS.sign('console', claims(aud=audience))}")


def test_unsigned_tokens_are_refused() -> None:
    payload = encoded(json.dumps(claims()).encode())
    for name in ("none", "None", "NONE"):
        header = encoded(json.dumps({"alg": name, "kid": "console", "typ": "JWT"}).encode())
        refused(f"Bearer {header}.{payload}.")
        refused(f"Bearer {header}.{payload}.{encoded(b'x' * 64)}")


def test_the_public_key_is_no_secret_to_sign_with() -> None:
    """The known attack: HMAC with the public key's bytes."""
    head = encoded(json.dumps({"alg": "HS256", "kid": "console", "typ": "JWT"}).encode())
    signed = f"{head}.{encoded(json.dumps(claims()).encode())}"
    for secret in (json.dumps(ISSUERS.public["console"]).encode(), str(ISSUERS.public["console"]["x"]).encode()):
        refused(f"Bearer {signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}")


@pytest.mark.parametrize(
    "header", [{"alg": "ES256"}, {"alg": "ES256", "kid": ["console"]}, {"alg": "ES256", "kid": {}}, {"alg": "ES256", "kid": 7}, {}]
)
def test_odd_headers_are_refused(header: dict[str, object]) -> None:
    payload = encoded(json.dumps(claims()).encode())
    refused(f"Bearer {encoded(json.dumps(header).encode())}.{payload}.{encoded(b'x' * 64)}")


def test_a_header_nested_without_end_is_refused() -> None:
    nested = encoded(b'{"alg":' + b"[" * 20_000 + b"]" * 20_000 + b"}")
    refused(f"Bearer {nested}.{nested}.{nested}")


@pytest.mark.parametrize(
    ("issuer", "role"),
    [(name, role) for name in ISSUERS.public for role in Role],
)
def test_an_issuer_gives_only_its_own_roles(issuer: str, role: Role) -> None:
    mine = {
        "tenancy": {Role.INTEGRATION_CLIENT, Role.SERVICE},
        "console": {Role.REPORTER, Role.CASE_WORKER, Role.ON_CALL, Role.COUNCIL_ADMIN, Role.SERVICE},
        "operator": {Role.OPERATOR},
    }.get(issuer, {Role.SERVICE})
    bearer = ISSUERS.bearer(role, TENANT, issuer=issuer)
    if role in mine:
        assert ISSUERS.verifier.verify(bearer).caller.roles == {role}
    else:
        assert "may not give" in refused(bearer)


def test_one_role_too_many_refuses_the_whole_token() -> None:
    assert "may not give" in refused(ISSUERS.bearer([Role.CASE_WORKER, Role.OPERATOR], TENANT))


@pytest.mark.parametrize("roles", [None, [], "case_worker", ["mayor"], 7, [["case_worker"]]])
def test_odd_roles_are_refused(roles: object) -> None:
    refused(f"Bearer {ISSUERS.sign('console', claims(roles=roles))}")


@pytest.mark.parametrize("exp", [None, "soon", 1e12, True, -1, [], 0])
def test_odd_expiries_are_refused(exp: object) -> None:
    assert "past its time" in refused(f"Bearer {ISSUERS.sign('console', claims(exp=exp))}")


@pytest.mark.parametrize("tenant", [None, "", "northshire", str(TENANT).upper(), 7])
def test_a_person_without_a_council_is_refused(tenant: object) -> None:
    assert "council" in refused(f"Bearer {ISSUERS.sign('console', claims(tenant=tenant))}")


@pytest.mark.parametrize("tenant", ["", "northshire", str(TENANT).upper(), 7])
def test_a_service_that_names_something_else_than_a_council_is_refused(tenant: object) -> None:
    """It must not be taken for one that acts for no council: suspension and revocation are not asked then."""
    assert "council" in refused(f"Bearer {ISSUERS.sign('intake', claims(iss='intake', roles=['service'], tenant=tenant))}")


def test_operators_and_services_may_act_for_no_council() -> None:
    assert ISSUERS.verifier.verify(ISSUERS.bearer(Role.OPERATOR, None)).caller.tenant_id is None
    service = ISSUERS.signer("intake").service_token(None)
    assert ISSUERS.verifier.verify(f"Bearer {service}").caller.subject == "service:intake"


def test_any_flipped_bit_is_refused() -> None:
    """Exhaustive, so also the unused bits at the end of each part: a token has one spelling."""
    token = ISSUERS.bearer(Role.CASE_WORKER, TENANT).removeprefix("Bearer ").encode()
    passed = []
    for place in range(len(token)):
        for bit in range(8):
            changed = token[:place] + bytes([token[place] ^ 1 << bit]) + token[place + 1 :]
            try:
                ISSUERS.verifier.verify("Bearer " + changed.decode("latin-1"))
            except Unauthenticated:
                continue
            passed.append((place, bit))
    assert passed == []


@pytest.mark.parametrize("extra", ["=", "==", "A", ".", ".x", "\n", " "])
def test_nothing_may_be_added_to_a_token(extra: str) -> None:
    refused(ISSUERS.bearer(Role.CASE_WORKER, TENANT) + extra)


@given(st.text())
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    refused(f"Bearer {text}")
    refused(text)


@given(st.binary(), st.binary(), st.binary())
def test_any_three_parts_are_refused_and_nothing_else_happens(head: bytes, payload: bytes, signature: bytes) -> None:
    refused(f"Bearer {encoded(head)}.{encoded(payload)}.{encoded(signature)}")


def test_a_refusal_never_repeats_the_token() -> None:
    token = ISSUERS.sign("console", claims(roles=["secret-words"]))
    text = refused(f"Bearer {token}")
    assert "secret-words" not in text
    assert token not in text


def test_keys_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "private.json").write_text(json.dumps(ISSUERS.private["intake"]))
    (tmp_path / "trusted.json").write_text(json.dumps(ISSUERS.public))
    token = TokenSigner.from_file("intake", tmp_path / "private.json", CLOCK).service_token(TENANT)
    verified = TokenVerifier.from_file(tmp_path / "trusted.json", CLOCK).verify(f"Bearer {token}")
    assert verified.caller.roles == {Role.SERVICE}
    assert verified.caller.tenant_id == TENANT


def test_the_public_half_holds_no_private_part() -> None:
    assert all("d" not in key for key in ISSUERS.public.values())
    assert all("d" in key for key in ISSUERS.private.values())


class CountingVerifier(TokenVerifier):
    """Counts how often a signature is looked at."""

    looked = 0

    def _claims(self, token: str) -> dict[str, Any]:
        self.looked += 1
        return super()._claims(token)


def counting(issuers: Issuers, clock: StoppedClock) -> CountingVerifier:
    return CountingVerifier({"console": issuers.signer("console")._key.as_dict(private=False)}, clock)


def test_a_good_token_is_looked_at_once_and_refused_at_its_time_all_the_same() -> None:
    clock = StoppedClock()
    issuers = Issuers(clock)
    verifier, bearer = counting(issuers, clock), issuers.bearer(Role.CASE_WORKER, TENANT)
    assert verifier.verify(bearer) == verifier.verify(bearer)
    assert verifier.looked == 1
    clock.advance(SHORT)
    for _ in range(2):
        with pytest.raises(Unauthenticated, match="past its time"):
            verifier.verify(bearer)
    assert verifier.looked == 3


def test_a_token_that_was_changed_is_not_taken_for_the_good_one() -> None:
    bearer = ISSUERS.bearer(Role.CASE_WORKER, TENANT)
    ISSUERS.verifier.verify(bearer)
    head, body, signature = bearer.removeprefix("Bearer ").split(".")
    other = ISSUERS.bearer(Role.CASE_WORKER, TenantId(uuid4())).removeprefix("Bearer ").split(".")
    refused(f"Bearer {head}.{other[1]}.{signature}")
    refused(f"Bearer {head}.{body}.{other[2]}")


def test_no_more_than_so_many_are_remembered_and_a_bad_one_never() -> None:
    verifier = Issuers(CLOCK).verifier
    with pytest.raises(Unauthenticated):
        verifier.verify("Bearer x.y.z")
    assert verifier._good == {}
    good = ISSUERS.verifier.verify(ISSUERS.bearer(Role.CASE_WORKER, TENANT))
    ISSUERS.verifier._good = {str(number): (0.0, good) for number in range(MOST_REMEMBERED)}
    for _ in range(2):
        ISSUERS.verifier.verify(ISSUERS.bearer(Role.CASE_WORKER, TENANT))
    assert len(ISSUERS.verifier._good) == MOST_REMEMBERED
    assert "1" not in ISSUERS.verifier._good


def test_a_service_signs_once_for_a_council_in_half_a_tokens_life() -> None:
    clock = StoppedClock()
    signer = Issuers(clock).signer("console")
    first = signer.service_token(TENANT)
    clock.advance(SHORT / 2 - timedelta(seconds=1))
    assert signer.service_token(TENANT) == first
    assert signer.service_token(TenantId(uuid4())) != first
    assert signer.service_token(None) != first
    clock.advance(timedelta(seconds=1))
    assert signer.service_token(TENANT) != first
