"""A date before the customer buys is the one that a line hears which is opened then."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from backorder.domain.availability import Availability
from backorder.errors import RefusedError
from backorder.services import availability
from backorder.services.availability import AvailabilityService, Available
from backorder.storage.engine import writing
from backorder.storage.tables import stock
from tests.support.days import at, day
from tests.support.policies import POLICY
from tests.support.query_plans import asked
from tests.support.shop import Shop

_numbers = count(1)


def ask(shop: Shop, *skus: str, quantity: int = 1) -> tuple[Available, ...]:
    return shop.services.availability.ask(skus or ("LAMP",), quantity, shop.now)


def version(shop: Shop, sku: str = "LAMP") -> int:
    return int(shop.rows("SELECT version FROM stock WHERE sku = :sku", sku=sku)[0]["version"])


def sells(shop: Shop, partial: str) -> None:
    """The standard policy from now on."""
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, f'partial = "{partial}"\n{POLICY}')


QUEUED = st.fixed_dictionaries(
    {
        "policy": st.sampled_from(("hold", "ship", "skip")),
        "quantity": st.integers(1, 5),
        "priority": st.integers(-1, 1),
        "hours": st.integers(-3, 3),
        "refused": st.booleans(),
    }
)
COMING = st.tuples(st.integers(1, 6), st.one_of(st.none(), st.integers(0, 40)))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    partial=st.sampled_from(("hold", "ship", "skip")),
    queue=st.lists(QUEUED, max_size=4),
    coming=st.lists(COMING, max_size=3),
    stocks=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    quantity=st.integers(1, 8),
    limit=st.one_of(st.none(), st.integers(0, 12)),
    without_date=st.booleans(),
    replanned=st.booleans(),
)
@example(  # it takes the last units and stands before those that were there first and take none
    partial="hold",
    queue=[{"policy": "skip", "quantity": 5, "priority": 0, "hours": -1, "refused": False}],
    coming=[(5, 10), (6, 20)],
    stocks=(2, 0),
    quantity=5,
    limit=None,
    without_date=True,
    replanned=False,
)
def test_it_is_what_a_line_hears_that_is_opened_then(
    shop: Shop,
    partial: str,
    queue: list[dict[str, Any]],
    coming: list[tuple[int, int | None]],
    stocks: tuple[int, int],
    quantity: int,
    limit: int | None,
    without_date: bool,
    replanned: bool,
) -> None:
    number = next(_numbers)
    sku, order = f"S-{number}", f"Z-{number}"  # of one instant the ID decides, and the newcomer stands last
    sells(shop, partial)
    shop.product(sku, backorder_limit=limit, sell_without_date=without_date)
    for part, (units, when) in enumerate(coming):
        name = f"P-{number}-{part}"
        shop.purchase(
            name, {"sku": sku, "quantity": units, "stated_date": None if when is None else day(when)}
        )
        if when is None:
            shop.state_dates((units, None), order=name)
    _adjust(shop, sku, stocks[0])
    for place, line in enumerate(queue):
        fields = {"priority": line["priority"], "policy": line["policy"]}
        ordered_at = shop.now + timedelta(hours=line["hours"])
        shop.open(f"Q-{number}-{place}", line["quantity"], sku=sku, ordered_at=ordered_at, **fields)
        if line["refused"]:
            shop.refuse_delivery(f"Q-{number}-{place}")
    _adjust(shop, sku, stocks[1])

    (said,) = ask(shop, sku, quantity=quantity)

    assert said.version == version(shop, sku)
    assert ask(shop, sku, quantity=quantity) == (said,)
    fresh = AvailabilityService(shop.services.engine, shop.services.policies)
    assert fresh.ask([sku], quantity, shop.now) == (said,)
    shop.open(order, quantity, sku=sku)
    assert version(shop, sku) > said.version
    if replanned:
        shop.replan(sku)
    shop.review(order)
    state, found = shop.state(order), said.quote
    assert state.needs == found.refusals
    assert (found.status is Availability.NOT_SOLD) is bool(found.refusals)
    if found.refusals:
        return
    assert state.pending is not None
    assert found.window == state.pending.window
    assert (found.status is Availability.IN_STOCK) is (state.quantity.allocated == quantity)
    assert (found.status is Availability.BACKORDER_NO_DATE) is (state.forecast is None)


def _adjust(shop: Shop, sku: str, units: int) -> None:
    if units:
        shop.adjust(units, f"A-{next(_numbers)}", sku)


def test_several_at_once_come_in_the_order_asked_and_unknown_ones_are_said_to_be(shop: Shop) -> None:
    shop.product("DESK")
    shop.adjust(3, sku="DESK")
    shop.purchase()
    found = ask(shop, "SOFA", "LAMP", "DESK", "LAMP", quantity=2)
    assert [(each.sku, each.quote.status.value, each.quote.free, each.version > 0) for each in found] == [
        ("SOFA", "unknown", 0, False),
        ("LAMP", "backorder", 0, True),
        ("DESK", "in_stock", 2, True),
        ("LAMP", "backorder", 0, True),
    ]
    assert ask(shop, "SOFA") == ask(shop, "SOFA")[:1]


def test_some_now_and_the_rest_later_are_named_as_parts_where_the_policy_ships_them(shop: Shop) -> None:
    sells(shop, "ship")
    shop.adjust(2)
    shop.purchase("PO-1", {"quantity": 2, "stated_date": day(10)})
    ((parts), nothing) = (ask(shop, quantity=3)[0].quote, ask(shop, quantity=9)[0].quote)
    assert parts.window is not None
    assert [each.quantity for each in parts.window.parts] == [2, 1]
    assert (parts.window.by, parts.free) == (parts.window.parts[1].by, 2)
    assert parts.deliver_by == parts.window.by + timedelta(days=3) if parts.window.by else None
    assert nothing.status is Availability.BACKORDER_NO_DATE
    assert nothing.window is not None
    assert [(each.quantity, each.by is None) for each in nothing.window.parts] == [
        (2, False),
        (2, False),
        (5, True),
    ]


def test_a_day_later_the_same_version_says_later_days(shop: Shop) -> None:
    shop.adjust(1)
    (today,) = ask(shop)
    shop.now = at(1)
    (tomorrow,) = ask(shop)
    assert tomorrow.version == today.version
    assert today.quote.window is not None
    assert tomorrow.quote.window is not None
    assert (today.quote.window.by, tomorrow.quote.window.by) == (day(1), day(2))


def test_a_line_that_is_dated_ahead_stands_behind_until_its_instant(shop: Shop) -> None:
    shop.purchase("PO-1", {"quantity": 3, "stated_date": day(9)}, {"quantity": 3, "stated_date": day(30)})
    shop.open("O-1", 3, ordered_at=at(0.5))
    before = ask(shop)[0]
    shop.now = at(0.5)
    after = ask(shop)[0]
    assert before.version == after.version
    assert before.quote.window is not None
    assert after.quote.window is not None
    assert (before.quote.window.by, after.quote.window.by) == (day(10), day(31))


def test_without_a_policy_for_new_lines_nothing_can_be_said(shop: Shop) -> None:
    shop.run("DELETE FROM current_policies WHERE name = 'standard'")
    with pytest.raises(RefusedError, match='there is no policy "standard"'):
        ask(shop)


def test_every_change_of_queue_stock_or_supply_raises_the_version(shop: Shop) -> None:
    """Whatever writes it: what is known of a SKU by its version stays true."""
    shop.product("DESK")
    last = version(shop)

    def raised() -> bool:
        nonlocal last
        before, last = last, version(shop)
        return last > before

    shop.purchase("PO-1", {"quantity": 5, "stated_date": day(20)})
    assert raised(), "ordered"
    shop.state_dates((5, day(25)))
    assert raised(), "another date"
    shop.open("O-1", 2)
    assert raised(), "a new line"
    shop.open("O-2", 2)
    assert raised(), "another"
    shop.services.moving.prioritise("O-2/1", 5, by="amy", reason="asked", at=shop.now)
    assert raised(), "its priority"
    shop.replan()
    shop.review("O-1")
    shop.review("O-2")
    assert not raised(), "what each line is pegged to follows from all that"
    shop.receive(3)
    assert raised(), "a receipt"
    shop.ship("O-2", 2)
    assert raised(), "a shipment"
    shop.cancel("O-1", 1)
    assert raised(), "a cancellation"
    shop.count(7)
    assert raised(), "a count"
    shop.now = at(1)
    shop.adjust(1)
    assert raised(), "an adjustment"
    shop.run("UPDATE expected_receipts SET likely = :day, by = :day", day=str(day(30)))
    assert raised(), "another forecast"
    shop.services.supply.cancel_purchase_order("PO-1", None, shop.now)
    assert raised(), "nothing on order"
    shop.run("DELETE FROM demands WHERE backorder = 'O-1/1'")
    assert raised(), "a line that is gone"
    shop.product("LAMP", name="A lamp")
    shop.adjust(1, "A-2", "DESK")
    assert not raised(), "another product"


def test_an_answer_costs_one_read_by_key_and_takes_no_lock(shop: Shop) -> None:
    shop.purchase()
    shop.open()
    (first,) = ask(shop)
    with asked(shop.services.engine) as statements:
        assert ask(shop) == (first,)
    ((statement, _),) = statements
    assert "FOR " not in statement
    with ThreadPoolExecutor(1) as pool, shop.services.engine.begin() as held:
        held.execute(select(stock).where(stock.c.sku == "LAMP").with_for_update())
        # One that does not come back while others write would time out.
        assert pool.submit(ask, shop).result(timeout=20) == (first,)


def test_who_asks_at_the_same_time_shares_what_is_read(shop: Shop) -> None:
    shop.purchase()
    many = 8
    barrier = threading.Barrier(many)

    def at_once() -> tuple[Available, ...]:
        barrier.wait()
        return ask(shop)

    with asked(shop.services.engine) as statements, ThreadPoolExecutor(many) as pool:
        answers = [each.result() for each in [pool.submit(at_once) for _ in range(many)]]
    assert len(set(answers)) == 1
    assert sum("FROM expected_receipts" in statement for statement, _ in statements) == 1


def test_it_is_equal_at_each_version_also_while_others_open_lines_and_order(shop: Shop) -> None:
    """Each thread asks, then opens; what was asked at the version at which the line came in has to agree."""
    shop.purchase("PO-0", *({"quantity": 7, "stated_date": day(10 * number)} for number in range(1, 9)))
    _note_versions(shop)
    instants = count(1)
    said: dict[str, Available] = {}

    def customer(name: str) -> None:
        for number in range(10):
            when = shop.now + timedelta(milliseconds=next(instants))
            quantity = number % 3 + 1
            line = shop.line(f"{name}-{number}", quantity, ordered_at=when)
            (said[f"{name}-{number}"],) = shop.services.availability.ask(["LAMP"], quantity, when)
            shop.services.intake.open(line, when)

    def buyer() -> None:
        for number in range(1, 6):
            shop.purchase(f"PO-{number}", {"quantity": 2, "stated_date": day(11 * number)})

    with ThreadPoolExecutor(4) as pool:
        for done in [*(pool.submit(customer, name) for name in ("a", "b", "c")), pool.submit(buyer)]:
            done.result()
    customer("z")  # nobody comes in between any more
    opened = {row["backorder"]: row["version"] for row in shop.rows("SELECT * FROM versions")}
    agreed = [order for order, each in said.items() if opened[f"{order}/1"] == each.version]
    shop.now += timedelta(minutes=1)
    for order in agreed:
        shop.review(order)
        pending = shop.state(order).pending
        assert pending is not None
        assert said[order].quote.window == pending.window, order
    assert len(agreed) >= 10


def _note_versions(shop: Shop) -> None:
    """From now on the database keeps the version at which each line came in."""
    shop.run("CREATE TABLE versions (backorder TEXT PRIMARY KEY, version BIGINT)")
    note = "INSERT INTO versions SELECT NEW.backorder, version FROM stock WHERE sku = NEW.sku;"
    if shop.services.engine.dialect.name == "sqlite":
        shop.run(f"CREATE TRIGGER noted BEFORE INSERT ON demands BEGIN {note} END")
        return
    shop.run(
        f"CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {note} RETURN NEW; END $$"
    )
    shop.run("CREATE TRIGGER noted BEFORE INSERT ON demands FOR EACH ROW EXECUTE FUNCTION noted()")


def test_more_products_than_are_remembered_are_answered_all_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "KEPT", 2)
    skus = [f"S-{number}" for number in range(5)]
    for sku in skus:
        shop.product(sku)
    for _ in range(2):
        found = shop.services.availability.ask(skus, 1, shop.now)
        assert [each.sku for each in found] == skus
        assert all(each.version for each in found)
    assert len(shop.services.availability._known) == 2
