"""The other services, faked: what the pages ask for, and what they were told. Shared with the accessibility tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from uuid import UUID

from starlette.types import ASGIApp
from wardmote_console.adapters.stamps import HmacStamps
from wardmote_console.application.cases import (
    Case,
    CaseFilter,
    CaseIncident,
    CasePage,
    CaseStatus,
    ItemSuggestion,
    ItemWords,
    PossibleOffence,
    PossibleOffences,
    Reason,
    ReceivedItem,
    ReceivedReport,
    Suggestion,
    TimelineEntry,
)
from wardmote_console.application.council import Council, Provider
from wardmote_console.application.marks import Span
from wardmote_console.application.notices import DeliveryStatus, Notice, NoticeKind, NoticePage
from wardmote_console.application.person import Attempt, Person, Session
from wardmote_console.application.ports import Identified, Receipt
from wardmote_console.application.report_form import ReportDraft
from wardmote_console.application.sign_in import SignIn
from wardmote_console.entrypoints.app import Parts, pages_app

from wardmote_kernel.errors import NotFound, StaleVersion, WardmoteError
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Channel, Nation, Outcome, Role, Severity, TargetRole, ThreatLevel
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.telemetry import Telemetry
from wardmote_testkit.clock import MONDAY_MORNING, StoppedClock
from wardmote_testkit.ids import CountingIds

HERE = TenantId(UUID("0199aa00-0000-7000-8000-000000000001"))
ELSEWHERE = TenantId(UUID("0199aa00-0000-7000-8000-000000000002"))
INCIDENT = "0199aa00-0000-7000-8000-0000000000a1"
ITEM = "0199aa00-0000-7000-8000-0000000000b1"
SECOND_ITEM = "0199aa00-0000-7000-8000-0000000000b2"
WORDS = "You lot should resign.\nWe know where you live 👀 and when your car is gone."
REFERENCE = "7K3M-P2QX"
CASE_REFERENCE = "C4SE-23AB"

COUNCIL = Council(
    HERE, "northshire", "Northshire County Council", True, Provider("https://login.northshire.example", "wardmote-console"), Nation.ENGLAND,
    "#1d5f4a", "Northshire member support: 01632 960123, Monday to Friday, 9am to 5pm",
)  # fmt: skip
OTHER = replace(COUNCIL, tenant_id=ELSEWHERE, slug="porthaven", name="Porthaven County Borough Council", nation=Nation.WALES)


def a_case(**changes: object) -> Case:
    """A case with two items, one of them a veiled threat."""
    case = Case(
        case_id="0199aa00-0000-7000-8000-0000000000c1", reference=CASE_REFERENCE, status=CaseStatus.TRIAGE, severity=Severity.S3,
        outcome=Outcome.ABUSE, threat_level=ThreatLevel.T1, types=("VT", "IN"), motivations=("H-POL",), needs_person=True, is_urgent=True,
        target_role=TargetRole.COUNCILLOR, channel=Channel.EMAIL, opened_at=MONDAY_MORNING,
        contact_due_at=MONDAY_MORNING + timedelta(hours=2), assigned_to="", version=2,
        incidents=(an_incident(),),
        timeline=(TimelineEntry(MONDAY_MORNING, "opened"), TimelineEntry(MONDAY_MORNING + timedelta(minutes=5), "incident-attached")),
    )  # fmt: skip
    return replace(case, **changes)  # type: ignore[arg-type]


def an_incident(incident_id: str = INCIDENT, reference: str = REFERENCE) -> CaseIncident:
    return CaseIncident(incident_id, reference, Outcome.ABUSE, Severity.S3, MONDAY_MORNING, {"rules": "3"})


def a_suggestion() -> Suggestion:
    threat = Reason("VT-02", "safety", "It says that the writer knows where the person lives.", (Span(23, 45),))
    insult = Reason("IN-01", "target", "It is about the person and not about a decision.")
    return Suggestion(
        needs_person=True, assessed_at=MONDAY_MORNING, versions={"rules": "3", "model": "2026-01"},
        items=(
            ItemSuggestion(ITEM, Outcome.ABUSE, Severity.S3, ("VT",), (insult, threat)),
            ItemSuggestion(SECOND_ITEM, Outcome.NOT_ABUSE, Severity.S0, ("N1",), ()),
        ),
        possible_offences=PossibleOffences(Nation.ENGLAND, date(2026, 1, 5), (
            PossibleOffence("Threatening communication", "Example Act s1", "May apply when a message threatens.", "The message itself.", 0),
            PossibleOffence("Harassment", "Example Act s2", "May apply when it happens twice.", "A dated log.", 6),
        )),
    )  # fmt: skip


def a_report() -> ReceivedReport:
    items = (ReceivedItem(ITEM, Channel.EMAIL, MONDAY_MORNING), ReceivedItem(SECOND_ITEM, Channel.VOICEMAIL, None))
    return ReceivedReport(REFERENCE, MONDAY_MORNING, is_anonymous=False, feels_unsafe=True, is_urgent=True, items=items)


@dataclass
class FakeCouncils:
    known: dict[str, Council] = field(default_factory=lambda: {council.slug: council for council in (COUNCIL, OTHER)})
    fault: WardmoteError | None = None
    asked: int = 0
    memory: dict[str, Council] = field(default_factory=dict)

    async def by_slug(self, slug: str) -> Council:
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        if slug not in self.known:
            raise NotFound("There is no such council.")
        return self.known[slug]

    def remembered(self, slug: str) -> Council | None:
        return self.memory.get(slug)


@dataclass
class FakeReports:
    receipt: Receipt = field(default_factory=lambda: Receipt(REFERENCE, False))
    fault: WardmoteError | None = None
    drafts: list[tuple[Council, ReportDraft]] = field(default_factory=list)
    reports: dict[str, ReceivedReport] = field(default_factory=lambda: {INCIDENT: a_report()})
    texts: dict[str, ItemWords] = field(
        default_factory=lambda: {ITEM: ItemWords(WORDS, "@angry_resident"), SECOND_ITEM: ItemWords("Fix the road.")}
    )
    readings: list[tuple[str, Sequence[str]]] = field(default_factory=list)

    async def submit(self, council: Council, draft: ReportDraft) -> Receipt:
        self.drafts.append((council, draft))
        if self.fault is not None:
            raise self.fault
        return self.receipt

    async def received(self, person: Person, incident_id: str) -> ReceivedReport:
        if self.fault is not None:
            raise self.fault
        if incident_id not in self.reports:
            raise NotFound("There is no such incident.")
        return self.reports[incident_id]

    async def words(self, person: Person, item_ids: Sequence[str]) -> Mapping[str, ItemWords]:
        self.readings.append((person.subject, item_ids))
        return {item_id: self.texts[item_id] for item_id in item_ids if item_id in self.texts}


@dataclass
class FakeCases:
    cases: dict[str, Case] = field(default_factory=lambda: {CASE_REFERENCE: a_case()})
    next_cursor: str = ""
    fault: WardmoteError | None = None
    asked: list[tuple[Person, CaseFilter]] = field(default_factory=list)
    orders: list[tuple[str, str, int, str]] = field(default_factory=list)

    async def page(self, person: Person, wanted: CaseFilter) -> CasePage:
        self.asked.append((person, wanted))
        if self.fault is not None:
            raise self.fault
        return CasePage(list(self.cases.values()), self.next_cursor)

    async def by_reference(self, person: Person, reference: str) -> Case:
        if self.fault is not None:
            raise self.fault
        if reference not in self.cases or person.tenant_id != HERE:
            raise NotFound("There is no such case.")
        return self.cases[reference]

    async def assign(self, person: Person, case_id: str, expected_version: int, request_id: str) -> None:
        self.orders.append((person.subject, case_id, expected_version, request_id))
        case = next(case for case in self.cases.values() if case.case_id == case_id)
        if case.version != expected_version:
            raise StaleVersion("Somebody changed it.")
        self.cases[case.reference] = replace(case, assigned_to=person.subject, version=case.version + 1, status=CaseStatus.OPEN)


@dataclass
class FakeAssessments:
    suggestions: dict[str, Suggestion] = field(default_factory=lambda: {INCIDENT: a_suggestion()})
    fault: WardmoteError | None = None

    async def of_incident(self, person: Person, incident_id: str) -> Suggestion:
        if self.fault is not None:
            raise self.fault
        if incident_id not in self.suggestions:
            raise NotFound("It has not been assessed yet.")
        return self.suggestions[incident_id]


@dataclass
class FakeNotices:
    next_cursor: str = ""

    async def page(self, person: Person, cursor: str) -> NoticePage:
        sent = Notice(NoticeKind.PAGE, DeliveryStatus.DELIVERED, REFERENCE, MONDAY_MORNING, MONDAY_MORNING + timedelta(seconds=2), 1)
        failed = Notice(NoticeKind.CASE_OPENED, DeliveryStatus.FAILED, CASE_REFERENCE, MONDAY_MORNING, None, 5)
        waiting = Notice(NoticeKind.INCIDENT_ATTACHED, DeliveryStatus.WAITING, CASE_REFERENCE, MONDAY_MORNING, None, 0)
        return NoticePage([sent, failed, waiting], self.next_cursor)


@dataclass
class FakeSessions:
    kept: dict[tuple[TenantId, str], Session] = field(default_factory=dict)

    async def open(self, key: str, session: Session) -> None:
        self.kept[session.person.tenant_id, key] = session

    async def find(self, tenant: TenantId, key: str) -> Session | None:
        return self.kept.get((tenant, key))

    async def seen(self, tenant: TenantId, key: str, at: datetime) -> None:
        self.kept[tenant, key] = replace(self.kept[tenant, key], seen_at=at)

    async def end(self, tenant: TenantId, key: str) -> None:
        self.kept.pop((tenant, key), None)


@dataclass
class FakeProviders:
    identified: Identified = field(default_factory=lambda: Identified("alex.merrow", frozenset({Role.CASE_WORKER})))
    fault: WardmoteError | None = None
    codes: list[str] = field(default_factory=list)

    async def address(self, council: Council, attempt: Attempt) -> str:
        return f"{council.provider.issuer}/authorize?state={attempt.state}"

    async def identify(self, council: Council, attempt: Attempt, code: str) -> Identified:
        self.codes.append(code)
        if self.fault is not None:
            raise self.fault
        return self.identified


class World:
    """A console with everything around it faked."""

    def __init__(self, public_url: str = "http://localhost", max_bytes: int = 1_048_576) -> None:
        self.clock = StoppedClock(MONDAY_MORNING + timedelta(hours=1))
        self.councils, self.reports, self.cases = FakeCouncils(), FakeReports(), FakeCases()
        self.assessments, self.notices, self.sessions, self.providers = FakeAssessments(), FakeNotices(), FakeSessions(), FakeProviders()
        self.stamps = HmacStamps(b"k" * 32, self.clock)
        self.metrics = Metrics()
        parts = Parts(
            councils=self.councils, reports=self.reports, cases=self.cases, assessments=self.assessments, notices=self.notices,
            sign_in=SignIn(self.providers, self.sessions, self.clock), stamps=self.stamps, clock=self.clock, ids=CountingIds(),
        )  # fmt: skip
        self.app: ASGIApp = pages_app(
            parts, public_url=public_url, telemetry=Telemetry("console", None), metrics=self.metrics, max_bytes=max_bytes
        )

    def sign_in(self, *roles: Role, subject: str = "alex.merrow", council: Council = COUNCIL, key: str = "key") -> str:
        """A session; returns its key."""
        now = self.clock.now()
        person = Person(council.tenant_id, subject, frozenset(roles or (Role.CASE_WORKER,)))
        self.sessions.kept[council.tenant_id, key] = Session(person, now, now)
        return key


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "textarea":
            self._area = named["name"]
            self.found[self._area] = ""
        elif tag == "input" and (named.get("type") != "radio" or "checked" in named):
            self.found[named["name"]] = named.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[self._area] += data


def fields(page: str) -> dict[str, str]:
    """What a browser would send of the forms on a page, as they stand."""
    parser = _Fields()
    parser.feed(page)
    return parser.found
