"""Purchase orders: what is on its way, said again, changed and cancelled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from backorder.errors import RefusedError, WouldDropError
from backorder.queries import catalogue
from backorder.schemas import Supplier, parse
from backorder.storage.engine import reading
from tests.support.days import at, day
from tests.support.shop import Shop
from tests.support.supply import expected


def test_every_fault_of_a_purchase_order_is_named(shop: Shop) -> None:
    with pytest.raises(RefusedError) as refusal:
        shop.purchase("PO-1", {"sku": "SOFA"}, {}, {"sku": "BED"}, supplier="nobody")
    assert refusal.value.faults == (
        'supplier: "nobody" is unknown',
        'lines.0.sku: "SOFA" is no known product',
        'lines.2.sku: "BED" is no known product',
    )
    assert shop.rows("SELECT * FROM purchase_orders") == []


def test_a_purchase_order_put_again_replaces_its_lines(shop: Shop) -> None:
    shop.purchase("PO-1", {"stated_date": day(20)}, {"quantity": 4})
    shop.purchase("PO-1", {"quantity": 7, "stated_date": day(25)}, drop=True)
    assert expected(shop) == [(7, str(day(25)))]
    shop.purchase("PO-1", {"quantity": 7, "stated_date": day(25)}, {"quantity": 5, "stated_date": day(9)})
    assert expected(shop) == [(7, str(day(25))), (5, str(day(9)))]


def test_what_an_order_said_again_gives_up_is_named_with_whom_it_concerns(shop: Shop) -> None:
    shop.purchase("PO-1", {"stated_date": day(20)}, {"quantity": 4, "stated_date": day(30)})
    for number in range(1, 8):
        shop.start(f"O-{number}", 2, ordered_at=at(number - 9))
    shop.receive(3)
    before = shop.rows("SELECT * FROM purchase_order_lines"), expected(shop)
    with pytest.raises(WouldDropError) as refusal:
        shop.purchase("PO-1", {"quantity": 7, "stated_date": day(20)})
    assert refusal.value.faults == (
        "PO-1 line 1: 7 instead of 10 cancels 3 LAMP of 7 that are outstanding",
        "PO-1 line 2: is not named here, which cancels the 4 LAMP that are outstanding",
        "LAMP: 4 customers' lines lose their supply: O-4/1, O-5/1, O-6/1, O-7/1",
    )
    assert (shop.rows("SELECT * FROM purchase_order_lines"), expected(shop)) == before
    with pytest.raises(RefusedError, match="3 units were received already"):
        shop.purchase("PO-1", {"quantity": 2}, drop=True)
    shop.purchase("PO-1", {"quantity": 7, "stated_date": day(20)}, drop=True)
    assert expected(shop) == [(4, str(day(20)))]


def test_where_an_order_goes_and_what_another_supplier_stated_are_given_up_where_that_is_meant(
    shop: Shop,
) -> None:
    there = {"stated_date": day(20), "destination": "Hull"}
    shop.purchase("PO-1", there)
    with pytest.raises(WouldDropError, match='line 1: no destination is named here, which gives up "Hull"'):
        shop.purchase("PO-1", {"stated_date": day(20)})
    shop.purchase("PO-1", there | {"destination": "Leith"})
    shop.purchase("PO-1", {"stated_date": day(20), "destination": ""})
    assert [each["destination"] for each in shop.rows("SELECT destination FROM purchase_order_lines")] == [""]
    shop.services.supply.put_supplier(
        parse(Supplier, {"id": "birch", "name": "B", "lead_days": 40}), shop.now
    )
    words = f"line 1: birch instead of acme gives up what that stated of it: {day(20)}"
    with pytest.raises(WouldDropError, match=words):
        shop.purchase("PO-1", {}, supplier="birch")
    assert expected(shop) == [(10, str(day(20)))]
    shop.purchase("PO-1", {}, supplier="birch", drop=True)
    assert expected(shop) == [(10, None)]
    shop.purchase("PO-1", {"stated_date": day(20)}, supplier="birch")
    assert expected(shop) == [(10, str(day(20)))], "the word of the one of now"
    shop.purchase("PO-1", {"stated_date": day(20)}, supplier="acme")
    assert expected(shop) == [(10, str(day(20)))], "it is said anew, and nothing is given up"


def test_units_that_come_on_another_line_instead_are_lost_to_nobody(shop: Shop) -> None:
    shop.purchase("PO-1", {"stated_date": day(20)})
    shop.start("O-1", 10)
    with pytest.raises(WouldDropError, match="LAMP: 1 customer's line gets a later date: O-1/1"):
        shop.purchase("PO-1", {"line": "2", "stated_date": day(25)})
    with pytest.raises(WouldDropError, match="LAMP: no customer's line loses its supply"):
        shop.purchase("PO-1", {"line": "2", "stated_date": day(20)})


def test_what_comes_in_between_is_seen_by_who_says_an_order_with_less(shop: Shop) -> None:
    """Several say the order with one line less, another with one more: none drops what it did not ask for."""
    shop.purchase("PO-1", {})

    def put(number: int) -> bool:
        try:
            shop.purchase("PO-1", {}, *([{"quantity": 3}] if number % 2 else []))
        except WouldDropError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(8)))
    rows = shop.rows("SELECT cancelled_at FROM purchase_order_lines ORDER BY line")
    assert rows == [{"cancelled_at": None}] * 2


def test_a_purchase_order_put_again_unchanged_says_nothing_new(shop: Shop) -> None:
    shop.purchase()
    shop.receive(4)
    before = shop.rows("SELECT * FROM stated_dates, expected_receipts, purchase_order_lines")
    shop.purchase()
    assert shop.rows("SELECT * FROM stated_dates, expected_receipts, purchase_order_lines") == before


def test_a_purchase_order_put_with_more_units_expects_them_on_its_date(shop: Shop) -> None:
    shop.purchase()
    shop.purchase("PO-1", {"quantity": 15, "stated_date": day(20)})
    assert expected(shop) == [(15, str(day(20)))]


def test_a_raised_quantity_is_not_stated_and_comes_no_sooner(shop: Shop) -> None:
    """Ten are stated for a day far off; the usual lead time would have five more come sooner."""
    shop.purchase("PO-1", {"stated_date": day(60)})
    shop.start("O-1", 10)
    shop.start("O-2", 3, ordered_at=at(1))
    shop.now = at(30)
    shop.purchase("PO-1", {"quantity": 15})
    assert expected(shop) == [(10, str(day(60))), (5, None)]
    shop.replan()
    assert latest(shop, "O-1") == latest(shop, "O-2") == day(60)
    [_, added] = shop.rows("SELECT * FROM expected_receipts ORDER BY split")
    assert (str(added["ordered_on"]), str(added["likely"])) == (str(day(30)), str(day(60)))
    shop.receive(10)
    assert expected(shop) == [(5, None)]
    assert str(shop.rows("SELECT * FROM expected_receipts")[0]["likely"]) == str(day(44)), (
        "14 days from their own day"
    )


def test_units_added_to_what_the_supplier_cannot_say_have_no_date_either(shop: Shop) -> None:
    shop.purchase("PO-1", {})
    shop.state_dates((10, None))
    shop.now = at(5)
    shop.purchase("PO-1", {"quantity": 15})
    assert [row["likely"] for row in shop.rows("SELECT * FROM expected_receipts")] == [None, None]


def latest(shop: Shop, order: str) -> date:
    return date.fromisoformat(shop.demand(order)["arrivals"].rsplit('"', 4)[1])


def test_a_line_that_joins_an_old_order_counts_from_its_own_day(shop: Shop) -> None:
    shop.supplier(email="orders@acme.example")
    shop.purchase("PO-1", {})
    shop.receive(10)
    shop.now = at(60)
    shop.purchase("PO-1", {}, {"quantity": 3})
    [row] = shop.rows("SELECT * FROM expected_receipts")
    assert (str(row["ordered_on"]), str(row["likely"])) == (str(day(60)), str(day(74)))
    shop.services.purchasing.follow_up("PO-1", shop.now)
    assert shop.rows("SELECT * FROM messages") == [], "nobody is chased on the first day"
    assert not shop.services.supply_report(at(61)).late


def test_what_was_cancelled_and_is_ordered_again_counts_from_that_day(shop: Shop) -> None:
    shop.purchase()
    shop.receive(4)
    shop.services.supply.cancel_purchase_order("PO-1", "1", shop.now)
    shop.now = at(40)
    shop.purchase("PO-1", {})
    [row] = shop.rows("SELECT * FROM expected_receipts")
    assert (row["quantity"], row["stated"]) == (6, None)
    assert (str(row["ordered_on"]), str(row["likely"])) == (str(day(40)), str(day(54)))


def test_a_purchase_order_is_never_put_below_what_was_received(shop: Shop) -> None:
    shop.purchase()
    shop.receive(4)
    with pytest.raises(RefusedError, match=r"lines\.0\.quantity: 4 units were received already"):
        shop.purchase("PO-1", {"quantity": 3})


def test_a_line_of_a_purchase_order_keeps_its_product(shop: Shop) -> None:
    shop.product("DESK")
    shop.purchase()
    with pytest.raises(RefusedError, match="the line is for LAMP"):
        shop.purchase("PO-1", {"sku": "DESK"})


def test_stated_dates_are_revisions_and_none_is_lost(shop: Shop) -> None:
    shop.purchase()
    shop.state_dates((10, day(30)))
    shop.state_dates((4, day(30)), (6, None))
    said = shop.rows("SELECT * FROM stated_dates ORDER BY revision, split")
    assert [(row["revision"], row["quantity"], row["day"] and str(row["day"])) for row in said] == [
        (1, 10, str(day(20))),
        (2, 10, str(day(30))),
        (3, 4, str(day(30))),
        (3, 6, None),
    ]
    assert expected(shop) == [(4, str(day(30))), (6, None)]


def test_splits_add_up_to_what_is_outstanding(shop: Shop) -> None:
    shop.purchase()
    shop.receive(3)
    with pytest.raises(RefusedError, match="add up to 10, but 7 units are outstanding"):
        shop.state_dates((4, day(30)), (6, None))


def test_dates_stated_by_many_at_once_are_all_kept(shop: Shop) -> None:
    shop.purchase()
    days = [day(20 + number) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda stated: shop.state_dates((10, stated)), days))
    said = shop.rows("SELECT * FROM stated_dates ORDER BY revision")
    assert [row["revision"] for row in said] == list(range(1, 10))
    assert len(expected(shop)) == 1


def test_what_cannot_be_supplied_is_not_expected(shop: Shop) -> None:
    shop.purchase()
    shop.open()
    shop.receive(1)
    shop.replan()
    shop.open("O-2")
    shop.state_dates()
    assert expected(shop) == []
    shop.replan()
    assert (shop.demand("O-2")["arrivals"], shop.demand("O-2")["why"]) == ("[]", "no_supply")


def reasons(shop: Shop) -> list[str | None]:
    """Why each line of the purchase order was cancelled, as whoever looks at it reads."""
    with reading(shop.services.engine) as connection:
        return [each.cancel_reason for each in catalogue.purchase_order(connection, "PO-1", day(0)).lines]


def test_a_line_that_is_ordered_again_has_no_reason_any_more(shop: Shop) -> None:
    shop.purchase()
    shop.services.supply.cancel_purchase_order("PO-1", None, shop.now, reason="the mould broke")
    shop.purchase()
    assert reasons(shop) == [None]
    shop.supplier("other")
    shop.services.supply.replace_line("PO-1", "1", "other", "PO-2", shop.now)
    assert reasons(shop) == ["ordered from other instead, as PO-2"]


def test_a_cancelled_purchase_order_is_not_expected(shop: Shop) -> None:
    shop.purchase("PO-1", {}, {"sku": "LAMP"})
    after = shop.services.supply.cancel_purchase_order("PO-1", "1", shop.now, reason="the mould broke")
    assert after.skus == ("LAMP",)
    assert len(expected(shop)) == 1
    assert reasons(shop) == ["the mould broke", None]
    assert shop.services.supply.cancel_purchase_order("PO-1", None, shop.now)
    assert expected(shop) == []
    before = shop.rows("SELECT * FROM replans")
    assert not shop.services.supply.cancel_purchase_order("PO-1", None, shop.now), "there is nothing left"
    assert reasons(shop) == ["the mould broke", None]
    assert shop.rows("SELECT * FROM replans") == before
    with pytest.raises(RefusedError, match="no purchase order PO-9"):
        shop.services.supply.cancel_purchase_order("PO-9", None, shop.now)


def test_a_product_of_an_unknown_supplier_is_refused(shop: Shop) -> None:
    with pytest.raises(RefusedError, match='supplier: "nobody" is unknown'):
        shop.product("SOFA", supplier="nobody")


def test_suppliers_and_products_can_be_kept_by_many_at_once(shop: Shop) -> None:
    def keep(_: int) -> None:
        shop.supplier("new")
        shop.product("NEW", supplier="new")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(8)))
    assert shop.stock("NEW") == (0, 0)
