"""The inbox's pages: a list, a mail, and the same as JSON for scripts."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from wardmote_local.inbox.store import MailStore

TEMPLATES = Path(__file__).parent / "templates"
REFRESH_S = 5
_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def inbox_app(store: MailStore) -> Starlette:
    """``/`` the list, ``/mails/{id}`` one mail, ``/messages.json`` all of them.

    The list refreshes itself only when it is asked to (``/?refresh=on``): a page that moves by itself is hard on some readers.
    """
    templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(), undefined=StrictUndefined)

    async def show_list(request: Request) -> Response:
        refresh = request.query_params.get("refresh") == "on"
        page = templates.get_template("list.html").render(mails=store.newest_first(), refresh=refresh, seconds=REFRESH_S)
        return HTMLResponse(page, headers=_POLICY | ({"Refresh": str(REFRESH_S)} if refresh else {}))

    async def show_mail(request: Request) -> Response:
        mail = store.find(request.path_params["mail_id"])
        if mail is None:
            raise HTTPException(404, "There is no such mail, or it was dropped because many came after it.")
        return HTMLResponse(templates.get_template("mail.html").render(mail=mail), headers=_POLICY)

    async def messages(_request: Request) -> Response:
        return JSONResponse({"messages": [mail.as_json() for mail in store.newest_first()]})

    return Starlette(routes=[Route("/", show_list), Route("/mails/{mail_id}", show_mail), Route("/messages.json", messages)])
