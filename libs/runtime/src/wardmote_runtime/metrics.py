"""Every metric of the platform's plumbing, in one closed type. No label is a council, a person or a word of a report."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.process_collector import ProcessCollector

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The metrics of one process, on a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.rpc_seconds = Histogram(
            "wardmote_rpc_seconds", "Time of an RPC served.", ["method", "code"], buckets=_SECONDS, registry=self.registry
        )
        self.http_seconds = Histogram(
            "wardmote_http_seconds",
            "Time of an HTTP request served.",
            ["route", "method", "status"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.taken_in = Counter(
            "wardmote_events_taken_in",
            "Events read from Kafka and kept, by what became of them.",
            ["topic", "result"],
            registry=self.registry,
        )
        self.dead_letters = Counter(
            "wardmote_dead_letters", "Events and jobs that became dead letters.", ["kind", "reason"], registry=self.registry
        )
        self.relayed = Counter("wardmote_outbox_relayed", "Facts moved from the outbox to Kafka.", ["topic"], registry=self.registry)
        self.worked = Counter("wardmote_work_ended", "Pieces of work that ended, by how.", ["kind", "result"], registry=self.registry)
        self.work_seconds = Histogram(
            "wardmote_work_seconds", "Time of a piece of work, from claim to end.", ["kind"], buckets=_SECONDS, registry=self.registry
        )
        self.last_batch = Gauge(
            "wardmote_consumer_last_batch_timestamp_seconds", "When the consumer last kept a batch (Unix time).", registry=self.registry
        )
