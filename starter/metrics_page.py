"""The page of metrics: this process's counters, the database's gauges, those of Temporal's own library."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.parser import text_string_to_metric_families
from temporalio.runtime import PrometheusConfig, Runtime

from backorder import logs
from backorder.errors import SetupError
from backorder.failures import in_words
from backorder.metrics import METRICS, counted
from backorder.queries.gauges import Values, gauges
from backorder.services.services import Services, machine_now
from backorder.settings import variable

log = logging.getLogger(__name__)
SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The folder in which several processes of one server keep their counters; prometheus_client looks there."""
KEPT_S = 5.0
"""How long the gauges of a look at the database are answered with, whoever asks how often."""
_TEMPORAL_S = 2.0
_TRIES = 5
_OPENER = build_opener(ProxyHandler({}))
"""The machine's own port is no business of a proxy that its environment names."""
_PORT = "temporal-{pid}.port"


class Measured:
    """A Temporal runtime whose native part tells its metrics at a port of the loopback.

    The counters have the suffix that they have in Prometheus, the times are in seconds.
    """

    def __init__(self) -> None:
        self.port, self.runtime = self._open()
        if SHARED in os.environ:
            mine = Path(os.environ[SHARED]) / _PORT.format(pid=os.getpid())
            mine.write_text(str(self.port), encoding="ascii")

    def _open(self) -> tuple[int, Runtime]:
        """Somebody else may take the free port before it is used: then another one is."""
        for tries_left in reversed(range(_TRIES)):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = int(probe.getsockname()[1])
            told = PrometheusConfig(
                bind_address=f"127.0.0.1:{port}",
                counters_total_suffix=True,
                unit_suffix=True,
                durations_as_seconds=True,
            )
            try:
                return port, logs.through_the_same(metrics=told)
            except (RuntimeError, ValueError):
                if not tries_left:
                    raise
        raise AssertionError

    def ports(self) -> Iterator[tuple[str, int]]:
        """The ports of all processes of this server, each with the process; "" where it is alone."""
        if SHARED not in os.environ:
            yield "", self.port
            return
        for file in sorted(Path(os.environ[SHARED]).glob(_PORT.format(pid="*"))):
            yield file.stem.partition("-")[2], int(file.read_text(encoding="ascii"))


class MetricsPage:
    """Everything that is measured, for one process that has a database open."""

    def __init__(self, services: Services, measured: Measured | None) -> None:
        self.registry = CollectorRegistry()
        if SHARED in os.environ:
            MultiProcessCollector(self.registry)  # type: ignore[no-untyped-call]
        else:
            self.registry.register(counted())
            ProcessCollector(registry=self.registry)
        self.registry.register(_Gauges(services))
        if measured is not None:
            self.registry.register(_Temporal(measured))

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self.registry)


class _Gauges:
    """What stands in the database; where that does not answer, only that it does not."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = Lock()
        self._read: tuple[float, Values] | None = None

    def describe(self) -> list[Metric]:
        """Nothing is known before somebody asks."""
        return []

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        found = self._values()
        for name, values in found.items():
            family = GaugeMetricFamily(name, METRICS[name].meaning, labels=[*METRICS[name].labels])
            for labels, value in values:
                family.add_metric([*labels], value)
            yield family

    def _values(self) -> Values:
        with self._lock:
            if self._read is not None and time.monotonic() < self._read[0] + KEPT_S:
                return self._read[1]
            try:
                found = gauges(self._services.engine, self._services.clock(), machine_now())
            except Exception as error:  # noqa: BLE001 the page says so, and has everything else
                log.warning("the database does not answer; it is measured without: %s", in_words(error))
                return {"backorder_database_up": [((), 0)]}
            self._read = (time.monotonic(), found)
            return found


class _Temporal:
    """What Temporal's library counted, of each process."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def describe(self) -> list[Metric]:
        """Nothing is known before somebody asks."""
        return []

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        families: dict[str, Metric] = {}
        for process, port in self._measured.ports():
            for each in text_string_to_metric_families(_told(port)):
                family = families.setdefault(each.name, Metric(each.name, each.documentation, each.type))
                for sample in each.samples:
                    labels = sample.labels | ({"process": process} if process else {})
                    family.add_sample(sample.name, labels, sample.value)
        yield from families.values()


def _told(port: int) -> str:
    """What a process says; nothing, where it has ended."""
    try:
        with _OPENER.open(f"http://127.0.0.1:{port}/metrics", timeout=_TEMPORAL_S) as answer:
            found: bytes = answer.read()
    except (URLError, OSError):
        return ""
    return found.decode()


def listen(place: str, page: MetricsPage) -> str:
    """Serve the page at `host:port` for as long as the process lives; port 0 is any free one.

    Returns where. Raises SetupError where it cannot.
    """
    host, _, port = place.rpartition(":")
    host = host.strip("[]")
    try:
        server, _thread = start_http_server(int(port), host, page.registry)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise SetupError(f"{variable('metrics')}={place}: nobody can listen there: {why}") from None
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{server.server_port}/metrics"
