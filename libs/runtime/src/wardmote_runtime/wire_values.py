"""Ids and times between Python and protobuf, the same for every service's wire."""

from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.identity import parse_id


def id_of(text: str, field: str) -> UUID:
    """The id that a field holds.

    Raises:
        Invalid: it is not one; names ``field``.
    """
    parsed = parse_id(text)
    if parsed is None:
        raise Invalid(Violation(field, "Send an id as it was given: a UUID in lower case."))
    return parsed


def id_text(value: UUID | None) -> str:
    """The id as a field holds it; empty, which is unset, for none."""
    return str(value) if value else ""


def stamp_of(moment: datetime) -> Timestamp:
    """The moment as a field holds it. Assumes an aware one, or a naive one in UTC."""
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def moment_of(stamp: Timestamp, field: str) -> datetime:
    """The moment that a field holds, in UTC.

    Raises:
        Invalid: no calendar has it; names ``field``.
    """
    try:
        return stamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise Invalid(Violation(field, "Send a moment between the years 1 and 9999.")) from None
