"""A real Chromium on the real pages, with every other service faked."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.unit.console.fakes import World
from wardmote_runtime.http_server import HttpServer
from wardmote_testkit.ports import free_port

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip

Opener = Callable[..., AbstractAsyncContextManager[Page]]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium. One that cannot be had fails the tests with a sentence."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail(f"No Chromium is installed here: put one of {', '.join(NAMES)} on the PATH.", pytrace=False)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def address() -> str:
    """Where the pages are served."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def world(address: str) -> World:
    """The other services."""
    return World(address)


@pytest.fixture
async def opener(chromium: Browser, world: World, address: str) -> AsyncIterator[Opener]:
    """Opens a window on the served pages. Whatever the browser complains of fails the test."""
    server = HttpServer(address.removeprefix("http://"), world.app)
    await server.start()

    @asynccontextmanager
    async def window(width: int = 1280, *, scripts: bool = True, signed_in: bool = False) -> AsyncIterator[Page]:
        context = await chromium.new_context(
            base_url=address, viewport={"width": width, "height": 900}, java_script_enabled=scripts, reduced_motion="reduce"
        )
        if signed_in:
            await context.add_cookies([{"name": "wardmote-session-northshire", "value": world.sign_in(), "url": address}])
        page, complaints = await context.new_page(), list[str]()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        yield page
        await context.close()
        assert [text for text in complaints if "status of" not in text] == [], "an error answer is no complaint; anything else is"

    yield window
    await server.stop()
