"""What the pages need from outside, as contracts. Each raises ``Unavailable`` when the other side does not answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from wardmote_console.application.cases import Case, CaseFilter, CasePage, ItemWords, ReceivedReport, Suggestion
from wardmote_console.application.council import Council
from wardmote_console.application.notices import NoticePage
from wardmote_console.application.person import Attempt, Person, Session
from wardmote_console.application.report_form import ReportDraft
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role


class Councils(Protocol):
    """The councils of this deployment."""

    async def by_slug(self, slug: str) -> Council:
        """
        Raises:
            NotFound: no council has this address.
        """
        ...

    def remembered(self, slug: str) -> Council | None:
        """The council if it is known already, without asking anybody: for the screen that may not wait."""
        ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter is told."""

    reference: str
    is_urgent: bool


class Reports(Protocol):
    """Takes reports in the name of the form, which is a reporter of its council."""

    async def submit(self, council: Council, draft: ReportDraft) -> Receipt:
        """
        Raises:
            Invalid: with what is wrong, by intake's names of the fields.
            Conflict: this request id came with other words before.
        """
        ...

    async def received(self, person: Person, incident_id: str) -> ReceivedReport:
        """A report without its words.

        Raises:
            NotFound: this council has no such incident.
        """
        ...

    async def words(self, person: Person, item_ids: Sequence[str]) -> Mapping[str, ItemWords]:
        """The words of items, for case work. Intake records who read them. Unknown ids are left out."""
        ...


class Cases(Protocol):
    """The council's cases, asked for in the person's name."""

    async def page(self, person: Person, wanted: CaseFilter) -> CasePage:
        """
        Raises:
            Invalid: the cursor is not one of this list.
        """
        ...

    async def by_reference(self, person: Person, reference: str) -> Case:
        """
        Raises:
            NotFound: this council has no such case.
        """
        ...

    async def assign(self, person: Person, case_id: str, expected_version: int, request_id: str) -> None:
        """Gives the case to the person.

        Raises:
            StaleVersion: somebody changed it since it was read.
        """
        ...


class Assessments(Protocol):
    """What was suggested, and why."""

    async def of_incident(self, person: Person, incident_id: str) -> Suggestion:
        """
        Raises:
            NotFound: it has not been assessed yet, or this council has no such incident.
        """
        ...


class Notices(Protocol):
    """The messages that were sent."""

    async def page(self, person: Person, cursor: str) -> NoticePage:
        """
        Raises:
            Invalid: the cursor is not one of this list.
        """
        ...


class Sessions(Protocol):
    """The signed-in people's sessions. Kept by a hash of the key: whoever reads the table holds no session."""

    async def open(self, key: str, session: Session) -> None:
        """Keeps a new session, and forgets the council's sessions that are over."""
        ...

    async def find(self, tenant: TenantId, key: str) -> Session | None:
        """The session that a key opens in this council, over or not."""
        ...

    async def seen(self, tenant: TenantId, key: str, at: datetime) -> None:
        """Remembers that it was used."""
        ...

    async def end(self, tenant: TenantId, key: str) -> None:
        """Forgets it."""
        ...


@dataclass(frozen=True, slots=True)
class Identified:
    """Whom the council's identity provider vouches for."""

    subject: str
    roles: frozenset[Role]


class IdentityProviders(Protocol):
    """The councils' identity providers."""

    async def address(self, council: Council, attempt: Attempt) -> str:
        """Where the browser is sent to sign in."""
        ...

    async def identify(self, council: Council, attempt: Attempt, code: str) -> Identified:
        """Who came back with this code.

        Raises:
            Unauthenticated: the code or the token is not good, or is for another council, client or attempt.
        """
        ...


class Stamps(Protocol):
    """Notes to ourselves that a browser carries: it can read and lose them, but not change them."""

    def write(self, purpose: str, tenant: TenantId, note: Mapping[str, str], life: timedelta) -> str:
        """The note, signed for one purpose and council."""
        ...

    def read(self, purpose: str, tenant: TenantId, text: str) -> Mapping[str, str] | None:
        """The note, or None when it is not ours, not for this, or past its time."""
        ...
