"""Facts of supply: what is expected, what arrives, what vanishes, and who gets it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from backorder.domain.line.state import Status
from backorder.errors import ConflictError, RefusedError, WouldDropError
from backorder.ports import Notify
from tests.support.days import at, day
from tests.support.shop import Shop


def expected(shop: Shop) -> list[tuple[int, str | None]]:
    """What is on its way: units and the stated day."""
    rows = shop.rows("SELECT * FROM incoming ORDER BY purchase_order, line, split")
    return [(row["quantity"], row["stated"] and str(row["stated"])) for row in rows]


# --- receipts


def test_units_go_to_those_who_ordered_first(shop: Shop) -> None:
    shop.purchase()
    for number in (3, 1, 2):
        shop.open(f"O-{number}", 2, ordered_at=at(number - 9))
    after = shop.receive(5)
    assert shop.allocated("O-1", "O-2", "O-3") == [2, 2, 1]
    assert (after.backorders, after.skus) == ((), ("LAMP",))
    assert shop.unnotified() == ["O-1/1", "O-2/1", "O-3/1"]
    assert shop.stock() == (5, 5)


def test_units_go_to_the_higher_priority_first(shop: Shop) -> None:
    shop.purchase()
    shop.open("O-1", 2, ordered_at=at(-9))
    shop.open("O-2", 2, ordered_at=at(-1), priority=7)
    shop.receive(3)
    assert shop.allocated("O-1", "O-2") == [1, 2]


@pytest.mark.parametrize(
    ("partial", "first", "then"),
    [("hold", [2, 0], [3, 1]), ("ship", [2, 0], [3, 1]), ("skip", [0, 1], [3, 1])],
)
def test_a_partial_arrival_is_treated_as_the_policy_says(
    shop: Shop, partial: str, first: list[int], then: list[int]
) -> None:
    shop.purchase()
    shop.open("O-1", 3, ordered_at=at(-2), policy=partial)
    shop.open("O-2", 1, ordered_at=at(-1), policy=partial)
    shop.receive(2)
    assert shop.allocated("O-1", "O-2") == first
    shop.receive(2, "R-2")
    assert shop.allocated("O-1", "O-2") == then


def test_a_held_part_stays_at_the_head_of_the_queue(shop: Shop) -> None:
    shop.purchase()
    shop.open("O-1", 3, policy="hold")
    shop.receive(1)
    shop.open("O-2", 1, ordered_at=at(-5), priority=9)
    shop.receive(1, "R-2")
    assert shop.allocated("O-1", "O-2") == [2, 0]


def test_the_same_receipt_again_is_harmless(shop: Shop) -> None:
    shop.purchase()
    shop.open(quantity=9)
    shop.receive(2)
    before = shop.rows("SELECT * FROM stock, demands, purchase_order_lines, receipts")
    assert not shop.receive(2)
    assert shop.rows("SELECT * FROM stock, demands, purchase_order_lines, receipts") == before


def test_the_same_receipt_with_other_content_is_a_conflict(shop: Shop) -> None:
    shop.purchase()
    shop.receive(2)
    with pytest.raises(ConflictError, match=r"R-1 was booked before, .*: quantity is 2, not 3"):
        shop.receive(3)
    assert shop.stock() == (2, 0)


def test_a_receipt_booked_by_many_at_once_is_booked_once(shop: Shop) -> None:
    shop.purchase()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: shop.receive(3), range(8)))
    assert shop.stock() == (3, 0)


def test_a_receipt_for_an_unknown_line_is_refused(shop: Shop) -> None:
    shop.purchase()
    with pytest.raises(RefusedError, match="PO-1 has no line 7"):
        shop.receive(1, line="7")
    with pytest.raises(RefusedError, match="PO-7 has no line 1"):
        shop.receive(1, order="PO-7")


def test_more_than_was_ordered_is_accepted(shop: Shop) -> None:
    shop.purchase()
    shop.open(quantity=12)
    shop.receive(12)
    assert shop.allocated("O-1") == [12]
    line = shop.rows("SELECT * FROM purchase_order_lines")[0]
    assert (line["quantity"], line["received"]) == (10, 12)
    assert expected(shop) == []


def test_what_arrived_is_not_expected_any_more(shop: Shop) -> None:
    shop.purchase()
    shop.state_dates((4, day(10)), (6, day(30)))
    shop.receive(5)
    assert expected(shop) == [(5, str(day(30)))]


# --- freed and shipped units


def test_cancelled_units_go_to_the_head_of_the_queue_at_once(shop: Shop) -> None:
    shop.purchase()
    for number in (1, 2, 3):
        shop.start(f"O-{number}", 2, ordered_at=at(number - 9))
    shop.receive(2)
    shop.replan()
    shop.review("O-1")
    shop.ask("O-1", shop.cancellation())
    after = shop.review("O-1", "C-1")[1]
    assert shop.allocated("O-1", "O-2", "O-3") == [0, 2, 0]
    assert shop.stock() == (2, 2)
    assert (after.backorders, after.skus) == ((), ("LAMP",))
    assert "O-2/1" in shop.unnotified()
    shop.replan()
    assert shop.demand("O-3")["position"] == 1


def test_a_part_is_cancelled_from_what_still_waits_first(shop: Shop) -> None:
    shop.purchase()
    shop.start("O-1", 5)
    shop.start("O-2", 1)
    shop.receive(2)
    shop.review("O-1")
    shop.cancel("O-1", 3)
    assert shop.allocated("O-1", "O-2") == [2, 0]
    shop.cancel("O-1", 1, "C-2")
    assert shop.allocated("O-1", "O-2") == [1, 1]
    assert shop.state("O-1").quantity.cancelled == 4


def test_those_behind_move_up_when_a_waiting_line_is_cancelled(shop: Shop) -> None:
    shop.start("O-1")
    shop.start("O-2", ordered_at=at(1))
    shop.ask("O-1", shop.cancellation())
    assert shop.review("O-1", "C-1")[1].skus == ("LAMP",)
    shop.replan()
    assert shop.demand("O-2")["position"] == 1


def test_shipped_units_leave_the_shelf(shop: Shop) -> None:
    shop.adjust(3)
    shop.start(quantity=3)
    shop.ship(quantity=2)
    assert shop.stock() == (1, 1)
    assert shop.ship(quantity=1, id="S-2").status == "closing" or shop.state().status is Status.FULFILLED
    assert shop.stock() == (0, 0)


def test_a_shipment_of_more_than_allocated_takes_free_units(shop: Shop) -> None:
    shop.start("O-1", 4, policy="skip")
    shop.adjust(3)
    assert shop.stock() == (3, 0)
    shop.ship("O-1", 2)
    assert shop.stock() == (1, 0)
    assert shop.state().quantity.shipped == 2
    assert shop.marked() == ["LAMP"]


def test_units_that_never_were_on_the_shelf_ship_from_outside(shop: Shop) -> None:
    shop.adjust(1)
    shop.start(quantity=3)
    shop.ship(quantity=3)
    assert shop.stock() == (0, 0)
    assert shop.state().quantity.shipped == 3


def test_the_same_shipment_again_is_harmless(shop: Shop) -> None:
    shop.adjust(3)
    shop.start(quantity=3)
    shop.ship(quantity=1)
    answer = shop.review("O-1", "shipment-S-1")[0]
    assert [outcome.verdict for outcome in answer.outcomes] == ["accepted"]
    assert shop.stock() == (2, 2)


# --- adjustments


def test_units_that_vanish_are_taken_back_from_the_queues_tail(shop: Shop) -> None:
    shop.adjust(6)
    for number in (1, 2, 3):
        shop.start(f"O-{number}", 2, ordered_at=at(number - 9))
    after = shop.adjust(-3, "A-2")
    assert shop.allocated("O-1", "O-2", "O-3") == [2, 1, 0]
    assert (after.skus, after.backorders) == (("LAMP",), ())  # they look once they are pegged anew
    assert shop.unnotified() == ["O-2/1", "O-3/1"]
    assert shop.stock() == (3, 3)


def test_those_who_lost_units_have_the_first_claim_on_the_next_receipt(shop: Shop) -> None:
    shop.purchase()
    shop.adjust(2)
    shop.start("O-1", 2, policy="ship", ordered_at=at(-5))
    shop.adjust(-1, "A-2")
    shop.start("O-2", 2, policy="ship", ordered_at=at(-9), priority=9)
    shop.receive(1)
    assert shop.allocated("O-1", "O-2") == [2, 0]


def test_a_stock_below_zero_is_refused(shop: Shop) -> None:
    shop.adjust(2)
    with pytest.raises(RefusedError, match="only 2 units are on hand"):
        shop.adjust(-3, "A-2")
    assert shop.stock() == (2, 0)


def test_units_found_go_to_the_head_of_the_queue(shop: Shop) -> None:
    shop.open("O-1", 2)
    assert shop.adjust(1) == Notify(skus=("LAMP",))
    assert shop.allocated("O-1") == [1]


def test_the_same_adjustment_again_is_harmless(shop: Shop) -> None:
    shop.adjust(2)
    assert not shop.adjust(2)
    with pytest.raises(ConflictError, match=r"A-1 was booked before, .*: quantity is 2, not 3"):
        shop.adjust(3)
    assert shop.stock() == (2, 0)


def test_an_adjustment_of_an_unknown_product_is_refused(shop: Shop) -> None:
    with pytest.raises(RefusedError, match='"SOFA" is no known product'):
        shop.adjust(1, sku="SOFA")


def test_reserved_alternatives_go_last_when_units_vanish(shop: Shop) -> None:
    reserve_alternative(shop)
    shop.adjust(3, "A-3", sku="DESK")
    shop.start("O-2", 3, sku="DESK")
    assert shop.stock("DESK") == (5, 5)
    shop.adjust(-4, "A-4", sku="DESK")
    assert shop.allocated("O-2") == [0]
    assert [row["quantity"] for row in shop.rows("SELECT * FROM reservations")] == [1]
    assert shop.stock("DESK") == (1, 1)
    [task] = shop.rows("SELECT kind, subject FROM tasks")
    assert (task["kind"], task["subject"]) == ("reserved_units_lost", "O-1/1")


def reserve_alternative(shop: Shop) -> None:
    """A line whose customer takes two desks of two."""
    policy = 'name = "swap"\n[[stages]]\nid = "swap"\nwhen = { waited = "5d" }\ndo = "offer_alternatives"'
    with shop.services.engine.begin() as connection:
        shop.services.policies.load(connection, policy)
    shop.product("DESK", price="9.00")
    shop.adjust(2, "A-2", sku="DESK")
    shop.product("LAMP", alternatives=["DESK"])
    shop.start("O-1", 2, policy="swap")
    shop.now = at(6, 12)
    shop.review("O-1")
    shop.dispatch()
    assert shop.take_alternative("O-1", "DESK").outcomes[0].verdict == "accepted"


def test_an_alternative_that_is_taken_is_set_aside_at_once(shop: Shop) -> None:
    reserve_alternative(shop)
    assert shop.stock("DESK") == (2, 2)
    assert shop.state().quantity.substituted == 2


# --- purchase orders and stated dates


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
    before = shop.rows("SELECT * FROM stated_dates, incoming, purchase_order_lines")
    shop.purchase()
    assert shop.rows("SELECT * FROM stated_dates, incoming, purchase_order_lines") == before


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
    [_, added] = shop.rows("SELECT * FROM incoming ORDER BY split")
    assert (str(added["ordered_on"]), str(added["likely"])) == (str(day(30)), str(day(60)))
    shop.receive(10)
    assert expected(shop) == [(5, None)]
    assert str(shop.rows("SELECT * FROM incoming")[0]["likely"]) == str(day(44)), "14 days from their own day"


def test_units_added_to_what_the_supplier_cannot_say_have_no_date_either(shop: Shop) -> None:
    shop.purchase("PO-1", {})
    shop.state_dates((10, None))
    shop.now = at(5)
    shop.purchase("PO-1", {"quantity": 15})
    assert [row["likely"] for row in shop.rows("SELECT * FROM incoming")] == [None, None]


def latest(shop: Shop, order: str) -> date:
    return date.fromisoformat(shop.demand(order)["arrivals"].rsplit('"', 4)[1])


def test_a_line_that_joins_an_old_order_counts_from_its_own_day(shop: Shop) -> None:
    shop.supplier(email="orders@acme.example")
    shop.purchase("PO-1", {})
    shop.receive(10)
    shop.now = at(60)
    shop.purchase("PO-1", {}, {"quantity": 3})
    [row] = shop.rows("SELECT * FROM incoming")
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
    [row] = shop.rows("SELECT * FROM incoming")
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


def test_a_cancelled_purchase_order_is_not_expected(shop: Shop) -> None:
    shop.purchase("PO-1", {}, {"sku": "LAMP"})
    after = shop.services.supply.cancel_purchase_order("PO-1", "1", shop.now)
    assert after.skus == ("LAMP",)
    assert len(expected(shop)) == 1
    assert shop.services.supply.cancel_purchase_order("PO-1", None, shop.now)
    assert expected(shop) == []
    before = shop.rows("SELECT * FROM replans")
    assert not shop.services.supply.cancel_purchase_order("PO-1", None, shop.now), "there is nothing left"
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


# --- pegging anew


def arrivals(shop: Shop, order: str) -> Any:
    """The days on which a line's units arrive, as it saw them last."""
    return [each.by for each in shop.state(order).arrivals]


def test_only_lines_whose_supply_changed_look_again(shop: Shop) -> None:
    shop.purchase("PO-1", {"quantity": 2, "stated_date": day(10)}, {"quantity": 9, "stated_date": day(20)})
    for number in (1, 2, 3):
        shop.start(f"O-{number}", ordered_at=at(number - 9))
    shop.replan()
    for number in (1, 2, 3):
        shop.review(f"O-{number}")
    before = {row["backorder"]: row["supply_version"] for row in shop.rows("SELECT * FROM demands")}
    shop.state_dates((9, day(33)), line="2")
    assert shop.replan() == (3, 1)
    after = {row["backorder"]: row["supply_version"] for row in shop.rows("SELECT * FROM demands")}
    assert [id for id in after if after[id] != before[id]] == ["O-3/1"]
    assert shop.unnotified() == ["O-3/1"]
    shop.review("O-3")
    assert shop.unnotified() == []


def test_a_sku_stays_marked_until_it_was_pegged(shop: Shop) -> None:
    shop.purchase()
    shop.open()
    shop.state_dates((10, day(30)))
    assert shop.marked() == ["LAMP"]
    assert shop.services.reconciler.orphaned(at(1)).after.skus == ("LAMP",)
    assert shop.replan()[0] == 1
    assert shop.marked() == []
    assert shop.replan() == (0, 0)


def test_pages_of_lines_to_wake_come_in_order_and_end(shop: Shop) -> None:
    for number in range(5):
        shop.open(f"O-{number}")
    planner = shop.services.planner
    first = planner.unnotified("LAMP", after="", limit=3)
    second = planner.unnotified("LAMP", after=first[-1][0], limit=3)
    assert first + second == [(f"O-{number}/1", 1) for number in range(5)]


def test_who_was_called_is_called_again_only_when_something_changes(shop: Shop) -> None:
    shop.purchase("PO-1", {"stated_date": day(20)})
    shop.start("O-1")
    shop.start("O-2")
    shop.state_dates((10, day(30)))
    assert shop.services.planner.replan("LAMP", shop.now).unnotified
    shop.services.planner.notified("LAMP", shop.services.planner.unnotified("LAMP", after="", limit=9))
    assert shop.unnotified() == []
    assert shop.services.reconciler.orphaned(at(1)).after.backorders == ()
    assert not shop.services.planner.replan("LAMP", shop.now).unnotified
    shop.state_dates((10, day(40)))
    shop.replan()
    assert shop.unnotified() == ["O-1/1", "O-2/1"]


def test_a_replanning_whose_answer_was_lost_finds_whom_it_did_not_call(shop: Shop) -> None:
    shop.purchase("PO-1", {"stated_date": day(20)})
    shop.start("O-1")
    shop.state_dates((10, day(30)))
    shop.replan()
    again = shop.services.planner.replan("LAMP", shop.now)
    assert (again.changed, again.unnotified) == (0, True)


def test_who_is_called_while_the_supply_changes_once_more_is_called_again(shop: Shop) -> None:
    shop.purchase("PO-1", {"stated_date": day(20)})
    shop.start("O-1")
    shop.state_dates((10, day(30)))
    shop.replan()
    page = shop.services.planner.unnotified("LAMP", after="", limit=9)
    shop.state_dates((10, day(40)))
    shop.replan()
    shop.services.planner.notified("LAMP", page)
    assert shop.unnotified() == ["O-1/1"]


def test_a_line_without_supply_has_no_date(shop: Shop) -> None:
    shop.start()
    assert arrivals(shop, "O-1") == []
    assert shop.state().supply_why == "no_supply"
    shop.purchase("PO-1", {"stated_date": day(20)})
    shop.state_dates((10, None))
    shop.replan()
    shop.review()
    assert shop.state().supply_why == "supplier_unsure"


def test_a_day_is_a_day(shop: Shop) -> None:
    shop.purchase()
    [row] = shop.rows("SELECT * FROM incoming")
    assert date.fromisoformat(str(row["stated"])) == day(20)
