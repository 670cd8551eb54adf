"""Pages for everybody, and what stands around every page."""

import re

import pytest
from starlette.testclient import TestClient

from tests.unit.console.fakes import COUNCIL, World
from wardmote_kernel.errors import NotPermitted, Unavailable
from wardmote_testkit.source import ROOT

STATIC = ROOT / "services" / "console" / "src" / "wardmote_console" / "static"


def test_the_root_names_no_council(browser: TestClient, world: World) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    assert "Northshire" not in page.text
    assert world.councils.asked == 0


def test_the_start_page_says_999_criticism_and_support(browser: TestClient) -> None:
    page = browser.get("/northshire/")
    assert page.status_code == 200
    assert "tel:999" in page.text
    assert "Strong criticism" in page.text
    assert COUNCIL.support_line in page.text
    assert 'href="/northshire/report"' in page.text


def test_an_address_without_its_slash_leads_to_the_start_page(browser: TestClient) -> None:
    answer = browser.get("/northshire")
    assert (answer.status_code, answer.headers["location"]) == (308, "/northshire/")


@pytest.mark.parametrize("path", ["/nosuch/", "/nosuch/report", "/NORTHSHIRE/", "/-x/", "/favicon.ico", "/northshire/nothing", "/a/b/c/d"])
def test_an_unknown_address_is_a_page_with_999(browser: TestClient, path: str) -> None:
    page = browser.get(path)
    assert page.status_code == 404
    assert "Page not found" in page.text
    assert "tel:999" in page.text


def test_an_address_that_no_council_can_have_asks_nobody(browser: TestClient, world: World) -> None:
    browser.get("/NORTHSHIRE/")
    assert world.councils.asked == 0


def test_a_suspended_council_takes_nothing(browser: TestClient, world: World) -> None:
    world.councils.fault = NotPermitted("Northshire County Council does not take reports here at present.")
    page = browser.get("/northshire/")
    assert page.status_code == 403
    assert "does not take reports here" in page.text


def test_without_tenancy_the_start_page_says_so(browser: TestClient, world: World) -> None:
    world.councils.fault = Unavailable("A part of Wardmote does not answer now.")
    page = browser.get("/northshire/")
    assert page.status_code == 503
    assert "not available just now" in page.text
    assert "tel:999" in page.text


def test_colours_never_fail(browser: TestClient, world: World) -> None:
    assert browser.get("/northshire/brand.css").text == ":root{--govuk-brand-colour:#1d5f4a}"
    world.councils.fault = Unavailable("away")
    answer = browser.get("/northshire/brand.css")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")


def test_every_page_carries_the_policy_and_the_styles_it_allows(browser: TestClient) -> None:
    for path in ("/", "/northshire/", "/northshire/report/details", "/nosuch/", "/static/console.css"):
        answer = browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-request-id"]
    page = browser.get("/northshire/report/details").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page)


def test_static_files_are_kept_for_a_year_by_their_version(browser: TestClient) -> None:
    address = re.search(r'href="(/static/console\.css\?v=[0-9a-f]+)"', browser.get("/").text)
    assert address
    assert "immutable" in browser.get(address[1]).headers["cache-control"]
    assert "immutable" not in browser.get("/static/console.css").headers["cache-control"]


def test_no_file_outside_the_static_folder_is_served(browser: TestClient) -> None:
    assert browser.get("/static/../main.py").status_code == 404
    assert browser.get("/static/%2e%2e/main.py").status_code == 404


def test_what_is_shipped_wears_no_crown_and_no_transport() -> None:
    assert {path.name for path in STATIC.iterdir()} == {"NOTICE", "console.css", "console.js", "icon.svg"}
    styles = (STATIC / "console.css").read_text().lower()
    assert "transport" not in styles
    assert "@font-face" not in styles
    assert "crown" not in styles
    assert "govuk-header" not in styles


def test_the_styles_and_the_script_stay_small() -> None:
    assert (STATIC / "console.css").stat().st_size < 120_000
    assert (STATIC / "console.js").stat().st_size < 30_000
