"""Spans to a collector by OTLP over HTTP (OpenTelemetry), where the extra `tracing` and a setting are there.

Spans wait in a bounded queue for a thread of the library's; a collector that is away or slow loses spans and
holds up nothing. An error is told by its type alone: its words may quote a receipt.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pipeline.settings import Settings, SettingsError
from receipts.spans import Fact, Span, SpanKind, record_by, traceparent, under

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as OtelSpan

_EXPORT_TIMEOUT_S: Final = 5.0
_LAST_FLUSH_S: Final = 2.0
"""A process that ends waits so long for its last spans and no longer."""
_PATH: Final = "/v1/traces"
_TRACEPARENT: Final = "traceparent"
_begun: dict[tuple[str, float], OtlpRecorder] = {}
"""One for each collector: a process builds its parts more than once."""


class _Recorded:
    def __init__(self, span: OtelSpan) -> None:
        self._span = span

    def tell(self, **facts: Fact) -> None:
        """Add attributes."""
        self._span.set_attributes(dict(facts))

    def rename(self, name: str) -> None:
        """Change the name."""
        self._span.update_name(name)


class OtlpRecorder:
    """Gives spans to a provider of OpenTelemetry's SDK. All methods may be called from any thread."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("tillpoints")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, kind: SpanKind, facts: dict[str, Fact]) -> Iterator[Span]:
        """A span under the trace at hand."""
        from opentelemetry import trace
        from opentelemetry.trace import StatusCode

        parent = self._propagator.extract({_TRACEPARENT: traceparent() or ""})
        span = self._tracer.start_span(name, parent, trace.SpanKind[kind.name], dict(facts))
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier, trace.set_span_in_context(span))
        try:
            with under(carrier.get(_TRACEPARENT)):
                yield _Recorded(span)
        except BaseException as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            span.end()

    def flush(self, timeout_s: float) -> None:
        """Send what waits, for at most so long."""
        self._provider.force_flush(int(timeout_s * 1000))

    def close(self) -> None:
        """Send what waits, for a moment, and end."""
        atexit.unregister(self.close)
        for asked in [each for each, made in _begun.items() if made is self]:
            del _begun[asked]
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(_LAST_FLUSH_S)


def begin_tracing(settings: Settings) -> OtlpRecorder | None:
    """Record this process's spans if the settings say where to; None where they do not.

    Raises:
        SettingsError: the extra is not installed.
    """
    if not settings.otlp_endpoint:
        return None
    asked = (settings.otlp_endpoint, settings.otlp_share)
    if asked in _begun:
        record_by(_begun[asked])
        return _begun[asked]
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import SpanLimits, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError as error:
        raise SettingsError(
            "TILLPOINTS_OTLP_ENDPOINT needs OpenTelemetry: install tillpoints[tracing], or leave it empty"
        ) from error
    provider = TracerProvider(
        # By share of trace ids, whoever begins them: a caller's flag would let strangers decide.
        sampler=ParentBased(
            TraceIdRatioBased(settings.otlp_share),
            remote_parent_sampled=TraceIdRatioBased(settings.otlp_share),
            remote_parent_not_sampled=TraceIdRatioBased(settings.otlp_share),
        ),
        resource=Resource.create({"service.name": "tillpoints"}),
        shutdown_on_exit=False,
        span_limits=SpanLimits(max_events=0, max_links=0),
    )
    endpoint = settings.otlp_endpoint
    if urlsplit(endpoint).path in ("", "/"):
        endpoint = endpoint.rstrip("/") + _PATH
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=_EXPORT_TIMEOUT_S))
    )
    recorder = _begun[asked] = OtlpRecorder(provider)
    record_by(recorder)
    atexit.register(recorder.close)
    return recorder
