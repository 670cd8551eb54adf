"""The report form: nothing typed is dropped, everything wrong is told at once."""

from datetime import UTC, datetime

import pytest
from wardmote_console.application.report_form import LONGEST_TEXT, ReportForm

from wardmote_kernel.errors import Violation
from wardmote_kernel.taxonomy import Channel, TargetRole

NOW = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
"""Half past midnight on 2 July in the United Kingdom."""
REQUEST_ID = "0199aa00-0000-7000-8000-0000000000d1"
GOOD = {"target_role": "councillor", "channel": "email", "text": "You should resign", "request_id": REQUEST_ID}


def typed(**changed: str) -> ReportForm:
    return ReportForm.typed(GOOD | changed, "unused").checked(NOW)


def test_three_answers_are_enough() -> None:
    form = typed()
    assert form.errors == {}
    draft = form.draft()
    assert (draft.target_role, draft.channel, draft.text) == (TargetRole.COUNCILLOR, Channel.EMAIL, "You should resign")
    assert draft.is_anonymous
    assert draft.happened_at is None
    assert not draft.feels_unsafe
    assert not draft.in_danger_now


def test_everything_wrong_is_told_at_once_in_the_order_of_the_page() -> None:
    form = typed(target_role="", channel="pigeon", text="  ", day="31", month="2", year="2026", name="n" * 201, earlier_reference="NOPE")
    assert list(form.errors) == ["target_role", "channel", "text", "day", "name", "earlier_reference"]


def test_what_was_typed_is_kept_to_the_letter() -> None:
    words = "  <script>\r\n\tÄ 👀 & so on  "
    form = typed(text=words, sender=" x ")
    assert form.values["text"] == words.replace("\r\n", "\n")
    assert form.values["sender"] == " x "
    assert form.draft().text == words.replace("\r\n", "\n")
    assert form.draft().sender == "x"


@pytest.mark.parametrize(("length", "is_wrong"), [(LONGEST_TEXT, False), (LONGEST_TEXT + 1, True)])
def test_the_limit_counts_characters_and_a_line_end_once(length: int, is_wrong: bool) -> None:
    form = typed(text="👀" * (length - 1) + "\r\n")
    assert ("text" in form.errors) is is_wrong


@pytest.mark.parametrize(
    ("day", "month", "year", "is_wrong"),
    [
        ("2", "7", "2026", False), ("3", "7", "2026", True), ("29", "2", "2024", False), ("29", "2", "2025", True), ("", "7", "2026", True),
        ("1", "1", "26", True), ("१", "1", "2026", True), ("-1", "1", "2026", True), ("1", "1", "99999", True),
    ],
)  # fmt: skip
def test_a_date_is_real_and_not_in_the_future_by_british_time(day: str, month: str, year: str, is_wrong: bool) -> None:
    assert ("day" in typed(day=day, month=month, year=year).errors) is is_wrong


def test_a_date_becomes_its_noon_so_that_it_stays_the_same_day_everywhere() -> None:
    happened_at = typed(day="5", month="6", year="2026").draft().happened_at
    assert happened_at is not None
    assert happened_at.astimezone(UTC) == datetime(2026, 6, 5, 11, tzinfo=UTC)


@pytest.mark.parametrize("reference", ["7K3M-P2QX", "7k3m p2qx", "7K3MP2QX", "7k3m–p2qx"])
def test_a_reference_may_be_typed_in_any_manner(reference: str) -> None:
    assert typed(earlier_reference=reference).draft().earlier_reference == "7K3M-P2QX"


@pytest.mark.parametrize(("safe", "unsafe"), [("yes", False), ("no", True), ("unsaid", False), ("", False)])
def test_only_a_no_means_unsafe(safe: str, unsafe: bool) -> None:
    assert typed(safe=safe).draft().feels_unsafe is unsafe


def test_danger_is_taken_over_from_the_first_question() -> None:
    assert typed(in_danger="yes").draft().in_danger_now


@pytest.mark.parametrize("contact", ["name", "contact"])
def test_a_name_or_a_contact_makes_a_reporter(contact: str) -> None:
    assert not typed(**{contact: "Ash"}).draft().is_anonymous


def test_a_form_without_a_good_request_id_gets_one() -> None:
    assert ReportForm.typed(GOOD | {"request_id": "1"}, REQUEST_ID).values["request_id"] == REQUEST_ID


def test_what_intake_finds_wrong_is_told_at_our_field() -> None:
    form = typed().refused((Violation("report.items[0].sender", "At most 200."), Violation("report.items", "At least one.")))
    assert form.errors == {"sender": "At most 200.", "text": "At least one."}
