"""Traces: a request, the workflow that it starts or asks, and each activity that follows, as OpenTelemetry.

Loaded only where an endpoint is set. A span names routes, workflows and kinds of error, never words, bodies
or people: what is not listed here is taken out before it leaves the process.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from temporalio.client import Client, Interceptor, OutboundInterceptor, StartWorkflowInput, WorkflowHandle
from temporalio.contrib.opentelemetry import TracingInterceptor

from workflows.dispatch import DispatchWorkflow
from workflows.events import EventDispatchWorkflow

TOLD = frozenset(
    {
        *("http.request.method", "http.route", "http.response.status_code", "backorder.request_id"),
        *("temporalWorkflowID", "temporalRunID", "temporalActivityID", "temporalUpdateID"),
    }
)
"""The attributes of a span that leave the process: names, numbers and IDs."""
_EXCEPTION, _TYPE = "exception", "exception.type"
_ENDLESS = frozenset({DispatchWorkflow.__name__, EventDispatchWorkflow.__name__})
"""Workflows that run for all and for ever: who started them last is no parent of what they do."""
_PARENT = "traceparent"
_READ = TraceContextTextMapPropagator()


class Tracing:
    """The traces of one process. service: what it calls itself unless OTEL_SERVICE_NAME says so."""

    def __init__(self, service: str) -> None:
        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: service}
        self._provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(_Plain(OTLPSpanExporter())))
        self.tracer: Tracer = self._provider.get_tracer("backorder")
        self.interceptors = (TracingInterceptor(self.tracer), _Apart())

    def traced(self, client: Client) -> Client:
        """The same client, with its workers: what they start and do is traced."""
        config = client.config()
        config["interceptors"] = [*self.interceptors, *config["interceptors"]]
        return Client(**config)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


class _Plain(SpanExporter):
    """Takes out of spans what may be about a person: errors' words and stacks, and attributes not in TOLD."""

    def __init__(self, out: SpanExporter) -> None:
        self._out = out

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See `SpanExporter`."""
        return self._out.export([plain(each) for each in spans])

    def shutdown(self) -> None:
        """See `SpanExporter`."""
        self._out.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """See `SpanExporter`."""
        return self._out.force_flush(timeout_millis)


def plain(span: ReadableSpan) -> ReadableSpan:
    """A span without what may be about a person."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in (span.attributes or {}).items() if name in TOLD},
        events=[_kind_of(each) for each in span.events if each.name == _EXCEPTION],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _kind_of(event: Event) -> Event:
    attributes = event.attributes or {}
    return Event(_EXCEPTION, {_TYPE: attributes[_TYPE]} if _TYPE in attributes else {}, event.timestamp)


class _Apart(Interceptor):
    """Has what the endless workflows do be traced by itself."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Stand behind what adds the trace to a call."""
        return _ApartOutbound(next)


class _ApartOutbound(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        if input.workflow in _ENDLESS:
            input.headers = {}
        return await super().start_workflow(input)


class TracedRequests:
    """The outermost part of an application: each request is a span, within the caller's trace if it has one.

    Of the caller's headers it takes the trace's ID alone: what else comes along would stay in histories.
    """

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = dict(scope["headers"]).get(_PARENT.encode(), b"").decode("latin-1")
        context = _READ.extract({_PARENT: parent})
        with self._tracer.start_as_current_span("HTTP", context=context, kind=SpanKind.SERVER) as span:

            async def answer(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status = message["status"]
                    span.set_attribute("http.response.status_code", status)
                    if status >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            try:
                await self._app(scope, receive, answer)
            finally:
                route = getattr(scope.get("route"), "path", "?")
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.request.method", scope["method"])
                span.set_attribute("http.route", route)
                span.set_attribute("backorder.request_id", scope.get("state", {}).get("request_id", ""))
