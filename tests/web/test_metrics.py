"""What operators' machines read: how it does, and whether it can serve."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from prometheus_client import CollectorRegistry, Gauge, start_http_server
from prometheus_client.parser import text_string_to_metric_families

from backorder.domain.api_keys import ROLES
from backorder.domain.clock import Clock
from backorder.metrics import METRICS
from backorder.queries.gauges import gauges
from backorder.services.pause_channel import pause
from backorder.services.services import machine_now
from starter.metrics_page import Measured, MetricsPage
from tests.support.days import at
from tests.support.shop import Shop
from tests.support.web import WebServer

Values = dict[tuple[str, ...], float]


def measured(web: WebServer) -> dict[str, Values]:
    """By the name of a sample, what it says for each set of its labels' values."""
    said = web.as_("admin").get("/metrics")
    assert said.status_code == 200
    assert said.headers["content-type"].startswith("text/plain; version=0.0.4")
    found: dict[str, Values] = {}
    for family in text_string_to_metric_families(said.text):
        for sample in family.samples:
            names = METRICS[sample.name].labels if sample.name in METRICS else sorted(sample.labels)
            found.setdefault(sample.name, {})[tuple(sample.labels[name] for name in names)] = sample.value
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_an_operator_reads_the_metrics(web: WebServer) -> None:
    assert httpx.get(f"{web.url}/metrics").status_code == 200, "from the machine itself"
    for header in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"):
        brought = {header: "127.0.0.1"}
        assert httpx.get(f"{web.url}/metrics", headers=brought).status_code == 401
        for role in ROLES:
            said = web.as_(role).get("/metrics", headers=brought)
            assert said.status_code == (200 if role == "admin" else 403)
    assert "/metrics" not in web.as_("").get("/openapi.json").json()["paths"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_happens_is_counted_and_the_page_has_all_that_is_told(web: WebServer, stock: Shop) -> None:
    def since(before: dict[str, Values], name: str, *labels: str) -> float:
        return measured(web)[name][labels] - before[name][labels]

    measured(web)  # nobody may have called in this process yet: of its first call the second one tells
    before = measured(web)
    assert METRICS.keys() - before.keys() == {"backorder_http_request_seconds"}
    stock.start("O-1")
    stock.dispatch()
    stock.adjust(1)
    stock.ship("O-1")
    web.as_("agent").get("/v1/backorders/O-1/1")
    web.as_("agent").head("/v1/backorders/O-1/1")
    web.as_("").get("/openapi.json")
    web.as_("agent").request("MADEUP", "/v1/backorders/O-1/1")
    assert since(before, "backorder_reviews_total", "alone", "done") == 2
    assert since(before, "backorder_messages_total", "email", "accepted") == 1
    assert since(before, "backorder_promises_total", "undated") == 1
    after = measured(web)
    route = "/v1/backorders/{order}/{line}"
    assert after["backorder_http_requests_total"][("GET", route, "200")] >= 1
    assert after["backorder_http_requests_total"][("HEAD", route, "200")] >= 1
    assert after["backorder_http_requests_total"][("GET", "/openapi.json", "200")] >= 1
    assert not [labels for labels in after["backorder_http_requests_total"] if "MADEUP" in labels]
    assert "ann@example.com" not in web.as_("admin").get("/metrics").text


class Elsewhere(Measured):
    """Temporal's own library, as far as its page goes."""

    def __init__(self, port: int) -> None:
        self.port = port


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_proxy_of_the_environment_hides_nothing_of_temporals(
    stock: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = CollectorRegistry()
    Gauge("temporal_worker_task_slots_used", "Slots", registry=registry).set(3)
    server, thread = start_http_server(0, "127.0.0.1", registry)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    try:
        told = MetricsPage(stock.services, Elsewhere(server.server_port)).text().decode()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert "temporal_worker_task_slots_used 3.0" in told


def test_the_gauges_say_how_the_database_stands(stock: Shop) -> None:
    """Read from the tables, each on both databases."""
    stock.start("O-1")
    stock.start("O-2", customer={"id": "bob", "phone": "+491511234567", "email": None, "sms_consent": True})
    later = at(0) + timedelta(minutes=90)

    def now() -> dict[str, Values]:
        found = gauges(stock.services.engine, Clock(), later)
        return {name: {tuple(labels): value for labels, value in each} for name, each in found.items()}

    due = stock.rows("SELECT shard, min(not_before) AS first FROM messages GROUP BY shard")
    assert due
    before = now()
    assert {name for name, metric in METRICS.items() if metric.kind == "gauge"} == before.keys()
    assert before["backorder_lines"][("waiting",)] == 2
    assert before["backorder_messages_waiting"] == {("email",): 1, ("sms",): 1, ("none",): 0}
    shards = {str(row["shard"]) for row in due}
    lags = before["backorder_dispatch_lag_seconds"]
    assert len(lags) == 2
    for (shard,), seconds in lags.items():
        assert (5000 < seconds <= 5400) if shard in shards else seconds == 0, lags
    assert before["backorder_overdue_seconds"][("message",)] == max(lags.values())
    assert before["backorder_overdue_seconds"][("request without an outcome",)] == 0
    for name in ("email", "sms"):
        pause(stock.services.engine, name, reason="moving", by="Eva", until=None, at=later, now=later)
    paused = now()
    assert paused["backorder_channel_paused"] == {("email",): 1, ("sms",): 1}
    assert set(paused["backorder_dispatch_lag_seconds"].values()) == {0}
    assert paused["backorder_messages_waiting"] == before["backorder_messages_waiting"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_readiness_shows_the_lag_of_each_dispatch_and_fails_for_the_database_alone(
    web: WebServer, stock: Shop
) -> None:
    stock.now = machine_now() - timedelta(hours=1)
    stock.start("O-1")
    for path in ("healthz", "readyz", "openapi.json"):
        asked = httpx.head(f"{web.url}/{path}")
        assert (path, asked.status_code, asked.content) == (path, 200, b"")
    ready = httpx.get(f"{web.url}/readyz")
    said = ready.json()
    assert (ready.status_code, said["status"]) == (200, "ok")
    assert said["temporal"] == "did not answer lately"
    lags = said["dispatch_lag_seconds"]
    assert lags.keys() == {"messages/0", "messages/1", "events"}
    shard = stock.services.dispatch.shard_of("customer/ann")
    assert lags[f"messages/{shard}"] > 3000
    assert lags[f"messages/{1 - shard}"] == 0
    stock.run("DELETE FROM alembic_version")
    stock.run("ALTER TABLE replans RENAME TO lost")
    gone = httpx.get(f"{web.url}/readyz")
    assert gone.status_code == 503
    assert gone.json()["dispatch_lag_seconds"] is None
    left = measured(web)
    assert left["backorder_database_up"] == {(): 0}
    assert "backorder_lines" not in left
    assert "backorder_reviews_total" in left
    asked = httpx.head(f"{web.url}/metrics")
    assert (asked.status_code, asked.content) == (200, b"")
