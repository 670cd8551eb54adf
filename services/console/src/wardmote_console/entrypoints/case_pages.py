"""The case worker's pages: the list, one case, and taking it on."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wardmote_console.application.case_page import CaseReader
from wardmote_console.application.cases import CaseFilter, CaseStatus
from wardmote_console.application.ports import Cases
from wardmote_console.application.report_form import as_reference
from wardmote_console.application.words import SEVERITIES, STATUSES
from wardmote_console.entrypoints.door import Door
from wardmote_console.entrypoints.rendering import Pages
from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import Conflict, Invalid, NotFound, Violation
from wardmote_kernel.identity import Ids, parse_id
from wardmote_kernel.taxonomy import Role, Severity


@dataclass(frozen=True, slots=True)
class CasePages:
    """What they need."""

    pages: Pages
    door: Door
    cases: Cases
    reader: CaseReader
    clock: Clock
    ids: Ids

    async def list(self, request: Request) -> Response:
        """The council's cases, most urgent first, page by page."""
        person = await self.door.person(request, Role.CASE_WORKER)
        wanted = filter_of(request)
        page = await self.cases.page(person, wanted)
        return self.pages.show(
            request, "cases.html", page=page, wanted=wanted, now=self.clock.now(), next_page=_next_page(wanted, page.next_cursor),
            statuses=STATUSES, severities=SEVERITIES,
        )  # fmt: skip

    async def one(self, request: Request) -> Response:
        """One case. Its words open only when they are asked for (R-19)."""
        return await self._show(request, done=request.query_params.get("done", ""))

    async def assign(self, request: Request) -> Response:
        """Gives the case to the person who asks. Whoever looked at an older state is shown what changed and asked again."""
        person = await self.door.person(request, Role.CASE_WORKER)
        await self.door.check_form(request, request.state.council)
        form = await request.form()
        version, request_id = str(form.get("expected_version", "")), str(form.get("request_id", ""))
        if not version.isdecimal() or parse_id(request_id) is None:
            raise Invalid(Violation("form", "This form is not whole. Open the case again, then try once more."))
        reference = _reference(request)
        case = await self.cases.by_reference(person, reference)
        try:
            await self.cases.assign(person, case.case_id, int(version), request_id)
        except Conflict:
            seen = str(form.get("timeline_seen", ""))
            return await self._show(request, status=409, seen=int(seen) if seen.isdecimal() else 0)
        return RedirectResponse(f"/{request.state.council.slug}/cases/{reference}?done=assigned", 303)

    async def _show(self, request: Request, *, status: int = 200, done: str = "", seen: int | None = None) -> Response:
        person = await self.door.person(request, Role.CASE_WORKER)
        first = request.query_params.get("from", "")
        contents = await self.reader.read(
            person, _reference(request), first=int(first) if first.isdecimal() else 0,
            with_words=request.query_params.get("words") == "shown",
        )  # fmt: skip
        return self.pages.show(
            request, "case.html", status=status, contents=contents, case=contents.case, now=self.clock.now(), done=done,
            changes=None if seen is None else contents.case.timeline[seen:], request_id=str(self.ids.new_id()),
        )  # fmt: skip


def filter_of(request: Request) -> CaseFilter:
    """What the address asks for. A word that is none of ours asks for nothing."""
    asked = request.query_params
    status, severity = asked.get("status", ""), asked.get("severity", "")
    return CaseFilter(
        CaseStatus(status) if status in set(CaseStatus) else None,
        Severity(severity) if severity in set(Severity) else None,
        asked.get("cursor", ""),
    )


def _next_page(wanted: CaseFilter, cursor: str) -> str:
    if not cursor:
        return ""
    parts = {"status": wanted.status or "", "severity": wanted.severity_from or "", "cursor": cursor}
    return urlencode({name: value for name, value in parts.items() if value})


def _reference(request: Request) -> str:
    """The reference in the address, as it was given out; people type it in their own way.

    Raises:
        NotFound: it is none. Nobody is asked then.
    """
    reference = as_reference(str(request.path_params["reference"]))
    if reference is None:
        raise NotFound("There is no such case.")
    return reference
