"""CloudEvents in Kafka's binary mode: the headers beside a protobuf value, written and read in one place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from wardmote_kernel.identity import TenantId, parse_id

CONTENT_TYPE = "application/protobuf"
_REQUIRED = ("ce_id", "ce_type", "ce_tenantid")


class BadEnvelope(ValueError):
    """The headers or the key are not those of an event of ours. The text is a reason code."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact on its way out: what the outbox keeps and Kafka carries."""

    event_id: UUID
    topic: str
    type: str
    """Name of the fact, for example ``IncidentReported``."""
    aggregate_id: UUID
    occurred_at: datetime
    value: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an incoming message says about itself outside its value."""

    event_id: UUID
    tenant_id: TenantId
    type: str
    key: str
    headers: Mapping[str, str]


def event_key(tenant: TenantId, aggregate_id: UUID) -> str:
    """Key of an event: keeps one aggregate's facts in order, and names the council."""
    return f"{tenant}/{aggregate_id}"


def event_headers(fact: Fact, tenant: TenantId, source: str) -> dict[str, str]:
    """The CloudEvents headers of a fact. ``source`` is the producing service's name."""
    return {
        "ce_specversion": "1.0",
        "ce_id": str(fact.event_id),
        "ce_source": f"/wardmote/{source}",
        "ce_type": fact.type,
        "ce_time": fact.occurred_at.isoformat(),
        "ce_tenantid": str(tenant),
        "content-type": CONTENT_TYPE,
    }


def read_envelope(key: bytes | None, headers: Iterable[tuple[str, bytes]]) -> Envelope:
    """What the message says about itself.

    Raises:
        BadEnvelope: a header is missing or unreadable, or key and header name different councils. A zero byte counts as
            unreadable: PostgreSQL takes none in a text, and the whole batch would fail for it.
    """
    try:
        texts = {name: value.decode() for name, value in headers if value is not None}
        key_text = (key or b"").decode()
    except UnicodeDecodeError:
        raise BadEnvelope("headers-not-text") from None
    if "\0" in "".join([key_text, *texts, *texts.values()]):
        raise BadEnvelope("headers-not-text")
    if any(not texts.get(name) for name in _REQUIRED):
        raise BadEnvelope("header-missing")
    event_id, tenant = parse_id(texts["ce_id"]), parse_id(texts["ce_tenantid"])
    if event_id is None or tenant is None:
        raise BadEnvelope("header-not-an-id")
    if key_text.partition("/")[0] != str(tenant):
        raise BadEnvelope("key-of-another-tenant")
    return Envelope(event_id, TenantId(tenant), texts["ce_type"], key_text, texts)
