"""Traces: from a request through the workflow to the activity, with nothing about a person in them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.worker import Replayer

import worker as production
from starter.telemetry import tracing
from starter.tracing import Tracing
from tests.support.live_shop import LiveShop
from tests.support.waiting import until
from tests.support.web import serving
from tests.support.web_lines import order_line
from web.app import create_app
from web.desk import Desk
from workflows.ids import backorder_id

CALLER = "4bf92f3577b34da6a3ce929d0e0e4736"
"""The trace that the order system had begun."""


class Collector:
    """What was sent to a collector: the bodies, and the spans in them."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.port = 0

    @property
    def spans(self) -> list[Span]:
        """All spans so far."""
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector of OTLP over HTTP on loopback."""
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == "/v1/traces":
                found.bodies.append(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def started(monkeypatch: pytest.MonkeyPatch, port: int) -> Tracing:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    found = tracing("backorder-test")
    assert found is not None
    return found


async def test_one_trace_leads_from_the_request_through_the_workflow_to_the_activity(
    shop: LiveShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker's workflows run in the sandbox; the history replays with and without the tracing."""
    sku, address = await shop.furnish(price="10.00"), shop.client.service_client.config.target_host
    with collecting() as collector:
        traces = started(monkeypatch, collector.port)
        shop.client = traces.traced(shop.client)
        with serving(shop.services, temporal=address, task_queue=shop.queue, traces=traces) as web:
            async with shop.working():
                customer = {"id": shop.name("ann"), "name": "Ann Lee", "email": "ann@lee.example"}
                line = order_line(shop.name("o"), sku=sku, customer=customer)
                told = {"traceparent": f"00-{CALLER}-00f067aa0ba902b7-01", "baggage": "user=ann@lee.example"}
                said = await asyncio.to_thread(
                    lambda: web.as_("orders").post("/v1/backorders", json=line, headers=told)
                )
                assert said.status_code == 201
                id = said.json()["id"]
                await until("it was told", lambda: shop.told(id) == ["confirmed"])
        history = await shop.handle(id).fetch_history()
        await asyncio.to_thread(traces.close)
        spans, raw = collector.spans, b"".join(collector.bodies)

    first = next(span for span in spans if span.name == "POST /v1/backorders")
    assert first.trace_id.hex() == CALLER
    begun = child(spans, "StartWorkflow:BackorderWorkflow", first)
    assert child(spans, "RunWorkflow:BackorderWorkflow", begun).trace_id == first.trace_id
    reviewed = child(spans, "RunActivity:review_line", child(spans, "StartActivity:review_line", begun))
    assert reviewed.trace_id == first.trace_id
    assert attributes(first)["http.response.status_code"] == "201"
    assert attributes(reviewed)["temporalWorkflowID"] == backorder_id(id)
    sending = [span for span in spans if span.name == "RunActivity:deliver"]
    assert sending
    assert not [span for span in sending if span.parent_span_id or span.trace_id.hex() == CALLER]
    for words in (b"Ann Lee", b"lee.example"):
        assert words not in raw
        assert words not in history.to_json().encode()
    for interceptors in ((), traces.interceptors[:1]):
        replayer = Replayer(workflows=production.WORKFLOWS, build_id="tests", interceptors=interceptors)
        assert (await replayer.replay_workflow(history)).replay_failure is None


def child(spans: Sequence[Span], name: str, parent: Span) -> Span:
    """The first span of that name that a span has begun."""
    return next(each for each in spans if (each.name, each.parent_span_id) == (name, parent.span_id))


def attributes(span: Span) -> Mapping[str, str]:
    return {each.key: each.value.string_value or str(each.value.int_value) for each in span.attributes}


def test_a_span_says_what_kind_of_error_it_was_and_none_of_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as collector:
        traces = started(monkeypatch, collector.port)
        with (
            pytest.raises(ValueError, match="ann@lee"),
            traces.tracer.start_as_current_span("it fails", attributes={"who": "ann@lee.example"}),
        ):
            raise ValueError("ann@lee.example is no number")
        traces.close()
        [span], raw = collector.spans, b"".join(collector.bodies)
    assert b"lee.example" not in raw
    [event] = span.events
    assert [(each.key, each.value.string_value) for each in event.attributes] == [
        ("exception.type", "ValueError")
    ]
    assert (span.status.code, span.status.message) == (span.status.STATUS_CODE_ERROR, "")


def test_without_an_endpoint_nothing_of_it_is_loaded() -> None:
    """Neither by the worker nor by the server; and where it is wanted and missing, that is said."""
    code = """
import os, sys
import worker
assert "opentelemetry" not in sys.modules
import starter.web_server, web.app, starter.metrics_page
from starter.telemetry import tracing
assert tracing("x") is None
assert not {"starter.tracing", "opentelemetry.sdk", "temporalio.contrib.opentelemetry"} & {*sys.modules}
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1"
sys.modules["opentelemetry.sdk"] = None
try:
    tracing("x")
except worker.BackorderError as error:
    print(error)
"""
    root = Path(production.__file__).parent
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert "pip install 'backorder[telemetry]'" in ended.stdout, ended.stderr


def test_the_frameworks_own_spans_which_hold_the_links_of_customers_are_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody may give all libraries of the process a tracer, as `opentelemetry-instrument` does."""
    spans, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)

    async def asked() -> int:
        way = httpx.ASGITransport(create_app(_nowhere), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=way, base_url="http://shop.test") as client:
            return (await client.get("/b/a-token/of-a-customer")).status_code

    assert asyncio.run(asked()) == 404
    assert spans.get_finished_spans() == ()


@asynccontextmanager
async def _nowhere() -> AsyncIterator[Desk]:
    """No desk: nothing that is asked for here needs one."""
    for each in tuple[Desk, ...]():
        yield each
