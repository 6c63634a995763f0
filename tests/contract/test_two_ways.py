"""What goes on two ways: by the second one once the first has it, each with a state of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.ports import Claimed, LookedUp, Sent
from backorder.queries.messages import of_case
from backorder.services.cancel_message import cancel_message
from backorder.storage.engine import reading
from tests.support.days import day
from tests.support.sending import Desk, desk_by
from tests.support.shop import Shop

BOTH = {"phone": "+4915123456789", "sms_consent": True}
POLICY = """
name = "loud"
[updates]
gather = "0s"
both = ["confirmed", "shipped", "alternatives"]
"""
ACCEPTED = Sent(outcome="accepted", provider_id="x")
GONE_FOR_GOOD = Sent(outcome="permanent", code="21211", reason="no such address")
UNKNOWN = Sent(outcome="unknown", code="timeout", reason="no answer")
THEN = "2025-03-04T09:00:00.000000Z"
FOUND = LookedUp(sighting="found", provider_id="sg-1")


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return desk_by(shop, POLICY)


def start(desk: Desk, **customer: object) -> None:
    desk.shop.start(policy="loud", customer=BOTH | customer)


def states(desk: Desk) -> list[tuple[object, object]]:
    rows = desk.shop.rows("SELECT channel, state FROM messages ORDER BY number")
    return [(row["channel"], row["state"]) for row in rows]


@pytest.mark.parametrize("stored", [[], ["email"], ["sms"], ["email", "sms"]])
def test_the_second_way_comes_after_the_first_and_nobody_hears_of_it(desk: Desk, stored: list[str]) -> None:
    start(desk)
    applied: list[str] = []
    ways: list[str] = []
    for _ in range(3):
        for call in desk.batch(stored=stored).calls:  # type: ignore[arg-type]
            assert isinstance(call, Claimed)
            ways.append(call.outgoing.channel)
            applied += desk.record_outcome(call, ACCEPTED)
    assert ways == [each for each in ("email", "sms") if each not in stored]
    assert applied == ([] if "email" in stored else ["message_sent"])
    assert states(desk) == [("email", "sent"), ("sms", "sent")]
    assert len(desk.shop.rows("SELECT * FROM promises")) == 1
    with reading(desk.shop.services.engine) as connection:
        shown, _ = of_case(connection, "O-1/1")
    assert [(each.kind, each.channel, each.state) for each in shown] == [
        ("confirmed", "email", "sent"),
        ("confirmed", "sms", "sent"),
    ]
    [mail, text] = desk.shop.rows("SELECT channel, address, message FROM sends ORDER BY claimed_at, channel")
    assert (mail["channel"], text["channel"], text["address"]) == ("email", "sms", BOTH["phone"])
    assert mail["message"] != text["message"]


def test_a_failure_of_the_second_takes_nothing_back(desk: Desk) -> None:
    start(desk)
    assert desk.record_outcome(desk.claimed(), ACCEPTED) == ["message_sent"]
    assert desk.record_outcome(desk.claimed(), GONE_FOR_GOOD) == []
    assert states(desk) == [("email", "sent"), ("sms", "failed")]
    assert desk.shop.state().promise is not None
    assert not desk.shop.state().needs
    assert desk.take() is None


def test_a_failure_of_the_first_leaves_one_way_and_no_third_copy(desk: Desk) -> None:
    start(desk)
    assert desk.record_outcome(desk.claimed(), GONE_FOR_GOOD) == []
    fallback = desk.claimed()
    assert fallback.outgoing.channel == "sms"
    assert desk.record_outcome(fallback, ACCEPTED) == ["message_sent"]
    assert desk.take() is None
    assert states(desk) == [("sms", "sent")]


def test_a_first_that_is_found_later_has_its_second_then(desk: Desk) -> None:
    start(desk)
    desk.record_outcome(desk.claimed(), UNKNOWN)
    assert desk.take() is None, "nobody knows yet whether it went"
    desk.wait(desk.shop.services.dispatch.delays.settling)
    assert desk.look_up(FOUND) == ["message_sent"]
    assert desk.claimed().outgoing.channel == "sms"


@pytest.mark.parametrize("customer", [{"phone": None}, {"sms_consent": False}, {"email": None}])
def test_who_has_one_way_gets_one(desk: Desk, customer: dict[str, object]) -> None:
    start(desk, **customer)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    assert desk.take() is None
    assert len(states(desk)) == 1


def goes(desk: Desk) -> list[tuple[object, object]]:
    """What goes from here on, kind and channel."""
    found: list[tuple[object, object]] = []
    for _ in range(6):
        call = desk.take()
        if isinstance(call, Claimed):
            desk.record_outcome(call, ACCEPTED)
            [row] = desk.shop.rows("SELECT kind FROM messages WHERE id = :id", id=call.message)
            found.append((row["kind"], call.outgoing.channel))
    return found


def test_a_copy_goes_only_as_long_as_it_is_true(desk: Desk) -> None:
    """The line has ended before the text went; what says so goes by both ways too."""
    shop = desk.shop
    start(desk)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    shop.receive(1)
    shop.replan()
    shop.review()
    shop.ship()
    assert goes(desk) == [("shipped", "email"), ("shipped", "sms")]
    assert states(desk)[1] == ("sms", "withdrawn")


@pytest.mark.parametrize("late", [False, True])
def test_a_copy_counts_as_said_when_its_first_was(desk: Desk, late: bool) -> None:
    """A delay has a place between both: the copy keeps it from nothing, and does not go after it."""
    shop = desk.shop
    start(desk)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    shop.state_dates((10, day(40)))
    shop.replan()
    shop.review()
    shop.run("UPDATE messages SET number = 10 WHERE copy_of IS NOT NULL")
    if late:
        shop.run("UPDATE messages SET not_before = :then WHERE copy_of IS NOT NULL", then=THEN)
        shop.now += timedelta(hours=3)
    said = goes(desk)
    shop.now += timedelta(days=2)
    said += goes(desk)
    text, delay = ("confirmed", "sms"), ("delayed", "email")
    assert said == ([delay] if late else [text, delay])
    refused = [row["kind"] for row in shop.rows("SELECT kind FROM messages WHERE state = 'withdrawn'")]
    assert refused == (["confirmed"] if late else [])


def test_a_person_takes_the_copy_back(desk: Desk) -> None:
    shop = desk.shop
    start(desk)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    copy = str(desk.message(1)["id"])
    _, outcome, _ = cancel_message(
        shop.services.engine,
        shop.services.policies,
        copy,
        by="Eva",
        reason="phoned",
        at=shop.now,
        now=desk.now,
    )
    assert outcome.verdict == "accepted"
    assert "second way" in outcome.reason
    assert desk.take() is None
    assert shop.state().promise is not None
    assert "message_not_sent" not in {row["what"] for row in shop.rows("SELECT what FROM timeline")}
