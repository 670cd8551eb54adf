"""A demo council's sign-in: its people by name, roles in the identity token, nothing fetched from elsewhere."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client

from wardmote_local.sign_in.provider import Claims, provider

ALEX: Claims = {"sub": "alex.merrow", "name": "Alex Merrow", "email": "alex.merrow@northshire.example", "roles": ["case_worker", "on_call"]}
ASK = {
    "client_id": "wardmote-console", "redirect_uri": "http://127.0.0.1:7600/northshire/oidc/callback", "response_type": "code",
    "scope": "openid profile", "state": "s", "nonce": "n",
}  # fmt: skip
HERE = "http://127.0.0.1:7605"


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    return Client(provider("Northshire County Council", [ALEX]))


def test_the_page_names_people_and_needs_no_network(browser: Client) -> None:
    page = browser.get("/oauth2/authorize", base_url=HERE, query_string=ASK).text
    assert "Sign in to Northshire County Council" in page
    assert "Alex Merrow" in page
    assert "case worker, on call" in page
    assert "https://" not in page


def test_the_issuer_is_its_address(browser: Client) -> None:
    settings = json.loads(browser.get("/.well-known/openid-configuration", base_url=HERE).text)
    assert settings["issuer"] == HERE


def test_the_identity_token_tells_roles(browser: Client) -> None:
    answer = browser.post("/oauth2/authorize", base_url=HERE, query_string=ASK, data={"sub": "alex.merrow"})
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": ASK["redirect_uri"], "client_id": ASK["client_id"]}
    token: dict[str, Any] = json.loads(browser.post("/oauth2/token", base_url=HERE, data=form).text)
    payload = token["id_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert (claims["iss"], claims["sub"], claims["nonce"]) == (HERE, "alex.merrow", "n")
    assert claims["roles"] == ["case_worker", "on_call"]
