"""A message whose two channels are both in trouble: each is tried in its own time, its words kept once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from backorder.domain.channels import ChannelState
from backorder.ports import Claimed, Sent
from backorder.queries.message_list import MessageFilter, message_list
from backorder.queries.messages import of_case
from backorder.queries.views import MessageView
from backorder.services.pause_channel import pause
from backorder.storage import channels
from backorder.storage.engine import reading, writing
from tests.support.sending import BEGIN, Desk
from tests.support.shop import Shop

ACCEPTED = Sent(outcome="accepted", provider_id="x")
BUSY = Sent(outcome="transient", code="429", reason="busy")
GONE = Sent(outcome="permanent", code="30006", reason="no such number")
BOTH = {"phone": "+4915123456789", "sms_consent": True}
GRACE_PERIOD = timedelta(hours=4)
FIRST_REST = timedelta(seconds=30)


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """A message by mail that may go by text."""
    shop.start(customer=BOTH)
    desk = Desk(shop)
    desk.record_outcome(desk.claimed(), BUSY)
    shop.now += GRACE_PERIOD
    return desk


def tries(desk: Desk, answers: dict[str, Sent], until: timedelta) -> list[tuple[str, timedelta]]:
    """Channels that are tried, each with when, as a dispatcher does it that sleeps for as long as it may."""
    found: list[tuple[str, timedelta]] = []
    while desk.now - BEGIN < until:
        call = desk.take()
        if isinstance(call, Claimed):
            channel = call.outgoing.channel
            found.append((channel, desk.now - BEGIN))
            assert len(found) < 100, "it runs hot"
            desk.record_outcome(call, answers[channel])
            continue
        pause = desk.pause()
        assert pause is not None
        desk.wait(pause)
    return found


def gaps(found: list[tuple[str, timedelta]], channel: str) -> list[timedelta]:
    """How long a channel was left alone, each time."""
    instants = [at for name, at in found if name == channel]
    return [after - before for before, after in pairwise(instants)]


def test_each_channel_has_its_own_rest_and_its_words_are_kept_once(desk: Desk) -> None:
    found = tries(desk, {"email": BUSY, "sms": BUSY}, timedelta(minutes=9))
    assert found[:2] == [("sms", timedelta(0)), ("email", FIRST_REST)]
    for channel in ("email", "sms"):
        rests = gaps(found, channel)
        assert rests == sorted(rests)
        assert rests[0] >= 2 * FIRST_REST
    assert len(desk.shop.rows("SELECT 1 FROM sends")) == 2


@pytest.mark.parametrize("slow", ["email", "sms"])
def test_what_the_provider_of_one_asks_for_counts_whatever_the_other_does(desk: Desk, slow: str) -> None:
    asked = timedelta(minutes=4)
    answers = {"email": BUSY, "sms": BUSY} | {slow: replace(BUSY, retry_after=asked.total_seconds())}
    found = tries(desk, answers, timedelta(minutes=9))
    assert min(gaps(found, slow)) >= asked
    assert len(gaps(found, "sms" if slow == "email" else "email")) > 1


def test_it_goes_by_whichever_takes_it_first(desk: Desk) -> None:
    desk.record_outcome(desk.claimed(), replace(BUSY, retry_after=900.0))
    desk.wait(FIRST_REST)
    again = desk.claimed()
    assert again.outgoing.channel == "email"
    assert desk.record_outcome(again, ACCEPTED) == ["message_sent"]


def test_what_one_refuses_for_good_waits_until_the_other_is_to_be_tried(desk: Desk) -> None:
    desk.record_outcome(desk.claimed(), GONE)
    assert desk.take() is None
    desk.wait(FIRST_REST)
    assert desk.claimed().outgoing.channel == "email"


def test_others_to_the_same_person_wait_for_the_first_that_is_to_be_tried(desk: Desk) -> None:
    desk.record_outcome(desk.claimed(), replace(BUSY, retry_after=900.0))
    desk.shop.start("O-2", customer=BOTH)
    desk.shop.now += GRACE_PERIOD
    assert desk.take() is None
    assert desk.pause() == FIRST_REST
    desk.wait(FIRST_REST)
    assert {desk.claimed().outgoing.channel for _ in range(2)} == {"email"}


def shown(desk: Desk) -> MessageView:
    """The message, as its case shows it."""
    with reading(desk.shop.services.engine) as connection:
        [view], _ = of_case(connection, "O-1/1")
    return view


def test_a_case_shows_how_each_channel_stands_and_when_it_is_tried(desk: Desk) -> None:
    """The mail rests for a quarter of an hour, and the text for a minute: that is what comes next."""
    mail, text = shown(desk).ways
    rests = BEGIN + FIRST_REST
    assert (mail.channel, mail.state, mail.reason, mail.try_at) == ("email", "resting", "busy", rests)
    assert (text.channel, text.state, text.reason, text.try_at) == ("sms", "waiting", None, desk.shop.now)
    desk.record_outcome(desk.claimed(), replace(BUSY, reason="the queue is full"))
    desk.wait(FIRST_REST)
    desk.record_outcome(desk.claimed(), replace(BUSY, retry_after=900.0))
    mail, text = shown(desk).ways
    asked, rests = desk.now + timedelta(minutes=15), BEGIN + 2 * FIRST_REST
    assert (mail.channel, mail.state, mail.reason, mail.try_at) == ("email", "resting", "busy", asked)
    assert (text.channel, text.state, text.reason) == ("sms", "resting", "the queue is full")
    assert text.try_at == rests
    assert shown(desk).try_at == rests
    [listed] = message_list(desk.shop.services.database, MessageFilter(), desk.shop.now).rows
    assert (listed.next_try, listed.ways) == (rests, (mail, text))


def test_a_case_names_the_pause_of_each_channel(desk: Desk) -> None:
    """What a person paused is tried when they say so, and the other one when its provider is to be asked."""
    engine, at = desk.shop.services.engine, desk.shop.now
    probe_at = desk.now + timedelta(hours=5)
    failed = ChannelState(paused=True, since=desk.now, reason="wrong key", probe_at=probe_at)
    with writing(engine) as connection:
        channels.keep(connection, "sms", ChannelState(), failed, at)
    pause(engine, "email", by="Eva", reason="wrong logo", until=None, at=at, now=desk.now)
    mail, text = shown(desk).ways
    assert (mail.state, text.state) == ("paused", "paused")
    assert "wrong logo" in (mail.reason or "")
    assert "wrong key" in (text.reason or "")
    assert (mail.try_at, text.try_at) == (None, probe_at)
    assert shown(desk).try_at == probe_at


def test_a_channel_that_refused_a_message_has_no_next_try(desk: Desk) -> None:
    desk.record_outcome(desk.claimed(), GONE)
    mail, text = shown(desk).ways
    assert (text.channel, text.state, text.reason, text.try_at) == ("sms", "failed", GONE.reason, None)
    assert shown(desk).try_at == mail.try_at == BEGIN + FIRST_REST
