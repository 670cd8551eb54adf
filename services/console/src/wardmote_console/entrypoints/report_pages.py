"""Reporting: is somebody in danger, what happened, and the reference. What was typed comes back on every error."""

from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wardmote_console.application.council import Council
from wardmote_console.application.ports import Receipt, Reports, Stamps
from wardmote_console.application.report_form import ReportDraft, ReportForm
from wardmote_console.application.words import CHANNELS, LINE_TEST, TARGET_ROLES
from wardmote_console.entrypoints.cookies import Cookies
from wardmote_console.entrypoints.door import Door
from wardmote_console.entrypoints.rendering import PERSONAL, Pages
from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import Conflict, Invalid, NotPermitted, Unavailable
from wardmote_kernel.identity import Ids

RECEIVED = "received"
"""Purpose of the note that a report was taken, in the reporter's own browser."""

SHOWN_FOR = timedelta(minutes=30)
"""How long the confirmation can be opened again in that browser."""

_DANGER_UNANSWERED = "Select yes if you or anyone else is in danger right now"


@dataclass(frozen=True, slots=True)
class ReportPages:
    """What they need."""

    pages: Pages
    door: Door
    cookies: Cookies
    reports: Reports
    stamps: Stamps
    clock: Clock
    ids: Ids

    async def danger(self, request: Request) -> Response:
        """The first question. It is asked even when nobody can say which council this is."""
        try:
            await self.door.council(request)
        except Unavailable:
            self.door.remembered(request)
        return self.pages.show(request, "danger.html", error="")

    async def answer(self, request: Request) -> Response:
        """Its answer. Waits for nobody: the emergency screen must come at once (D-11)."""
        self.door.remembered(request)
        answered = (await request.form()).get("danger")
        slug = request.path_params["slug"]
        if answered == "yes":
            return RedirectResponse(f"/{slug}/report/emergency", 303)
        if answered == "no":
            return RedirectResponse(f"/{slug}/report/details", 303)
        return self.pages.show(request, "danger.html", status=422, error=_DANGER_UNANSWERED)

    async def emergency(self, request: Request) -> Response:
        """Call 999. Waits for nobody."""
        self.door.remembered(request)
        return self.pages.show(request, "emergency.html")

    async def details(self, request: Request) -> Response:
        """The empty form."""
        await self.door.council(request)
        form = ReportForm.blank(str(self.ids.new_id()), in_danger=request.query_params.get("danger") == "yes")
        return self._form(request, form, 200)

    async def submit(self, request: Request) -> Response:
        """The form, filled in."""
        form = await self._typed(request)
        try:
            council = await self.door.council(request)
            checked = form.checked(self.clock.now())
            if checked.errors:
                return self._form(request, checked, 422)
            return self._confirm(council, checked.draft(), await self.reports.submit(council, checked.draft()))
        except Invalid as refused:
            return self._form(request, form.refused(refused.violations), 422)
        except Conflict:
            return self._form(request, form.with_request_id(str(self.ids.new_id())), 409, problem="sent-before")
        except NotPermitted:
            return self._form(request, form, 403, problem="not-taken")
        except Unavailable:
            return self._form(request, form, 503, problem="no-answer")

    async def refused(self, request: Request) -> Response:
        """The form came from elsewhere, as far as the browser says. Nothing is sent, and nothing that was typed is lost."""
        self.door.remembered(request)
        return self._form(request, await self._typed(request), 403, problem="elsewhere")

    async def received(self, request: Request) -> Response:
        """The reference and what happens next, for the browser that sent the report and for half an hour."""
        council = await self.door.council(request)
        note = self.stamps.read(RECEIVED, council.tenant_id, self.cookies.read(request, RECEIVED, council.slug))
        if note is None or note.get("reference") != request.path_params["reference"]:
            return self.pages.show(request, "received_before.html", status=404)
        return self.pages.show(request, "received.html", cache=PERSONAL, note=note)

    async def _typed(self, request: Request) -> ReportForm:
        sent = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        return ReportForm.typed(sent, str(self.ids.new_id()))

    def _form(self, request: Request, form: ReportForm, status: int, problem: str = "") -> Response:
        return self.pages.show(
            request, "report.html", status=status, form=form, problem=problem, channels=CHANNELS, target_roles=TARGET_ROLES,
            line_test=LINE_TEST,
        )  # fmt: skip

    def _confirm(self, council: Council, draft: ReportDraft, receipt: Receipt) -> Response:
        note = {
            "reference": receipt.reference,
            "urgent": "yes" if receipt.is_urgent else "",
            "contact": "yes" if draft.contact else "",
        }
        response = RedirectResponse(f"/{council.slug}/report/{receipt.reference}/received", 303)
        stamped = self.stamps.write(RECEIVED, council.tenant_id, note, SHOWN_FOR)
        self.cookies.write(response, RECEIVED, council.slug, stamped, int(SHOWN_FOR.total_seconds()))
        return response
