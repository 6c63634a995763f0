"""Messages on their way: each claimed once, settled once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from backorder.domain.line.decide import decide
from backorder.ports import Claimed, Outcome, Pause, Sent, Unsendable
from tests.support.days import at
from tests.support.senders import Recorder
from tests.support.shop import Shop

ANN = "customer/ann"
ACCEPTED = Sent(outcome="accepted", provider_id="x-1")


def claim(shop: Shop, later: timedelta = timedelta()) -> Claimed:
    """Ann's next message, which is due. later: so much machine time has gone by."""
    letter = shop.services.dispatch.claim(ANN, shop.now, datetime.now(UTC) + later)
    assert isinstance(letter, Claimed)
    return letter


def settle(shop: Shop, letter: Claimed | Unsendable, sent: Sent = ACCEPTED) -> int:
    """Write down what became of a message. Returns how many lines heard of it."""
    with shop.services.dispatch.settling(letter, sent, shop.now) as heard:
        for case, event in heard:
            case.record(event, decide(case.policy, case.state, event))
            case.finish(None, None)
        return len(heard)


def message(shop: Shop) -> dict[str, object]:
    """The first message."""
    return shop.rows("SELECT * FROM messages ORDER BY number")[0]


def lose_claims(shop: Shop) -> None:
    """The machine that claimed died long ago."""
    long_ago = datetime.now(UTC) - shop.services.dispatch.lease - timedelta(seconds=1)
    shop.run("UPDATE sends SET claimed_at = :at", at=long_ago.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


def test_nobody_is_written_to_when_nothing_is_due(shop: Shop) -> None:
    assert shop.services.dispatch.claim(ANN, shop.now) == Pause(until=None)


def test_a_message_waits_for_its_time(shop: Shop) -> None:
    shop.start()
    shop.run("UPDATE messages SET not_before = '2025-03-05T10:00:00.000000Z'")
    assert shop.services.dispatch.claim(ANN, shop.now) == Pause(until=at(2, 10))
    assert isinstance(shop.services.dispatch.claim(ANN, at(2, 10)), Claimed)


def test_a_message_is_put_into_words_when_it_is_claimed(shop: Shop) -> None:
    shop.start()
    letter = claim(shop)
    assert letter.outgoing.to == "ann@example.com"
    [send] = shop.rows("SELECT * FROM sends")
    assert (send["subject"], send["text"]) == (letter.outgoing.subject, letter.outgoing.text)
    assert (send["id"], send["state"], send["attempt"]) == (letter.outgoing.id, "claimed", 1)


def test_a_message_is_claimed_once(shop: Shop) -> None:
    shop.start()
    with ThreadPoolExecutor(8) as pool:
        letters = list(pool.map(lambda _: shop.services.dispatch.claim(ANN, shop.now), range(8)))
    assert len([letter for letter in letters if isinstance(letter, Claimed)]) == 1
    assert len(shop.rows("SELECT * FROM sends")) == 1


def test_what_a_provider_accepted_was_told(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    assert settle(shop, claim(shop)) == 1
    assert (message(shop)["state"], message(shop)["channel"]) == ("sent", "email")
    assert shop.state().promise is not None
    [send] = shop.rows("SELECT state, provider_id FROM sends")
    assert (send["state"], send["provider_id"]) == ("sent", "x-1")


@pytest.mark.parametrize("outcome", ["accepted", "permanent"])
def test_settling_again_changes_nothing(shop: Shop, outcome: Outcome) -> None:
    shop.start()
    letter = claim(shop)
    settle(shop, letter, Sent(outcome=outcome, reason="because"))
    before = shop.rows("SELECT * FROM messages, sends, backorders, timeline, events")
    for again in get_args(Outcome):
        assert settle(shop, letter, Sent(outcome=again)) == 0
    assert shop.rows("SELECT * FROM messages, sends, backorders, timeline, events") == before


def test_a_message_settled_by_many_at_once_is_heard_once(shop: Shop) -> None:
    shop.start()
    letter = claim(shop)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: settle(shop, letter), range(8))) == 1


def test_what_was_certainly_not_sent_is_tried_again(shop: Shop) -> None:
    shop.start()
    first = claim(shop)
    assert settle(shop, first, Sent(outcome="transient", reason="busy")) == 0
    assert message(shop)["state"] == "planned"
    second = claim(shop, later=timedelta(minutes=1))
    assert (second.message, second.attempt) == (first.message, 2)
    assert [send["id"] for send in shop.rows("SELECT id FROM sends")] == [first.outgoing.id]
    # The first attempt's outcome, heard once more, says nothing about the second.
    assert settle(shop, first, Sent(outcome="transient")) == 0
    assert message(shop)["state"] == "claimed"
    assert settle(shop, second) == 1


def test_what_no_channel_can_carry_is_told_to_a_person(shop: Shop) -> None:
    shop.start()
    settle(shop, claim(shop), Sent(outcome="permanent", reason="no such mailbox"))
    assert message(shop)["state"] == "failed"
    assert shop.state().needs == ("unreachable",)
    assert shop.rows("SELECT needs FROM backorders")[0]["needs"]


def test_who_has_no_address_cannot_be_written_to(shop: Shop) -> None:
    shop.start(customer={"email": None, "contact": "none"})
    letter = shop.services.dispatch.claim(ANN, shop.now)
    assert isinstance(letter, Unsendable)
    assert settle(shop, letter, Sent(outcome="permanent", reason=letter.reason)) == 1
    assert settle(shop, letter, Sent(outcome="permanent", reason=letter.reason)) == 0
    assert message(shop)["state"] == "failed"


def test_a_text_goes_only_to_those_who_agreed(shop: Shop) -> None:
    shop.start(customer={"email": None, "phone": "+4915123456789", "sms_consent": True})
    assert claim(shop).outgoing.channel == "sms"


def test_a_claim_whose_holder_died_is_unclear_and_holds_up_only_its_line(shop: Shop) -> None:
    shop.start("O-1")
    shop.start("O-2")
    first = claim(shop)
    second = claim(shop)
    assert second.message != first.message
    assert settle(shop, second) == 1
    waiting = shop.services.dispatch.claim(ANN, shop.now)
    assert isinstance(waiting, Pause)
    assert waiting.again is not None
    lose_claims(shop)
    assert isinstance(shop.services.dispatch.claim(ANN, shop.now), Pause)
    assert message(shop)["state"] == "unknown"
    assert message(shop)["reason"]


def test_what_became_of_a_claim_given_up_for_lost_is_still_heard(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    letter = claim(shop)
    lose_claims(shop)
    shop.services.dispatch.claim(ANN, shop.now)
    assert settle(shop, letter) == 1
    assert message(shop)["state"] == "sent"
    assert shop.state().promise is not None


def test_messages_go_in_the_order_in_which_they_fell_due(shop: Shop) -> None:
    for number in (3, 1, 2):
        shop.now = at(0, 9 + number)
        shop.start(f"O-{number}")
    shop.now = at(1)
    shop.out = Recorder()
    subjects = [letter.subject + letter.text for letter in shop.dispatch()]
    assert ["O-1" in subjects[0], "O-2" in subjects[1], "O-3" in subjects[2]] == [True] * 3


def test_a_withdrawn_message_is_not_sent(shop: Shop) -> None:
    shop.start()
    shop.ask("O-1", shop.silence(at(5)))
    shop.review("O-1", "H-1")
    assert message(shop)["state"] == "withdrawn"
    assert isinstance(shop.services.dispatch.claim(ANN, at(0)), Pause)


def test_a_withdrawn_message_can_be_planned_anew_under_its_key(shop: Shop) -> None:
    shop.start()
    shop.ask("O-1", shop.silence(at(5)))
    shop.review("O-1", "H-1")
    shop.now = at(6, 12)
    shop.review("O-1")
    assert "planned" in {row["state"] for row in shop.rows("SELECT state FROM messages")}
    assert shop.dispatch()
