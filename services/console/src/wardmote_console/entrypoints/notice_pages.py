"""What was sent, and how far it got."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from wardmote_console.application.ports import Notices
from wardmote_console.entrypoints.door import Door
from wardmote_console.entrypoints.rendering import Pages
from wardmote_kernel.taxonomy import Role


@dataclass(frozen=True, slots=True)
class NoticePages:
    """What they need."""

    pages: Pages
    door: Door
    notices: Notices

    async def list(self, request: Request) -> Response:
        """The messages that were sent, newest first."""
        person = await self.door.person(request, Role.CASE_WORKER, Role.ON_CALL, Role.COUNCIL_ADMIN)
        cursor = request.query_params.get("cursor", "")
        return self.pages.show(request, "notifications.html", page=await self.notices.page(person, cursor), cursor=cursor)
