"""The report form: what was typed, what is wrong with it, and the draft that it makes. Nothing typed is ever dropped."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from wardmote_kernel.errors import Violation
from wardmote_kernel.identity import REFERENCE_ALPHABET, REFERENCE_LENGTH, parse_id
from wardmote_kernel.taxonomy import Channel, TargetRole

LONGEST_TEXT = 20_000
LONGEST_LINE = 200
"""Intake's limits, in characters. Intake checks them again."""

FIELDS = (
    "target_role", "target_name", "channel", "text", "sender", "day", "month", "year", "safe", "name", "contact", "earlier_reference",
    "in_danger", "request_id",
)  # fmt: skip

UK = ZoneInfo("Europe/London")
_NOON = time(12)
"""A date alone becomes its noon, so that no change of clocks or zone moves it to another day."""

_MISSING = {
    "target_role": "Select who it was aimed at",
    "channel": "Select how it reached them",
    "text": "Enter what was written or said, or what happened",
}

_LABELS = {"target_name": "The name", "sender": "Who sent it", "name": "Your name", "contact": "Your email address or telephone number"}

_FROM_INTAKE = {
    "report.items[0].text": "text",
    "report.items[0].sender": "sender",
    "report.items[0].channel": "channel",
    "report.items[0].happened_at": "day",
    "report.target_role": "target_role",
    "report.target_name": "target_name",
    "report.reporter.name": "name",
    "report.reporter.contact": "contact",
    "report.earlier_reference": "earlier_reference",
}
"""Intake's path of a wrong field to ours."""


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """A report that may be sent to intake."""

    request_id: str
    in_danger_now: bool
    target_role: TargetRole
    target_name: str
    channel: Channel
    text: str
    sender: str
    happened_at: datetime | None
    feels_unsafe: bool
    name: str
    contact: str
    earlier_reference: str

    @property
    def is_anonymous(self) -> bool:
        """The reporter left neither name nor contact."""
        return not (self.name or self.contact)


@dataclass(frozen=True, slots=True)
class ReportForm:
    """What was typed, exactly, and what is wrong with it by field."""

    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def blank(cls, request_id: str, *, in_danger: bool) -> "ReportForm":
        """An empty form. ``request_id`` makes it harmless to send the form twice."""
        values = dict.fromkeys(FIELDS, "") | {"request_id": request_id, "in_danger": "yes" if in_danger else "no"}
        return cls(values)

    @classmethod
    def typed(cls, sent: Mapping[str, str], fallback_request_id: str) -> "ReportForm":
        """The form as it came in. Browsers send a line end as two characters; the limit counts it as one, as the page does."""
        values = {name: str(sent.get(name, "")).replace("\r\n", "\n") for name in FIELDS}
        if parse_id(values["request_id"]) is None:
            values["request_id"] = fallback_request_id
        return cls(values)

    @property
    def in_danger(self) -> bool:
        """The reporter said that somebody is in danger now."""
        return self.values["in_danger"] == "yes"

    def checked(self, now: datetime) -> "ReportForm":
        """The form with everything that is wrong, in the order of the page."""
        wrong: dict[str, str] = {}
        for name in ("target_role", "channel", "text"):
            if not self.values[name].strip():
                wrong[name] = _MISSING[name]
        wrong |= _unknown_choice("target_role", self.values["target_role"], TargetRole)
        wrong |= _unknown_choice("channel", self.values["channel"], Channel)
        if len(self.values["text"]) > LONGEST_TEXT:
            wrong["text"] = f"What happened must be {LONGEST_TEXT:,} characters or fewer. Send the rest in a second report."
        wrong |= {
            name: f"{label} must be {LONGEST_LINE} characters or fewer"
            for name, label in _LABELS.items()
            if len(self.values[name].strip()) > LONGEST_LINE
        }
        wrong |= self._wrong_date(now) | self._wrong_reference()
        return ReportForm(self.values, {name: wrong[name] for name in FIELDS if name in wrong})

    def refused(self, violations: tuple[Violation, ...]) -> "ReportForm":
        """The form with what intake found wrong. A field that is not on the page is told at the words themselves."""
        return ReportForm(self.values, {_FROM_INTAKE.get(wrong.field, "text"): wrong.problem for wrong in violations})

    def with_request_id(self, request_id: str) -> "ReportForm":
        """The same words as a new order."""
        return ReportForm(dict(self.values) | {"request_id": request_id}, self.errors)

    def draft(self) -> ReportDraft:
        """What is sent to intake. Assumes that :meth:`checked` found nothing wrong."""
        line = {name: self.values[name].strip() for name in FIELDS}
        return ReportDraft(
            request_id=line["request_id"],
            in_danger_now=self.in_danger,
            target_role=TargetRole(line["target_role"]),
            target_name=line["target_name"],
            channel=Channel(line["channel"]),
            text=self.values["text"],
            sender=line["sender"],
            happened_at=self._date(),
            feels_unsafe=line["safe"] == "no",
            name=line["name"],
            contact=line["contact"],
            earlier_reference=as_reference(line["earlier_reference"]) or "",
        )

    def _wrong_date(self, now: datetime) -> dict[str, str]:
        if not any(self.values[part].strip() for part in ("day", "month", "year")):
            return {}
        happened = self._date()
        if happened is None:
            return {"day": "Enter a real date with a day, a month and a year, for example 27 3 2026, or leave it empty"}
        if happened.date() > now.astimezone(UK).date():
            return {"day": "The date it happened must be today or in the past"}
        return {}

    def _date(self) -> datetime | None:
        parts = [self.values[part].strip() for part in ("year", "month", "day")]
        if not all(part.isascii() and part.isdecimal() for part in parts):
            return None
        year, month, day = (int(part) for part in parts)
        try:
            return datetime(year, month, day, tzinfo=UK).replace(hour=_NOON.hour) if year >= 1900 else None
        except ValueError:
            return None

    def _wrong_reference(self) -> dict[str, str]:
        typed = self.values["earlier_reference"].strip()
        if not typed or as_reference(typed):
            return {}
        return {"earlier_reference": "Enter the reference as it was given to you, for example 7K3M-P2QX, or leave it empty"}


def as_reference(typed: str) -> str | None:
    """A reference as intake writes it, from what a person typed, or None when it is none.

    >>> as_reference("7k3m p2qx")
    '7K3M-P2QX'
    """
    letters = re.sub(r"[^0-9A-Za-z]", "", typed).upper()
    if len(letters) != REFERENCE_LENGTH or not set(letters) <= set(REFERENCE_ALPHABET):
        return None
    return f"{letters[:4]}-{letters[4:]}"


def _unknown_choice(name: str, value: str, words: type[Channel] | type[TargetRole]) -> dict[str, str]:
    return {} if not value.strip() or value in {word.value for word in words} else {name: _MISSING[name]}
