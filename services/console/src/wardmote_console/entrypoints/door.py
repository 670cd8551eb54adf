"""Who is at the door: the council of the address, and the person of the session."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request

from wardmote_console.application.council import Council
from wardmote_console.application.person import Person
from wardmote_console.application.ports import Councils
from wardmote_console.application.sign_in import SignIn, form_token, is_form_token
from wardmote_console.entrypoints.cookies import Cookies
from wardmote_kernel.errors import NotFound, NotPermitted
from wardmote_kernel.taxonomy import Role

SESSION = "session"
"""Purpose of the cookie that holds a session's key."""

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class SignInNeeded(Exception):
    """Nobody is signed in. Carries where to go for it."""

    def __init__(self, address: str, *, by_form: bool) -> None:
        super().__init__(address)
        self.address = address
        self.by_form = by_form
        """A form was sent. A browser that keeps our policy does not follow it to another site."""


@dataclass(frozen=True, slots=True)
class Door:
    """Lets requests in."""

    councils: Councils
    sign_in: SignIn
    cookies: Cookies

    async def council(self, request: Request) -> Council:
        """The council of the address, whose colours every page of this request wears from here on.

        Raises:
            NotFound: no council has this address.
            NotPermitted: it does not use Wardmote now.
        """
        council = await self.councils.by_slug(slug_of(request))
        request.state.council = council
        if not council.is_active:
            raise NotPermitted(f"{council.name} does not take reports here at present. Contact the council itself.")
        return council

    def remembered(self, request: Request) -> Council | None:
        """The council if it is known without asking anybody."""
        council = self.councils.remembered(slug_of(request))
        request.state.council = council
        return council

    async def person(self, request: Request, *allowed: Role) -> Person:
        """Who is signed in, when their role is one of these.

        Raises:
            SignInNeeded: nobody is.
            NotPermitted: their role does not do.
        """
        council = await self.council(request)
        key = self.cookies.read(request, SESSION, council.slug)
        session = await self.sign_in.who(council, key)
        if session is None:
            by_form = request.method != "GET" or bool(request.url.query)
            raise SignInNeeded(_sign_in_address(request, council), by_form=by_form)
        request.state.person = session.person
        request.state.form_token = form_token(key)
        session.person.require(*allowed)
        return session.person

    async def check_form(self, request: Request, council: Council) -> None:
        """
        Raises:
            NotPermitted: the form was not made for this session.
        """
        form = await request.form()
        key = self.cookies.read(request, SESSION, council.slug)
        if not is_form_token(key, str(form.get("form_token", ""))):
            raise NotPermitted("This form is from another session. Open the page again, then try once more.")


def slug_of(request: Request) -> str:
    """The council's part of the address.

    Raises:
        NotFound: no council can have it. Nobody is asked then.
    """
    slug = str(request.path_params["slug"])
    if not _SLUG.fullmatch(slug):
        raise NotFound("There is no such page.")
    return slug


def _sign_in_address(request: Request, council: Council) -> str:
    """Back to the same page afterwards; an order is not repeated by itself."""
    path = request.url.path if request.method == "GET" else f"/{council.slug}/cases"
    return f"/{council.slug}/sign-in?next={quote(path, safe='')}"
