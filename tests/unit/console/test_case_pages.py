"""The case worker's pages: summaries first, words on demand, and no order on an old state."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient
from wardmote_console.application.case_page import SHOWN_AT_ONCE
from wardmote_console.application.cases import CaseStatus, PossibleOffences, TimelineEntry

from tests.unit.console.fakes import (
    CASE_REFERENCE,
    INCIDENT,
    ITEM,
    OTHER,
    SECOND_ITEM,
    WORDS,
    World,
    a_case,
    a_suggestion,
    an_incident,
    fields,
)
from wardmote_kernel.errors import Invalid, Unavailable, Violation
from wardmote_kernel.taxonomy import Nation, Role, Severity

CASE = f"/northshire/cases/{CASE_REFERENCE}"
COOKIE = "wardmote-session-northshire"


@pytest.fixture
def worker(browser: TestClient, world: World) -> TestClient:
    browser.cookies.set(COOKIE, world.sign_in())
    return browser


@pytest.mark.parametrize("path", ["/northshire/cases", CASE, "/northshire/notifications"])
def test_nobody_sees_them_without_signing_in(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 303


@pytest.mark.parametrize(("roles", "path", "status"), [
    ([Role.ON_CALL], "/northshire/cases", 403), ([Role.COUNCIL_ADMIN], CASE, 403), ([Role.COUNCIL_ADMIN], "/northshire/notifications", 200),
    ([Role.CASE_WORKER], "/northshire/notifications", 200), ([Role.CASE_WORKER], CASE, 200),
])  # fmt: skip
def test_a_role_opens_its_pages(browser: TestClient, world: World, roles: list[Role], path: str, status: int) -> None:
    browser.cookies.set(COOKIE, world.sign_in(*roles))
    assert browser.get(path).status_code == status


def test_the_list_shows_what_is_urgent_in_words_and_never_the_message(worker: TestClient) -> None:
    page = worker.get("/northshire/cases").text
    for shown in (CASE_REFERENCE, "S3 Serious", "Urgent", "Waiting for triage", "Veiled or conditional threat", "Email", "Nobody yet"):
        assert shown in page
    assert "5 January 2026, 11:00am" in page
    assert "Overdue" not in page


def test_an_overdue_contact_says_so(worker: TestClient, world: World) -> None:
    world.clock.advance(timedelta(minutes=15))
    world.cases.cases = {CASE_REFERENCE: a_case(contact_due_at=world.clock.now() - timedelta(minutes=1))}
    assert "Overdue" in worker.get("/northshire/cases").text


def test_the_list_is_asked_for_by_the_person_with_the_filter(worker: TestClient, world: World) -> None:
    worker.get("/northshire/cases", params={"status": "open", "severity": "S3", "cursor": "abc"})
    [(person, wanted)] = world.cases.asked
    assert person.subject == "alex.merrow"
    assert (wanted.status, wanted.severity_from, wanted.cursor) == (CaseStatus.OPEN, Severity.S3, "abc")


def test_a_filter_that_is_none_of_ours_filters_nothing(worker: TestClient, world: World) -> None:
    worker.get("/northshire/cases", params={"status": "<x>", "severity": "S9"})
    [(_, wanted)] = world.cases.asked
    assert (wanted.status, wanted.severity_from) == (None, None)


def test_pages_follow_each_other_with_the_same_filter(worker: TestClient, world: World) -> None:
    world.cases.next_cursor = "a&b"
    page = worker.get("/northshire/cases", params={"status": "open", "cursor": "now"}).text
    assert 'href="/northshire/cases?status=open&amp;cursor=a%26b"' in page
    assert 'href="/northshire/cases?status=open' in page


def test_a_broken_cursor_is_a_page(worker: TestClient, world: World) -> None:
    world.cases.fault = Invalid(Violation("cursor", "Send the next_cursor of the page before."))
    assert worker.get("/northshire/cases", params={"cursor": "x"}).status_code == 422


def test_a_case_says_why_by_the_line_test_and_that_it_is_a_suggestion(worker: TestClient) -> None:
    page = worker.get(CASE).text
    assert "This is a suggestion" in page
    assert "a person decides" in page
    assert page.index("Safety: could anyone") < page.index("It says that the writer knows") < page.index("Target: is it about")
    assert "Rule set 3" in page
    assert "Model 2026-01" in page
    assert "The reporter does not feel safe now" in page


def test_possible_offences_are_shown_as_help_with_the_evidence(worker: TestClient) -> None:
    page = worker.get(CASE).text
    heading = page.index("Possible offences, for the police and prosecutors to decide")
    assert page.index("It says that the writer knows") < heading < page.index("Threatening communication, Example Act s1")
    for shown in ("by the law in England on 5 January 2026", "no legal advice", "does not say that anybody has committed an offence",
                  "May apply when a message threatens.", "Evidence that would help: The message itself."):  # fmt: skip
        assert shown in page
    assert page.count("Refer within") == page.count("Refer within 6 months of the incident") == 1


@pytest.mark.parametrize(
    ("nation", "said"), [(None, "It is not known here which nation’s law holds"), (Nation.WALES, "by the law in Wales")]
)
def test_without_possible_offences_the_page_says_why(worker: TestClient, world: World, nation: Nation | None, said: str) -> None:
    world.assessments.suggestions[INCIDENT] = replace(a_suggestion(), possible_offences=PossibleOffences(nation, date(2026, 1, 5)))
    page = worker.get(CASE).text
    assert said in page
    assert "Example Act" not in page


def test_words_are_hidden_until_asked_for_and_nobody_reads_them(worker: TestClient, world: World) -> None:
    page = worker.get(CASE).text
    assert "resign" not in page
    assert "@angry_resident" not in page
    assert world.reports.readings == []
    assert "Show the words" in page


def test_words_are_shown_on_demand_marked_and_escaped(worker: TestClient, world: World) -> None:
    world.reports.texts[SECOND_ITEM] = replace(world.reports.texts[SECOND_ITEM], text="<script>alert(1)</script>")
    page = worker.get(CASE, params={"words": "shown"}).text
    assert "You lot should resign.\n<mark>We know where you live</mark> 👀 and when" in page
    assert WORDS[23:45] == "We know where you live"
    assert "<script>alert" not in page
    assert "@angry_resident" in page
    assert world.reports.readings == [("alex.merrow", [ITEM, SECOND_ITEM])]


def test_another_council_s_case_is_like_none(browser: TestClient, world: World) -> None:
    browser.cookies.set("wardmote-session-porthaven", world.sign_in(council=OTHER))
    theirs = browser.get(f"/porthaven/cases/{CASE_REFERENCE}")
    none = browser.get("/porthaven/cases/2222-2222")
    assert theirs.status_code == none.status_code == 404
    assert theirs.text == none.text


def test_a_case_is_found_however_its_reference_is_typed(worker: TestClient) -> None:
    assert worker.get("/northshire/cases/c4se23ab").status_code == 200
    assert worker.get("/northshire/cases/nonsense").status_code == 404


@pytest.mark.parametrize("part", ["assessments", "reports"])
def test_a_part_that_is_away_leaves_a_gap_that_is_named(worker: TestClient, world: World, part: str) -> None:
    getattr(world, part).fault = Unavailable("away")
    page = worker.get(CASE)
    assert page.status_code == 200
    assert "cannot be shown just now" in page.text
    assert CASE_REFERENCE in page.text


def test_case_management_away_is_a_page(worker: TestClient, world: World) -> None:
    world.cases.fault = Unavailable("A part of Wardmote does not answer now. Try again.")
    assert worker.get(CASE).status_code == 503


def test_a_pile_on_is_shown_in_pages_newest_first(worker: TestClient, world: World) -> None:
    incidents = tuple(an_incident(f"i{number}", f"REP{number:02}") for number in range(SHOWN_AT_ONCE + 3))
    world.cases.cases[CASE_REFERENCE] = a_case(incidents=incidents)
    page = worker.get(CASE).text
    assert "REP12" in page
    assert "REP02" not in page
    assert "Older reports (3)" in page
    older = worker.get(CASE, params={"from": str(SHOWN_AT_ONCE)}).text
    assert "REP02" in older
    assert "REP03" not in older


def test_assigning_uses_the_version_that_was_seen(worker: TestClient, world: World) -> None:
    form = fields(worker.get(CASE).text)
    answer = worker.post(f"{CASE}/assign", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{CASE}?done=assigned")
    [(subject, _, version, request_id)] = world.cases.orders
    assert (subject, version, request_id) == ("alex.merrow", 2, form["request_id"])
    done = worker.get(answer.headers["location"]).text
    assert "This case is assigned to you" in done
    assert "Assign to me" not in done


def test_a_stale_order_is_shown_what_changed_and_asked_again(worker: TestClient, world: World) -> None:
    form = fields(worker.get(CASE).text)
    case = world.cases.cases[CASE_REFERENCE]
    taken = TimelineEntry(world.clock.now(), "assigned", "sam.thistle")
    world.cases.cases[CASE_REFERENCE] = replace(
        case, version=3, assigned_to="sam.thistle", status=CaseStatus.OPEN, timeline=(*case.timeline, taken)
    )
    page = worker.post(f"{CASE}/assign", data=form)
    assert page.status_code == 409
    assert "This case changed while you were looking at it" in page.text
    assert "Case assigned by sam.thistle" in page.text
    assert "<title>Error: " in page.text
    again = fields(page.text)
    assert again["expected_version"] == "3"
    assert again["request_id"] != form["request_id"]
    assert worker.post(f"{CASE}/assign", data=again).status_code == 303


@pytest.mark.parametrize("changed", [{"expected_version": "x"}, {"request_id": "1"}, {"expected_version": ""}], ids=str)
def test_half_a_form_changes_nothing(worker: TestClient, world: World, changed: dict[str, str]) -> None:
    form = fields(worker.get(CASE).text)
    assert worker.post(f"{CASE}/assign", data=form | changed).status_code == 422
    assert world.cases.orders == []


def test_a_form_without_the_session_s_token_changes_nothing(worker: TestClient, world: World) -> None:
    form = fields(worker.get(CASE).text)
    assert worker.post(f"{CASE}/assign", data=form | {"form_token": "0" * 64}).status_code == 403
    assert world.cases.orders == []


def test_words_of_many_items_are_opened_in_bearable_portions(worker: TestClient, world: World) -> None:
    report = world.reports.reports[INCIDENT]
    world.reports.reports[INCIDENT] = replace(report, items=tuple(replace(report.items[0], item_id=f"i{number}") for number in range(450)))
    worker.get(CASE, params={"words": "shown"})
    assert [len(item_ids) for _, item_ids in world.reports.readings] == [200, 200, 50]


def test_what_was_sent_is_listed_without_content(worker: TestClient, world: World) -> None:
    world.notices.next_cursor = "next"
    page = worker.get("/northshire/notifications").text
    for shown in ("Urgent page to the duty officer", "Could not be sent", "after 5 attempts", "Waiting to be sent", "cursor=next"):
        assert shown in page
