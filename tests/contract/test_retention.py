"""What is on record of a line is kept for so long and no longer; nothing else goes with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from backorder.domain.retention import kept_since
from backorder.domain.suppression import Cause
from backorder.forecasting.demand.sale import Sale
from backorder.services.retention import Retention
from backorder.storage import suppressions
from backorder.storage.engine import reading, writing
from backorder.storage.suppressions import SuppressionEntry
from backorder.storage.tables import bulk_requests, metadata
from tests.support.days import at, day
from tests.support.shop import Shop

LATER = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)
"""Six years and a day after the days of these tests."""
BOB = {"id": "bob", "name": "Bob", "email": "bob@example.com"}


def naming(shop: Shop, *words: str) -> dict[str, int]:
    """How many rows of each table hold one of some words."""
    with reading(shop.services.engine) as connection:
        found = {
            table.name: sum(
                any(word in repr(tuple(row)) for word in words) for row in connection.execute(select(table))
            )
            for table in metadata.sorted_tables
        }
    return {name: count for name, count in found.items() if count}


def ended(shop: Shop, order: str, **fields: Any) -> None:
    shop.start(order, payment="unpaid", **fields)
    shop.dispatch()
    shop.cancel(order, id=f"C-{order}")
    shop.dispatch()


def test_a_line_and_its_customer_go_when_their_time_is_over_and_nothing_else_does(shop: Shop) -> None:
    shop.purchase()
    ended(shop, "X-1")
    ended(shop, "X-2", customer=BOB)
    shop.start("X-3", payment="unpaid", customer=BOB)
    shop.dispatch()
    shop.replan()
    before = {name: naming(shop, name) for name in ("X-1/1", "X-2/1", "X-3/1", "bob@example.com")}
    assert {"timeline", "promises", "requests", "message_items", "events", "demands"} <= set(before["X-1/1"])
    shop.services.reconciler.expire(LATER - timedelta(days=2))
    assert naming(shop, "X-1/1") == before["X-1/1"], "it is too early"
    shop.run("UPDATE backorders SET needs = true WHERE id = 'X-2/1'")
    shop.services.reconciler.expire(LATER)
    assert naming(shop, "X-1/1", "C-X-1", "ann@example.com", "'ann'", "customer/ann") == {}
    assert naming(shop, "X-2/1") == before["X-2/1"], "a person has to do something about it"
    shop.run("UPDATE backorders SET needs = false WHERE id = 'X-2/1'")
    shop.services.reconciler.expire(LATER)
    assert naming(shop, "X-2/1") == {}
    assert naming(shop, "X-3/1") == before["X-3/1"], "it is open"
    assert shop.services.contacts.read("bob").email == "bob@example.com"
    assert naming(shop, "PO-1")


def test_where_nothing_goes_any_more_stays_as_a_hash_whichever_line_led_there(shop: Shop) -> None:
    """An address of before goes with the line that was written about to it; the last with its customer."""
    first, second, last = "first@example.com", "second@example.com", "last@example.com"
    ended(shop, "X-1", customer=BOB | {"email": first})
    shop.dispatch("customer/bob")
    shop.now = at(1)
    shop.services.contacts.change("bob", {"email": second}, shop.now, by="Eva")
    ended(shop, "X-2", customer=BOB | {"email": second})
    shop.dispatch("customer/bob")
    shop.services.contacts.change("bob", {"email": last}, shop.now, by="Eva")
    now = datetime.now(UTC)
    with writing(shop.services.engine) as connection:
        bounces = [
            SuppressionEntry(channel="email", address=email, cause=Cause.HARD_BOUNCE, at=now, by="sendgrid")
            for email in (first, second, last)
        ]
        suppressions.suppress(connection, bounces)
    shop.services.reconciler.expire(LATER)
    assert shop.rows("SELECT id FROM backorders") == [{"id": "X-2/1"}]
    assert naming(shop, first) == {}
    assert set(naming(shop, second)) >= {"suppressions", "sends"}
    shop.services.reconciler.expire(LATER + timedelta(days=2))
    assert naming(shop, "X-2/1", "'bob'", second, last) == {}
    with reading(shop.services.engine) as connection:
        assert len(suppressions.listed(connection, [("email", each) for each in (first, second, last)])) == 3


def test_sales_go_when_nobody_has_said_them_again_for_so_long(shop: Shop) -> None:
    old, again, undated = (Sale(sku="RUG", day=day(-n), quantity=n, order="X-1") for n in (3, 2, 1))
    shop.services.sales.keep([old, again, undated], at(0))
    shop.services.sales.keep([again], at(1000))
    shop.run("UPDATE sales SET imported_at = NULL WHERE quantity = 1")
    shop.services.reconciler.expire(LATER - timedelta(days=2))
    assert naming(shop, "X-1") == {"sales": 3}
    shop.services.reconciler.expire(LATER)
    assert shop.rows("SELECT quantity FROM sales ORDER BY quantity") == [{"quantity": 1}, {"quantity": 2}]
    shop.services.reconciler.expire(LATER + timedelta(days=6 * 366))
    assert naming(shop, "X-1") == {}


def test_what_was_asked_of_many_lines_is_known_as_long_as_they_are_kept(shop: Shop) -> None:
    with writing(shop.services.engine) as connection:
        row = {"id": "B-1", "content_hash": "0" * 64, "asked_at": at(0), "done_at": at(0)}
        connection.execute(insert(bulk_requests), row)
    shop.services.reconciler.expire(LATER - timedelta(days=2))
    assert naming(shop, "B-1") == {"bulk_requests": 1}
    shop.services.reconciler.expire(LATER)
    assert naming(shop, "B-1") == {}
    with writing(shop.services.engine) as connection:
        connection.execute(insert(bulk_requests), row)
    short = Retention(shop.services.engine, "90d")
    short.delete_old(at(364))
    assert naming(shop, "B-1") == {"bulk_requests": 1}, "a year at least"
    short.delete_old(at(366))
    assert naming(shop, "B-1") == {}


def test_what_is_not_over_cannot_be_deleted(shop: Shop) -> None:
    shop.start()
    shop.dispatch()
    for table in ("timeline", "promises"):
        with pytest.raises(DBAPIError, match="append-only"):
            shop.run(f"DELETE FROM {table}")
        with pytest.raises(DBAPIError, match="append-only"):
            shop.run(f"UPDATE {table} SET hash = ''")
    shop.run("INSERT INTO expired_lines (backorder) VALUES ('O-9/1')")
    with pytest.raises(DBAPIError, match="append-only"):
        shop.run("DELETE FROM timeline")


def test_one_line_that_cannot_be_deleted_stops_no_other(shop: Shop) -> None:
    ended(shop, "X-1")
    shop.now = at(1)
    ended(shop, "X-2", customer=BOB)
    shop.run("INSERT INTO expired_lines (backorder) VALUES ('X-1/1')")  # its key is taken
    shop.services.reconciler.expire(LATER + timedelta(days=2))
    assert naming(shop, "X-2/1") == {}
    assert shop.rows("SELECT id FROM backorders") == [{"id": "X-1/1"}]


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda at: at.year > 2000), st.integers(1, 99))
def test_years_are_whole_years(now: datetime, years: int) -> None:
    before = kept_since(f"{years}y", now)
    assert now.year - before.year == years
    assert (now.month, now.day) in ((before.month, before.day), (2, 29))
    assert kept_since("90d", now) == now - timedelta(days=90)


@pytest.mark.parametrize("wrong", ["six years", "6", "-6y", "", "6y1d", "100y"])
def test_a_length_that_is_none_is_refused_in_words(wrong: str) -> None:
    with pytest.raises(ValueError, match="write years like 6y"):
        kept_since(wrong, LATER)
