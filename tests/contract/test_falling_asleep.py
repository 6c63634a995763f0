"""Planners and a dispatcher that falls asleep, at the same instant: no message is left without a look."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from backorder.domain.clock import Clock
from backorder.ports import BatchContext
from tests.support.sending import Desk
from tests.support.shop import Shop
from tests.support.waiting import DEADLINE_S, holds

WAITS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database ="
WAITS += " (SELECT oid FROM pg_database WHERE datname = current_database())"


class Door:
    """Threads that come to their commit wait before it until they are let through."""

    def __init__(self) -> None:
        self.waiting = 0
        self._open = threading.Event()
        self._held: set[int] = set()
        self._lock = threading.Lock()

    def hold(self) -> None:
        """Hold the thread that calls this, at its next commit."""
        self._held.add(threading.get_ident())

    def open(self) -> None:
        """Let everybody through from now on."""
        self._open.set()

    def __call__(self, connection: Connection) -> None:
        """See SQLAlchemy's event `commit`."""
        if threading.get_ident() in self._held:
            with self._lock:
                self.waiting += 1
            self._open.wait(DEADLINE_S)


@contextmanager
def door(engine: Engine) -> Iterator[Door]:
    """Between what is written in some transactions and their commit."""
    made = Door()
    event.listen(engine, "commit", made)
    try:
        yield made
    finally:
        made.open()
        event.remove(engine, "commit", made)


@pytest.fixture
def names(shop: Shop) -> list[str]:
    """Two people of one shard."""
    shard_of = shop.services.dispatch.shard_of
    return [name for name in (f"p{n}" for n in range(20)) if shard_of(f"customer/{name}") == 0][:2]


@pytest.fixture
def desk(shop: Shop, names: list[str]) -> Desk:
    """A dispatcher that is awake, and two people with a line each of which nobody has looked at yet."""
    shop.purchase()
    for name in names:
        shop.open(f"O-{name}", customer={"id": name, "email": f"{name}@example.com"})
    shop.services.dispatch.stay_awake(0)
    return Desk(shop)


def waits(shop: Shop, thread: Future[Any]) -> bool:
    """Whether a thread waits for others before it goes to sleep, or calls; SQLite has them wait to begin."""
    if thread.done() or shop.services.engine.dialect.name == "sqlite":
        return True
    with shop.services.engine.connect() as connection:
        return bool(connection.execute(text(WAITS)).scalar_one())


def plan(shop: Shop, name: str, held: Door | None = None) -> tuple[int, ...]:
    """Have a line's first message planned. Returns the shards that are called."""
    if held is not None:
        held.hold()
    return shop.review(f"O-{name}")[1].shards


def sleep(desk: Desk, round: BatchContext, held: Door | None = None) -> timedelta | None:
    """What a dispatcher does that found nothing due."""
    if held is not None:
        held.hold()
    return desk.shop.services.dispatch.sleep(round, Clock())


def test_what_two_planners_are_about_to_commit_keeps_the_dispatcher_awake(
    desk: Desk, names: list[str]
) -> None:
    """Neither calls it, as it is awake, and it has not seen their messages: so it waits for both of them."""
    shop, together = desk.shop, desk.shop.services.engine.dialect.name == "postgresql"
    round = desk.round(f"customer/{names[0]}")
    with door(shop.services.engine) as held, ThreadPoolExecutor(3) as pool:
        planners = [pool.submit(plan, shop, name, held) for name in names]
        holds("planners are about to commit", lambda: held.waiting == (2 if together else 1))
        sleeping = pool.submit(sleep, desk, round)
        holds("the dispatcher waits for them", lambda: waits(shop, sleeping))
        held.open()
        assert sleeping.result(DEADLINE_S) == timedelta(0)
        assert [each.result(DEADLINE_S) for each in planners] == [(), ()]


def test_who_plans_while_the_dispatcher_falls_asleep_calls_it(desk: Desk, names: list[str]) -> None:
    shop, round = desk.shop, desk.round(f"customer/{names[0]}")
    with door(shop.services.engine) as held, ThreadPoolExecutor(3) as pool:
        sleeping = pool.submit(sleep, desk, round, held)
        holds("it is about to sleep", lambda: held.waiting == 1)
        planners = [pool.submit(plan, shop, name) for name in names]
        holds("a planner waits for it", lambda: any(waits(shop, each) for each in planners))
        held.open()
        called = [each.result(DEADLINE_S) for each in planners]
        assert sleeping.result(DEADLINE_S) is None
    assert sorted(called) == [(), (0,)]  # the first one calls, for both
