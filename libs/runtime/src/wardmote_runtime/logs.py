"""Structured logs on standard output. Only listed fields are written, so that no word of a report can slip in."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog
from opentelemetry import trace

_FIELDS = """
event level logger timestamp service role trace_id tenant_id event_id kind topic partition offset attempts error reason where wait_s
seen bad method code status route took_ms version settings address signal_id case_id incident_id report_id notification_id person_id
key_id request_id count port path dropped what gap doubled missing doubles oldest_age_s
"""
ALLOWED = frozenset(_FIELDS.split())
"""Fields that may be written: ids, codes and measures. Any other is dropped and its name is told in ``dropped``."""


_LEVELS = (logging.WARNING, logging.ERROR, logging.CRITICAL)
"""A library may have levels of its own between these; structlog would raise inside the library for one it does not know."""


def _only_allowed(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    dropped = sorted(name for name in event if name not in ALLOWED)
    for name in dropped:
        del event[name]
    if dropped:
        event["dropped"] = dropped
    return event


def _with_trace(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
    return event


class _OnlyWarnings(logging.Handler):
    """Third parties' log records become ours, without their text: it may hold what was sent to them."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        where = f"{record.module}:{record.lineno}"
        level = max(known for known in _LEVELS if known <= max(record.levelno, logging.WARNING))
        structlog.get_logger(record.name).log(level, "A library reports.", where=where, error=error)


def configure_logs(service: str, level: str) -> None:
    """Sets logging up for this process. Called once, by the composition root."""
    number = getattr(logging, level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_trace,
            _only_allowed,
            structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event | {"service": service}).decode()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
    logging.root.handlers[:] = [_OnlyWarnings(level=logging.WARNING)]
    logging.root.setLevel(logging.WARNING)
