"""Messages on their way: each claimed once, settled once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import event

from backorder.ports import PEOPLE_AT_ONCE, Outcome, Sent
from tests.support.days import at
from tests.support.senders import Recorder
from tests.support.sending import Desk
from tests.support.shop import Shop

ACCEPTED = Sent(outcome="accepted", provider_id="x-1")


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop, datetime.now(UTC))


def message(shop: Shop) -> dict[str, object]:
    """The first message."""
    return shop.rows("SELECT * FROM messages ORDER BY number")[0]


def test_nobody_is_written_to_when_nothing_is_due(desk: Desk) -> None:
    assert desk.take() is None
    assert desk.pause() is None


def test_a_message_waits_for_its_time(shop: Shop) -> None:
    shop.start()
    shop.run("UPDATE messages SET not_before = '2025-03-05T10:00:00.000000Z'")
    desk = Desk(shop, shop.now)
    assert desk.take() is None
    assert desk.pause() == at(2, 10) - shop.now
    shop.now = at(2, 10)
    assert desk.claimed()


def test_a_message_is_put_into_words_when_it_is_claimed(shop: Shop) -> None:
    shop.start()
    claimed = Desk(shop).claimed()
    assert claimed.outgoing.to == "ann@example.com"
    [send] = shop.rows("SELECT * FROM sends")
    assert (send["subject"], send["text"]) == (claimed.outgoing.subject, claimed.outgoing.text)
    assert (send["id"], send["state"], send["attempt"]) == (claimed.outgoing.id, "claimed", 1)


def test_a_message_is_claimed_once(shop: Shop) -> None:
    shop.start()
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: Desk(shop).take(), range(8)))
    assert len([claimed for claimed in taken if claimed is not None]) == 1
    assert len(shop.rows("SELECT * FROM sends")) == 1


def test_what_a_provider_accepted_was_told(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    desk = Desk(shop)
    assert desk.record_outcome(desk.claimed(), ACCEPTED) == ["message_sent"]
    assert (message(shop)["state"], message(shop)["channel"]) == ("sent", "email")
    assert shop.state().promise is not None
    [send] = shop.rows("SELECT state, provider_id FROM sends")
    assert (send["state"], send["provider_id"]) == ("sent", "x-1")


@pytest.mark.parametrize("outcome", ["accepted", "permanent"])
def test_settling_again_changes_nothing(shop: Shop, outcome: Outcome) -> None:
    shop.start()
    desk = Desk(shop)
    claimed = desk.claimed()
    desk.record_outcome(claimed, Sent(outcome=outcome, reason="because"))
    before = shop.rows("SELECT * FROM messages, sends, backorders, timeline, events")
    for again in get_args(Outcome):
        assert desk.record_outcome(claimed, Sent(outcome=again)) == []
    assert shop.rows("SELECT * FROM messages, sends, backorders, timeline, events") == before


def test_a_message_settled_by_many_at_once_is_heard_once(shop: Shop) -> None:
    shop.start()
    desk = Desk(shop)
    claimed = desk.claimed()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: desk.record_outcome(claimed, ACCEPTED), range(8)))
    shop.review()  # a line that one of them held hears of it now
    assert [row["what"] for row in shop.rows("SELECT what FROM timeline")].count("message_sent") == 1


def test_what_was_certainly_not_sent_is_tried_again(shop: Shop) -> None:
    shop.start()
    desk = Desk(shop)
    first = desk.claimed()
    assert desk.record_outcome(first, Sent(outcome="transient", reason="busy")) == []
    assert message(shop)["state"] == "planned"
    desk.wait(timedelta(minutes=1))
    second = desk.claimed()
    assert (second.message, second.attempt) == (first.message, 2)
    assert [send["id"] for send in shop.rows("SELECT id FROM sends")] == [first.outgoing.id]
    # The first attempt's outcome, heard once more, says nothing about the second.
    assert desk.record_outcome(first, Sent(outcome="transient")) == []
    assert message(shop)["state"] == "claimed"
    assert desk.record_outcome(second, ACCEPTED) == ["message_sent"]


def test_what_no_channel_can_carry_is_told_to_a_person(shop: Shop) -> None:
    shop.start()
    desk = Desk(shop)
    desk.record_outcome(desk.claimed(), Sent(outcome="permanent", reason="no such mailbox"))
    assert message(shop)["state"] == "failed"
    assert shop.state().needs == ("unreachable",)
    assert shop.rows("SELECT needs FROM backorders")[0]["needs"]


def test_who_is_written_to_by_nobody_gets_no_message_and_calls_for_nobody(shop: Shop) -> None:
    shop.start(customer={"email": None, "contact": "none"})
    assert Desk(shop).take() is None
    assert (shop.rows("SELECT * FROM messages"), shop.state().needs, shop.state().promise) == ([], (), None)


def test_what_waits_for_who_is_written_to_by_nobody_any_more_does_not_go(shop: Shop) -> None:
    """A person is called for what they have to hear alone; once they can be reached, they hear the rest."""
    shop.purchase()
    for order in ("O-1", "O-2", "O-3"):
        shop.start(order, customer={"region": "CH"})
    shop.dispatch()
    shop.start("O-4", customer={"region": "CH"})
    shop.cancel("O-2")
    shop.run("UPDATE customers SET contact = 'none'")  # a moment before they are claimed
    shop.now += timedelta(minutes=1)
    shop.dispatch()
    told = len(shop.out.given)
    assert [shop.state(each).needs for each in ("O-1", "O-2", "O-4")] == [(), ("tell_customer",), ()]
    reasons = {row["reason"] for row in shop.rows("SELECT reason FROM messages WHERE state = 'withdrawn'")}
    assert reasons == {"nothing can be written to the customer (contact none)"}
    assert shop.state("O-4").promise is None
    shop.services.contacts.change("ann", {"contact": "usual"}, shop.now, by="clerk")
    shop.dispatch()
    assert len(shop.out.given) == told + 1
    assert shop.state("O-4").promise is not None


def test_a_text_goes_only_to_those_who_agreed(shop: Shop) -> None:
    shop.start(customer={"email": None, "phone": "+4915123456789", "sms_consent": True})
    assert Desk(shop).claimed().outgoing.channel == "sms"


def test_a_claim_whose_holder_died_is_unclear_and_holds_up_only_its_line(shop: Shop) -> None:
    shop.start("O-1")
    shop.start("O-2")
    desk = Desk(shop)
    first = desk.claimed()
    second = desk.claimed()
    assert second.message != first.message
    assert desk.record_outcome(second, ACCEPTED) == ["message_sent"]
    assert desk.take() is None
    assert desk.pause() == shop.services.dispatch.lease
    desk.wait(shop.services.dispatch.lease)
    assert desk.take() is None
    assert message(shop)["state"] == "unknown"
    assert message(shop)["reason"]


def test_what_became_of_a_claim_given_up_for_lost_is_still_heard(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    desk = Desk(shop)
    claimed = desk.claimed()
    desk.wait(shop.services.dispatch.lease)
    assert desk.take() is None
    assert desk.record_outcome(claimed, ACCEPTED) == ["message_sent"]
    assert message(shop)["state"] == "sent"
    assert shop.state().promise is not None


def test_messages_go_in_the_order_in_which_they_fell_due(shop: Shop) -> None:
    for number in (3, 1, 2):
        shop.now = at(0, 9 + number)
        shop.start(f"O-{number}")
    shop.now = at(1)
    shop.out = Recorder()
    subjects = [claimed.subject + claimed.text for claimed in shop.dispatch()]
    assert ["O-1" in subjects[0], "O-2" in subjects[1], "O-3" in subjects[2]] == [True] * 3


def test_a_withdrawn_message_is_not_sent(shop: Shop) -> None:
    shop.start()
    shop.ask("O-1", shop.silence(at(5)))
    shop.review("O-1", "H-1")
    assert message(shop)["state"] == "withdrawn"
    assert Desk(shop).take() is None


def test_a_withdrawn_message_can_be_planned_anew_under_its_key(shop: Shop) -> None:
    shop.start()
    shop.ask("O-1", shop.silence(at(5)))
    shop.review("O-1", "H-1")
    shop.now = at(6, 12)
    shop.review("O-1")
    assert "planned" in {row["state"] for row in shop.rows("SELECT state FROM messages")}
    assert shop.dispatch()


def test_what_some_lines_hear_is_read_and_written_together(desk: Desk) -> None:
    """One statement for each table, however many there are."""
    shard_of = desk.shop.services.dispatch.shard_of
    names = (f"p{number}" for number in range(100))
    people = [name for name in names if shard_of(f"customer/{name}") == 0][:PEOPLE_AT_ONCE]
    for name in people:
        desk.shop.start(f"O-{name}", customer={"id": name})
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    event.listen(desk.shop.services.engine, "before_cursor_execute", note)
    batch = desk.batch(f"customer/{people[0]}", stored=("email", "sms"))
    event.remove(desk.shop.services.engine, "before_cursor_execute", note)
    assert len(batch.stored) == PEOPLE_AT_ONCE
    assert all(desk.shop.state(f"O-{name}").promise for name in people)
    assert len(seen) <= 4 * PEOPLE_AT_ONCE, "not one of each kind for each line"
