"""A provider that hangs, drops or fails: the lines decide as if nothing were the matter."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from backorder import schemas
from backorder.messaging.sendgrid_sender import SendGridSender
from backorder.messaging.twilio_sender import TwilioSender
from backorder.services.delays import Delays
from tests.support.live_shop import LiveShop
from tests.support.providers import Answer, Drop, Hang, SendGridFake, TwilioFake
from tests.support.waiting import until


@pytest.fixture
def sendgrid() -> Iterator[SendGridFake]:
    """SendGrid on loopback."""
    with SendGridFake() as fake:
        yield fake


def through(shop: LiveShop, sendgrid: SendGridFake) -> None:
    """Have the shop send through SendGrid."""
    sender = SendGridSender(sendgrid.api_key, "shop@example.com", "The LiveShop", sendgrid.url, timeout=30)
    shop.senders = {"email": sender, "sms": sender}


async def test_a_provider_that_hangs_does_not_delay_a_cancellation(
    shop: LiveShop, sendgrid: SendGridFake
) -> None:
    through(shop, sendgrid)
    sendgrid.next(Hang())
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, payment="unpaid")
        await until("the message hangs", lambda: sendgrid.requests)
        began = time.monotonic()
        new_request = schemas.Cancellation(request_id="c1", reason="changed their mind")
        outcome = await shop.backorders.cancel(line, new_request)
        assert outcome.verdict == "accepted"
        assert await shop.result(line) == "cancelled"
        assert time.monotonic() - began < 5
        assert sendgrid.accepted == []
        sendgrid.release()
        assert await shop.all_dealt_with(line) == ["confirmed", "cancelled/c1"]
    assert len(sendgrid.accepted) == 2


async def test_a_provider_that_hangs_for_one_customer_does_not_stop_the_others(
    shop: LiveShop, sendgrid: SendGridFake
) -> None:
    through(shop, sendgrid)
    sendgrid.next(Hang())
    sku = await shop.furnish()
    async with shop.working():
        first = await shop.start(sku, order="o0", customer={"id": shop.name("c0")})
        await until("the first one's hangs", lambda: sendgrid.requests)
        others = await asyncio.gather(
            *(shop.start(sku, order=f"o{n}", customer={"id": shop.name(f"c{n}")}) for n in range(1, 6))
        )
        for line in others:
            assert await shop.all_dealt_with(line) == ["confirmed"]
        assert shop.messages(first) == [("confirmed", "claimed")]
        sendgrid.release()
        assert await shop.all_dealt_with(first) == ["confirmed"]
    assert len(sendgrid.accepted) == 6


async def test_a_provider_that_fails_does_not_keep_a_line_from_ending(
    shop: LiveShop, sendgrid: SendGridFake
) -> None:
    """It is told later; the line ends now."""
    through(shop, sendgrid)
    sendgrid.next(*[Answer(429, headers={"Retry-After": "1"})] * 20)
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, payment="unpaid")
        await until("it was tried", lambda: sendgrid.requests)
        new_request = schemas.Cancellation(request_id="c1", reason="changed their mind")
        assert (await shop.backorders.cancel(line, new_request)).verdict == "accepted"
        assert await shop.result(line) == "cancelled"
        waits = {("confirmed", "withdrawn"), ("cancelled/c1", "planned")}
        await until("the news waits", lambda: set(shop.messages(line)) == waits)
    assert shop.phase(line) == "cancelled"


async def test_a_message_that_may_have_gone_is_never_sent_again(
    shop: LiveShop, sendgrid: SendGridFake
) -> None:
    """The connection breaks after the request: SendGrid is asked, and the next message waits for that."""
    through(shop, sendgrid)
    shop.services.dispatch.delays = Delays(settling=timedelta(seconds=0.5))
    sendgrid.next(Drop(taken=True))
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, payment="unpaid")
        await until("it has the mail", lambda: sendgrid.accepted)
        new_request = schemas.Cancellation(request_id="c1", reason="changed their mind")
        await shop.backorders.cancel(line, new_request)
        assert await shop.result(line) == "cancelled"
        await until("both are known to have gone", lambda: shop.told(line) == ["confirmed", "cancelled/c1"])
    assert len(sendgrid.accepted) == 2


async def test_a_text_goes_through_twilio_to_a_customer_without_an_address(shop: LiveShop) -> None:
    with TwilioFake() as twilio:
        sender = TwilioSender(
            twilio.account_sid, twilio.auth_token, from_number="+15005550006", base_url=twilio.url
        )
        shop.senders = {"email": shop.out, "sms": sender}
        sku = await shop.furnish()
        customer = {"email": None, "phone": "+441632960961", "sms_consent": True}
        async with shop.working():
            line = await shop.start(sku, customer=customer)
            assert await shop.all_dealt_with(line) == ["confirmed"]
        assert [request.body["To"] for request in twilio.accepted] == ["+441632960961"]
        assert shop.out.given == []
