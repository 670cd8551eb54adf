"""Traces by OpenTelemetry: one trace from the form to the notification, across gRPC and Kafka. No global provider."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TextIO

import orjson
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

SpanKindName = Literal["server", "client", "consumer", "internal"]
_KINDS = {"server": SpanKind.SERVER, "client": SpanKind.CLIENT, "consumer": SpanKind.CONSUMER, "internal": SpanKind.INTERNAL}


class FileSpanExporter(SpanExporter):
    """Writes each ended span as one JSON object a line: for a machine without a collector, and for tests."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = path.open("a", buffering=1)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            self._file.write(orjson.dumps(_as_line(span)).decode() + "\n")
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self._file.close()


def _as_line(span: ReadableSpan) -> dict[str, object]:
    context, parent = span.get_span_context(), span.parent
    return {
        "trace_id": f"{context.trace_id:032x}" if context else "",
        "span_id": f"{context.span_id:016x}" if context else "",
        "parent_id": f"{parent.span_id:016x}" if parent else "",
        "name": span.name,
        "service": span.resource.attributes.get("service.name", ""),
        "start_ns": span.start_time,
        "end_ns": span.end_time,
        "status": span.status.status_code.name,
        "attributes": dict(span.attributes or {}),
        "links": [f"{link.context.trace_id:032x}" for link in span.links],
    }


def _otlp_exporter(endpoint: str) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - slow to import, seldom used

    return OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http://"))


class Telemetry:
    """The tracer of one process. Span names and attributes hold codes and ids only."""

    def __init__(self, service: str, exporter: SpanExporter | None) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": service}))
        if exporter is not None:
            simple = isinstance(exporter, FileSpanExporter)
            self._provider.add_span_processor(SimpleSpanProcessor(exporter) if simple else BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("wardmote")
        self._propagator = TraceContextTextMapPropagator()

    @classmethod
    def from_settings(cls, service: str, traces: str, otlp_endpoint: str) -> "Telemetry":
        """Spans go where ``traces`` says: ``none``, ``otlp`` or ``file:PATH``."""
        if traces == "none":
            return cls(service, None)
        if traces == "otlp":
            return cls(service, _otlp_exporter(otlp_endpoint))
        return cls(service, FileSpanExporter(Path(traces.removeprefix("file:"))))

    @contextmanager
    def span(
        self, name: str, *, kind: SpanKindName = "internal", parent: Mapping[str, str] | None = None, **attributes: str | int
    ) -> Iterator[Span]:
        """A span around the block; a child of ``parent`` (headers with a traceparent) or else of the present span.

        An error in the block marks the span by the error's type. Its message is left out: it may hold words of a report.
        """
        context: Context | None = self._propagator.extract(parent) if parent is not None else None
        started = self._tracer.start_as_current_span(
            name, context=context, kind=_KINDS[kind], attributes=attributes, record_exception=False, set_status_on_exception=False
        )
        with started as span, _marked_by_type(span):
            yield span

    @contextmanager
    def batch_span(self, name: str, carriers: Sequence[Mapping[str, str]]) -> Iterator[Span]:
        """A span around a batch, linked to the trace of each of its events: a batch is nobody's child (streaming.md §1.6)."""
        contexts = [get_current_span(self._propagator.extract(carrier)).get_span_context() for carrier in carriers]
        links = [Link(context) for context in contexts if context.is_valid]
        started = self._tracer.start_as_current_span(
            name, context=Context(), kind=SpanKind.CONSUMER, links=links, record_exception=False, set_status_on_exception=False
        )
        with started as span, _marked_by_type(span):
            yield span

    def carrier(self) -> dict[str, str]:
        """The present span as headers, for the other side of a call."""
        headers: dict[str, str] = {}
        self._propagator.inject(headers)
        return headers

    async def start(self) -> None:
        """Nothing to do: the tracer works from its making."""

    async def stop(self) -> None:
        self._provider.shutdown()


@contextmanager
def _marked_by_type(span: Span) -> Iterator[None]:
    """OpenTelemetry's own way would write the error's message into the status."""
    try:
        yield
    except BaseException as error:
        span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
