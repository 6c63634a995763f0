"""A first try that turns out later to have arrived: it is recorded, and nothing is sent twice for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.domain.channels import ChannelState
from backorder.ports import Claimed, LookedUp, Sent
from backorder.storage import channels
from backorder.storage.engine import writing
from tests.support.sending import Desk
from tests.support.shop import Shop

BOTH = {"phone": "+4915123456789", "sms_consent": True}
ACCEPTED = Sent(outcome="accepted", provider_id="x")
UNKNOWN = Sent(outcome="unknown", code="timeout", reason="no answer")
BUSY = Sent(outcome="transient", code="429", reason="busy")
GONE_FOR_GOOD = Sent(outcome="permanent", code="21211", reason="no such number")
ABSENT = LookedUp(sighting="absent", reason="not known there")


@pytest.fixture
def desk(shop: Shop) -> Desk:
    shop.purchase()
    return Desk(shop)


def given_up(desk: Desk) -> Claimed:
    """The mail that says that it shipped is looked up twice in vain, and planned once more."""
    shop = desk.shop
    shop.start(customer=BOTH)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    shop.receive(1)
    shop.replan()
    shop.review()
    shop.ship()
    first = desk.claimed()
    desk.record_outcome(first, UNKNOWN)
    for _ in range(2):
        desk.wait(shop.services.dispatch.delays.settling)
        desk.look_up(ABSENT)
    return first


def row(desk: Desk, message: Claimed) -> dict[str, object]:
    [found] = desk.shop.rows("SELECT * FROM messages WHERE id = :id", id=message.message)
    return found


def sends(desk: Desk, message: Claimed) -> list[tuple[object, object]]:
    query = "SELECT channel, state FROM sends WHERE message = :id ORDER BY attempt"
    return [(each["channel"], each["state"]) for each in desk.shop.rows(query, id=message.message)]


def fall_back(desk: Desk) -> Claimed:
    """The mail is in trouble, and the text takes its place."""
    down = ChannelState(paused=True, since=desk.now, reason="down", probe_at=desk.now + timedelta(days=9))
    with writing(desk.shop.services.engine) as connection:
        channels.keep(connection, "email", ChannelState(), down, desk.shop.now)
    desk.shop.now += timedelta(hours=4)
    second = desk.claimed()
    assert second.outgoing.channel == "sms"
    return second


def test_a_first_that_arrived_after_all_cancels_what_has_not_gone(desk: Desk) -> None:
    first = given_up(desk)
    assert row(desk, first)["state"] == "planned"
    assert desk.record_outcome(first, ACCEPTED) == ["message_sent"]
    assert (row(desk, first)["state"], sends(desk, first)) == ("sent", [("email", "sent")])
    assert desk.take() is None
    assert desk.record_outcome(first, ACCEPTED) == [], "it is heard once"


@pytest.mark.parametrize("outcome", [ACCEPTED, UNKNOWN, BUSY, GONE_FOR_GOOD])
def test_once_the_second_goes_nothing_goes_for_it_any_more(desk: Desk, outcome: Sent) -> None:
    """The first is recorded while the second is on its way: whatever becomes of that one, it was said."""
    first = given_up(desk)
    second = fall_back(desk)
    assert second.message == first.message
    assert desk.record_outcome(first, ACCEPTED) == [], "what is under way cannot be called back"
    assert row(desk, first)["state"] == "claimed"
    assert desk.record_outcome(second, outcome) == ["message_sent"]
    assert row(desk, first)["state"] == "sent"
    assert sends(desk, first)[0] == ("email", "sent")
    desk.wait(timedelta(days=1))
    assert desk.take() is None


def test_a_second_that_nobody_knows_is_not_looked_for_once_the_first_arrived(desk: Desk) -> None:
    first = given_up(desk)
    desk.record_outcome(fall_back(desk), UNKNOWN)
    assert desk.record_outcome(first, ACCEPTED) == ["message_sent"]
    desk.wait(timedelta(days=1))
    assert desk.take() is None


def test_a_promise_that_arrived_after_all_is_not_told_anew(desk: Desk) -> None:
    shop = desk.shop
    shop.start(customer=BOTH)
    first = desk.claimed()
    desk.record_outcome(first, UNKNOWN)
    shop.run("UPDATE messages SET try_at = NULL")
    assert desk.look_up(ABSENT) == ["message_unknown"]
    # The same date, told anew, waits for its hour.
    shop.run("UPDATE messages SET not_before = :later WHERE number > 1", later="2027-01-01T00:00:00.000000Z")
    desk.wait(shop.services.dispatch.delays.settling)
    assert desk.look_up(ABSENT) == ["message_not_sent"]
    assert (row(desk, first)["state"], shop.state().promise) == ("withdrawn", None)
    assert desk.record_outcome(first, ACCEPTED) == ["message_sent"]
    assert shop.state().promise is not None
    assert [each["state"] for each in shop.rows("SELECT state FROM messages ORDER BY number")] == [
        "sent",
        "withdrawn",
    ]


def test_nobody_is_unreachable_of_whom_one_way_took_it(desk: Desk) -> None:
    """Every way failed, and then the first turns out to have arrived."""
    first = given_up(desk)
    second = fall_back(desk)
    desk.shop.run("UPDATE customers SET email = NULL")
    assert desk.record_outcome(second, GONE_FOR_GOOD) == ["message_failed"]
    assert "unreachable" in desk.shop.state().needs
    assert desk.record_outcome(first, ACCEPTED) == ["message_sent"]
    assert "unreachable" not in desk.shop.state().needs
    assert row(desk, first)["state"] == "sent"
