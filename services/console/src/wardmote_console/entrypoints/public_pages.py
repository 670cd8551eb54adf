"""Pages for everybody: the council's start page, its colours, and the page of no council."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wardmote_console.application.branding import brand_stylesheet
from wardmote_console.application.words import LINE_TEST
from wardmote_console.entrypoints.door import Door, slug_of
from wardmote_console.entrypoints.rendering import Pages
from wardmote_kernel.errors import NotFound, NotPermitted, Unavailable

_COLOURS_KEPT = "public, max-age=60"
"""Seconds for which a browser keeps a council's colours without asking again."""


@dataclass(frozen=True, slots=True)
class PublicPages:
    """What they need."""

    pages: Pages
    door: Door

    async def nowhere(self, request: Request) -> Response:
        """No council is named, and no list of them is given."""
        return self.pages.show(request, "nowhere.html")

    async def without_slash(self, request: Request) -> Response:
        """The start page's address as people type it."""
        return RedirectResponse(f"/{slug_of(request)}/", 308)

    async def start(self, request: Request) -> Response:
        """The council's start page."""
        await self.door.council(request)
        return self.pages.show(request, "start.html", line_test=LINE_TEST)

    async def brand(self, request: Request) -> Response:
        """The council's colours. They never fail: a page without them is still a page."""
        try:
            colour = (await self.door.council(request)).brand_colour
        except (NotFound, NotPermitted, Unavailable):
            colour = ""
        return Response(brand_stylesheet(colour), media_type="text/css", headers={"cache-control": _COLOURS_KEPT})
