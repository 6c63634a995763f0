"""Units that wait for a payment are kept to the end of the day that their customer reads, where they are."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from backorder.domain.line.events import PaymentChanged
from backorder.services.record_request import NewRequest
from tests.support.days import at
from tests.support.shop import Shop


@pytest.mark.parametrize(
    ("zone", "kept", "gone"),
    [("Europe/Berlin", at(3, 23), at(4, 10)), ("Pacific/Pago_Pago", at(4, 10), at(5, 10))],
)
def test_a_day_ends_where_the_customer_is(shop: Shop, zone: str, kept: datetime, gone: datetime) -> None:
    """In Samoa it is 23:00 of the day before when the shop looks at its lines."""
    shop.purchase()
    shop.start("A-77", 1, payment="authorized", customer={"time_zone": zone})
    shop.now += timedelta(hours=1)
    event = PaymentChanged(at=shop.now, day=shop.now.date(), state="unpaid", as_of=shop.now)
    shop.ask("A-77", NewRequest(id="unpaid", kind="payment", event=event, given={}))
    shop.review("A-77", "unpaid")
    shop.receive(10)
    shop.review("A-77")
    shop.now = at(1, 10)
    shop.review("A-77")
    shop.dispatch()
    shop.review("A-77")
    for now, units in ((kept, [1]), (gone, [0])):
        shop.now = now
        shop.review("A-77")
        assert shop.allocated("A-77") == units, now
