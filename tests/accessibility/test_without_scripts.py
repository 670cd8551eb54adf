"""Everything works without JavaScript, by keyboard, and for somebody who hears the page."""

import pytest
from wardmote_console.application.ports import Receipt

from tests.accessibility.conftest import Opener
from tests.unit.console.fakes import CASE_REFERENCE, COUNCIL, REFERENCE, World

CASE = f"/northshire/cases/{CASE_REFERENCE}"
WORDS = "First line\nsecond line 👀 <b>&amp;"


@pytest.mark.parametrize("scripts", [False, True], ids=["without", "with"])
@pytest.mark.parametrize("width", [1280, 320])
async def test_a_report_is_made_from_start_to_reference(opener: Opener, world: World, width: int, scripts: bool) -> None:
    world.reports.receipt = Receipt(REFERENCE, True)
    async with opener(width, scripts=scripts) as page:
        await page.goto("/northshire/")
        await page.get_by_role("button", name="Report abuse").click()
        await page.get_by_label("Yes").check()
        await page.get_by_role("button", name="Continue").click()
        await page.wait_for_url("**/report/emergency")
        assert await page.get_by_role("link", name="999").first.get_attribute("href") == "tel:999"
        await page.get_by_role("button", name="Go on to the report").click()
        await page.get_by_label("At home", exact=True).check()
        await page.get_by_label("What was written or said").fill(WORDS)
        await page.get_by_role("button", name="Send report").click()
        await page.get_by_role("link", name="Select who it was aimed at").click()
        assert page.url.endswith("#target_role") or await page.evaluate("document.activeElement.id") == "target_role"
        assert await page.get_by_label("What was written or said").input_value() == WORDS
        await page.get_by_label("A member of the council’s staff").check()
        await page.get_by_role("button", name="Send report").click()
        await page.wait_for_url("**/received")
        assert await page.get_by_role("heading", name="We have paged the duty officer").is_visible()
        assert await page.get_by_text(REFERENCE).is_visible()
        assert await page.get_by_text(COUNCIL.support_line).is_visible()
    [(_, draft)] = world.reports.drafts
    assert draft.text == WORDS
    assert draft.in_danger_now


@pytest.mark.parametrize("scripts", [False, True], ids=["without", "with"])
async def test_999_comes_with_the_answer_and_waits_for_no_request(opener: Opener, scripts: bool) -> None:
    async with opener(scripts=scripts) as page:
        await page.goto("/northshire/report")
        heading = page.get_by_role("heading", name="Call 999 now")
        assert not await heading.is_visible()
        await page.context.set_offline(True)
        await page.get_by_label("Yes").check()
        assert await heading.is_visible()


@pytest.mark.parametrize("scripts", [False, True], ids=["without", "with"])
async def test_a_case_is_read_and_taken_on(opener: Opener, world: World, scripts: bool) -> None:
    async with opener(320, scripts=scripts, signed_in=True) as page:
        await page.goto("/northshire/cases")
        await page.get_by_role("link", name=CASE_REFERENCE).click()
        assert await page.get_by_text("You lot should resign").count() == 0
        assert await page.get_by_role("heading", name="Possible offences, for the police and prosecutors to decide").is_visible()
        evidence = page.get_by_text("Evidence that would help: A dated log.")
        assert not await evidence.is_visible()
        await page.get_by_text("What these mean and what evidence would help").click()
        assert await evidence.is_visible()
        await page.get_by_role("button", name="Show the words").click()
        assert await page.locator("mark").inner_text() == "We know where you live"
        await page.get_by_role("link", name="Hide the words").click()
        assert await page.locator("mark").count() == 0
        await page.get_by_role("button", name="Assign to me").click()
        await page.get_by_text("This case is assigned to you").wait_for()
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("heading", name="You are signed out").wait_for()
    assert len(world.cases.orders) == 1
    assert world.sessions.kept == {}


async def test_the_keyboard_skips_to_the_content(opener: Opener) -> None:
    async with opener() as page:
        await page.goto("/northshire/")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main-content"


async def test_what_is_wrong_is_focused_and_named_at_its_field(opener: Opener) -> None:
    async with opener() as page:
        await page.goto("/northshire/report/details")
        await page.get_by_role("button", name="Send report").click()
        assert await page.evaluate("document.activeElement.className") == "govuk-error-summary"
        described = await page.get_by_label("What was written or said").get_attribute("aria-describedby")
        assert "text-error" in (described or "")


async def test_every_field_can_be_reached_in_the_order_of_the_page(opener: Opener) -> None:
    async with opener() as page:
        await page.goto("/northshire/report/details")
        await page.get_by_label("A councillor", exact=True).focus()
        seen = []
        for _ in range(14):
            await page.keyboard.press("Tab")
            seen.append(await page.evaluate("document.activeElement.name || document.activeElement.tagName"))
        assert [name for name in seen if name.islower()] == [
            "channel", "text", "target_name", "sender", "day", "month", "year", "safe", "name", "contact", "earlier_reference",
        ]  # fmt: skip


async def test_leaving_quickly_leads_away(opener: Opener) -> None:
    async with opener(scripts=False) as page:
        await page.goto("/northshire/report/details")
        link = page.get_by_role("button", name="Exit this page")
        assert (await link.get_attribute("href") or "").startswith("https://")
        assert "noreferrer" in (await link.get_attribute("rel") or "")
