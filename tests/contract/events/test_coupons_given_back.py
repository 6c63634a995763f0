"""That a void coupon counts again is said once the order system has taken the code back, and not before."""

from __future__ import annotations

from backorder.domain.line.events import Shipped
from backorder.services.record_request import NewRequest
from backorder.storage.acknowledgements import WAITS
from backorder.storage.engine import writing
from tests.support.days import at
from tests.support.event_sending import EventDesk
from tests.support.policies import kind
from tests.support.receivers import Receiver
from tests.support.shop import PROMOTIONS, Shop


def given(shop: Shop) -> EventDesk:
    """A line whose coupon ends with it, and was told of, on the sixth day."""
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, kind("void_on_cancel = true"))
    shop.purchase()
    desk = EventDesk(shop)
    shop.now = at(0)
    customer = {"id": "ann", "name": "Ann", "email": "ann@example.com", "marketing_consent": PROMOTIONS}
    shop.start(policy="kind", customer=customer)
    for shop.now in (at(0), at(5, 10), at(6, 10)):
        shop.review()
        desk.deliver()
        shop.dispatch()
    return desk


def test_that_it_counts_again_is_said_once_the_order_system_has_it(shop: Shop) -> None:
    with Receiver() as receiver:
        EventDesk(shop).put("shop", receiver.url)
        desk = given(shop)
        [offer] = shop.state().offers
        shop.cancel()
        desk.deliver()
        shop.dispatch()
        assert f"the code {offer.code} no longer counts" in shop.out.given[-1].text
        shop.now = at(6, 12)
        left = Shipped(at=shop.now, day=shop.now.date(), shipment="S-1", quantity=1, shipped_at=at(6, 9))
        shop.ask("O-1", NewRequest(id="S-1", kind="ship", event=left, given={}))
        shop.review("O-1", "S-1")
        shop.dispatch()
        assert "counts again" not in shop.out.given[-1].text
        [waits] = shop.rows("SELECT state, reason FROM messages WHERE kind = 'coupon_restored'")
        assert (waits["state"], waits["reason"]) == ("planned", WAITS)
        desk.deliver()
        shop.dispatch()
        mail = shop.out.given[-1]
        assert "so the coupon counts again" in mail.text
        assert offer.code not in mail.text
