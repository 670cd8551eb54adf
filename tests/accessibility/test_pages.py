"""Every page in each of its states: WCAG 2.2 AA by axe, wide and narrow, and never wider than the window."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page
from wardmote_console.application.cases import CaseStatus, PossibleOffences, TimelineEntry
from wardmote_console.application.ports import Receipt

from tests.accessibility.conftest import Opener
from tests.unit.console.fakes import CASE_REFERENCE, COUNCIL, INCIDENT, REFERENCE, World, a_case, a_suggestion
from wardmote_kernel.errors import Unavailable
from wardmote_kernel.taxonomy import Severity

CASE = f"/northshire/cases/{CASE_REFERENCE}"
LONG_WORD = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 4
RULES: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"],
}  # fmt: skip
WIDTHS = (1280, 320)

State = Callable[[Page, World], Awaitable[object]]


def at(path: str) -> State:
    """The page at an address."""

    async def go(page: Page, world: World) -> None:
        await page.goto(path)

    return go


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).click()


async def fill(page: Page, words: str = "You will regret this.") -> None:
    await page.get_by_label("A councillor", exact=True).check()
    await page.get_by_label("Email", exact=True).check()
    await page.get_by_label("What was written or said").fill(words)


async def danger_yes(page: Page, world: World) -> None:
    await page.goto("/northshire/report")
    await page.get_by_label("Yes").check()
    await page.get_by_role("link", name="999").first.wait_for()


async def danger_unanswered(page: Page, world: World) -> None:
    await page.goto("/northshire/report")
    await press(page, "Continue")


async def emergency_of_a_known_council(page: Page, world: World) -> None:
    world.councils.memory["northshire"] = COUNCIL
    await page.goto("/northshire/report/emergency")


async def form_with_every_mistake(page: Page, world: World) -> None:
    await page.goto("/northshire/report/details")
    for name in ("Name of the person", "Who sent or said it", "Your name", "Your email address", "Reference of an earlier"):
        await page.get_by_label(name).fill(LONG_WORD)
    await page.get_by_label("Day").fill("45")
    await press(page, "Send report")


async def form_that_was_not_taken(page: Page, world: World) -> None:
    world.reports.fault = Unavailable("away")
    await page.goto("/northshire/report/details?danger=yes")
    await fill(page, LONG_WORD)
    await press(page, "Send report")


async def received_urgent(page: Page, world: World) -> None:
    world.reports.receipt = Receipt(REFERENCE, True)
    await page.goto("/northshire/report/details")
    await fill(page)
    await press(page, "Send report")
    await page.wait_for_url("**/received")


async def start_of_a_council_with_a_long_name(page: Page, world: World) -> None:
    world.councils.known["northshire"] = replace(COUNCIL, name=LONG_WORD, support_line=LONG_WORD, brand_colour="#ffee00")
    await page.goto("/northshire/")


async def full_list(page: Page, world: World) -> None:
    cases = [
        a_case(reference=f"7K3M-AAA{place}", severity=severity, types=("SX", "HA", "VT"), assigned_to="a.person@northshire.example")
        for place, severity in enumerate(Severity, start=2)
    ]
    overdue = a_case(contact_due_at=world.clock.now() - timedelta(hours=1), status=CaseStatus.CLOSED)
    world.cases.cases = {case.reference: case for case in [*cases, overdue]}
    world.cases.next_cursor = "next"
    await page.goto("/northshire/cases?cursor=now")


async def no_cases(page: Page, world: World) -> None:
    world.cases.cases = {}
    await page.goto("/northshire/cases?status=open")


async def case_with_gaps(page: Page, world: World) -> None:
    world.reports.fault = world.assessments.fault = Unavailable("away")
    await page.goto(CASE)


async def case_of_no_known_nation(page: Page, world: World) -> None:
    world.assessments.suggestions[INCIDENT] = replace(a_suggestion(), possible_offences=PossibleOffences(None, None))
    await page.goto(CASE)


async def case_with_its_details_open(page: Page, world: World) -> None:
    await page.goto(CASE)
    for summary in await page.locator("summary").all():
        await summary.click()


async def case_with_long_words(page: Page, world: World) -> None:
    world.reports.texts = {key: replace(item, text=LONG_WORD, sender=LONG_WORD) for key, item in world.reports.texts.items()}
    await page.goto(f"{CASE}?words=shown")


async def case_changed_meanwhile(page: Page, world: World) -> None:
    await page.goto(CASE)
    case = world.cases.cases[CASE_REFERENCE]
    taken = TimelineEntry(world.clock.now(), "assigned", "sam.thistle")
    world.cases.cases[CASE_REFERENCE] = replace(case, version=3, assigned_to="sam.thistle", timeline=(*case.timeline, taken))
    await press(page, "Assign to me")


async def case_assigned(page: Page, world: World) -> None:
    await page.goto(CASE)
    await press(page, "Assign to me")
    await page.get_by_role("alert").wait_for()


STATES: dict[str, tuple[State, str]] = {
    "nowhere": (at("/"), "Use your council’s address"),
    "start": (at("/northshire/"), "Report abuse of councillors and staff"),
    "start, long name": (start_of_a_council_with_a_long_name, "Report abuse of councillors and staff"),
    "danger": (at("/northshire/report"), "Are you or anyone else in danger right now?"),
    "danger, yes": (danger_yes, "Are you or anyone else in danger right now?"),
    "danger, unanswered": (danger_unanswered, "Error: Are you or anyone else in danger right now?"),
    "emergency": (at("/northshire/report/emergency"), "Call 999 now"),
    "emergency, council known": (emergency_of_a_known_council, "Call 999 now"),
    "form": (at("/northshire/report/details"), "Tell us what happened"),
    "form, in danger": (at("/northshire/report/details?danger=yes"), "Tell us what happened"),
    "form, every mistake": (form_with_every_mistake, "Error: Tell us what happened"),
    "form, not taken": (form_that_was_not_taken, "Error: Tell us what happened"),
    "received": (received_urgent, "Report received"),
    "received before": (at("/northshire/report/7K3M-ZZZZ/received"), "There is nothing to show here any more"),
    "not found": (at("/nosuch/"), "Page not found"),
    "not signed in": (at("/northshire/oidc/callback"), "You are not signed in"),
    "signed out": (at("/northshire/signed-out"), "You are signed out"),
}
SIGNED_IN_STATES: dict[str, tuple[State, str]] = {
    "cases": (full_list, "Cases"),
    "no cases": (no_cases, "Cases"),
    "case": (at(CASE), f"Case {CASE_REFERENCE}"),
    "case, details": (case_with_its_details_open, f"Case {CASE_REFERENCE}"),
    "case, no known nation": (case_of_no_known_nation, f"Case {CASE_REFERENCE}"),
    "case, words": (at(f"{CASE}?words=shown"), f"Case {CASE_REFERENCE}"),
    "case, long words": (case_with_long_words, f"Case {CASE_REFERENCE}"),
    "case, gaps": (case_with_gaps, f"Case {CASE_REFERENCE}"),
    "case, changed meanwhile": (case_changed_meanwhile, f"Error: Case {CASE_REFERENCE}"),
    "case, assigned": (case_assigned, f"Case {CASE_REFERENCE}"),
    "notifications": (at("/northshire/notifications"), "Messages sent"),
}


async def check(page: Page, title: str, width: int) -> None:
    """What every page must keep."""
    assert (await page.title()).startswith(f"{title} – ")
    results = await Axe().run(page, options=RULES)
    assert results.violations_count == 0, results.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width, "it scrolls sideways"
    assert await page.evaluate("getComputedStyle(document.querySelector('.wm-header')).backgroundColor") != "rgba(0, 0, 0, 0)", "no styles"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", STATES)
async def test_a_public_page(opener: Opener, world: World, name: str, width: int) -> None:
    state, title = STATES[name]
    async with opener(width) as page:
        await state(page, world)
        await check(page, title, width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SIGNED_IN_STATES)
async def test_a_page_of_somebody_signed_in(opener: Opener, world: World, name: str, width: int) -> None:
    state, title = SIGNED_IN_STATES[name]
    async with opener(width, signed_in=True) as page:
        await state(page, world)
        await check(page, title, width)


async def test_axe_finds_what_is_wrong(opener: Opener, world: World) -> None:
    """Otherwise the tests above prove nothing."""
    async with opener() as page:
        await page.goto("/northshire/report/details")
        await page.evaluate("document.querySelector('label[for=sender]').remove()")
        results = await Axe().run(page, options=RULES)
        assert "label" in results.generate_snapshot()
