"""One issuer: its people, its pages in our own plain clothes, and the thread that serves it."""

import base64
import logging
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import oidc_provider_mock
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.serving import make_server

from wardmote_local.addresses import HOST
from wardmote_local.councils import CLIENT_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PAGES = Path(__file__).parent / "pages"


class Claims(TypedDict):
    """Who may sign in, as the identity token tells it."""

    sub: str
    name: str
    email: str
    roles: list[str]


class Issuer:
    """Serves one council's sign-in on its port."""

    def __init__(self, port: int, council: str, people: list[Claims]) -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)  # Its request lines hold authorisation codes.
        self._server = make_server(HOST, port, provider(council, people), threaded=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name=f"sign-in-{port}", daemon=True
        )

    async def start(self) -> None:
        self._thread.start()

    async def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(timeout=2)
        self._server.server_close()


def provider(council: str, people: list[Claims]) -> "WSGIApplication":
    """The WSGI application of one issuer. Its identity tokens carry the claims ``name``, ``email`` and ``roles``.

    The provider's own pages fetch a stylesheet from the network; ours need none.
    """
    known = [
        oidc_provider_mock.User(sub=person["sub"], claims={key: value for key, value in person.items() if key != "sub"})
        for person in people
    ]
    app = oidc_provider_mock.app(user_claims=known)
    loader = app.jinja_env.loader
    app.jinja_env.loader = ChoiceLoader([FileSystemLoader(PAGES), *([loader] if loader else [])])
    app.jinja_env.globals |= {"council": council, "people": {person["sub"]: person for person in people}}
    return _for_public_clients(app)


def _for_public_clients(inner: "WSGIApplication") -> "WSGIApplication":
    """Lets the console in without a secret, as a council's provider does with a public client (RFC 6749 §2.1).

    The mock takes any secret but insists on one.
    """
    stand_in = f"Basic {base64.b64encode(f'{CLIENT_ID}:none'.encode()).decode()}"

    def outer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/oauth2/token":
            environ.setdefault("HTTP_AUTHORIZATION", stand_in)
        return inner(environ, start_response)

    return outer
