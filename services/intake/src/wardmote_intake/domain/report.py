"""A report and the incident it tells of: what is taken, and when it is urgent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from wardmote_intake.domain.events import IncidentReported, IntakeEvent, ReportedItem, UrgentSignalRaised
from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import REFERENCE_ALPHABET
from wardmote_kernel.taxonomy import Channel, TargetRole

MOST_ITEMS = 50
LONGEST_TEXT = 20_000
LONGEST_NAME = 200
"""Limits in items and characters; a larger report goes in by import (product.md §2)."""

_REFERENCE = re.compile(f"[{REFERENCE_ALPHABET}]{{4}}-[{REFERENCE_ALPHABET}]{{4}}")

IN_DANGER = "reporter-in-danger"
"""Reason code of a signal that the reporter raised themself."""


@dataclass(frozen=True, slots=True)
class Item:
    """One message, call, post, letter or visit, with its words."""

    item_id: UUID
    channel: Channel
    text: str
    happened_at: datetime | None = None
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports."""

    name: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids and reference of a new report, made before."""

    report_id: UUID
    incident_id: UUID
    signal_id: UUID
    reported_event_id: UUID
    urgent_event_id: UUID
    reference: str


@dataclass(slots=True)
class Report:
    """What someone told us about one incident. ``events`` holds the facts that saving it makes known."""

    report_id: UUID
    incident_id: UUID
    reference: str
    received_at: datetime
    target_role: TargetRole
    items: tuple[Item, ...]
    reporter: Reporter | None = None
    target_name: str = ""
    feels_unsafe: bool = False
    in_danger_now: bool = False
    earlier_incident_id: UUID | None = None
    urgent_signal_id: UUID | None = None
    events: list[IntakeEvent] = field(default_factory=list)

    @classmethod
    def submit(
        cls,
        ids: Ids,
        received_at: datetime,
        *,
        target_role: TargetRole,
        items: Sequence[Item],
        danger_codes: Sequence[str],
        reporter: Reporter | None = None,
        target_name: str = "",
        feels_unsafe: bool = False,
        in_danger_now: bool = False,
        earlier_incident_id: UUID | None = None,
    ) -> "Report":
        """A new report.

        Args:
            danger_codes: rules of the danger pass that fired on the items. Any of them, or the reporter's own word that
                somebody is in danger, raises the urgent signal (architecture.md §2).

        Raises:
            Invalid: with every field that is wrong.
        """
        _check(items, reporter, target_name)
        reasons = ((IN_DANGER,) if in_danger_now else ()) + tuple(dict.fromkeys(danger_codes))
        report = cls(
            ids.report_id, ids.incident_id, ids.reference, received_at, target_role, tuple(items), reporter, target_name,
            feels_unsafe, in_danger_now, earlier_incident_id, ids.signal_id if reasons else None,
        )  # fmt: skip
        if reasons:
            signal = UrgentSignalRaised(ids.urgent_event_id, received_at, ids.incident_id, ids.signal_id, ids.reference, reasons)
            report.events.append(signal)
        report.events.append(report._reported(ids.reported_event_id))
        return report

    @property
    def is_urgent(self) -> bool:
        """Danger was seen at the door."""
        return self.urgent_signal_id is not None

    @property
    def urgent_signal(self) -> UrgentSignalRaised | None:
        """The signal that this report raised, while it is new."""
        return next((event for event in self.events if isinstance(event, UrgentSignalRaised)), None)

    def _reported(self, event_id: UUID) -> IncidentReported:
        items = tuple(ReportedItem(item.item_id, item.channel) for item in self.items)
        return IncidentReported(
            event_id, self.received_at, self.incident_id, self.report_id, self.reference, items, self.target_role, self.feels_unsafe,
            self.urgent_signal_id, self.earlier_incident_id,
        )  # fmt: skip


def may_wait(danger_codes: Sequence[str], *, in_danger_now: bool, feels_unsafe: bool) -> bool:
    """Whether a report may wait its turn when its council is over its limit: never one with any sign of danger (architecture.md §5).

    >>> may_wait([], in_danger_now=False, feels_unsafe=True)
    False
    """
    return not (danger_codes or in_danger_now or feels_unsafe)


def as_reference(text: str) -> str:
    """A reference as it was given out, or empty when the text is none: an unknown earlier reference is never a reason to refuse a
    report.

    >>> as_reference(" 7k3m-p2qx ")
    '7K3M-P2QX'
    >>> as_reference("the one from May")
    ''
    """
    written = text.strip().upper()
    return written if _REFERENCE.fullmatch(written) else ""


def _check(items: Sequence[Item], reporter: Reporter | None, target_name: str) -> None:
    wrong: list[Violation] = []
    if not 1 <= len(items) <= MOST_ITEMS:
        wrong.append(Violation("report.items", f"Give at least one message, call, post, letter or visit, and at most {MOST_ITEMS}."))
    for place, item in enumerate(items):
        where = f"report.items[{place}]"
        if not item.text.strip():
            wrong.append(Violation(f"{where}.text", "Say what was written or said, or what happened."))
        if len(item.text) > LONGEST_TEXT:
            wrong.append(Violation(f"{where}.text", f"At most {LONGEST_TEXT} characters; put the rest in another item."))
        wrong.extend(_too_long(f"{where}.sender", item.sender))
    wrong.extend(_too_long("report.target_name", target_name))
    if reporter is not None:
        wrong.extend(_too_long("report.reporter.name", reporter.name) + _too_long("report.reporter.contact", reporter.contact))
    if wrong:
        raise Invalid(*wrong)


def _too_long(where: str, text: str) -> list[Violation]:
    return [Violation(where, f"At most {LONGEST_NAME} characters.")] if len(text) > LONGEST_NAME else []
