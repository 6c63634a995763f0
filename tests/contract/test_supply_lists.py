"""What buyers look up: page by page, through indexes, on every database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection

from backorder.errors import RefusedError
from backorder.queries import supply_lists
from backorder.queries.expected_units import expected_units
from backorder.queries.supply_lists import Lines, SupplyPage
from backorder.storage.cursors import cursor_of
from backorder.storage.engine import reading
from tests.support.days import at, day
from tests.support.query_plans import asked, read_whole
from tests.support.shop import Shop


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Lamps and desks on three orders of two suppliers; of the first four lamps came and one went back."""
    shop.supplier("bolt")
    shop.product("DESK")
    shop.purchase("PO-1", {"stated_date": day(20)}, {"sku": "DESK", "quantity": 3})
    shop.purchase("PO-2", {"stated_date": day(40)}, supplier="bolt")
    shop.purchase("PO-3", {"quantity": 2, "stated_date": day(10)}, {"sku": "DESK", "quantity": 1})
    shop.receive(4)
    shop.send_back(1, replacement=True)
    shop.receive(2, "R-3", order="PO-3")
    shop.services.supply.cancel_purchase_order("PO-3", "2", shop.now)
    for number in range(1, 5):
        shop.start(f"O-{number}", 3, ordered_at=at(number - 9))
    shop.replan()
    return shop


@contextmanager
def looking(shop: Shop) -> Iterator[Connection]:
    with reading(shop.services.engine) as connection:
        yield connection


def names(page: SupplyPage[Any]) -> list[str]:
    return [f"{each.purchase_order}/{each.line}" for each in page.rows]


ASKED: tuple[tuple[Lines, int, list[str]], ...] = (
    (Lines(), 0, ["PO-1/1", "PO-1/2", "PO-2/1"]),
    (Lines(open=False), 0, ["PO-1/1", "PO-1/2", "PO-2/1", "PO-3/1", "PO-3/2"]),
    (Lines(supplier="bolt"), 0, ["PO-2/1"]),
    (Lines(supplier="acme"), 0, ["PO-1/1", "PO-1/2"]),
    (Lines(supplier="acme", sku="LAMP", open=False), 0, ["PO-1/1", "PO-3/1"]),
    (Lines(sku="DESK", open=False), 0, ["PO-1/2", "PO-3/2"]),
    (Lines(late=True), 14, []),
    (Lines(late=True), 15, ["PO-1/2"]),  # of which only the lead time of two weeks is known
    (Lines(late=True), 21, ["PO-1/2", "PO-1/1"]),
    (Lines(late=True, supplier="bolt"), 41, ["PO-2/1"]),
    (Lines(late=True, sku="LAMP"), 41, ["PO-1/1", "PO-2/1"]),
    (Lines(supplier="nobody"), 0, []),
)
"""What is asked for, on which day, and the lines that are found."""


def test_lines_are_found_by_what_is_asked_and_page_by_page(busy: Shop) -> None:
    for wanted, today, found in ASKED:
        with looking(busy) as connection:
            whole = supply_lists.supply_lines(connection, wanted, day(today))
            assert (wanted, names(whole), whole.next) == (wanted, found, None)
            by_one: list[str] = []
            cursor: str | None = ""
            while cursor is not None:
                page = supply_lists.supply_lines(connection, wanted, day(today), cursor=cursor, limit=1)
                by_one += names(page)
                cursor = page.next
        assert (wanted, by_one) == (wanted, found)


def test_a_line_has_its_quantities_and_the_days_that_are_stated_and_forecast(busy: Shop) -> None:
    with looking(busy) as connection:
        lamps, desks = supply_lists.order_lines(connection, "PO-1", day(21)).rows
        assert (lamps.ordered, lamps.received, lamps.returned, lamps.open) == (10, 4, 1, 7)
        assert (lamps.stated, lamps.likely, lamps.by, lamps.due) == (day(20), day(20), day(20), day(20))
        assert (lamps.late, lamps.cancelled) == (True, False)
        assert (desks.stated, desks.due, desks.open) == (None, day(14), 3)
        came, cancelled = supply_lists.order_lines(connection, "PO-3", day(21)).rows
        assert (came.received, came.open, came.due, came.late) == (2, 0, None, False)
        assert (cancelled.open, cancelled.cancelled, cancelled.due) == (0, True, None)
        with pytest.raises(RefusedError, match='"PO-9" is neither'):
            supply_lists.order_named(connection, "PO-9")
        with pytest.raises(RefusedError, match="PO-1 has no line 9"):
            supply_lists.order_line(connection, "PO-1", "9", day(0))


def test_a_line_of_which_a_part_has_no_date_has_none(busy: Shop) -> None:
    busy.state_dates((4, day(22)), (3, None))
    with looking(busy) as connection:
        line = supply_lists.order_line(connection, "PO-1", "1", day(0))
        assert (line.stated, line.due, line.likely, line.by) == (day(22), day(22), None, None)
        dated, undated = expected_units(connection, line)
        assert (dated.quantity, dated.stated, undated.quantity, undated.stated) == (4, day(22), 3, None)
    busy.state_dates((7, None))
    with looking(busy) as connection:
        assert supply_lists.order_line(connection, "PO-1", "1", day(0)).due is None


def test_who_waits_for_a_line_is_named_in_the_order_of_the_queue(busy: Shop) -> None:
    with looking(busy) as connection:
        first = supply_lists.order_line(connection, "PO-1", "1", day(0))
        waits = supply_lists.waiting_for(connection, first)
        assert [(each.position, each.backorder, each.units) for each in waits.rows] == [
            (1, "O-2/1", 1),
            (2, "O-3/1", 3),
            (3, "O-4/1", 3),
        ]
        assert supply_lists.count_waiting_for(connection, first) == 3
        page = supply_lists.waiting_for(connection, first, limit=2)
        rest = supply_lists.waiting_for(connection, first, cursor=page.next, limit=2)
        assert [each.backorder for each in (*page.rows, *rest.rows)] == ["O-2/1", "O-3/1", "O-4/1"]
        second = supply_lists.order_line(connection, "PO-2", "1", day(0))
        assert supply_lists.waiting_for(connection, second).rows == []


def test_an_id_that_begins_like_another_is_not_taken_for_it(shop: Shop) -> None:
    shop.purchase('P"O%', {"quantity": 1, "stated_date": day(20)})
    shop.purchase('P"O%', {"quantity": 1}, {"line": "11", "quantity": 3, "stated_date": day(21)})
    shop.state_dates((1, day(21)), (2, day(22)), order='P"O%', line="11")
    for number in (1, 2, 3):
        shop.start(f"O-{number}", ordered_at=at(number - 9))
    shop.replan()
    with looking(shop) as connection:
        served = {
            line: [
                each.backorder
                for each in supply_lists.waiting_for(
                    connection, supply_lists.order_line(connection, 'P"O%', line, day(0))
                ).rows
            ]
            for line in ("1", "11")
        }
    assert served == {"1": ["O-1/1"], "11": ["O-2/1", "O-3/1"]}


def test_products_and_queues_come_page_by_page(busy: Shop) -> None:
    with looking(busy) as connection:
        desk, lamp = supply_lists.stocks(connection).rows
        assert (desk.sku, desk.incoming, desk.on_hand) == ("DESK", 3, 0)
        assert (lamp.on_hand, lamp.allocated, lamp.free, lamp.incoming, lamp.waiting) == (5, 5, 0, 17, 7)
        page = supply_lists.stocks(connection, limit=1)
        assert supply_lists.stocks(connection, cursor=page.next).rows == [lamp]
        assert supply_lists.stock_of(connection, "SOFA") is None
        assert supply_lists.stocks(connection, supplier=desk.supplier, sku="DESK").rows == [desk]
        assert supply_lists.stocks(connection, supplier="nobody").rows == []
        first = supply_lists.queue(connection, "LAMP", limit=2)
        rest = supply_lists.queue(connection, "LAMP", cursor=first.next, limit=2)
        queue = [(each.position, each.backorder, each.units) for each in (*first.rows, *rest.rows)]
        assert queue == [(1, "O-2/1", 1), (2, "O-3/1", 3), (3, "O-4/1", 3)]
        assert rest.next is None


def test_a_cursor_that_means_nothing_is_refused(busy: Shop) -> None:
    late = cursor_of("late", "someday", "PO-1", "1")
    none = ("?", "e30", "WyJsaW5lcyJd", "WyJsaW5lcyIsMSwyXQ", "bGF0ZQ", "💥")
    with looking(busy) as connection:
        for wanted, said in (*product((Lines(), Lines(late=True)), none), (Lines(late=True), late)):
            with pytest.raises(RefusedError, match="no cursor of this list"):
                supply_lists.supply_lines(connection, wanted, day(0), cursor=said)
        of_another_list = supply_lists.stocks(connection, limit=1).next
        with pytest.raises(RefusedError, match="no cursor of this list"):
            supply_lists.supply_lines(connection, Lines(), day(0), cursor=of_another_list)


def everything(connection: Connection) -> None:
    """Each list as it is asked for, the first page and another one."""
    pages: list[Callable[..., SupplyPage[Any]]] = [
        partial(supply_lists.supply_lines, connection, wanted, day(41))
        for wanted in (
            Lines(),
            Lines(open=False),
            Lines(supplier="acme"),
            Lines(sku="LAMP"),
            Lines(sku="LAMP", open=False),
            Lines(late=True),
        )
    ]
    line = supply_lists.order_line(connection, "PO-1", "1", day(0))
    pages += [
        partial(supply_lists.order_lines, connection, "PO-1", day(0)),
        partial(supply_lists.stocks, connection),
        partial(supply_lists.queue, connection, "LAMP"),
        partial(supply_lists.waiting_for, connection, line),
    ]
    for each in pages:
        first = each(limit=1)
        assert first.next
        each(cursor=first.next, limit=1)
    supply_lists.stock_of(connection, "LAMP")
    supply_lists.count_waiting_for(connection, line)


def test_no_list_reads_a_whole_table(busy: Shop) -> None:
    with asked(busy.services.engine) as statements, looking(busy) as connection:
        everything(connection)
    assert len(statements) > 20
    assert read_whole(busy.services.engine, statements) == {}
