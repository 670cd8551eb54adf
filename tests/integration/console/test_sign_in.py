"""Signing in against oidc-provider-mock, the provider of the local stack, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx2
import oidc_provider_mock
import pytest
from wardmote_console.adapters.oidc import OidcProviders
from wardmote_console.application.council import Council, Provider
from wardmote_console.application.person import Attempt

from tests.unit.console.fakes import COUNCIL
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.errors import Unauthenticated, Unavailable
from wardmote_kernel.taxonomy import Role

ATTEMPT = Attempt("state", "nonce", "verifier", "")


@pytest.fixture
def council(monkeypatch: pytest.MonkeyPatch) -> Iterator[Council]:
    """A council whose people the mock knows."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    people = [
        oidc_provider_mock.User(sub="alex.merrow", claims={"roles": ["case_worker", "on_call", "gardener"]}),
        oidc_provider_mock.User(sub="no.role", claims={}),
    ]
    with oidc_provider_mock.run_server_in_thread(user_claims=people) as server:
        yield replace(COUNCIL, provider=Provider(f"http://localhost:{server.server_port}", "wardmote-console"))


def providers_for(council: Council) -> OidcProviders:
    """The mock takes any secret, and no client without one."""
    return OidcProviders("http://localhost:7600", SystemClock(), {council.provider.issuer: "any"})


async def signed_in(providers: OidcProviders, council: Council, subject: str) -> str:
    """What a person does in a browser; returns the code that comes back."""
    address = await providers.address(council, ATTEMPT)
    async with httpx2.AsyncClient() as browser:
        answer = await browser.post(address, data={"sub": subject})
    back = urlsplit(answer.headers["location"])
    given = parse_qs(back.query)
    assert f"{back.scheme}://{back.netloc}{back.path}" == "http://localhost:7600/northshire/oidc/callback"
    assert given["state"] == [ATTEMPT.state]
    return given["code"][0]


async def test_a_person_of_the_local_stack_signs_in(council: Council) -> None:
    providers = providers_for(council)
    code = await signed_in(providers, council, "alex.merrow")
    identified = await providers.identify(council, ATTEMPT, code)
    assert identified.subject == "alex.merrow"
    assert identified.roles == {Role.CASE_WORKER, Role.ON_CALL}


async def test_a_code_works_once(council: Council) -> None:
    providers = providers_for(council)
    code = await signed_in(providers, council, "no.role")
    assert (await providers.identify(council, ATTEMPT, code)).roles == frozenset()
    with pytest.raises(Unauthenticated):
        await providers.identify(council, ATTEMPT, code)


async def test_an_answer_to_another_attempt_is_refused(council: Council) -> None:
    providers = providers_for(council)
    code = await signed_in(providers, council, "alex.merrow")
    with pytest.raises(Unauthenticated):
        await providers.identify(council, replace(ATTEMPT, nonce="another"), code)


async def test_the_issuer_s_name_must_be_the_registered_one(council: Council) -> None:
    """The mock answers under any name of this machine; ours must be the one in the council's settings."""
    alias = council.provider.issuer.replace("localhost", "127.0.0.1")
    providers = providers_for(council)
    with pytest.raises(Unavailable):
        await providers.address(replace(council, provider=Provider(f"{alias}/", "wardmote-console")), ATTEMPT)
