"""A paused channel is tried no sooner than its provider asked for, whoever tries it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from backorder.domain.channels import ChannelState
from backorder.ports import Claimed, Sent
from backorder.services.pause_channel import pause, resume
from backorder.storage import channels
from backorder.storage.engine import writing
from tests.support.sending import ANN, Desk
from tests.support.shop import Shop

ASKED = timedelta(minutes=10)
SECOND = timedelta(seconds=1)
BUSY = Sent(outcome="transient", code="429", reason="busy", retry_after=600.0)
UNCLEAR = Sent(outcome="unknown", code="503", reason="no answer", retry_after=600.0)
REFUSED = Sent(outcome="transient", code="401", reason="wrong key", account=True)


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """Mails have failed for everybody; it is time to try them with one."""
    shop.start("O-1")
    desk = Desk(shop)
    failed = ChannelState(
        paused=True, since=desk.now, reason="wrong key", account_errors=3, probe_at=desk.now
    )
    with writing(shop.services.engine) as connection:
        channels.keep(connection, "email", ChannelState(), failed, shop.now)
    return desk


@pytest.mark.parametrize("sent", [BUSY, UNCLEAR])
def test_a_provider_that_asks_for_longer_is_left_alone_by_everybody(desk: Desk, sent: Sent) -> None:
    shop, shard_of = desk.shop, desk.shop.services.dispatch.shard_of
    beside = next(name for name in "bcdefghijk" if shard_of(f"customer/{name}") == shard_of(ANN))
    desk.record_outcome(desk.claimed(), sent)
    shop.start("O-2", customer={"id": beside, "email": f"{beside}@example.com"})
    assert desk.take() is None
    desk.wait(ASKED - SECOND)
    assert desk.take() is None
    assert desk.pause() == SECOND
    desk.wait(SECOND)
    assert desk.take() is not None


def test_what_another_message_hears_meanwhile_shortens_nothing(desk: Desk) -> None:
    """It was handed over before, and comes back without a wish."""
    shop, shard_of = desk.shop, desk.shop.services.dispatch.shard_of
    beside = next(name for name in "bcdefghijk" if shard_of(f"customer/{name}") == shard_of(ANN))
    first = desk.claimed()
    shop.start("O-2", customer={"id": beside, "email": f"{beside}@example.com"})
    desk.wait(shop.services.dispatch.delays.probe)
    second = desk.claimed()
    desk.record_outcome(first, BUSY)
    desk.record_outcome(second, REFUSED)
    desk.wait(ASKED - SECOND)
    assert desk.take() is None
    desk.wait(SECOND)
    assert isinstance(desk.take(), Claimed)


def test_who_takes_nothing_for_now_is_left_alone_for_as_long_as_was_asked(desk: Desk) -> None:
    """That says nothing about the channel, which others try."""
    asleep = Sent(outcome="transient", code="30610", reason="quiet", retry_after=600.0, recipient=True)
    desk.record_outcome(desk.claimed(), asleep)
    desk.wait(ASKED - SECOND)
    assert desk.take() is None
    desk.wait(SECOND)
    assert isinstance(desk.take(), Claimed)


def test_what_the_other_channel_tried_last_goes_by_one_that_is_back_at_once(desk: Desk) -> None:
    """It has rested since its last try by this one, which had asked for that."""
    shop, services = desk.shop, desk.shop.services
    resume(services.engine, "email", by="Eva", at=shop.now)
    shop.run("UPDATE customers SET phone = '+4915123456789', sms_consent = true")
    shop.run("UPDATE messages SET version = version + 1")
    desk.record_outcome(desk.claimed(), replace(BUSY, retry_after=3600.0))
    shop.now += timedelta(hours=4)
    text = desk.claimed()
    assert text.outgoing.channel == "sms"
    desk.record_outcome(text, replace(BUSY, retry_after=3600.0))
    assert desk.take() is None
    pause(services.engine, "email", by="Eva", reason="logo", until=None, at=shop.now, now=desk.now)
    resume(services.engine, "email", by="Eva", at=shop.now)
    mail = desk.claimed()
    assert (mail.message, mail.outgoing.channel) == (text.message, "email")
