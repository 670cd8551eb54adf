"""Signing in and out, and how long a session lasts."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient
from wardmote_console.application.person import Session
from wardmote_console.application.ports import Identified
from wardmote_console.application.sign_in import form_token
from wardmote_console.entrypoints.sign_in_pages import own_path

from tests.unit.console.fakes import COUNCIL, ELSEWHERE, HERE, OTHER, World
from wardmote_kernel.errors import Unauthenticated, Unavailable
from wardmote_kernel.taxonomy import Role

COOKIE = "wardmote-session-northshire"


def began(browser: TestClient, wanted: str = "") -> str:
    """Starts a sign-in; returns its state."""
    answer = browser.get("/northshire/sign-in", params={"next": wanted} if wanted else {})
    assert answer.status_code == 303
    return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]


def test_signing_in_leads_back_to_the_page_that_was_wanted(browser: TestClient, world: World) -> None:
    asked = browser.get("/northshire/cases")
    assert (asked.status_code, asked.headers["location"]) == (303, "/northshire/sign-in?next=%2Fnorthshire%2Fcases")
    state = began(browser, "/northshire/notifications")
    answer = browser.get("/northshire/oidc/callback", params={"state": state, "code": "c"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/northshire/notifications")
    assert world.providers.codes == ["c"]
    page = browser.get("/northshire/cases")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "Sign out" in page.text


@pytest.mark.parametrize(("role", "home"), [(Role.CASE_WORKER, "cases"), (Role.COUNCIL_ADMIN, "notifications")])
def test_without_a_wanted_page_the_role_decides(browser: TestClient, world: World, role: Role, home: str) -> None:
    world.providers.identified = Identified("x", frozenset({role}))
    answer = browser.get("/northshire/oidc/callback", params={"state": began(browser), "code": "c"})
    assert answer.headers["location"] == f"/northshire/{home}"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "/porthaven/cases",
        "/northshire//evil.example",
        "/northshire/\\evil",
        "/northshire/\r\nx",
        "x",
    ],
)
def test_no_address_leads_to_another_site_or_council(wanted: str) -> None:
    assert own_path(COUNCIL, wanted) == ""


def test_the_session_s_key_changes_with_each_sign_in_and_the_old_one_ends(browser: TestClient, world: World) -> None:
    world.sign_in(key="old")
    browser.cookies.set(COOKIE, "old")
    browser.get("/northshire/oidc/callback", params={"state": began(browser), "code": "c"})
    [(tenant, key)] = world.sessions.kept
    assert tenant == HERE
    assert key != "old"
    assert len(key) >= 43


@pytest.mark.parametrize("query", [{"code": "c"}, {"state": "other", "code": "c"}, {"error": "access_denied"}], ids=str)
def test_an_answer_that_is_not_to_this_attempt_signs_nobody_in(browser: TestClient, world: World, query: dict[str, str]) -> None:
    began(browser)
    page = browser.get("/northshire/oidc/callback", params=query)
    assert page.status_code == 403
    assert "You are not signed in" in page.text
    assert world.sessions.kept == {}
    assert world.providers.codes == []


def test_an_attempt_is_for_one_browser_one_council_and_ten_minutes(browser: TestClient, world: World) -> None:
    state = began(browser)
    stranger = TestClient(world.app, base_url="http://localhost", follow_redirects=False)
    assert stranger.get("/northshire/oidc/callback", params={"state": state, "code": "c"}).status_code == 403
    browser.cookies.set("wardmote-sign-in-porthaven", browser.cookies["wardmote-sign-in-northshire"])
    assert browser.get("/porthaven/oidc/callback", params={"state": state, "code": "c"}).status_code == 403
    world.clock.advance(timedelta(minutes=11))
    assert browser.get("/northshire/oidc/callback", params={"state": state, "code": "c"}).status_code == 403
    assert world.sessions.kept == {}


def test_an_attempt_works_once(browser: TestClient) -> None:
    state = began(browser)
    assert browser.get("/northshire/oidc/callback", params={"state": state, "code": "c"}).status_code == 303
    assert browser.get("/northshire/oidc/callback", params={"state": state, "code": "c"}).status_code == 403


def test_whom_the_provider_does_not_vouch_for_is_not_signed_in(browser: TestClient, world: World) -> None:
    world.providers.fault = Unauthenticated("The sign-in was used already.")
    page = browser.get("/northshire/oidc/callback", params={"state": began(browser), "code": "c"})
    assert page.status_code == 403
    assert "The sign-in was used already." in page.text


def test_a_provider_that_is_away_is_named_so(browser: TestClient, world: World) -> None:
    world.providers.fault = Unavailable("Your council’s sign-in does not answer now.")
    assert browser.get("/northshire/oidc/callback", params={"state": began(browser), "code": "c"}).status_code == 503


@pytest.mark.parametrize(
    "roles", [set(), {Role.OPERATOR, Role.SERVICE, Role.REPORTER, Role.INTEGRATION_CLIENT}], ids=["none", "not a person's"]
)
def test_without_a_role_of_ours_nobody_is_signed_in(browser: TestClient, world: World, roles: set[Role]) -> None:
    world.providers.identified = Identified("x", frozenset(roles))
    page = browser.get("/northshire/oidc/callback", params={"state": began(browser), "code": "c"})
    assert page.status_code == 403
    assert "no role in Wardmote" in page.text
    assert world.sessions.kept == {}


def test_a_role_that_is_not_a_person_s_is_left_out_of_the_session(browser: TestClient, world: World) -> None:
    world.providers.identified = Identified("x", frozenset({Role.CASE_WORKER, Role.SERVICE, Role.OPERATOR}))
    browser.get("/northshire/oidc/callback", params={"state": began(browser), "code": "c"})
    [session] = world.sessions.kept.values()
    assert session.person.roles == {Role.CASE_WORKER}


def test_a_session_ends_after_half_an_hour_without_use(browser: TestClient, world: World) -> None:
    browser.cookies.set(COOKIE, world.sign_in())
    for _ in range(3):
        world.clock.advance(timedelta(minutes=29))
        assert browser.get("/northshire/cases").status_code == 200
    world.clock.advance(timedelta(minutes=31))
    assert browser.get("/northshire/cases").status_code == 303
    assert world.sessions.kept == {}


def test_a_session_ends_after_twelve_hours_of_use(browser: TestClient, world: World) -> None:
    browser.cookies.set(COOKIE, world.sign_in())
    for _ in range(12 * 3):
        world.clock.advance(timedelta(minutes=20))
        assert browser.get("/northshire/cases").status_code == 200
    world.clock.advance(timedelta(seconds=1))
    assert browser.get("/northshire/cases").status_code == 303


def test_a_session_of_one_council_opens_nothing_of_another(browser: TestClient, world: World) -> None:
    key = world.sign_in(council=COUNCIL)
    browser.cookies.set("wardmote-session-porthaven", key)
    assert browser.get("/porthaven/cases").status_code == 303
    assert (ELSEWHERE, key) not in world.sessions.kept


def test_two_councils_can_be_open_in_one_browser(browser: TestClient, world: World) -> None:
    for council in (COUNCIL, OTHER):
        browser.cookies.set(f"wardmote-session-{council.slug}", world.sign_in(council=council, key=council.slug))
    assert browser.get("/northshire/cases").status_code == 200
    assert browser.get("/porthaven/cases").status_code == 200


def test_signing_out_ends_the_session(browser: TestClient, world: World) -> None:
    key = world.sign_in()
    browser.cookies.set(COOKIE, key)
    answer = browser.post("/northshire/sign-out", data={"form_token": form_token(key)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/northshire/signed-out")
    assert world.sessions.kept == {}
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert browser.get("/northshire/signed-out").status_code == 200


def test_a_form_of_another_session_signs_nobody_out(browser: TestClient, world: World) -> None:
    browser.cookies.set(COOKIE, world.sign_in())
    assert browser.post("/northshire/sign-out", data={"form_token": form_token("other")}).status_code == 403
    assert browser.post("/northshire/sign-out", data={}).status_code == 403
    assert world.sessions.kept


def test_after_a_form_signing_in_is_offered_by_a_link(browser: TestClient) -> None:
    """A redirect to the provider would be blocked: our policy lets forms lead to our own pages only."""
    page = browser.get("/northshire/cases", params={"status": "open"})
    assert page.status_code == 403
    assert 'href="/northshire/sign-in?next=%2Fnorthshire%2Fcases"' in page.text


def test_a_session_is_written_to_at_most_once_a_minute(browser: TestClient, world: World) -> None:
    browser.cookies.set(COOKIE, world.sign_in())
    [before] = world.sessions.kept.values()
    world.clock.advance(timedelta(seconds=59))
    browser.get("/northshire/cases")
    assert list(world.sessions.kept.values()) == [before]
    world.clock.advance(timedelta(seconds=1))
    browser.get("/northshire/cases")
    [after] = world.sessions.kept.values()
    assert isinstance(after, Session)
    assert after.seen_at == world.clock.now()
