"""The gauges of `backorder.metrics`, as the database has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine

from backorder.domain.clock import Clock
from backorder.metrics import METRICS
from backorder.queries.dispatch_lags import dispatch_lags
from backorder.queries.event_report import event_report
from backorder.queries.overview import Overview, overview
from backorder.storage.engine import reading

Values = Mapping[str, Sequence[tuple[Sequence[str], float]]]
"""By the name of a gauge its values, each with those of its labels."""


def gauges(engine: Engine, clock: Clock, now: datetime) -> Values:
    """Read them all. now: machine time."""
    found = overview(engine, clock.business(now), clock.rate)
    with reading(engine) as connection:
        lags = dispatch_lags(connection, clock, now)
        out = event_report(connection)
    return {
        "backorder_database_up": [((), 1)],
        "backorder_lines": [((status,), count) for status, count in found.lines.items()],
        "backorder_lines_needing_attention": [((), found.attention)],
        "backorder_tasks_open": [((), found.tasks)],
        "backorder_rows_put_aside": [((), found.errors)],
        "backorder_overdue_seconds": _overdue(found, clock),
        "backorder_messages_waiting": [
            *(((each.name,), each.waiting) for each in found.channels),
            (("none",), found.unrouted),
        ],
        "backorder_messages_unclear": [((each.name,), each.unclear) for each in found.channels],
        "backorder_channel_paused": [((each.name,), each.state == "paused") for each in found.channels],
        "backorder_dispatch_lag_seconds": [
            ((str(shard),), lag.total_seconds()) for shard, lag in lags.shards.items()
        ],
        "backorder_events_lag_seconds": [((), lags.events.total_seconds())],
        "backorder_events_waiting": [((), out.waiting)],
        "backorder_events_refused": [((), out.refused)],
        "backorder_events_given_up": [((), out.dead)],
    }


def _overdue(found: Overview, clock: Clock) -> Sequence[tuple[Sequence[str], float]]:
    """Every kind has its value, so that one that disappears is not the last one for ever."""
    late = dict.fromkeys(METRICS["backorder_overdue_seconds"].labels["what"], 0.0)
    for each in found.undone:
        late[each.what] = clock.machine(found.now - each.since).total_seconds()
    return [((what,), seconds) for what, seconds in late.items()]
