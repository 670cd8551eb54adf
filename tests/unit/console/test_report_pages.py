"""Reporting: danger first, one form, and no word lost on any error."""

import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from wardmote_console.application.ports import Receipt

from tests.unit.console.fakes import COUNCIL, HERE, REFERENCE, World, fields
from wardmote_kernel.errors import Conflict, Invalid, NotPermitted, Unavailable, Violation, WardmoteError

WORDS = 'They wrote "you will <see>" & more\nsecond line 👀'
GOOD = {"target_role": "councillor", "channel": "email", "text": WORDS, "request_id": "0199aa00-0000-7000-8000-0000000000d1"}


def test_danger_is_asked_first(browser: TestClient) -> None:
    page = browser.get("/northshire/report").text
    assert "Are you or anyone else in danger right now?" in page
    assert "tel:999" in page
    assert 'name="text"' not in page


@pytest.mark.parametrize(("answer", "leads_to"), [("yes", "emergency"), ("no", "details")])
def test_its_answer_leads_on(browser: TestClient, answer: str, leads_to: str) -> None:
    response = browser.post("/northshire/report/danger", data={"danger": answer})
    assert (response.status_code, response.headers["location"]) == (303, f"/northshire/report/{leads_to}")


def test_no_answer_is_an_error_that_links_to_the_question(browser: TestClient) -> None:
    page = browser.post("/northshire/report/danger", data={})
    assert page.status_code == 422
    assert "<title>Error: " in page.text
    assert 'href="#danger"' in page.text
    assert 'id="danger"' in page.text


def test_the_way_to_999_asks_no_other_service(browser: TestClient, world: World) -> None:
    world.councils.fault = Unavailable("away")
    assert "in danger right now" in browser.get("/northshire/report").text
    asked = world.councils.asked
    assert browser.post("/northshire/report/danger", data={"danger": "yes"}).status_code == 303
    page = browser.get("/northshire/report/emergency")
    assert page.status_code == 200
    assert "tel:999" in page.text
    assert "danger=yes" in page.text
    assert world.councils.asked == asked


def test_operation_ford_is_named_where_the_police_have_it(browser: TestClient, world: World) -> None:
    assert "Operation Ford" not in browser.get("/northshire/report/emergency").text, "nobody was asked which nation it is"
    world.councils.memory["northshire"] = COUNCIL
    assert "Operation Ford" in browser.get("/northshire/report/emergency").text


def test_the_form_says_that_danger_was_told(browser: TestClient) -> None:
    page = browser.get("/northshire/report/details?danger=yes").text
    assert "You told us that somebody is in danger" in page
    assert fields(page)["in_danger"] == "yes"
    assert fields(browser.get("/northshire/report/details").text)["in_danger"] == "no"


def test_a_report_is_sent_for_the_council_of_the_address_and_its_reference_shown(browser: TestClient, world: World) -> None:
    blank = fields(browser.get("/northshire/report/details").text)
    response = browser.post("/northshire/report", data=blank | GOOD | {"contact": "ash@example.org", "in_danger": "yes", "safe": "no"})
    assert (response.status_code, response.headers["location"]) == (303, f"/northshire/report/{REFERENCE}/received")
    [(council, draft)] = world.reports.drafts
    assert council.tenant_id == HERE
    assert draft.text == WORDS
    assert draft.in_danger_now
    assert draft.feels_unsafe
    page = browser.get(response.headers["location"])
    assert REFERENCE in page.text
    assert COUNCIL.support_line in page.text
    assert "They will contact you" in page.text
    assert "paged" not in page.text
    assert page.headers["cache-control"] == "no-store"


def test_an_urgent_report_says_who_was_paged(browser: TestClient, world: World) -> None:
    world.reports.receipt = Receipt(REFERENCE, True)
    response = browser.post("/northshire/report", data=GOOD)
    page = browser.get(response.headers["location"]).text
    assert "We have paged the duty officer" in page
    assert "tel:999" in page
    assert "You left no way to reach you" in page


def test_a_confirmation_is_shown_to_its_own_browser_for_half_an_hour(browser: TestClient, world: World) -> None:
    response = browser.post("/northshire/report", data=GOOD)
    assert browser.get("/northshire/report/7K3M-ZZZZ/received").status_code == 404
    stranger = TestClient(world.app, base_url="http://localhost")
    assert stranger.get(response.headers["location"]).status_code == 404
    world.clock.advance(timedelta(minutes=30, seconds=1))
    assert browser.get(response.headers["location"]).status_code == 404


def test_a_changed_confirmation_is_not_shown(browser: TestClient) -> None:
    response = browser.post("/northshire/report", data=GOOD)
    [(name, value)] = browser.cookies.items()
    browser.cookies.clear()
    browser.cookies.set(name, value[:-2] + ("AA" if value[-2:] != "AA" else "BB"))
    assert browser.get(response.headers["location"]).status_code == 404


def test_a_form_with_mistakes_comes_back_with_every_word(browser: TestClient, world: World) -> None:
    page = browser.post("/northshire/report", data=GOOD | {"channel": "", "day": "45", "sender": "<b>x</b>"})
    assert page.status_code == 422
    assert world.reports.drafts == []
    kept = fields(page.text)
    assert (kept["text"], kept["sender"], kept["day"], kept["target_role"]) == (WORDS, "<b>x</b>", "45", "councillor")
    assert "<title>Error: " in page.text
    for name in ("channel", "day"):
        assert f'href="#{name}"' in page.text
        assert f'id="{name}"' in page.text
    assert "<b>x</b>" not in page.text


FAULTS: list[tuple[WardmoteError, int, str]] = [
    (Unavailable("away"), 503, "We could not take your report just now"),
    (Invalid(Violation("report.items[0].text", "Intake does not like it.")), 422, "Intake does not like it."),
    (Conflict("other words"), 409, "You have sent a report from this page already"),
    (NotPermitted("suspended"), 403, "Reports are not taken here at present"),
]


@pytest.mark.parametrize(("fault", "status", "sentence"), FAULTS, ids=[str(status) for _, status, _ in FAULTS])
def test_no_fault_of_intake_loses_a_word(browser: TestClient, world: World, fault: WardmoteError, status: int, sentence: str) -> None:
    world.reports.fault = fault
    page = browser.post("/northshire/report", data=GOOD | {"sender": "them", "in_danger": "yes"})
    assert page.status_code == status
    assert sentence in page.text
    assert fields(page.text)["text"] == WORDS
    assert fields(page.text)["sender"] == "them"
    assert fields(page.text)["in_danger"] == "yes"
    assert "tel:999" in page.text
    assert "<title>Error: " in page.text


def test_no_fault_of_tenancy_loses_a_word(browser: TestClient, world: World) -> None:
    world.councils.fault = Unavailable("away")
    page = browser.post("/northshire/report", data=GOOD)
    assert page.status_code == 503
    assert fields(page.text)["text"] == WORDS


def test_trying_again_is_the_same_order_and_a_new_report_is_another(browser: TestClient, world: World) -> None:
    world.reports.fault = Unavailable("away")
    again = fields(browser.post("/northshire/report", data=GOOD).text)
    assert again["request_id"] == GOOD["request_id"]
    world.reports.fault = Conflict("other words")
    assert fields(browser.post("/northshire/report", data=GOOD).text)["request_id"] != GOOD["request_id"]


def test_each_blank_form_is_an_order_of_its_own(browser: TestClient) -> None:
    first, second = (fields(browser.get("/northshire/report/details").text)["request_id"] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f-]{36}", first)
    assert first != second


def test_a_form_from_elsewhere_is_not_sent_and_not_lost(browser: TestClient, world: World) -> None:
    page = browser.post("/northshire/report", data=GOOD, headers={"sec-fetch-site": "cross-site"})
    assert page.status_code == 403
    assert world.reports.drafts == []
    assert fields(page.text)["text"] == WORDS


def test_the_form_may_be_left_and_come_back_to(browser: TestClient) -> None:
    """A browser forgets what was typed on a page that it may not store."""
    assert "no-store" not in browser.get("/northshire/report/details").headers["cache-control"]
