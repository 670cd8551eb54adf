"""What a service holds of one council's reports, for the proof that none was lost: its own stages, and what waits in its queues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import parse_id, uuid7
from wardmote_runtime.database import Database
from wardmote_runtime.tenancy import current_tenant


class Stage(StrEnum):
    """A stage of a report's way (proof_service.proto)."""

    RECEIVED = "received"
    ASSESSED = "assessed"
    IN_CASE = "in_case"
    NOTIFIED = "notified"
    CASE_WORKER = "case_worker"
    WAITING = "waiting"


class State(StrEnum):
    """How something that is held stands (proof_service.proto)."""

    OUTBOX = "outbox"
    WORK = "work"
    PARKED = "parked"
    DEAD_LETTER = "dead_letter"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"
    FAILED = "failed"


_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a stage of the current council."""

    stage: Stage
    limit: int
    since: datetime = _EARLIEST
    until: datetime = _LATEST
    after: tuple[str, ...] = ()
    """Place of the last one that was given; empty for the first page."""
    ids: Sequence[UUID] = ()
    """Only what is about these; empty for everything."""


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that is held, by ids and codes."""

    place: tuple[str, ...]
    """Where it stands in the order of its stage; text, because it travels in a cursor."""
    at: datetime
    incident_id: UUID | None = None
    case_id: UUID | None = None
    person_id: UUID | None = None
    notification_id: UUID | None = None
    aggregate_id: UUID | None = None
    state: State | None = None
    kind: str = ""
    reason: str = ""
    due_at: datetime | None = None
    """Of work that was never claimed and whose turn is still to come (the slower lane): when it comes."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits in one place."""

    state: State
    count: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """How a service finds one of its stages in its own tables."""

    select: str
    """Columns named as the fields of :class:`Held`, with ``place``; ends in a WHERE that names ``%(tenant)s``."""
    place: str
    """The column, unique in a council, by whose order pages are made."""
    about: str
    """The column that a question's ids name."""
    at: str = ""
    """The column of the time. Empty: it has none, and a question's times mean nothing."""
    is_by_time: bool = False
    """The place is a UUIDv7 of about that time, so that earlier rows need not be read."""


class Proofs(Protocol):
    """What a service can say of the current council."""

    async def held(self, question: Question) -> Sequence[Held]:
        """At most as many as asked, in the order of their places.

        Raises:
            Invalid: this service does not hold that stage, or the place is none of it.
        """
        ...

    async def waiting(self) -> Sequence[Waiting]:
        """How much waits in outbox, work queue and dead letters."""
        ...


_MARGIN = timedelta(minutes=1)
"""An id is made a moment before or after the time that its row tells."""

_QUEUES = """
SELECT * FROM (
    SELECT 'outbox' AS state, seq, key, topic AS kind, '' AS reason, written_at AS at, NULL::timestamptz AS due_at
    FROM outbox WHERE tenant_id = %(tenant)s
    UNION ALL
    SELECT CASE WHEN is_parked THEN 'parked' ELSE 'work' END, seq, key, kind, '', written_at,
        CASE WHEN attempts = 0 AND due_at > now() THEN due_at END FROM work WHERE tenant_id = %(tenant)s
    UNION ALL
    SELECT 'dead_letter', seq, key, kind, reason || CASE WHEN released_at IS NULL THEN '' ELSE ' (released)' END, died_at, NULL
    FROM dead_letter WHERE tenant_id = %(tenant)s) AS queue
WHERE (state, seq) > (%(state)s, %(seq)s) AND at >= %(since)s AND at < %(until)s"""
_ABOUT_KEYS = " AND key = ANY(%(keys)s)"
_IN_QUEUE_ORDER = " ORDER BY state, seq LIMIT %(limit)s"

_COUNTS = """
SELECT 'outbox' AS state, count(*) AS count, min(written_at) AS oldest_at FROM outbox WHERE tenant_id = %(tenant)s
UNION ALL SELECT 'work', count(*), min(written_at) FROM work WHERE tenant_id = %(tenant)s AND NOT is_parked
UNION ALL SELECT 'parked', count(*), min(written_at) FROM work WHERE tenant_id = %(tenant)s AND is_parked
UNION ALL SELECT 'dead_letter', count(*), min(died_at) FROM dead_letter WHERE tenant_id = %(tenant)s AND released_at IS NULL"""


class PostgresProofs:
    """Reads a service's own tables: its shelves, and the queues that every service has."""

    def __init__(self, database: Database, shelves: Mapping[Stage, Shelf]) -> None:
        self._database = database
        self._shelves = shelves

    async def held(self, question: Question) -> Sequence[Held]:
        if question.stage is Stage.WAITING:
            return await self._in_queues(question)
        shelf = self._shelves.get(question.stage)
        if shelf is None:
            raise Invalid(Violation("stage", f"Ask for one of: {', '.join([*self._shelves, Stage.WAITING])}."))
        rows = await self._rows(_statement(shelf, question), _arguments(shelf, question))
        return [_on_shelf(row) for row in rows]

    async def waiting(self) -> Sequence[Waiting]:
        rows = await self._rows(_COUNTS, {})
        return [Waiting(State(row["state"]), row["count"], row["oldest_at"]) for row in rows]

    async def _in_queues(self, question: Question) -> list[Held]:
        tenant = current_tenant()
        state, seq = question.after or ("", "0")
        # An event's key is tenant/aggregate, a job's its own id.
        keys = [key for one in question.ids for key in (f"{tenant}/{one}", str(one))]
        arguments = {"state": state, "seq": int(seq), "keys": keys, "since": question.since, "until": question.until}
        statement = _QUEUES + (_ABOUT_KEYS if keys else "") + _IN_QUEUE_ORDER
        return [_in_queue(row) for row in await self._rows(statement, arguments | {"limit": question.limit})]

    async def _rows(self, statement: str, arguments: dict[str, Any]) -> list[dict[str, Any]]:
        async with self._database.tenant_transaction() as connection:
            return await (await connection.execute(statement, {"tenant": current_tenant()} | arguments)).fetchall()


def place_of(stage: Stage, parts: Sequence[str]) -> tuple[str, ...]:
    """A place as a cursor brought it back.

    Raises:
        Invalid: it is no place of that stage.
    """
    if stage is Stage.WAITING:
        is_place = parts[0] in list(State) and parts[1].isdecimal() and len(parts[1]) <= 18  # fits a bigint
    else:
        is_place = parse_id(parts[0]) is not None
    if not is_place:
        raise Invalid(Violation("cursor", "Send the next_cursor of the page before, unchanged, or nothing for the first page."))
    return tuple(parts)


def place_parts(stage: Stage) -> int:
    """Of how many values a place of the stage is made."""
    return 2 if stage is Stage.WAITING else 1


def _statement(shelf: Shelf, question: Question) -> str:
    conditions = [f"{shelf.place} > %(after)s"]
    if shelf.at:
        conditions.append(f"{shelf.at} >= %(since)s AND {shelf.at} < %(until)s")
    if question.ids:
        conditions.append(f"{shelf.about} = ANY(%(ids)s)")
    return f"{shelf.select} AND {' AND '.join(conditions)} ORDER BY {shelf.place} LIMIT %(limit)s"


def _arguments(shelf: Shelf, question: Question) -> dict[str, Any]:
    after = UUID(question.after[0]) if question.after else UUID(int=0)
    if shelf.is_by_time and question.since.timestamp() > _MARGIN.total_seconds():
        after = max(after, uuid7(int((question.since - _MARGIN).timestamp() * 1000), 0))
    ids = list(question.ids)
    return {"after": after, "since": question.since, "until": question.until, "ids": ids, "limit": question.limit}


def _on_shelf(row: dict[str, Any]) -> Held:
    state = row.pop("state", None)
    return Held(place=(str(row.pop("place")),), state=State(state) if state else None, **row)


def _in_queue(row: dict[str, Any]) -> Held:
    about = parse_id(row["key"].rpartition("/")[2])
    return Held(
        (row["state"], str(row["seq"])), row["at"], aggregate_id=about, state=State(row["state"]), kind=row["kind"], reason=row["reason"],
        due_at=row["due_at"],
    )  # fmt: skip
