"""Whom a batch concerns cannot be called: the calls to providers go on, and the sweep finds the others."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from activities.dispatch import Deliver, Dispatcher
from activities.threads import Threads
from activities.timing import Timing
from backorder.domain.clock import Clock
from backorder.ports import Channel, Notify, Outgoing, Sender, Sent
from backorder.services.services import machine_now
from tests.support.senders import Recorder
from tests.support.shop import Shop
from tests.support.waiting import DEADLINE_S


class Unreachable:
    """Temporal is away."""

    def __init__(self) -> None:
        self.called = threading.Event()

    async def notify(self, after: Notify) -> tuple[str, ...]:
        """Nobody is there."""
        self.called.set()
        raise ConnectionError("Temporal is away")


class Slow(Recorder):
    """A way out whose answer comes after somebody was called in vain."""

    def __init__(self, after: threading.Event) -> None:
        super().__init__()
        self._after = after

    def send(self, outgoing: Outgoing) -> Sent:
        """Take it."""
        self._after.wait(DEADLINE_S)
        return super().send(outgoing)


def test_what_is_on_its_way_is_written_down_though_nobody_can_be_woken(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.now = machine_now()
    shop.purchase()
    shard_of, dispatch = shop.services.dispatch.shard_of, shop.services.dispatch
    shard = shard_of("customer/ann")
    other = next(f"c-{n}" for n in range(50) if shard_of(f"customer/c-{n}") == shard)
    shop.start("O-1")
    texted = {"id": other, "email": None, "phone": "+4915123456789", "sms_consent": True}
    shop.start("O-2", customer=texted)
    away = Unreachable()
    senders: dict[Channel, Sender] = {"email": Recorder(), "sms": Slow(away.called)}
    with ThreadPoolExecutor(4) as pool, caplog.at_level(logging.WARNING):
        dispatcher = Dispatcher(dispatch, senders, away, Threads(pool), Timing(Clock), linger=0.0)
        params = Deliver(shard=shard, at=shop.now, clock=Clock())
        delivered = asyncio.run(dispatcher.deliver(params))
    assert delivered.sent == 2
    assert {row["state"] for row in shop.rows("SELECT state FROM messages")} == {"sent"}
    assert [each for each in caplog.messages if "left to the sweep" in each]
