"""Orders whose customer's page looks each another way."""

from __future__ import annotations

from collections.abc import Callable

from backorder.domain.line.events import Shipped
from backorder.services.record_request import NewRequest
from tests.support.customer_page import waits_with_choices
from tests.support.days import day
from tests.support.shop import Shop


def shipped(shop: Shop, order: str) -> None:
    """Its one unit leaves with a carrier that has a page for it."""
    event = Shipped(
        at=shop.now,
        day=day(0),
        shipment="S-1",
        quantity=1,
        shipped_at=shop.now,
        carrier="Royal Mail",
        tracking="AB123456789GB",
    )
    shop.ask(order, NewRequest(id="shipment-S-1", kind="ship", event=event, given={}))
    shop.review(order, "shipment-S-1")


def no_date(shop: Shop) -> None:
    """A line that nothing on order covers."""
    shop.product("VASE")
    shop.start("A-77", 3, sku="VASE")


def several(shop: Shop) -> None:
    """Two lines of an order, one of which is yet to be told of."""
    no_date(shop)
    shop.open("A-77", line_id="2", sku="LAMP")


def cancelled(shop: Shop) -> None:
    """A line that its customer has cancelled."""
    shop.start("A-77", 2)
    shop.cancel("A-77")


def on_its_way(shop: Shop) -> None:
    """A line that has left."""
    shop.start("A-77")
    shipped(shop, "A-77")


STATES: dict[str, Callable[[Shop], object]] = {
    "every choice": waits_with_choices,
    "waiting": lambda shop: shop.start("A-77", 2),
    "no date": no_date,
    "several lines": several,
    "cancelled": cancelled,
    "shipped": on_its_way,
}
"""By what they are like."""
