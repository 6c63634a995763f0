"""Lines of an order have one message though each is looked at by itself, sooner or later than the others."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.support.days import at, day
from tests.support.order_of_lines import MINUTE, confirmed, gathering_desk, look, order, sent, states, told
from tests.support.sending import Desk
from tests.support.shop import Shop


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """A shop with a hundred lamps on the way for day 20."""
    return gathering_desk(shop)


@pytest.mark.parametrize("latencies", [(0.40, 0.35), (0.40, 0.45), (3.0, 1.0), (5.0, 0.1), (900.0, 1.0)])
def test_lines_that_slip_together_are_one_message_whoever_is_reviewed_sooner(
    desk: Desk, latencies: tuple[float, float]
) -> None:
    """A review comes some time after its fact, sometimes later than that of the next fact. In seconds."""
    shop = desk.shop
    shop.product("DESK")
    shop.purchase("PO-2", {"sku": "DESK", "stated_date": day(20), "quantity": 100})
    order(shop, "1")
    order(shop, "2", sku="DESK")
    shop.now += MINUTE
    assert len(sent(shop)) == 1
    begun = shop.now = at(1)
    facts = [(begun, "LAMP", "PO-1"), (begun + timedelta(seconds=1), "DESK", "PO-2")]
    for fact, _, purchase_order in facts:
        shop.now = fact
        shop.state_dates((100, day(32)), order=purchase_order)
    reviews = [
        (fact + timedelta(seconds=latency), sku, line)
        for (fact, sku, _), latency, line in zip(facts, latencies, ("1", "2"), strict=True)
    ]
    for instant, sku, line in sorted(reviews):
        shop.now = instant
        shop.replan(sku)
        look(shop, line)
    shop.now = begun + timedelta(hours=2)
    [mail] = sent(shop)
    assert "2 items" in mail.text


def test_what_is_due_at_once_waits_for_the_lines_that_are_looked_at_after_it(desk: Desk) -> None:
    """The morning after a promised day, and a regular update: each line's own timer reviews it."""
    shop = desk.shop
    order(shop, "1", "2", "3")
    shop.now += MINUTE
    assert len(sent(shop)) == 1
    last = max(date.fromisoformat(days[-1]) for days in told(shop).values())
    for instant, kind in (
        (at(14, hour=10), "still_waiting"),
        (at((last - day(0)).days + 1, hour=10), "delayed"),
    ):
        for line in ("1", "2", "3"):
            shop.now = instant + timedelta(seconds=7 * int(line))
            look(shop, line)
            assert sent(shop) == [], "it waits for its siblings"
        shop.now = instant + timedelta(seconds=7 + 60)
        mails = sent(shop)
        shop.now = instant + timedelta(seconds=21 + 60)
        [mail] = [*mails, *sent(shop)]
        assert "3 items" in mail.text
        assert {state for _, state, _ in states(shop, kind)} == {"sent"}


def test_a_notice_does_not_wait_for_its_siblings_past_its_day(desk: Desk) -> None:
    shop = desk.shop
    confirmed(shop, "1")
    shop.now = at(1, hour=23) + timedelta(minutes=59, seconds=30)
    shop.promise("O-1", day(60))
    assert len(sent(shop)) == 1
