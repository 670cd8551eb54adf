"""Proves of one council's reports that each came through: received, its event sent, assessed, in a case, somebody told.

Pure comparison of what the services hold. A report that is not through is named with what it lacks first and where it stopped.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class ServiceName(StrEnum):
    """The services on a report's way, in its order."""

    INTAKE = "intake"
    CLASSIFICATION = "classification"
    CASE_MANAGEMENT = "case-management"
    NOTIFICATION = "notification"


class ProofStage(StrEnum):
    """What a report lacks first."""

    EVENT = "event"
    ASSESSMENT = "assessment"
    CASE = "case"
    NOTIFICATION = "notification"


class StopPlace(StrEnum):
    """Where a report stopped."""

    OUTBOX = "outbox"
    WORK = "work"
    PARKED = "parked"
    DEAD_LETTER = "dead_letter"
    UNSEEN = "unseen"
    """It left the service before and was not seen in this one: on Kafka, or lost."""
    UNDELIVERED = "undelivered"
    FAILED = "failed"


class Delivery(StrEnum):
    """How a notification stands."""

    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A report that was accepted, by its incident."""

    incident_id: UUID
    received_at: datetime


@dataclass(frozen=True, slots=True)
class InCase:
    """An incident that is in a case."""

    incident_id: UUID
    case_id: UUID


@dataclass(frozen=True, slots=True)
class Told:
    """A notification to one person that a case was opened."""

    notification_id: UUID
    case_id: UUID
    person_id: UUID
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Track:
    """Something on its way out of a service, or not done yet in it."""

    service: ServiceName
    about_id: UUID
    """The incident, the case or the notification that it is about."""
    place: StopPlace
    reason: str = ""
    due_at: datetime | None = None
    """Of work in the slower lane, never tried: when its turn comes."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits in one service, whatever its age."""

    service: ServiceName
    counts: Mapping[StopPlace, int]
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the services hold of some receipts, asked in the order of the way, so that a later answer can only know more."""

    receipts: Sequence[Receipt]
    assessed: frozenset[UUID] = frozenset()
    in_cases: Sequence[InCase] = ()
    told: Sequence[Told] = ()
    has_case_workers: bool = True


@dataclass(frozen=True, slots=True)
class Lack:
    """What a receipt lacks first, and what would show where it stopped."""

    receipt: Receipt
    stage: ProofStage
    about_id: UUID
    """What the service that should have it next would be working on."""
    case_id: UUID | None = None
    place: StopPlace = StopPlace.UNSEEN
    """Where it stands when nothing shows more."""

    @property
    def at(self) -> ServiceName:
        """The service that has it next."""
        return _NEXT[self.stage][1]

    @property
    def before(self) -> ServiceName:
        """The service that has sent it, or has to."""
        return _NEXT[self.stage][0]


_NEXT: Mapping[ProofStage, tuple[ServiceName, ServiceName]] = {
    ProofStage.ASSESSMENT: (ServiceName.INTAKE, ServiceName.CLASSIFICATION),
    ProofStage.CASE: (ServiceName.CLASSIFICATION, ServiceName.CASE_MANAGEMENT),
    ProofStage.NOTIFICATION: (ServiceName.CASE_MANAGEMENT, ServiceName.NOTIFICATION),
}
_ARRIVED = (StopPlace.DEAD_LETTER, StopPlace.PARKED, StopPlace.WORK)
"""Places in the service that should have it, the one that holds it up most first."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A report that is not through, and where it stopped."""

    incident_id: UUID
    received_at: datetime
    lacks: ProofStage
    service: ServiceName
    place: StopPlace
    case_id: UUID | None = None
    reason: str = ""
    due_at: datetime | None = None
    """Set: it waits in the slower lane for its turn, and is no gap however old it is."""


@dataclass(frozen=True, slots=True)
class Double:
    """Something that was done twice: a case of an incident, or a notification of a case to a person."""

    stage: ProofStage
    about_id: UUID
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome. ``received`` is the sum of ``through``, ``nobody_to_tell``, ``waiting`` and the gap."""

    received: int = 0
    events: int = 0
    assessed: int = 0
    in_case: int = 0
    notified: int = 0
    through: int = 0
    nobody_to_tell: int = 0
    waiting: int = 0
    slowed: int = 0
    """Of those that wait: in the slower lane, because the council is over its limit."""
    slowed_until: datetime | None = None
    """When the turn of the last of these comes."""
    missing: tuple[Missing, ...] = ()
    """The gap, the oldest first."""
    doubles: frozenset[Double] = frozenset()
    oldest_unfinished_at: datetime | None = None
    """When the oldest that is missing or waits was received."""

    @property
    def gap(self) -> int:
        """How many are not through and older than the grace they had."""
        return len(self.missing)

    def oldest_age(self, now: datetime) -> timedelta:
        """How long ago the oldest of the gap was received; nothing when there is no gap."""
        return now - self.missing[0].received_at if self.missing else timedelta(0)

    def joined(self, other: "Proof") -> "Proof":
        """This proof with that of other receipts of the same council."""
        return Proof(
            received=self.received + other.received,
            events=self.events + other.events,
            assessed=self.assessed + other.assessed,
            in_case=self.in_case + other.in_case,
            notified=self.notified + other.notified,
            through=self.through + other.through,
            nobody_to_tell=self.nobody_to_tell + other.nobody_to_tell,
            waiting=self.waiting + other.waiting,
            slowed=self.slowed + other.slowed,
            slowed_until=max((one for one in (self.slowed_until, other.slowed_until) if one), default=None),
            missing=_oldest_first([*self.missing, *other.missing]),
            doubles=self.doubles | other.doubles,
            oldest_unfinished_at=_earliest(self.oldest_unfinished_at, other.oldest_unfinished_at),
        )


@dataclass(slots=True)
class Comparison:
    """What the services hold, side by side."""

    holdings: Holdings
    lacks: list[Lack] = field(init=False)
    """What each receipt that is not through lacks first."""
    untold: int = field(init=False, default=0)
    """Receipts in a case of which nobody can be told."""
    _cases: dict[UUID, list[UUID]] = field(init=False, default_factory=dict)
    _told: dict[UUID, list[Told]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.holdings.in_cases:
            cases = self._cases.setdefault(one.incident_id, [])
            if one.case_id not in cases:
                cases.append(one.case_id)
        for told in self.holdings.told:
            self._told.setdefault(told.case_id, []).append(told)
        self.lacks = [lack for receipt in self.holdings.receipts if (lack := self._lack(receipt)) is not None]

    def about(self) -> Mapping[ServiceName, frozenset[UUID]]:
        """Of which ids each service is to be asked what waits there, so that it shows where each receipt stopped."""
        asked: dict[ServiceName, set[UUID]] = {}
        for lack in self.lacks:
            for service in (lack.before, lack.at):
                asked.setdefault(service, set()).add(lack.about_id)
        return {service: frozenset(ids) for service, ids in asked.items()}

    def proof(self, tracks: Iterable[Track], now: datetime, grace: timedelta) -> Proof:
        """The outcome.

        Args:
            tracks: what waits in the services :meth:`about` the ids.
            grace: a receipt that is not through and younger than this waits; an older one is a gap. A receipt of the future,
                from another machine's clock, waits. So does one whose work is in the slower lane, however old.
        """
        by_place = _by_place(tracks)
        unfinished = [_stopped(lack, by_place) for lack in self.lacks]
        turns = [one.due_at for one in unfinished if one.due_at is not None]
        missing = [one for one in unfinished if one.due_at is None and now - one.received_at >= grace]
        receipts = self.holdings.receipts
        return Proof(
            received=len(receipts),
            events=len(receipts) - sum(one.lacks is ProofStage.EVENT for one in unfinished),
            assessed=sum(one.incident_id in self.holdings.assessed for one in receipts),
            in_case=sum(one.incident_id in self._cases for one in receipts),
            notified=sum(self._is_told(one.incident_id) for one in receipts),
            through=len(receipts) - len(unfinished) - self.untold,
            nobody_to_tell=self.untold,
            waiting=len(unfinished) - len(missing),
            slowed=len(turns),
            slowed_until=max(turns, default=None),
            missing=_oldest_first(missing),
            doubles=self._doubles(),
            oldest_unfinished_at=_earliest(*(one.received_at for one in unfinished)),
        )

    def _lack(self, receipt: Receipt) -> Lack | None:
        if receipt.incident_id not in self.holdings.assessed:
            return Lack(receipt, ProofStage.ASSESSMENT, receipt.incident_id)
        cases = self._cases.get(receipt.incident_id)
        if not cases:
            return Lack(receipt, ProofStage.CASE, receipt.incident_id)
        return None if self._is_told(receipt.incident_id) else self._untold(receipt, cases)

    def _untold(self, receipt: Receipt, cases: Sequence[UUID]) -> Lack | None:
        made = [told for case in cases for told in self._told.get(case, ())]
        waiting = next((told for told in made if told.delivery is Delivery.UNDELIVERED), None)
        if waiting is not None:
            return Lack(receipt, ProofStage.NOTIFICATION, waiting.notification_id, waiting.case_id, StopPlace.UNDELIVERED)
        if made:
            return Lack(receipt, ProofStage.NOTIFICATION, made[0].notification_id, made[0].case_id, StopPlace.FAILED)
        if self.holdings.has_case_workers:
            return Lack(receipt, ProofStage.NOTIFICATION, cases[0], cases[0])
        self.untold += 1
        return None

    def _is_told(self, incident_id: UUID) -> bool:
        cases = self._cases.get(incident_id, ())
        return any(told.delivery is Delivery.DELIVERED for case in cases for told in self._told.get(case, ()))

    def _doubles(self) -> frozenset[Double]:
        cases = [Double(ProofStage.CASE, incident) for incident, held in self._cases.items() if len(held) > 1]
        times = Counter((told.case_id, told.person_id) for told in self.holdings.told)
        told = [Double(ProofStage.NOTIFICATION, case, person) for (case, person), count in times.items() if count > 1]
        return frozenset([*cases, *told])


def _by_place(tracks: Iterable[Track]) -> Mapping[tuple[ServiceName, UUID, StopPlace], Track]:
    """Of several pieces about the same, the one that may be done now: only a report all of whose work waits for its turn is slowed."""
    found: dict[tuple[ServiceName, UUID, StopPlace], Track] = {}
    for track in tracks:
        key = (track.service, track.about_id, track.place)
        if key not in found or track.due_at is None:
            found[key] = track
    return found


def _stopped(lack: Lack, by_place: Mapping[tuple[ServiceName, UUID, StopPlace], Track]) -> Missing:
    """Looks in the service that should have it, then in the outbox of the one before."""
    stage, service, place, reason, due_at = lack.stage, lack.at, lack.place, "", None
    arrived = next((track for held in _ARRIVED if (track := by_place.get((lack.at, lack.about_id, held)))), None)
    if arrived is not None and not (place is StopPlace.UNDELIVERED and arrived.place is StopPlace.WORK):
        place, reason, due_at = arrived.place, arrived.reason, arrived.due_at
    elif (lack.before, lack.about_id, StopPlace.OUTBOX) in by_place:
        service, place = lack.before, StopPlace.OUTBOX
        stage = ProofStage.EVENT if stage is ProofStage.ASSESSMENT else stage
    return Missing(lack.receipt.incident_id, lack.receipt.received_at, stage, service, place, lack.case_id, reason, due_at)


def _oldest_first(missing: Sequence[Missing]) -> tuple[Missing, ...]:
    return tuple(sorted(missing, key=lambda one: (one.received_at, one.incident_id)))


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
