"""CloudEvents headers: written and read back, and each way in which they can be bad has its reason."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardmote_kernel.identity import TenantId
from wardmote_runtime.envelope import BadEnvelope, Fact, event_headers, event_key, read_envelope

TENANT, OTHER, AGGREGATE = TenantId(uuid4()), TenantId(uuid4()), uuid4()
FACT = Fact(uuid4(), "incident-events", "IncidentReported", AGGREGATE, datetime(2026, 1, 5, 9, tzinfo=UTC), b"value")
FACTS = st.builds(
    Fact,
    event_id=st.uuids(),
    topic=st.just("incident-events"),
    type=st.from_regex(r"[A-Z][A-Za-z]{1,30}", fullmatch=True),
    aggregate_id=st.uuids(),
    occurred_at=st.datetimes(timezones=st.just(UTC)),
    value=st.binary(),
)


def wired(headers: dict[str, str]) -> list[tuple[str, bytes]]:
    return [(name, text.encode()) for name, text in headers.items()]


GOOD = wired(event_headers(FACT, TENANT, "intake"))
KEY = event_key(TENANT, AGGREGATE).encode()


def without(name: str) -> list[tuple[str, bytes]]:
    return [(header, value) for header, value in GOOD if header != name]


@given(FACTS, st.uuids())
def test_what_is_written_is_read_back(fact: Fact, tenant: UUID) -> None:
    headers = event_headers(fact, TenantId(tenant), "intake")
    key = event_key(TenantId(tenant), fact.aggregate_id)
    read = read_envelope(key.encode(), wired(headers))
    assert (read.event_id, read.tenant_id, read.type, read.key) == (fact.event_id, tenant, fact.type, key)
    assert read.headers == headers
    assert datetime.fromisoformat(headers["ce_time"]) == fact.occurred_at


def test_the_headers_are_those_of_cloudevents_and_hold_no_value() -> None:
    assert dict(GOOD).keys() == {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_tenantid", "content-type"}
    assert dict(GOOD)["ce_source"] == b"/wardmote/intake"


def test_headers_that_others_add_are_kept() -> None:
    read = read_envelope(KEY, [*GOOD, ("traceparent", b"00-1-2-01")])
    assert read.headers["traceparent"] == "00-1-2-01"


BAD: dict[str, tuple[str, bytes | None, list[tuple[str, bytes]]]] = {
    "no headers": ("header-missing", KEY, []),
    "no id": ("header-missing", KEY, without("ce_id")),
    "no type": ("header-missing", KEY, without("ce_type")),
    "no tenant": ("header-missing", KEY, without("ce_tenantid")),
    "empty type": ("header-missing", KEY, [*without("ce_type"), ("ce_type", b"")]),
    "null header": ("header-missing", KEY, [*without("ce_id"), ("ce_id", None)]),  # type: ignore[list-item]  # Kafka allows it
    "id is none": ("header-not-an-id", KEY, [*without("ce_id"), ("ce_id", b"7")]),
    "id spelt otherwise": ("header-not-an-id", KEY, [*without("ce_id"), ("ce_id", b"{%s}" % str(FACT.event_id).encode())]),
    "tenant is none": ("header-not-an-id", KEY, [*without("ce_tenantid"), ("ce_tenantid", b"northshire")]),
    "header not text": ("headers-not-text", KEY, [*GOOD, ("x", b"\xff\xfe")]),
    "key not text": ("headers-not-text", b"\xff", GOOD),
    "zero byte in a header": ("headers-not-text", KEY, [*GOOD, ("x", b"a\x00b")]),
    "zero byte in a header's name": ("headers-not-text", KEY, [*GOOD, ("a\x00b", b"x")]),
    "zero byte in the key": ("headers-not-text", KEY + b"\x00", GOOD),
    "no key": ("key-of-another-tenant", None, GOOD),
    "empty key": ("key-of-another-tenant", b"", GOOD),
    "key of another": ("key-of-another-tenant", event_key(OTHER, AGGREGATE).encode(), GOOD),
    "key that begins alike": ("key-of-another-tenant", f"{TENANT}0/{AGGREGATE}".encode(), GOOD),
    "header of another": ("key-of-another-tenant", KEY, [*without("ce_tenantid"), ("ce_tenantid", str(OTHER).encode())]),
}


@pytest.mark.parametrize("name", BAD)
def test_each_bad_envelope_has_its_reason(name: str) -> None:
    reason, key, headers = BAD[name]
    with pytest.raises(BadEnvelope) as caught:
        read_envelope(key, headers)
    assert str(caught.value) == reason


@given(st.none() | st.binary(), st.lists(st.tuples(st.text(), st.binary())))
def test_anything_is_read_or_is_a_bad_envelope(key: bytes | None, headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(BadEnvelope):
        read_envelope(key, headers)
