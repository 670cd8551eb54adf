"""Builders of incident events, as Kafka and the outbox carry them."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote.intake.v1.incident_events_pb2 import IncidentEvent, IncidentReported
from wardmote_kernel.identity import TenantId
from wardmote_runtime.envelope import Fact, event_headers, event_key

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def incident_event(tenant: TenantId, incident_id: UUID, event_id: UUID | None = None, number: int = 1) -> IncidentEvent:
    metadata = EventMetadata(event_id=str(event_id or uuid4()), tenant_id=str(tenant), aggregate_version=number)
    reported = IncidentReported(reference=f"REF-{number}")
    return IncidentEvent(metadata=metadata, incident_id=str(incident_id), incident_reported=reported)


def fact(topic: str, event: IncidentEvent) -> Fact:
    return Fact(UUID(event.metadata.event_id), topic, "IncidentReported", UUID(event.incident_id), NOW, event.SerializeToString())


def message(topic: str, event: IncidentEvent, tenant: TenantId) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers as the relay would send them."""
    one = fact(topic, event)
    headers = [(name, text.encode()) for name, text in event_headers(one, tenant, "test").items()]
    return event_key(tenant, one.aggregate_id).encode(), one.value, headers
