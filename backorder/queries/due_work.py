"""What is due by now and has not been done, and what falls due next: what a held clock waits for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, Select, and_, exists, func, select

from backorder.storage.engine import reading
from backorder.storage.tables import backorders, demands, messages, purchase_orders, replans, requests


def undone(engine: Engine, now: datetime) -> list[str]:
    """What is due at a business instant and not done, in words; empty once everybody has caught up.

    Claimed messages count: whoever holds them is at work.
    """
    with reading(engine) as connection:
        return [words for words, query in _due(now) if connection.execute(query).scalar_one()]


def next_due(engine: Engine, now: datetime) -> datetime | None:
    """The next business instant after `now` at which something falls due; None if nothing does by time."""
    with reading(engine) as connection:
        found = [connection.execute(query).scalar_one() for query in _falls_due(now)]
    return min((each for each in found if each is not None), default=None)


def _falls_due(now: datetime) -> Iterator[Select[datetime | None]]:
    for instant, waits in (
        (backorders.c.wake_at, backorders.c.closed_at.is_(None)),
        (messages.c.not_before, messages.c.state == "planned"),
        (purchase_orders.c.look_at, purchase_orders.c.look_at.is_not(None)),
    ):
        yield select(func.min(instant)).where(waits, instant > now)


def _due(now: datetime) -> Iterator[tuple[str, Select[bool]]]:
    for words, condition in (
        ("a line was not started", backorders.c.seq == 0),
        ("a line was not looked at", and_(backorders.c.closed_at.is_(None), backorders.c.wake_at <= now)),
        (
            "a line has not seen its supply",
            and_(demands.c.supply_version > demands.c.acknowledged, demands.c.open > 0),
        ),
        ("a line's workflow was not told", backorders.c.untold_since.is_not(None)),
        ("a request was not decided", requests.c.verdict.is_(None)),
        ("a message is on its way", messages.c.state == "claimed"),
        ("a message was not sent", and_(messages.c.state == "planned", messages.c.not_before <= now)),
        ("a queue was not pegged", replans.c.sku.is_not(None)),
        ("a purchase order was not followed up", purchase_orders.c.look_at <= now),
    ):
        yield words, _any(condition)


def _any(condition: ColumnElement[bool]) -> Select[bool]:
    return select(exists().where(condition))
