"""Makes HTML of templates. Everything is escaped; dates are said as people in the United Kingdom say them."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse

from wardmote_console.application.report_form import UK
from wardmote_console.application.words import say, say_code

STATIC = Path(__file__).parents[1] / "static"

PUBLIC = "private, no-cache"
"""A page that anybody may see. Not ``no-store``: the browser then forgets what was typed when somebody goes back."""

PERSONAL = "no-store"
"""A page of somebody who has signed in: it is gone with the session, also from the way back."""


class Pages:
    """The templates."""

    def __init__(self) -> None:
        loaders = ChoiceLoader(
            [PackageLoader("wardmote_console"), PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})]
        )
        self._environment = Environment(loader=loaders, autoescape=True, trim_blocks=True, lstrip_blocks=True)
        self._environment.filters |= {"say": say, "say_code": say_code, "day": day, "moment": moment}
        self._environment.globals["static"] = _addresses()

    def show(self, request: Request, template: str, *, status: int = 200, cache: str = PUBLIC, **context: Any) -> HTMLResponse:
        """One page. Every template knows the council, if it is known, and who is signed in, if anybody is."""
        state = request.state
        everywhere = {
            "council": getattr(state, "council", None),
            "person": getattr(state, "person", None),
            "form_token": getattr(state, "form_token", ""),
            "slug": request.path_params.get("slug", ""),
        }
        body = self._environment.get_template(template).render(everywhere | context)
        kept = PERSONAL if everywhere["person"] else cache
        return HTMLResponse(body, status, headers={"cache-control": kept})


def day(at: date | None) -> str:
    """A day, or the day of a moment.

    >>> from datetime import UTC
    >>> day(datetime(2026, 1, 5, 9, 0, tzinfo=UTC)), day(date(2026, 1, 5))
    ('5 January 2026', '5 January 2026')
    """
    if at is None:
        return "Not known"
    local = at.astimezone(UK) if isinstance(at, datetime) else at
    return f"{local.day} {local:%B %Y}"


def moment(at: datetime | None) -> str:
    """
    >>> from datetime import UTC
    >>> moment(datetime(2026, 7, 5, 14, 5, tzinfo=UTC))
    '5 July 2026, 3:05pm'
    """
    if at is None:
        return "Not known"
    local = at.astimezone(UK)
    return f"{day(at)}, {local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'}"


def _addresses() -> Mapping[str, str]:
    """Name of a static file to its address. The address changes with the file, so that browsers may keep it for ever."""
    files = [path for path in sorted(STATIC.iterdir()) if path.suffix in (".css", ".js", ".svg")]
    return {path.name: f"/static/{path.name}?v={sha256(path.read_bytes()).hexdigest()[:12]}" for path in files}
