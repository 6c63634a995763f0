"""A hold stops what was planned before it too; when it ends, what still holds goes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from backorder.domain.line.decision_builder import HELD
from backorder.ports import Sent
from backorder.storage.engine import writing
from tests.support.days import at
from tests.support.sending import Desk
from tests.support.shop import Shop

QUIET = """
name = "quiet"
[updates]
gather = "0s"
"""
TEXTS = {"email": None, "phone": "+4915123456789", "sms_consent": True, "time_zone": "America/New_York"}
NIGHT, MORNING = at(0, hour=9), at(0, hour=13)
"""Four and eight o'clock in New York."""


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """A line of two lamps of somebody who is asleep."""
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, QUIET)
    shop.now = at(-1, hour=20)
    shop.start("O-1", 2, policy="quiet", customer=TEXTS)
    assert len(go(Desk(shop))) == 1
    shop.now = NIGHT
    return Desk(shop)


def go(desk: Desk) -> list[str]:
    """Kinds of what goes now."""
    before = desk.shop.rows("SELECT count(*) AS n FROM messages WHERE state = 'sent'")[0]["n"]
    while desk.batch(stored=["email", "sms"]).taken:
        pass
    rows = desk.shop.rows("SELECT kind FROM messages WHERE state = 'sent' ORDER BY done_at, number")
    return [row["kind"] for row in rows[before:]]


def hold(shop: Shop, until: datetime, id: str = "H-1") -> None:
    """Customer service puts the line on hold."""
    shop.ask("O-1", shop.silence(until, id))
    shop.review("O-1", id)


def test_what_waited_for_the_morning_waits_for_the_end_of_the_hold(desk: Desk) -> None:
    shop = desk.shop
    shop.ship("O-1")
    assert go(desk) == []
    hold(shop, at(3))
    [row] = shop.rows("SELECT reason FROM messages WHERE kind = 'part_shipped'")
    assert row["reason"] == HELD
    shop.now = MORNING
    assert go(desk) == []
    shop.now = at(3, hour=14)
    shop.review("O-1")
    assert go(desk) == ["part_shipped"]


def test_a_hold_that_is_shortened_lets_go_what_waited_for_its_end(desk: Desk) -> None:
    shop = desk.shop
    shop.ship("O-1")
    go(desk)
    hold(shop, at(5))
    shop.now = at(1, hour=14)
    hold(shop, at(1, hour=15), "H-2")
    assert go(desk) == []
    shop.now = at(1, hour=15)
    shop.review("O-1")
    assert go(desk) == ["part_shipped"]


@pytest.mark.parametrize("what", ["another number", "planned by the version before"])
def test_a_hold_that_is_shortened_lets_go_what_does_not_say_any_more_that_it_waited(
    desk: Desk, what: str
) -> None:
    shop = desk.shop
    shop.ship("O-1")
    hold(shop, at(5))
    if what == "another number":
        shop.services.contacts.change("ann", {"phone": "+4915123456780"}, shop.now, by="Eva")
    else:
        with writing(shop.services.engine) as connection:
            connection.execute(text("UPDATE messages SET reason = NULL WHERE kind = 'part_shipped'"))
    assert shop.rows("SELECT reason FROM messages WHERE kind = 'part_shipped'") == [{"reason": None}]
    shop.now = at(1, hour=14)
    hold(shop, at(1, hour=15), "H-2")
    shop.now = at(1, hour=15)
    shop.review("O-1")
    assert go(desk) == ["part_shipped"]


def test_what_follows_from_their_word_goes_in_the_morning_all_the_same(desk: Desk) -> None:
    shop = desk.shop
    shop.cancel("O-1", 1)
    go(desk)
    hold(shop, at(3))
    shop.now = MORNING
    assert go(desk) == ["cancelled"]


def test_a_night_that_is_longer_than_the_hold_goes_on(desk: Desk) -> None:
    shop = desk.shop
    shop.ship("O-1")
    go(desk)
    hold(shop, NIGHT + timedelta(hours=1))
    shop.now = MORNING - timedelta(hours=1)
    shop.review("O-1")
    assert go(desk) == []
    shop.now = MORNING
    assert go(desk) == ["part_shipped"]


def test_what_a_provider_refuses_for_now_does_not_go_in_a_hold_that_began_meanwhile(desk: Desk) -> None:
    shop = desk.shop
    shop.now = MORNING
    shop.ship("O-1")
    call = desk.claimed()
    hold(shop, at(3))
    desk.record_outcome(call, Sent(outcome="transient", code="429", reason="busy"))
    desk.wait(timedelta(minutes=20))
    shop.now += timedelta(minutes=20)
    assert go(desk) == []
    shop.now = at(3, hour=14)
    shop.review("O-1")
    assert go(desk) == ["part_shipped"]
