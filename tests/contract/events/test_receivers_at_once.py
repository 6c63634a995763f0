"""Receivers that are put and removed while others do: nothing is left over for one that is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import pytest
from sqlalchemy import Connection, event, text

from backorder.domain.webhook_signature import secret_of
from backorder.errors import RefusedError
from backorder.queries.dispatch_lags import dispatch_lags
from backorder.queries.event_report import event_report
from backorder.services.services import machine_now
from backorder.storage import event_positions
from backorder.storage.acting import Act, snapshot, version_of
from backorder.storage.engine import companion, reading, writing
from backorder.storage.receivers import put_alone
from tests.support.event_sending import EventDesk, end
from tests.support.shop import Shop
from tests.support.waiting import DEADLINE_S, holds

R = TypeVar("R")
URL = "http://127.0.0.1:9/events"
WAITS = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@contextmanager
def before_its_commit(shop: Shop, first: Callable[[], object]) -> Iterator[Future[object]]:
    """The first is about to commit while the block runs, and goes on at its end."""
    mine, there, let = set[int](), threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        if threading.get_ident() in mine and not connection.get_execution_options().get(
            "postgresql_readonly"
        ):
            there.set()
            let.wait(DEADLINE_S)

    def run() -> object:
        mine.add(threading.get_ident())
        return first()

    event.listen(shop.services.engine, "commit", hold)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run)
        try:
            assert there.wait(DEADLINE_S)
            yield done
        finally:
            let.set()
    event.remove(shop.services.engine, "commit", hold)


def in_turn(shop: Shop, first: Callable[[], object], second: Callable[[], R]) -> R:
    """The second begins before the first commits, and waits for it. SQLite has one writer at a time."""
    engine = shop.services.engine
    if engine.dialect.name == "sqlite":
        first()
        return second()
    with ThreadPoolExecutor(1) as pool, engine.connect() as looking:
        with before_its_commit(shop, first) as begun:
            waits = pool.submit(second)

            def blocked() -> bool:
                looking.rollback()
                return looking.execute(WAITS).first() is not None or waits.done()

            holds("the second waits for the first", blocked)
        begun.result(DEADLINE_S)
        return waits.result(DEADLINE_S)


def place(desk: EventDesk) -> int:
    with writing(desk.shop.services.engine) as connection:
        return event_positions.place(connection, desk.now)


def remove(desk: EventDesk) -> None:
    desk.receivers.remove("shop", at=desk.shop.now, now=desk.now)


def test_a_receiver_that_is_removed_while_events_are_placed_gets_none(shop: Shop, desk: EventDesk) -> None:
    desk.put("shop", URL)
    end(shop, "O-1")
    assert in_turn(shop, lambda: remove(desk), lambda: place(desk))
    assert set(desk.states()) <= {"dropped"}


def test_what_was_placed_before_a_receiver_is_removed_is_dropped(shop: Shop, desk: EventDesk) -> None:
    desk.put("shop", URL)
    end(shop, "O-1")
    in_turn(shop, lambda: place(desk), lambda: remove(desk))
    assert set(desk.states()) == {"dropped"}


def test_what_is_left_of_a_removed_receiver_counts_for_nobody_and_goes_to_no_later_one(
    shop: Shop, desk: EventDesk
) -> None:
    """As the version before left it."""
    desk.put("shop", URL)
    end(shop, "O-1")
    place(desk)
    remove(desk)
    shop.run("UPDATE deliveries SET state = 'pending'")
    shop.run("UPDATE deliveries SET state = 'dead', attempts = 9 WHERE position = 1")
    with reading(shop.services.engine) as connection:
        lags = dispatch_lags(connection, shop.services.time.clock(), machine_now())
        report = event_report(connection)
    assert lags.events.total_seconds() == 0
    assert (report.waiting, report.refused, report.dead) == (0, 0, 0)
    desk.put("shop", URL)
    assert desk.states() == [], "nothing of it is left, not even to be sent again"


def test_a_receiver_that_two_put_at_once_is_made_by_one_and_changed_by_the_other(
    shop: Shop, desk: EventDesk
) -> None:
    found = in_turn(shop, lambda: desk.put("shop", URL), lambda: desk.put("shop", URL + "/2"))
    assert (found.secret, found.receiver.url) == ("", URL + "/2")
    assert found.before is not None
    assert found.before.url == URL


def test_two_workers_that_start_at_once_have_the_receiver_of_the_settings_once(
    shop: Shop, desk: EventDesk
) -> None:
    secret = secret_of(b"s" * 32)

    def start() -> None:
        desk.receivers.keep_from_settings(URL, secret, at=shop.now, now=desk.now)

    in_turn(shop, start, start)
    assert [row["id"] for row in shop.rows("SELECT id FROM receivers")] == ["settings"]


def test_two_that_are_put_at_once_are_not_more_than_there_can_be(shop: Shop, desk: EventDesk) -> None:
    for number in range(19):
        desk.put(f"r{number}", URL)
    with pytest.raises(RefusedError, match="20 receivers"):
        in_turn(shop, lambda: desk.put("shop", URL), lambda: desk.put("other", URL))
    assert len(shop.rows("SELECT id FROM receivers")) == 20


def by_a_program(desk: EventDesk, url: str) -> Act:
    """A program puts a receiver over HTTP. Returns its call."""
    object = ("receiver", "shop")
    act = Act(actor="key/1", call="PUT /v1/receivers/{id}", object=object, request_id="r", at=desk.now)
    token = companion.set(act)
    try:
        desk.put("shop", url)
    finally:
        companion.reset(token)
    return act


def test_a_program_that_puts_a_receiver_waits_for_others_before_it_locks_its_row(
    shop: Shop, desk: EventDesk
) -> None:
    """As a command and a worker's start do: of two orders of locks one caller would be ended."""
    desk.put("shop", URL)
    engine = shop.services.engine
    if engine.dialect.name == "sqlite":
        return  # one writes at a time
    with ThreadPoolExecutor(1) as pool, engine.connect() as holding, engine.connect() as looking:
        put_alone(holding)
        done = pool.submit(by_a_program, desk, URL + "/2")

        def blocked() -> bool:
            looking.rollback()
            return looking.execute(WAITS).first() is not None

        holds("it waits", blocked)
        looking.execute(text("SELECT id FROM receivers WHERE id = 'shop' FOR UPDATE NOWAIT"))
        looking.rollback()
        holding.rollback()
        assert done.result(DEADLINE_S).done


def test_a_call_knows_the_version_of_what_it_wrote_whatever_came_since(shop: Shop, desk: EventDesk) -> None:
    """Its answer names what it wrote: the version of what came after it would undo that unseen."""
    first = by_a_program(desk, URL)
    with reading(shop.services.engine) as connection:
        assert first.version == version_of(snapshot(connection, "receiver", "shop"))
    second = by_a_program(desk, URL + "/2")
    assert first.version != second.version
    assert by_a_program(desk, URL + "/2").version == second.version
