"""What was paid for shipping, in the mail and on the page of an order of several lines."""

from __future__ import annotations

from datetime import timedelta

from backorder.domain.line.events import Answered, Event, Shipped
from backorder.ports import Review
from backorder.services.record_request import NewRequest
from backorder.services.review_line import review
from tests.support.customer_page import hold_clock, path_of, plain
from tests.support.days import day
from tests.support.shop import Shop
from tests.web.customer_page.pages_over_http import Visitor, sent

NOTHING_SHIPS = "if nothing of your order ships"
NOTHING_KEPT = "unless you keep something else from this order"


class TwoLines:
    """An order of two lines, one unit each. What was paid for shipping belongs to the first."""

    def __init__(self, shop: Shop) -> None:
        self._shop, self._seqs = shop, {"1": 1, "2": 1}
        customer = {"region": "GB", "locale": "en-GB"}
        shop.start("A-77", customer=dict(customer), shipping_paid="4.90")
        shop.open("A-77", customer=customer, line_id="2")
        self._review("2")

    def left(self, line: str) -> None:
        """A line ships."""
        shop = self._shop
        event = Shipped(
            at=shop.now, day=shop.now.date(), shipment=f"S-{line}", quantity=1, shipped_at=shop.now
        )
        self._hear(line, "ship", event)

    def withdrawn(self, line: str) -> None:
        """Its customer withdraws from the contract for a line."""
        shop = self._shop
        shop.now += timedelta(hours=1)
        event = Answered(
            at=shop.now,
            day=shop.now.date(),
            request=f"W-{line}",
            choice="withdraw",
            via="email",
            received_at=shop.now,
        )
        self._hear(line, "answer", event)
        hold_clock(shop)

    def _hear(self, line: str, kind: str, event: Event) -> None:
        id = f"{kind}-{line}"
        request = NewRequest(id=id, kind=kind, event=event, given={})
        self._shop.services.requests.record(f"A-77/{line}", request, self._shop.now)
        self._review(line, id)

    def _review(self, line: str, *requests: str) -> None:
        asked = Review(
            backorder=f"A-77/{line}", seq=self._seqs[line], at=self._shop.now, requests=list(requests)
        )
        review(self._shop.services.lines, asked)
        self._seqs[line] += 1


def cancelled(shop: Shop) -> str:
    """The words of the last mail that says that something is cancelled."""
    return " ".join(sent(shop, "cancelled")[-1]["text"].split())


def test_nothing_is_promised_for_shipping_where_something_of_the_order_left_and_is_kept(shop: Shop) -> None:
    order = TwoLines(shop)
    order.left("2")
    shop.cancel("A-77")
    assert "10.00" in cancelled(shop)
    assert "4.90" not in cancelled(shop)
    assert "shipping" not in cancelled(shop)


def test_what_was_paid_for_shipping_has_its_condition_while_nothing_of_the_order_left(shop: Shop) -> None:
    TwoLines(shop)
    shop.cancel("A-77")
    assert f"4.90 you paid for shipping comes back too {NOTHING_SHIPS}." in cancelled(shop)


def test_art_13_what_left_and_is_sent_back_does_not_keep_what_was_paid_for_shipping(shop: Shop) -> None:
    """Of goods that never were on backorder nobody here knows: the condition names them."""
    order = TwoLines(shop)
    order.left("2")
    order.withdrawn("2")
    shop.cancel("A-77")
    assert f"4.90 you paid for shipping comes back too {NOTHING_KEPT}." in cancelled(shop)


def test_a_line_that_cannot_be_read_stops_no_message_about_another(shop: Shop) -> None:
    order = TwoLines(shop)
    order.left("2")
    shop.cancel("A-77")
    shop.run("UPDATE backorders SET state = '{' WHERE id = 'A-77/2'")
    assert NOTHING_SHIPS in cancelled(shop)


def test_the_page_names_what_was_paid_for_shipping_again_once_what_left_is_sent_back(
    shop: Shop, visitor: Visitor
) -> None:
    """On the line that it was paid with, with the last day of the order's refunds."""
    order = TwoLines(shop)
    path = path_of(shop)
    order.left("2")
    shop.cancel("A-77")
    hold_clock(shop)
    assert "paid for shipping" not in plain(visitor().get(path)), "what left is kept"
    order.withdrawn("2")
    last = f"{day(14).day} {day(14):%B} {day(14).year}"
    said = f"What you paid for shipping (€4.90) goes back too, by {last} at the latest, {NOTHING_KEPT}."
    page = plain(visitor().get(path))
    assert page.count(said) == 1
    assert NOTHING_SHIPS not in page


def test_the_page_names_no_day_while_something_of_the_order_is_to_come(shop: Shop, visitor: Visitor) -> None:
    order = TwoLines(shop)
    path = path_of(shop)
    shop.open("A-77", customer={"region": "GB", "locale": "en-GB"}, line_id="3")
    order.left("2")
    shop.cancel("A-77")
    order.withdrawn("2")
    assert f"What you paid for shipping (€4.90) goes back too {NOTHING_KEPT}." in plain(visitor().get(path))
