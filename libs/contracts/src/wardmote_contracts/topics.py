"""The topic catalogue as typed values. Generated from protos/topics by scripts/generate_contracts.py; do not edit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic: one aggregate, one message type with a oneof of past-tense facts."""

    name: str
    message: str
    """Full protobuf name of the one message type."""
    key: str
    """Shape of the key; its first part is always the tenant."""
    producer: str
    consumers: tuple[str, ...]
    partitions: int
    replication_factor: int
    min_insync_replicas: int
    retention_hours: int


ASSESSMENT_EVENTS = Topic(
    name="assessment-events",
    message="wardmote.classification.v1.AssessmentEvent",
    key="tenant/incident",
    producer="classification",
    consumers=("case-management",),
    partitions=24,
    replication_factor=3,
    min_insync_replicas=2,
    retention_hours=336,
)
CASE_EVENTS = Topic(
    name="case-events",
    message="wardmote.case_management.v1.CaseEvent",
    key="tenant/case",
    producer="case-management",
    consumers=("notification",),
    partitions=24,
    replication_factor=3,
    min_insync_replicas=2,
    retention_hours=336,
)
INCIDENT_EVENTS = Topic(
    name="incident-events",
    message="wardmote.intake.v1.IncidentEvent",
    key="tenant/incident",
    producer="intake",
    consumers=("classification",),
    partitions=24,
    replication_factor=3,
    min_insync_replicas=2,
    retention_hours=336,
)
INCIDENT_URGENT = Topic(
    name="incident-urgent",
    message="wardmote.intake.v1.UrgentEvent",
    key="tenant/incident",
    producer="intake",
    consumers=("notification",),
    partitions=24,
    replication_factor=3,
    min_insync_replicas=2,
    retention_hours=336,
)
NOTIFICATION_EVENTS = Topic(
    name="notification-events",
    message="wardmote.notification.v1.NotificationEvent",
    key="tenant/notification",
    producer="notification",
    consumers=(),
    partitions=24,
    replication_factor=3,
    min_insync_replicas=2,
    retention_hours=336,
)
TENANT_EVENTS = Topic(
    name="tenant-events",
    message="wardmote.tenancy.v1.TenantEvent",
    key="tenant/tenant",
    producer="tenancy",
    consumers=("intake", "classification", "case-management", "notification"),
    partitions=24,
    replication_factor=3,
    min_insync_replicas=2,
    retention_hours=336,
)

ALL: tuple[Topic, ...] = (ASSESSMENT_EVENTS, CASE_EVENTS, INCIDENT_EVENTS, INCIDENT_URGENT, NOTIFICATION_EVENTS, TENANT_EVENTS)
