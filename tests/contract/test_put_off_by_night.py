"""What waits for the morning goes at once where its way, or the hours that count, are others by then."""

from __future__ import annotations

import pytest

from backorder import schemas
from backorder.schemas import parse
from backorder.services.record_request import NewRequest
from backorder.storage.engine import writing
from tests.support.days import at
from tests.support.sending import Desk
from tests.support.shop import Shop

POLICY = """
name = "{name}"
[updates]
gather = "0s"
quiet_hours = "{quiet}"
"""
TEXTS = {"email": None, "phone": "+4915123456789", "sms_consent": True, "time_zone": "America/New_York"}
NIGHT = at(0, hour=9)
"""Four o'clock in New York."""


def move(shop: Shop, to: str) -> None:
    """Eve moves the order to another policy."""
    asked = parse(schemas.PolicyMove, {"request_id": "M-1", "value": to, "reason": "asked", "by": "Eve"})
    event = asked.event(shop.now, shop.services.calendar.day(shop.now))
    shop.ask("O-1", NewRequest(id=asked.key, kind=asked.kind, event=event, given=asked.content()))
    shop.review("O-1", "M-1")


@pytest.mark.parametrize("change", ["an address", "another policy"])
def test_it_does_not_wait_for_a_morning_that_does_not_count_any_more(shop: Shop, change: str) -> None:
    with writing(shop.services.engine) as connection:
        for name, quiet in (("quiet", "21:00-08:00"), ("awake", "22:00-03:00")):
            shop.services.policies.load(connection, POLICY.format(name=name, quiet=quiet))
    shop.purchase()
    shop.now = NIGHT
    shop.start("O-1", policy="quiet", customer=TEXTS)
    desk = Desk(shop)
    assert desk.take() is None
    if change == "an address":
        shop.services.contacts.change("ann", {"email": "ann@example.com"}, shop.now, by="clerk")
    else:
        move(shop, "awake")
    assert desk.claimed().outgoing.channel == ("email" if change == "an address" else "sms")


def test_it_still_waits_where_it_is_night_for_its_new_way_too(shop: Shop) -> None:
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, POLICY.format(name="quiet", quiet="21:00-08:00"))
    shop.purchase()
    shop.now = NIGHT
    shop.start("O-1", policy="quiet", customer=TEXTS)
    desk = Desk(shop)
    assert desk.take() is None
    pause = desk.pause()
    shop.services.contacts.change("ann", {"phone": "+4915123456780"}, shop.now, by="clerk")
    assert desk.take() is None
    assert desk.pause() == pause
