"""What is measured: every metric with its labels and its meaning, and the counters of this process.

Gauges are read from the database when somebody asks (`backorder.queries.gauges`). No label names a person, an
order or a line. `prometheus_client` is loaded when something is first counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from threading import Lock
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram

MadeT = TypeVar("MadeT")


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """kind: a counter and a histogram are of one process and begin at 0 with it; a gauge is of the database.

    labels: each with the values that it can have; none are listed where there are too many.
    """

    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_CHANNELS = ("email", "sms")
_SENT = ("accepted", "transient", "permanent", "unknown")
METRICS: Mapping[str, Metric] = {
    "backorder_database_up": Metric(
        kind="gauge", meaning="1 if the database answered; 0: no gauge below is there"
    ),
    "backorder_lines": Metric(
        kind="gauge",
        meaning="lines by status",
        labels={"status": ("waiting", "allocated", "closing", "fulfilled", "substituted", "cancelled")},
    ),
    "backorder_lines_needing_attention": Metric(kind="gauge", meaning="open lines that need a person"),
    "backorder_tasks_open": Metric(kind="gauge", meaning="tasks that wait for a person"),
    "backorder_rows_put_aside": Metric(
        kind="gauge", meaning="rows that cannot be read or decided, and activities that fail again and again"
    ),
    "backorder_overdue_seconds": Metric(
        kind="gauge",
        meaning="for how long the oldest thing of a kind has been due and is not done; 0 if nothing is",
        labels={
            "what": (
                "line without its first review",
                "review of a line",
                "request without an outcome",
                "message",
                "replanning of a product",
                "follow-up of a purchase order",
            )
        },
    ),
    "backorder_messages_waiting": Metric(
        kind="gauge",
        meaning="messages that are planned, by the channel they go by next; `none`: not chosen yet",
        labels={"channel": (*_CHANNELS, "none")},
    ),
    "backorder_messages_unclear": Metric(
        kind="gauge",
        meaning="messages that may or may not have gone, and are looked up",
        labels={"channel": _CHANNELS},
    ),
    "backorder_channel_paused": Metric(
        kind="gauge",
        meaning="1 if nothing goes by the channel: it fails for everybody, or a person paused it",
        labels={"channel": _CHANNELS},
    ),
    "backorder_dispatch_lag_seconds": Metric(
        kind="gauge",
        meaning="for how long a shard's oldest message could have gone: due, its channel not paused, and no "
        "later try agreed on",
        labels={"shard": ()},
    ),
    "backorder_events_lag_seconds": Metric(
        kind="gauge",
        meaning="for how long the oldest event waits for its place in the feed, or for a call that is due",
    ),
    "backorder_events_waiting": Metric(kind="gauge", meaning="events on their way to receivers"),
    "backorder_events_refused": Metric(
        kind="gauge", meaning="of those, events that a receiver was tried with and did not take yet"
    ),
    "backorder_events_given_up": Metric(
        kind="gauge", meaning="events that a receiver did not take for three days"
    ),
    "backorder_reviews_total": Metric(
        kind="counter",
        meaning="reviews of lines: one by one, or together after a replanning; `put_aside`: the line could "
        "not be read or decided",
        labels={"way": ("alone", "together"), "result": ("done", "put_aside")},
    ),
    "backorder_messages_total": Metric(
        kind="counter",
        meaning="attempts to send a message, by what became of it; what stays in the outbox is `accepted`",
        labels={"channel": _CHANNELS, "outcome": _SENT},
    ),
    "backorder_message_lookups_total": Metric(
        kind="counter",
        meaning="look-ups of messages whose outcome was unclear, by what was seen",
        labels={"channel": _CHANNELS, "sighting": ("found", "absent", "failed", "never")},
    ),
    "backorder_delivery_reports_total": Metric(
        kind="counter",
        meaning="reports of providers about messages, by what became of them in the database",
        labels={"provider": ("SendGrid", "Twilio"), "result": ("recorded", "known", "left_out")},
    ),
    "backorder_promises_total": Metric(
        kind="counter",
        meaning="shipments of lines, by whether they left by the day that the customer was last told; "
        "`undated`: no day was",
        labels={"kept": ("yes", "no", "undated")},
    ),
    "backorder_event_deliveries_total": Metric(
        kind="counter",
        meaning="calls to receivers of events, by whether the event was taken",
        labels={"taken": ("yes", "no")},
    ),
    "backorder_http_requests_total": Metric(
        kind="counter",
        meaning="requests to `backorder web`, by the form of their path and the status of the answer",
        labels={"method": (), "route": (), "status": ()},
    ),
    "backorder_http_request_seconds": Metric(
        kind="histogram", meaning="how long requests to `backorder web` took"
    ),
}
"""Every metric of our own, in the order of the documentation."""
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


def count(name: str, amount: int = 1, **labels: str) -> None:
    """Count something that happened in this process."""
    found = _made(_COUNTERS, name, _counter)
    (found.labels(**labels) if labels else found).inc(amount)


def observe(name: str, seconds: float) -> None:
    """Measure how long something took."""
    _made(_HISTOGRAMS, name, _histogram).observe(seconds)


def counted() -> CollectorRegistry:
    """The counters and histograms of this process, those that are 0 as well."""
    for name, metric in METRICS.items():
        if metric.kind == "counter":
            _made(_COUNTERS, name, _counter)
        elif metric.kind == "histogram":
            _made(_HISTOGRAMS, name, _histogram)
    return _registry()


_LOCK = Lock()
_COUNTERS: dict[str, Counter] = {}
_HISTOGRAMS: dict[str, Histogram] = {}
_REGISTRY: dict[str, CollectorRegistry] = {}


def _made(there: dict[str, MadeT], name: str, make: Callable[[str], MadeT]) -> MadeT:
    """The counter or histogram, made when it is first used."""
    found = there.get(name)
    if found is not None:
        return found
    with _LOCK:
        return there.setdefault(name, there.get(name) or make(name))


def _registry() -> CollectorRegistry:
    from prometheus_client import CollectorRegistry, disable_created_metrics

    # The instant at which each was made would be a series more.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    return _REGISTRY.setdefault("", CollectorRegistry())


def _histogram(name: str) -> Histogram:
    from prometheus_client import Histogram

    return Histogram(name, METRICS[name].meaning, registry=_registry(), buckets=_SECONDS)


def _counter(name: str) -> Counter:
    from prometheus_client import Counter

    metric = METRICS[name]
    found = Counter(name, metric.meaning, tuple(metric.labels), registry=_registry())
    # What begins with its first increase is not seen to increase.
    for values in product(*metric.labels.values()) if metric.labels else ():
        found.labels(*values)
    return found
