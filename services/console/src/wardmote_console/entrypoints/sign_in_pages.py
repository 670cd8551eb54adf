"""Signing in by the council's identity provider, and signing out."""

from dataclasses import asdict, dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wardmote_console.application.council import Council
from wardmote_console.application.person import SIGN_IN_WITHIN, Attempt, Person
from wardmote_console.application.ports import Stamps
from wardmote_console.application.sign_in import SignIn
from wardmote_console.entrypoints.cookies import Cookies
from wardmote_console.entrypoints.door import SESSION, Door
from wardmote_console.entrypoints.rendering import PERSONAL, Pages
from wardmote_kernel.errors import Unauthenticated
from wardmote_kernel.taxonomy import Role

ATTEMPT = "sign-in"
"""Purpose of the note that carries a sign-in to the provider and back."""


@dataclass(frozen=True, slots=True)
class SignInPages:
    """What they need."""

    pages: Pages
    door: Door
    cookies: Cookies
    sign_in: SignIn
    stamps: Stamps

    async def begin(self, request: Request) -> Response:
        """Off to the provider."""
        council = await self.door.council(request)
        address, attempt = await self.sign_in.begin(council, own_path(council, request.query_params.get("next", "")))
        response = RedirectResponse(address, 303, headers={"cache-control": PERSONAL})
        stamped = self.stamps.write(ATTEMPT, council.tenant_id, asdict(attempt), SIGN_IN_WITHIN)
        self.cookies.write(response, ATTEMPT, council.slug, stamped, int(SIGN_IN_WITHIN.total_seconds()))
        return response

    async def callback(self, request: Request) -> Response:
        """Back from the provider."""
        council = await self.door.council(request)
        attempt = self._attempt(request, council)
        given = request.query_params
        try:
            if attempt is None or "code" not in given:
                raise Unauthenticated("The sign-in was broken off, or took too long.")
            earlier = self.cookies.read(request, SESSION, council.slug)
            key, person = await self.sign_in.finish(council, attempt, given.get("state", ""), given["code"], earlier)
        except Unauthenticated as refused:
            response: Response = self.pages.show(
                request, "not_signed_in.html", status=403, cache=PERSONAL, detail=str(refused), address=f"/{council.slug}/sign-in"
            )
        else:
            response = RedirectResponse(attempt.next_path or home_of(council, person), 303, headers={"cache-control": PERSONAL})
            self.cookies.write(response, SESSION, council.slug, key)
        self.cookies.clear(response, ATTEMPT, council.slug)
        return response

    async def out(self, request: Request) -> Response:
        """Ends the session here. The person stays signed in at their council's provider."""
        council = await self.door.council(request)
        await self.door.check_form(request, council)
        await self.sign_in.out(council, self.cookies.read(request, SESSION, council.slug))
        response = RedirectResponse(f"/{council.slug}/signed-out", 303)
        self.cookies.clear(response, SESSION, council.slug)
        return response

    async def signed_out(self, request: Request) -> Response:
        """The end of a session."""
        await self.door.council(request)
        return self.pages.show(request, "signed_out.html")

    def _attempt(self, request: Request, council: Council) -> Attempt | None:
        note = self.stamps.read(ATTEMPT, council.tenant_id, self.cookies.read(request, ATTEMPT, council.slug))
        return Attempt(**note) if note else None


def own_path(council: Council, wanted: str) -> str:
    """Where to go after signing in, if it is a page of this council; nothing otherwise, whatever an address asks for."""
    is_plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted and "//" not in wanted
    return wanted if is_plain and wanted.startswith(f"/{council.slug}/") else ""


def home_of(council: Council, person: Person) -> str:
    """The first page that a person's role opens."""
    return f"/{council.slug}/{'cases' if Role.CASE_WORKER in person.roles else 'notifications'}"
