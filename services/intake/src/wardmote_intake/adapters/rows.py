"""A report as the parameters of the statement that keeps it, its words sealed."""

from typing import Any

from wardmote_intake.domain.report import Report
from wardmote_runtime.sealing import DataKey


def report_row(report: Report, key: DataKey) -> dict[str, Any]:
    """Columns of ``report`` and of ``incident_key``."""
    reporter = report.reporter
    return {
        "wrapped": key.wrapped, "report_id": report.report_id, "incident_id": report.incident_id, "reference": report.reference,
        "received_at": report.received_at, "target_role": report.target_role, "feels_unsafe": report.feels_unsafe,
        "in_danger_now": report.in_danger_now, "is_anonymous": reporter is None, "earlier_incident_id": report.earlier_incident_id,
        "urgent_signal_id": report.urgent_signal_id, "target_name": _sealed(key, "target_name", report.target_name),
        "reporter_name": _sealed(key, "reporter_name", reporter.name if reporter else ""),
        "reporter_contact": _sealed(key, "reporter_contact", reporter.contact if reporter else ""),
    }  # fmt: skip


def item_columns(report: Report, key: DataKey) -> dict[str, list[Any]]:
    """Columns of ``item``, an array each, in the items' order."""
    items = report.items
    return {
        "item_ids": [item.item_id for item in items],
        "channels": [item.channel.value for item in items],
        "happened": [item.happened_at for item in items],
        "texts": [key.seal(f"item.text/{item.item_id}", item.text) for item in items],
        "senders": [_sealed(key, f"item.sender/{item.item_id}", item.sender) for item in items],
    }


def _sealed(key: DataKey, column: str, words: str) -> bytes | None:
    return key.seal(column, words) if words else None
