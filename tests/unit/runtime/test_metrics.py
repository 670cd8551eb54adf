"""Metrics: closed sets of labels, and never a council or a person among them."""

from prometheus_client import Metric

from wardmote_runtime.metrics import Metrics

FORBIDDEN = {
    "tenant",
    "tenant_id",
    "council",
    "slug",
    "person",
    "person_id",
    "reporter",
    "target",
    "subject",
    "path",
    "url",
    "reference",
    "event_id",
}


def families(metrics: Metrics) -> list[Metric]:
    return list(metrics.registry.collect())


def label_names(metrics: Metrics) -> dict[str, set[str]]:
    kept = {name: vars(metrics)[name] for name in vars(metrics) if name != "registry"}
    return {name: set(metric._labelnames) for name, metric in kept.items()}


def test_no_label_names_a_council_or_a_person() -> None:
    for name, labels in label_names(Metrics()).items():
        assert not labels & FORBIDDEN, name


def test_the_check_above_sees_every_metric() -> None:
    """It would pass over nothing: so it is shown that it looks at all of them."""
    ours = [family.name for family in families(Metrics()) if family.name.startswith("wardmote_")]
    assert len(label_names(Metrics())) == len(ours) >= 8


def test_every_metric_is_ours_by_name_and_says_what_it_is() -> None:
    for family in families(Metrics()):
        assert family.name.startswith(("wardmote_", "process_"))
        assert family.documentation


def test_each_process_part_counts_on_a_registry_of_its_own() -> None:
    one, other = Metrics(), Metrics()
    one.relayed.labels("incident-events").inc()
    assert one.registry.get_sample_value("wardmote_outbox_relayed_total", {"topic": "incident-events"}) == 1
    assert other.registry.get_sample_value("wardmote_outbox_relayed_total", {"topic": "incident-events"}) is None
