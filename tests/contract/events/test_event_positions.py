"""Positions of events: given after the commit, by one writer, in order, so that no reader misses one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert
from sqlalchemy.exc import IntegrityError

from backorder.errors import RefusedError
from backorder.queries.event_feed import FeedEvent, event_feed
from backorder.services.place_audit import place_audit
from backorder.storage import event_dispatcher, event_positions
from backorder.storage.engine import reading, writing
from backorder.storage.expired_lines import delete_line
from backorder.storage.tables import audit
from tests.support.event_sending import end
from tests.support.shop import Shop
from tests.support.waiting import DEADLINE_S

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CANCELLED = "backorder.cancelled"


def place(shop: Shop) -> int:
    with writing(shop.services.engine) as connection:
        return event_positions.place(connection, NOW)


def read_on(shop: Shop, after: int = 0) -> list[FeedEvent]:
    return list(event_feed(shop.services.database, after=after).events)


def act(shop: Shop, order: str) -> int:
    """Leave an entry in the audit about a line. Returns its position."""
    row = {"at": NOW, "actor": "key/K1", "call": "GET", "kind": "backorder", "object": f"{order}/1"}
    with writing(shop.services.engine) as connection:
        connection.execute(insert(audit), row | {"request_id": "r-1"})
    place_audit(shop.services.engine)
    [last] = shop.rows("SELECT position FROM audit ORDER BY number DESC LIMIT 1")
    return int(last["position"])


def test_no_position_is_given_twice_where_retention_took_the_newest(shop: Shop) -> None:
    shop.start("O-1", payment="unpaid")
    shop.dispatch()
    shop.cancel("O-1", id="C-O-1")
    shop.dispatch()
    given = place(shop)
    assert act(shop, "O-1") == 1
    with writing(shop.services.engine) as connection:
        assert delete_line(connection, "O-1/1", shop.now + timedelta(days=1))
        assert event_positions.last_position(connection) == given
    assert not read_on(shop)
    end(shop, "O-2")
    place(shop)
    assert min(each.position for each in read_on(shop, given)) == given + 1
    assert act(shop, "O-2") == 2


def test_an_event_has_no_position_until_it_is_placed(shop: Shop) -> None:
    end(shop, "O-1")
    written = [row["type"] for row in shop.rows("SELECT type FROM events ORDER BY number")]
    assert CANCELLED in written
    assert not read_on(shop)
    assert place(shop) == len(written)
    assert place(shop) == 0
    found = read_on(shop)
    assert [each.type for each in found] == written
    assert [each.position for each in found] == list(range(1, len(written) + 1))
    cancelled = next(each for each in found if each.type == CANCELLED)
    assert cancelled.data["order_id"] == "O-1"
    assert (cancelled.data["backorder"], cancelled.data["line_id"]) == ("O-1/1", "1")
    assert cancelled.data["quantity"] == 1
    assert cancelled.timestamp == shop.now.isoformat().replace("+00:00", "Z")


def test_a_reader_who_polls_misses_nothing_while_one_transaction_stays_open(shop: Shop) -> None:
    """The first to take a number is the last to commit; on SQLite nobody else writes meanwhile."""
    if shop.services.engine.dialect.name == "sqlite":
        end(shop, "O-1")
        end(shop, "O-2")
        place(shop)
        assert {each.data["order_id"] for each in read_on(shop)} == {"O-1", "O-2"}
        return
    shop.start("O-1", customer={"id": "ann", "email": "ann@example.com"})
    shop.product("DESK")
    late, waiting, let = set[int](), threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        reads = connection.get_execution_options().get("postgresql_readonly")
        if threading.get_ident() in late and not reads:
            waiting.set()
            let.wait(DEADLINE_S)

    def cancel_late() -> None:
        late.add(threading.get_ident())
        shop.review("O-1", "C-O-1")

    shop.ask("O-1", shop.cancellation(id="C-O-1"))
    event.listen(shop.services.engine, "commit", hold)
    seen: list[FeedEvent] = []
    with ThreadPoolExecutor(1) as pool:
        open_one = pool.submit(cancel_late)
        assert waiting.wait(DEADLINE_S)
        end(shop, "O-2", sku="DESK")
        place(shop)
        seen += read_on(shop)
        assert {each.data["order_id"] for each in seen} >= {"O-2"}
        assert (CANCELLED, "O-1") not in [(each.type, each.data["order_id"]) for each in seen]
        let.set()
        open_one.result(DEADLINE_S)
    event.remove(shop.services.engine, "commit", hold)
    place(shop)
    seen += read_on(shop, after=seen[-1].position)
    numbers = shop.rows("SELECT id FROM events ORDER BY number")
    assert sorted(each.id for each in seen) == sorted(row["id"] for row in numbers)
    assert [each.id for each in seen] != [row["id"] for row in numbers], "the late one took its number first"


def test_one_at_a_time_gives_positions(shop: Shop) -> None:
    """Eight who place at once give each event one position, without a gap."""
    for number in range(6):
        end(shop, f"O-{number}")
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: place(shop), range(8)))
    found = [each.position for each in read_on(shop)]
    assert found == list(range(1, sum(counts) + 1))
    with pytest.raises(IntegrityError):
        shop.run("UPDATE events SET position = 1 WHERE position = 2")


def test_events_of_a_line_keep_their_order(shop: Shop) -> None:
    for number in range(3):
        end(shop, f"O-{number}")
    place(shop)
    for number in range(3):
        written = shop.rows("SELECT id FROM events WHERE backorder = :id ORDER BY number", id=f"O-{number}/1")
        found = [each.id for each in read_on(shop) if each.data["order_id"] == f"O-{number}"]
        assert found == [row["id"] for row in written]


def test_the_feed_goes_on_where_it_stopped(shop: Shop) -> None:
    for number in range(4):
        end(shop, f"O-{number}")
    place(shop)
    whole = read_on(shop)
    found: list[FeedEvent] = []
    after, more = 0, True
    while more:
        page = event_feed(shop.services.database, after=after, limit=2)
        found += page.events
        after, more = page.after, page.more
    assert found == whole
    for beyond in (after, after + 1000):
        page = event_feed(shop.services.database, after=beyond)
        assert (page.events, page.after) == ([], after), "what comes next is missed by nobody"


def test_a_filter_leaves_out_other_types_and_goes_on_behind_them(shop: Shop) -> None:
    end(shop, "O-1")
    place(shop)
    last = read_on(shop)[-1].position
    page = event_feed(shop.services.database, types=[CANCELLED])
    assert [each.type for each in page.events] == [CANCELLED]
    assert (page.after, page.more) == (last, False)


MEANINGLESS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"types": ["cancelled"]}, "type: "),
    ({"after": -1}, "after: "),
    ({"after": 2**70}, "after: "),
    ({"limit": 0}, "limit: "),
    ({"limit": 1001}, "limit: "),
)
"""What no feed has, and the field at fault."""


def test_what_means_nothing_is_refused(shop: Shop) -> None:
    for asked, fault in MEANINGLESS:
        with pytest.raises(RefusedError, match=fault):
            event_feed(shop.services.database, **asked)


def test_the_dispatcher_of_events_is_called_once_and_not_while_it_is_awake(shop: Shop) -> None:
    shop.start("O-1")
    assert shop.rows("SELECT wake_at FROM event_dispatch") == [{"wake_at": None}]
    shop.ask("O-1", shop.cancellation())
    assert shop.review("O-1", "C-1")[1].events
    end(shop, "O-2")
    with writing(shop.services.engine) as connection:
        event_dispatcher.stay_awake(connection)
    shop.start("O-3")
    shop.ask("O-3", shop.cancellation(id="C-3"))
    assert not shop.review("O-3", "C-3")[1].events
    assert overdue(shop), "a sweep asks it all the same"


def overdue(shop: Shop) -> bool:
    with reading(shop.services.engine) as connection:
        return event_dispatcher.is_overdue(connection, NOW, shop.now)
