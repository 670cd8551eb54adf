"""The pages as one ASGI application: which address shows what, and what stands around it."""

from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from wardmote_console.application.case_page import CaseReader
from wardmote_console.application.ports import Assessments, Cases, Councils, Notices, Reports, Stamps
from wardmote_console.application.sign_in import SignIn
from wardmote_console.entrypoints.case_pages import CasePages
from wardmote_console.entrypoints.cookies import Cookies
from wardmote_console.entrypoints.door import Door, SignInNeeded
from wardmote_console.entrypoints.edge import BrowserBounds, Orders
from wardmote_console.entrypoints.errors import ErrorPages
from wardmote_console.entrypoints.notice_pages import NoticePages
from wardmote_console.entrypoints.public_pages import PublicPages
from wardmote_console.entrypoints.rendering import STATIC, Pages
from wardmote_console.entrypoints.report_pages import ReportPages
from wardmote_console.entrypoints.sign_in_pages import SignInPages
from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import WardmoteError
from wardmote_kernel.identity import Ids
from wardmote_runtime.http_edge import HttpEdge
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry

_EDGE_FACTOR = 8
"""How much wider the edge's limit is than ours. Below it, too large a form is answered with a page; above it, without."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the pages are made of."""

    councils: Councils
    reports: Reports
    cases: Cases
    assessments: Assessments
    notices: Notices
    sign_in: SignIn
    stamps: Stamps
    clock: Clock
    ids: Ids


class KeptFiles(StaticFiles):
    """Styles and scripts. An address with a version never changes what it shows, so browsers may keep it for a year."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        is_versioned = scope["query_string"].startswith(b"v=")
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if is_versioned else "public, max-age=60"
        return response


def pages_app(parts: Parts, *, public_url: str, telemetry: Telemetry, metrics: Metrics, max_bytes: int) -> ASGIApp:
    """The application.

    Args:
        public_url: scheme, host and port by which browsers know us. Over https, cookies are kept to it.
        max_bytes: a larger form is refused.
    """
    is_secure = public_url.startswith("https://")
    pages, cookies = Pages(), Cookies(is_secure=is_secure)
    door = Door(parts.councils, parts.sign_in, cookies)
    orders = Orders(public_url, max_bytes)
    routes: list[BaseRoute] = [
        Mount("/static", KeptFiles(directory=STATIC)),
        *_public_routes(PublicPages(pages, door)),
        *_report_routes(ReportPages(pages, door, cookies, parts.reports, parts.stamps, parts.clock, parts.ids), orders),
        *_sign_in_routes(SignInPages(pages, door, cookies, parts.sign_in, parts.stamps), orders),
        *_case_routes(parts, pages, door, orders),
        Route("/{slug}/notifications", NoticePages(pages, door, parts.notices).list),
    ]
    app = Starlette(routes=routes, exception_handlers=_handlers(ErrorPages(pages)))
    app.router.redirect_slashes = False
    return HttpEdge(BrowserBounds(app, is_secure), telemetry, metrics, max_bytes * _EDGE_FACTOR)


def _handlers(errors: ErrorPages) -> dict[int | type[Exception], Any]:
    return {
        WardmoteError: errors.on_broken_rule,
        HTTPException: errors.on_http_error,
        SignInNeeded: errors.on_sign_in_needed,
        Exception: errors.on_fault,
    }


def _public_routes(show: PublicPages) -> list[Route]:
    return [
        Route("/", show.nowhere),
        Route("/{slug}", show.without_slash),
        Route("/{slug}/", show.start),
        Route("/{slug}/brand.css", show.brand),
    ]


def _report_routes(show: ReportPages, orders: Orders) -> list[Route]:
    return [
        Route("/{slug}/report", show.danger),
        orders.route("/{slug}/report", show.submit, show.refused),
        orders.route("/{slug}/report/danger", show.answer),
        Route("/{slug}/report/emergency", show.emergency),
        Route("/{slug}/report/details", show.details),
        Route("/{slug}/report/{reference}/received", show.received),
    ]


def _sign_in_routes(show: SignInPages, orders: Orders) -> list[Route]:
    return [
        Route("/{slug}/sign-in", show.begin),
        Route("/{slug}/oidc/callback", show.callback),
        orders.route("/{slug}/sign-out", show.out),
        Route("/{slug}/signed-out", show.signed_out),
    ]


def _case_routes(parts: Parts, pages: Pages, door: Door, orders: Orders) -> list[Route]:
    reader = CaseReader(parts.cases, parts.reports, parts.assessments)
    show = CasePages(pages, door, parts.cases, reader, parts.clock, parts.ids)
    return [
        Route("/{slug}/cases", show.list),
        Route("/{slug}/cases/{reference}", show.one),
        orders.route("/{slug}/cases/{reference}/assign", show.assign),
    ]
