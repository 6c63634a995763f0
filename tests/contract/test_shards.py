"""Shards: what hangs in one of them keeps nobody of another waiting, in the same worker."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from activities.dispatch import Deliver, Dispatcher
from activities.threads import Threads
from backorder.domain.clock import Clock
from backorder.ports import Outgoing, Sent
from tests.support.senders import HeldSender, Notified, Recorder
from tests.support.sending import ANN
from tests.support.shop import Shop, StillTiming
from tests.support.waiting import until


class HangsForAnn(HeldSender):
    """A provider that does not answer about one address."""

    def send(self, outgoing: Outgoing) -> Sent:
        """Take a text."""
        if outgoing.to == "ann@example.com":
            return super().send(outgoing)
        return Recorder.send(self, outgoing)


async def test_one_shard_goes_on_beside_one_that_hangs(shop: Shop) -> None:
    dispatch, out = shop.services.dispatch, HangsForAnn()
    mine = dispatch.shard_of(ANN)
    other = next(name for name in "bcdefghijk" if dispatch.shard_of(f"customer/{name}") != mine)
    shop.start("O-1")
    shop.start("O-2", customer={"id": other, "email": "other@example.com"})
    with ThreadPoolExecutor(4) as pool:
        timing, threads = StillTiming(shop.now), Threads(pool)
        dispatcher = Dispatcher(dispatch, {"email": out, "sms": out}, Notified(), threads, timing, linger=0.0)
        hangs = asyncio.create_task(dispatcher.deliver(Deliver(shard=mine, at=shop.now, clock=Clock())))
        try:
            await until("a call hangs", lambda: bool(out.given))
            went = await dispatcher.deliver(Deliver(shard=1 - mine, at=shop.now, clock=Clock()))
            assert went.sent == 1
            assert not hangs.done()
        finally:
            out.open.set()
        assert (await hangs).sent == 1
    assert {row["state"] for row in shop.rows("SELECT state FROM messages")} == {"sent"}
