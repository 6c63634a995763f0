"""What became of a message: tried again, looked up, told anew, or gone for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from backorder.domain.channels import ACCOUNT_ERRORS, NOTHING_ACCEPTED, ChannelState
from backorder.ports import Channel, Claimed, Doubtful, LookedUp, Notify, Sent
from backorder.queries.messages import of_case
from backorder.storage import channels, tasks
from backorder.storage.engine import reading, writing
from backorder.storage.tables import messages
from tests.support.sending import BEGIN, Desk
from tests.support.shop import Shop

ACCEPTED = Sent(outcome="accepted", provider_id="x")
BUSY = Sent(outcome="transient", code="429", reason="busy")
REFUSED = Sent(outcome="transient", code="401", reason="wrong key", account=True)
UNKNOWN = Sent(outcome="unknown", code="timeout", reason="no answer")
GRACE_PERIOD = timedelta(hours=4)
WAIT = timedelta(minutes=1)
FOUND = LookedUp(sighting="found", provider_id="sg-1")
ABSENT = LookedUp(sighting="absent", reason="not known there")


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


def settling(desk: Desk) -> timedelta:
    return desk.shop.services.dispatch.delays.settling


def test_what_was_not_processed_never_fails_however_long_it_takes(desk: Desk) -> None:
    """Hours of a provider that is too busy: tried ever more seldom, its words kept once, then it goes."""
    desk.shop.start()
    gaps = []
    while desk.now < BEGIN + timedelta(hours=2):
        desk.record_outcome(desk.claimed(), BUSY)
        assert desk.take() is None
        pause = desk.pause()
        assert pause is not None
        gaps.append(pause)
        desk.wait(pause)
    probe = desk.shop.services.dispatch.delays.probe
    assert gaps[:4] == sorted(set(gaps[:4]))
    assert set(gaps[8:]) == {probe}  # by then the channel is paused, and this is what tries it
    assert desk.message()["attempts"] == len(gaps)
    assert desk.message()["reason"] == "busy"
    assert len(desk.shop.rows("SELECT * FROM sends")) == 1
    assert desk.record_outcome(desk.claimed(), ACCEPTED) == ["message_sent"]
    assert (desk.message()["state"], desk.message()["reason"]) == ("sent", None)


def test_what_is_found_was_accepted(desk: Desk) -> None:
    desk.shop.purchase()
    desk.shop.start()
    desk.record_outcome(desk.claimed(), replace(UNKNOWN, retry_after=900.0))
    desk.wait(settling(desk))
    assert desk.take() is None, "nobody is asked before they want to be"
    desk.wait(timedelta(seconds=900) - settling(desk))
    assert desk.look_up(LookedUp(sighting="found", provider_id="sg-1")) == ["message_sent"]
    assert desk.message()["state"] == "sent"
    assert desk.shop.state().promise is not None
    assert desk.shop.rows("SELECT state, provider_id FROM sends") == [
        {"state": "sent", "provider_id": "sg-1"}
    ]


def test_a_promise_that_nobody_knows_is_told_anew_and_never_sent_again(desk: Desk) -> None:
    desk.shop.purchase()
    desk.shop.start()
    desk.record_outcome(desk.claimed(), UNKNOWN)
    desk.wait(settling(desk))
    assert desk.look_up(ABSENT) == ["message_unknown"]
    again = desk.claimed()
    assert again.message != desk.message()["id"]
    desk.record_outcome(again, ACCEPTED)
    desk.wait(settling(desk))
    assert desk.look_up(ABSENT) == ["message_not_sent"]
    assert desk.message()["state"] == "withdrawn"
    assert desk.take() is None
    assert [row["state"] for row in desk.shop.rows("SELECT state FROM sends ORDER BY claimed_at")] == [
        "lost",
        "sent",
    ]


def test_another_message_goes_once_more_and_not_a_third_time(desk: Desk) -> None:
    desk.shop.start()
    desk.record_outcome(desk.claimed(), ACCEPTED)
    desk.shop.cancel()
    first = desk.claimed()
    for last in (False, True):
        message = first if not last else desk.claimed()
        assert last == (message.outgoing.id != first.outgoing.id)
        desk.record_outcome(message, UNKNOWN)
        desk.wait(settling(desk))
        assert desk.look_up(ABSENT) == ["message_unknown"]
        desk.wait(settling(desk))
        assert desk.look_up(ABSENT) == (["message_not_sent"] if last else [])
    assert desk.take() is None


def test_what_was_overtaken_is_not_sent_any_more(desk: Desk) -> None:
    desk.shop.start(quantity=2)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    desk.shop.cancel(quantity=1, id="C-1")
    desk.record_outcome(desk.claimed(), UNKNOWN)
    desk.wait(settling(desk))
    desk.look_up(ABSENT)
    desk.shop.cancel(quantity=1, id="C-2")
    desk.record_outcome(desk.claimed(), ACCEPTED)
    desk.wait(settling(desk))
    assert desk.look_up(ABSENT) == ["message_not_sent"]
    assert desk.take() is None


def test_a_provider_that_cannot_be_asked_is_asked_for_a_day_and_silences_no_line(desk: Desk) -> None:
    desk.shop.purchase()
    desk.shop.start()
    desk.record_outcome(desk.claimed(), UNKNOWN)
    applied: list[str] = []
    while not applied:
        applied = look_up_in_vain(desk)
    assert applied == ["message_unknown"]
    assert 9 < (desk.now - BEGIN) / settling(desk) < 10
    assert (
        channels.all_channels(desk.shop.services.engine)[0].state == "failing"
    )  # from the send, not from this
    desk.record_outcome(desk.claimed(), ACCEPTED)
    asked = 0
    while desk.message()["state"] == "unknown":
        applied, asked = look_up_in_vain(desk), asked + 1
    assert applied == ["message_not_sent"]
    assert timedelta(days=1) <= desk.now - BEGIN < timedelta(days=1, hours=2)
    assert 20 < asked < 60


def test_other_news_go_on_soon_though_a_provider_cannot_be_asked(desk: Desk) -> None:
    desk.shop.purchase()
    desk.shop.start(quantity=2)
    desk.record_outcome(desk.claimed(), UNKNOWN)
    desk.shop.cancel(quantity=1)
    for _ in range(3):
        assert look_up_in_vain(desk) == []
    assert desk.record_outcome(desk.claimed(), ACCEPTED) == ["message_sent"]
    desk.wait(settling(desk))
    assert desk.look_up(FOUND) == ["message_sent"]
    assert desk.take() is None


def test_a_promise_is_not_told_twice_because_the_key_was_wrong_for_hours(desk: Desk) -> None:
    """It has arrived; nobody can ask, and nothing else goes by that channel anyhow."""
    desk.shop.purchase()
    desk.shop.start()
    desk.record_outcome(desk.claimed(), UNKNOWN)
    pause(desk, "email")
    while desk.now - BEGIN < timedelta(hours=3):
        assert look_up_in_vain(desk) == []
    channels.back(desk.shop.services.engine, ["email"], desk.shop.now)
    assert desk.take() is None
    wait = desk.pause()
    assert wait is not None
    desk.wait(wait)
    assert desk.look_up(FOUND) == ["message_sent"]
    assert desk.take() is None
    assert len(desk.shop.rows("SELECT 1 FROM messages")) == 1


def look_up_in_vain(desk: Desk) -> list[str]:
    """Wait for the next look-up, which the provider does not answer. Returns what lines heard."""
    assert desk.take() is None
    wait = desk.pause()
    assert wait is not None
    desk.wait(wait)
    return desk.look_up(LookedUp(sighting="failed", reason="403"))


def test_of_two_texts_in_the_same_words_the_one_that_is_known_is_not_taken_for_the_other(desk: Desk) -> None:
    """Two lines with the same product of somebody who gets texts only: the first text is no answer."""
    texted = {"email": None, "phone": "+4915123456789", "sms_consent": True}
    for order in ("O-1", "O-2"):
        desk.shop.start(order, customer=texted)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    desk.record_outcome(desk.claimed(), UNKNOWN)
    desk.wait(settling(desk))
    message = desk.take()
    assert isinstance(message, Doubtful)
    assert message.outgoing.others == {ACCEPTED.provider_id}


def test_a_claim_that_was_lost_is_looked_up_and_one_of_the_outbox_just_goes(desk: Desk) -> None:
    desk.shop.start()
    desk.claimed()
    desk.wait(desk.shop.services.dispatch.lease)
    desk.batch(stored=["email"])
    assert desk.message()["state"] == "withdrawn"
    # A promise is told anew by its line, here too.
    assert desk.record_outcome(desk.claimed(), ACCEPTED) == ["message_sent"]


def test_a_channel_that_refuses_everybody_is_paused_tried_and_back(desk: Desk) -> None:
    """A wrong key: three tries in all, one task, one probe at a time; then everything goes on."""
    names = (f"p{number}" for number in range(100))
    shard_of = desk.shop.services.dispatch.shard_of
    people = [name for name in names if shard_of(f"customer/{name}") == 0][: ACCOUNT_ERRORS + 2]
    for name in people:
        desk.shop.start(f"O-{name}", customer={"id": name})
    for name in people[:ACCOUNT_ERRORS]:
        desk.record_outcome(desk.claimed(f"customer/{name}"), REFUSED)
    blocked = f"customer/{people[-1]}"
    assert desk.take(blocked) is None
    [task] = tasks.waiting(desk.shop.services.engine)
    assert (task.kind, task.subject) == ("channel_paused", "email")
    found = channels.all_channels(desk.shop.services.engine)[0]
    assert (found.name, found.state, found.reason, found.since) == ("email", "paused", "wrong key", BEGIN)
    assert found.waiting == ACCOUNT_ERRORS + 2
    desk.shop.now += timedelta(minutes=2)
    assert desk.pause(blocked) == desk.shop.services.dispatch.delays.probe
    with reading(desk.shop.services.engine) as connection:
        [shown], _ = of_case(connection, f"O-{people[-1]}/1")
    assert shown.reason is not None
    assert "paused since" in shown.reason
    assert shown.try_at is not None

    desk.wait(desk.shop.services.dispatch.delays.probe)
    probe = desk.claimed(blocked)
    assert desk.take(blocked) is None
    desk.record_outcome(probe, ACCEPTED)
    assert not tasks.waiting(desk.shop.services.engine)
    for _ in people[:-1]:
        assert desk.record_outcome(desk.claimed(blocked), ACCEPTED) == ["message_sent"]


def test_a_channel_that_accepts_nothing_for_long_is_paused_too(desk: Desk) -> None:
    """Nor does one person count, who takes nothing now: not even hours apart."""
    desk.shop.start()
    night = Sent(outcome="transient", code="30610", reason="quiet", recipient=True)
    for _ in range(2):
        desk.record_outcome(desk.claimed(), night)
        desk.wait(2 * NOTHING_ACCEPTED)
    assert not tasks.waiting(desk.shop.services.engine)
    began = desk.now
    while desk.now - began < NOTHING_ACCEPTED:
        assert not tasks.waiting(desk.shop.services.engine)
        desk.record_outcome(
            desk.claimed(), Sent(outcome="transient", code="unreached", reason="nobody is there")
        )
        assert desk.take() is None
        pause = desk.pause()
        assert pause is not None
        desk.wait(pause)
    desk.record_outcome(desk.claimed(), UNKNOWN)
    assert [task.detail["why"] for task in tasks.waiting(desk.shop.services.engine)] == ["no answer"]


def test_a_channel_refuses_a_message_and_the_next_one_takes_it(desk: Desk) -> None:
    desk.shop.start(customer={"phone": "+4915123456789", "sms_consent": True})
    gone = Sent(outcome="permanent", code="550", reason="no such mailbox")
    assert desk.record_outcome(desk.claimed(), gone) == []
    message = desk.claimed()
    assert message.outgoing.channel == "sms"
    assert desk.record_outcome(message, gone) == ["message_failed"]
    assert desk.message()["state"] == "failed"
    assert desk.shop.state().needs == ("unreachable",)


BOTH = {"phone": "+4915123456789", "sms_consent": True}


def pause(desk: Desk, *names: Channel) -> None:
    """Channels fail for everybody, and have just been tried."""
    down = ChannelState(paused=True, since=desk.now, reason="down", probe_at=desk.now + WAIT)
    with writing(desk.shop.services.engine) as connection:
        for name in names:
            channels.keep(connection, name, ChannelState(), down, desk.shop.now)


def test_a_message_whose_channel_is_paused_takes_the_second_one_after_a_while(desk: Desk) -> None:
    """Four hours of business time, whatever the machine's clock says; who has one channel goes on waiting."""
    shop = desk.shop
    shop.start("O-1", customer={"id": "ben", "email": "ben@example.com", "name": "Ben"})
    shop.start("O-2", customer=BOTH)
    pause(desk, "email")
    assert desk.take() is desk.take("customer/ben") is None
    assert desk.pause() == desk.pause("customer/ben") == WAIT  # somebody has to try the channel
    shop.now += GRACE_PERIOD
    message = desk.claimed()
    assert (message.outgoing.channel, message.outgoing.to) == ("sms", BOTH["phone"])
    assert desk.record_outcome(message, ACCEPTED) == ["message_sent"]
    assert desk.take("customer/ben") is None


@pytest.mark.parametrize("tried", [False, True])
def test_a_paused_channel_wakes_nobody_who_has_nothing_due_for_it(desk: Desk, tried: bool) -> None:
    """Whether or not it was time to try it again: what falls due next tries it."""
    shop = desk.shop
    shop.start()
    pause(desk, "email")
    later = timedelta(hours=11)
    with writing(shop.services.engine) as connection:
        connection.execute(update(messages).values(not_before=shop.now + later))
    if tried:
        desk.wait(2 * WAIT)
    assert desk.take() is None
    assert desk.pause() == later
    shop.now += later
    desk.wait(later)
    assert isinstance(desk.take(), Claimed)


def test_what_rests_longer_than_its_paused_channel_is_tried_when_it_has_rested(desk: Desk) -> None:
    desk.shop.start()
    desk.record_outcome(desk.claimed(), replace(BUSY, retry_after=900.0))
    pause(desk, "email")
    assert desk.pause() == WAIT
    desk.wait(WAIT)
    assert desk.take() is None
    rests = timedelta(seconds=900) - WAIT
    assert desk.pause() == rests
    desk.wait(rests)
    assert isinstance(desk.take(), Claimed)


def test_a_channel_that_is_back_in_time_is_used(desk: Desk) -> None:
    desk.shop.start(customer=BOTH)
    pause(desk, "email")
    assert desk.take() is None
    channels.back(desk.shop.services.engine, ["email"], desk.shop.now)
    desk.shop.now += GRACE_PERIOD
    assert desk.claimed().outgoing.channel == "email"


def test_a_legal_notice_takes_the_second_channel_at_once(desk: Desk) -> None:
    desk.shop.start(customer=BOTH)
    desk.shop.run("UPDATE messages SET kind = 'consent_request', fallback_at = not_before")
    assert desk.claimed().outgoing.channel == "email"
    desk.shop.run("UPDATE messages SET state = 'planned', try_at = NULL")
    pause(desk, "email")
    assert desk.claimed().outgoing.channel == "sms"


def test_whose_every_channel_is_paused_waits_and_looks_again_now_and_then(desk: Desk) -> None:
    shop = desk.shop
    shop.start(customer=BOTH)
    pause(desk, "email", "sms")
    assert desk.take() is None
    shop.now += GRACE_PERIOD
    assert desk.take() is None
    with reading(shop.services.engine) as connection:
        later = connection.execute(select(messages.c.fallback_at)).scalar_one()
    assert later == shop.now + GRACE_PERIOD
    desk.wait(WAIT)
    assert desk.claimed().outgoing.channel == "email"  # it tries the first one


def test_who_has_another_way_tries_a_mute_channel_once(desk: Desk) -> None:
    """The first message may have gone; the second one waits for its way out instead of being lost too."""
    shop = desk.shop
    shop.start("O-1", customer=BOTH)
    shop.start("O-2", customer=BOTH)
    pause(desk, "email")
    desk.wait(WAIT)
    desk.record_outcome(desk.claimed(), UNKNOWN)
    desk.wait(WAIT)
    assert desk.take() is None
    shop.now += GRACE_PERIOD
    assert desk.claimed().outgoing.channel == "sms"


def test_a_message_that_cannot_be_put_into_words_does_not_keep_others(desk: Desk) -> None:
    desk.shop.start("O-1")
    desk.shop.start("O-2")
    desk.shop.run("UPDATE message_items SET facts = '{\"quantity\": \"many\"}' WHERE backorder = 'O-1/1'")
    assert desk.take() is None
    message = desk.claimed()
    assert message.message == desk.message(1)["id"]
    assert desk.message()["reason"] == "It could not be put into words."


def test_a_decision_of_which_nobody_told_the_workflow_is_found(shop: Shop) -> None:
    """The process dies after a message was settled: the line wants an earlier look than its timer knows."""
    shop.start()
    shop.run("UPDATE backorders SET wake_at = NULL")
    desk = Desk(shop)
    message = desk.claimed()
    desk.record_outcome(message, ACCEPTED)
    desk.pause()
    assert shop.services.reconciler.orphaned(shop.now).after.backorders == ()
    found = shop.services.reconciler.orphaned(shop.now + timedelta(days=30)).after
    assert found == Notify(backorders=("O-1/1",), events=True)
    shop.now += timedelta(days=30)
    shop.review("O-1")
    assert shop.services.reconciler.orphaned(shop.now).after.backorders == ()
