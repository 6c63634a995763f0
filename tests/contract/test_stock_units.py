"""Units that come, are freed, shipped, found or vanish, and who gets them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from backorder.domain.line.events import PaymentChanged
from backorder.domain.line.money_facts import PaymentState
from backorder.domain.line.state import Status
from backorder.errors import ConflictError, RefusedError
from backorder.ports import Notify
from backorder.queries.case_view import case
from backorder.queries.views import CaseView
from backorder.services.record_request import NewRequest
from tests.support.days import at, day
from tests.support.shop import Shop
from tests.support.supply import expected

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
    shop.now = at(0, 12)
    shop.dispatch()  # an offer waits for what is promised first
    shop.now = at(6, 12)
    shop.review("O-1")
    shop.dispatch()
    assert shop.take_alternative("O-1", "DESK").outcomes[0].verdict == "accepted"


def test_an_alternative_that_is_taken_is_set_aside_at_once(shop: Shop) -> None:
    reserve_alternative(shop)
    assert shop.stock("DESK") == (2, 2)
    assert shop.state().quantity.substituted == 2


# --- units that nobody pays for


def test_units_that_nobody_pays_for_go_to_the_next_in_the_queue(shop: Shop) -> None:
    """The first keeps its place: once it is paid for, it comes before those who ordered later."""
    shop.purchase()
    for number in (1, 2, 3):
        shop.start(
            f"O-{number}", ordered_at=at(number - 9), payment="authorized" if number == 1 else "captured"
        )
    _pay(shop, "P-1", "unpaid")
    shop.receive(1)
    shop.review("O-1")
    assert (shop.allocated("O-1", "O-2", "O-3"), shop.state().needs) == ([1, 0, 0], ("payment_missing",))
    shop.now = at(4, 9, 59)
    shop.review("O-1")
    assert shop.allocated("O-1", "O-2", "O-3") == [1, 0, 0]
    shop.dispatch()  # nothing is given away from who was not asked
    found = case(shop.services.database, "O-1/1", shop.now)
    assert isinstance(found, CaseView)
    assert found.next[0].what == "units_passed_on", "they were asked, so the units go on"
    shop.now += timedelta(minutes=1)
    _, after = shop.review("O-1")
    assert after.skus == ("LAMP",)
    assert shop.allocated("O-1", "O-2", "O-3") == [0, 1, 0]
    shop.receive(1, id="R-2")
    assert shop.allocated("O-1", "O-2", "O-3") == [0, 1, 1], "it is passed over until it is paid for"
    _pay(shop, "P-2", "authorized")
    shop.receive(1, id="R-3")
    assert shop.allocated("O-1", "O-2", "O-3") == [1, 1, 1]
    shop.review("O-1")
    assert (shop.state().needs, shop.state().passed_over) == ((), False)
    assert shop.stock() == (3, 3)


def _pay(shop: Shop, id: str, state: PaymentState) -> None:
    until = shop.now + timedelta(days=30) if state == "authorized" else None
    event = PaymentChanged(at=shop.now, day=shop.now.date(), state=state, expires_at=until, as_of=shop.now)
    shop.ask("O-1", NewRequest(id=id, kind="payment", event=event, given={"state": state}))
    shop.review("O-1", id)
