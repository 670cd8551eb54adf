"""Orders: only from our own pages, only of a bearable size, on every route that changes something."""

import pytest
from starlette.testclient import TestClient

from tests.unit.console.fakes import CASE_REFERENCE, World

ORDERS = ["/northshire/report/danger", "/northshire/report", "/northshire/sign-out", f"/northshire/cases/{CASE_REFERENCE}/assign"]


@pytest.mark.parametrize("path", ORDERS)
@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://evil.example"}, {"origin": "null"}, {}],
    ids=str,
)
def test_an_order_from_elsewhere_is_refused(world: World, path: str, headers: dict[str, str]) -> None:
    world.sign_in()
    browser = TestClient(world.app, base_url="http://localhost", cookies={"wardmote-session-northshire": "key"}, follow_redirects=False)
    assert browser.post(path, data={"danger": "no"}, headers=headers).status_code == 403
    assert world.cases.orders == []
    assert world.reports.drafts == []
    assert world.sessions.kept


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {"origin": "http://localhost"}], ids=str
)
def test_an_order_from_our_own_pages_is_taken(world: World, headers: dict[str, str]) -> None:
    browser = TestClient(world.app, base_url="http://localhost", follow_redirects=False)
    assert browser.post("/northshire/report/danger", data={"danger": "no"}, headers=headers).status_code == 303


def test_the_browser_s_word_counts_more_than_the_origin(world: World) -> None:
    browser = TestClient(world.app, base_url="http://localhost")
    headers = {"sec-fetch-site": "cross-site", "origin": "http://localhost"}
    assert browser.post("/northshire/report/danger", data={"danger": "no"}, headers=headers).status_code == 403


def test_every_order_is_behind_the_guard(world: World) -> None:
    """The twin of the list above: no route changes something without being in it."""
    routes = world.app._app._app.routes  # type: ignore[attr-defined]
    changing = [route for route in routes if getattr(route, "methods", None) and "POST" in route.methods]
    assert {route.endpoint.__name__ for route in changing} == {"guarded"}
    assert len(changing) == len(ORDERS)


@pytest.mark.parametrize("path", ORDERS)
def test_too_large_a_form_is_answered_with_a_page(path: str) -> None:
    world = World(max_bytes=2048)
    browser = TestClient(world.app, base_url="http://localhost", headers={"sec-fetch-site": "same-origin"})
    page = browser.post(path, data={"text": "x" * 3000})
    assert page.status_code == 413
    assert "What you sent is too large" in page.text
    assert "tel:999" in page.text


def test_a_form_that_hides_its_size_is_cut_off() -> None:
    world = World(max_bytes=2048)
    browser = TestClient(world.app, base_url="http://localhost", headers={"sec-fetch-site": "same-origin"})
    headers = {"content-type": "application/x-www-form-urlencoded"}
    page = browser.post("/northshire/report", content=(b"text=" + b"x" * 2048 for _ in range(20)), headers=headers)
    assert page.status_code == 413
    assert "What you sent is too large" in page.text


def test_a_fault_nobody_knows_is_a_page_without_its_words(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    async def broken(slug: str) -> None:
        raise ValueError("canary words of a report")

    world.councils.by_slug = broken  # type: ignore[method-assign, assignment]
    page = TestClient(world.app, base_url="http://localhost", raise_server_exceptions=False).get("/northshire/")
    assert page.status_code == 500
    assert "Sorry, something went wrong" in page.text
    assert "content-security-policy" in page.headers
    assert "canary" not in page.text + capsys.readouterr().out


def test_a_page_may_not_be_posted_to(browser: TestClient) -> None:
    assert browser.post("/northshire/").status_code == 405


@pytest.mark.parametrize(("public_url", "is_secure"), [("https://pages.example", True), ("http://localhost", False)])
def test_cookies_are_kept_to_tls_where_there_is_tls(public_url: str, is_secure: bool) -> None:
    world = World(public_url)
    browser = TestClient(world.app, base_url=public_url, follow_redirects=False)
    answer = browser.get("/northshire/sign-in")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-wardmote-sign-in-northshire=" if is_secure else "wardmote-sign-in-northshire=")
    assert ("Secure" in cookie) is is_secure
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert ("strict-transport-security" in answer.headers) is is_secure
