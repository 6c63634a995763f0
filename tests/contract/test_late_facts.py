"""Facts that come late, on a database: what left is written off, whoever holds it by now."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from itertools import permutations

import pytest

from backorder.domain.line.events import CancelRequested, PaymentChanged, RefundSent, Shipped
from backorder.domain.line.ledger import owed, sent
from backorder.domain.line.next_review import next_review
from backorder.domain.line.state import Status
from backorder.ports import Reviewed
from backorder.services.decide_event import decide_event
from backorder.services.record_request import NewRequest
from backorder.storage.codec import dump_state, load_state
from tests.support.days import at, day
from tests.support.shop import Shop


def told(shop: Shop, kind: str, event: CancelRequested | Shipped | PaymentChanged | RefundSent) -> Reviewed:
    """Tell O-1 a fact, as the typed client does."""
    id = f"{kind}-{shop.rows('SELECT count(*) AS n FROM requests')[0]['n']}"
    shop.ask("O-1", NewRequest(id=id, kind=kind, event=event, given={}))
    return shop.review("O-1", id)[0]


def cancels(shop: Shop, units: int | None, came: datetime) -> Reviewed:
    event = CancelRequested(
        at=shop.now,
        day=shop.now.date(),
        request=f"at {came}",
        quantity=units,
        reason="one is enough",
        by="customer",
        received_at=came,
    )
    return told(shop, "cancel", event)


def ships(shop: Shop, units: int, left: datetime) -> Reviewed:
    event = Shipped(at=shop.now, day=shop.now.date(), shipment="S", quantity=units, shipped_at=left)
    return told(shop, "ship", event)


def stocked(shop: Shop, units: int, payment: str = "captured", *, withdrawal: bool = True) -> None:
    """O-1 has all its units, O-2 waits for one."""
    shop.adjust(units)
    shop.start("O-1", units, payment=payment, withdrawal=withdrawal)
    shop.start("O-2", 1)
    shop.now = at(2)


def test_units_that_went_to_the_next_line_and_left_all_the_same_are_taken_back_from_it(shop: Shop) -> None:
    stocked(shop, 2)
    cancels(shop, 1, at(1, 14))
    assert shop.allocated("O-1", "O-2") == [1, 1]
    ships(shop, 2, at(1, 12))
    assert shop.stock() == (0, 0)
    assert shop.allocated("O-1", "O-2") == [0, 0]
    assert shop.marked() == ["LAMP"]
    assert shop.unnotified() == ["O-2/1"]
    assert shop.state("O-1").status is Status.CLOSING, "what left is sent back, and paid for"
    assert shop.demand("O-2")["claim"]


def test_units_of_a_line_that_had_ended_leave_the_books_and_its_end_is_another(shop: Shop) -> None:
    stocked(shop, 2, payment="unpaid")
    cancels(shop, None, at(1, 14))
    assert shop.rows("SELECT phase FROM backorders WHERE id = 'O-1/1'") == [{"phase": "cancelled"}]
    assert ships(shop, 2, at(1, 12)).outcomes[0].verdict == "accepted"
    assert shop.stock() == (0, 0)
    assert shop.rows("SELECT phase FROM backorders WHERE id = 'O-1/1'") == [{"phase": "fulfilled"}]


@pytest.mark.parametrize(("withdrawal", "money"), [(False, "10.00"), (True, "30.00")])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_two_cancellations_and_a_shipment_come_to_the_same_in_every_order(
    shop: Shop, order: tuple[int, ...], withdrawal: bool, money: str
) -> None:
    """Where the law gives the right to withdraw, the later one sends back what had left."""
    stocked(shop, 3, withdrawal=withdrawal)
    tell = (
        lambda: cancels(shop, 1, at(1, 10)),
        lambda: ships(shop, 2, at(1, 12)),
        lambda: cancels(shop, 2, at(1, 14)),
    )
    for number in order:
        tell[number]()
    quantity = shop.state("O-1").quantity
    assert (quantity.shipped, quantity.cancelled, quantity.open) == (2, 1, 0)
    assert owed(shop.state("O-1")) == Decimal(money)
    on_hand, allocated = shop.stock()
    assert (on_hand, allocated) == (1, shop.allocated("O-2")[0])


def test_money_taken_after_the_end_opens_the_line_again_and_the_sweep_can_find_it(shop: Shop) -> None:
    shop.start(payment="unpaid")
    shop.now = at(2)
    cancels(shop, None, at(1))
    shop.now = at(3)
    captured = PaymentChanged(at=shop.now, day=day(3), state="captured")
    shop.ask("O-1", NewRequest(id="P-1", kind="payment", event=captured, given={"state": "captured"}))
    with shop.services.lines.case("O-1/1") as case:
        case.record(captured, decide_event(case, captured), request="P-1")
        case.finish(None, next_review(case.policy, case.state, shop.now))
    [row] = shop.rows("SELECT phase, closed_at, wake_at FROM backorders")
    assert (row["phase"], row["closed_at"]) == ("closing", None)
    assert row["wake_at"] is not None


def test_mail_that_has_not_gone_is_taken_back_with_its_cancellation_and_mail_that_has_is_put_right(
    shop: Shop,
) -> None:
    stocked(shop, 2, withdrawal=False)
    shop.dispatch()
    cancels(shop, 1, at(1, 14))
    shop.dispatch()
    cancels(shop, 1, at(1, 15))
    ships(shop, 2, at(1, 12))
    messages = [message.text for message in shop.dispatch()]
    assert sum("cancelled" in text and "As you asked" in text for text in messages) == 1
    right = [text for text in messages if "the cancellation is off" in text]
    assert ["and with it the refund of 10,00\u00a0€" in text for text in right] == [True]


def test_a_state_of_an_earlier_version_keeps_its_units_and_its_money(shop: Shop) -> None:
    stocked(shop, 2)
    cancels(shop, 1, at(1, 14))
    text = dump_state(shop.state("O-1"))
    for name in ("cancellations", "refunds", "money_sent", "shipments"):
        assert name in text or name in ("money_sent", "shipments")

    old = {
        name: value for name, value in json.loads(text).items() if name not in ("cancellations", "refunds")
    }
    old |= {"cancelled_at": "2025-03-04T14:00:00Z", "shipments": ["S-0"]}
    old["quantity"] |= {"allocated": 0, "shipped": 1}
    old["refund"] = {
        "currency": "EUR",
        "amount": "10.00",
        "vested_at": "2025-03-04T14:00:00Z",
        "due_by": "2025-03-13",
        "sent": [["F-1", "4.00"]],
        "told": "0",
    }
    state = load_state(json.dumps(old, separators=(",", ":")))
    assert (owed(state), sent(state)) == (Decimal("10.00"), Decimal("4.00"))
    assert [each.units for each in state.cancellations] == [1]
    assert [each.quantity for each in state.shipments] == [1]
    assert load_state(dump_state(state)) == state
