"""A thread that comes late: between its claim and its call the lease has all but passed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from activities.dispatch import Deliver, Delivered, Dispatcher
from activities.threads import Threads
from activities.timing import Timing
from backorder.domain.clock import Clock
from backorder.ports import Batch, Channel, LookedUp, Sender, Sent
from backorder.services.delays import Delays
from backorder.services.services import machine_now
from tests.support.senders import Notified
from tests.support.sending import ANN, Desk
from tests.support.shop import Shop, StillTiming
from tests.support.waiting import DEADLINE_S, holds

DEADLINE, SPARE_S = 10.0, 0.05
"""Seconds that a call may take, and what a lease has beyond them."""
ABSENT = LookedUp(sighting="absent", reason="not known there")
ACCEPTED = Sent(outcome="accepted", provider_id="x")


class Stopped(Threads):
    """Threads of a process that is stopped right after it has claimed something, until it goes on."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        super().__init__(pool)
        self.claimed = threading.Event()
        self.goes_on = threading.Event()

    async def run(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """What it came to, later."""
        found = await super().run(function, *args, **options)
        if isinstance(found, Batch) and found.calls:
            self.claimed.set()
            await asyncio.to_thread(self.goes_on.wait, DEADLINE_S)
        return found


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """One message is due; a lease is hardly longer than a call."""
    shop.purchase()
    shop.start()
    shop.services.dispatch.delays = Delays(lease=timedelta(seconds=DEADLINE + SPARE_S))
    return shop


@contextmanager
def stopped(shop: Shop) -> Iterator[tuple[Stopped, Future[Delivered]]]:
    """A dispatcher that has claimed the message and was stopped before it called anybody, for too long."""
    with ThreadPoolExecutor(2) as pool, ThreadPoolExecutor(1) as process:
        threads = Stopped(pool)
        senders: dict[Channel, Sender] = {"email": shop.out, "sms": shop.out}
        timing, lasts = StillTiming(shop.now), DEADLINE
        late = Dispatcher(
            shop.services.dispatch, senders, Notified(), threads, timing, deadline=lasts, linger=0.0
        )
        params, begun = (
            Deliver(shard=shop.services.dispatch.shard_of(ANN), at=shop.now, clock=Clock()),
            time.monotonic(),
        )
        ended = process.submit(lambda: asyncio.run(late.deliver(params)))
        try:
            holds("it has claimed the message", threads.claimed.is_set)
            holds("it is too late for a call", lambda: time.monotonic() - begun > 2 * SPARE_S)
            yield threads, ended
        finally:
            threads.goes_on.set()


def test_a_delivery_that_is_repeated_long_after_it_was_asked_for_sends_what_is_due_by_now(shop: Shop) -> None:
    """Its worker died, or the database was away; what was planned meanwhile does not wait for as long."""
    shop.now = machine_now()
    shop.start("O-2", customer={"id": "ben"})
    shard = shop.services.dispatch.shard_of("customer/ben")
    with ThreadPoolExecutor(1) as pool:
        senders: dict[Channel, Sender] = {"email": shop.out, "sms": shop.out}
        threads, timing = Threads(pool), Timing(Clock)
        dispatcher = Dispatcher(
            shop.services.dispatch, senders, Notified(), threads, timing, deadline=5.0, linger=0.0
        )
        params = Deliver(shard=shard, at=shop.now - timedelta(hours=1), clock=Clock())
        asyncio.run(dispatcher.deliver(params))
    gone = "SELECT state FROM messages WHERE person = 'customer/ben'"
    assert shop.rows(gone) == [{"state": "sent"}]


def test_a_claim_whose_thread_comes_late_is_handed_back_unsent_and_goes_once(shop: Shop) -> None:
    with stopped(shop) as (late, ended):
        late.goes_on.set()
        assert ended.result(DEADLINE_S).sent == 0
    assert shop.out.given == []
    [send] = shop.rows("SELECT state, code FROM sends")
    assert (send["state"], send["code"]) == ("planned", "handed_back")
    assert shop.rows("SELECT paused FROM channels WHERE since IS NOT NULL") == []
    desk = Desk(shop, machine_now())
    assert desk.take() is None
    desk.wait(timedelta(minutes=1))
    assert desk.record_outcome(desk.claimed(), ACCEPTED) == ["message_sent"]
    assert len(shop.rows("SELECT 1 FROM sends")) == 1


def test_a_claim_that_another_one_has_found_meanwhile_is_not_sent_by_its_late_thread(shop: Shop) -> None:
    """The other looks it up twice, and has the line told anew: what comes late changes nothing any more."""
    with stopped(shop) as (late, ended):
        desk = Desk(shop, machine_now() + shop.services.dispatch.lease)
        assert desk.take() is None  # it is looked up once a thread that is on its way must be through
        for applied in ("message_unknown", "message_not_sent"):
            desk.wait(shop.services.dispatch.delays.settling)
            assert desk.look_up(ABSENT) == [applied]
            if applied == "message_unknown":
                desk.record_outcome(desk.claimed(), ACCEPTED)
        told = shop.rows("SELECT id, state, code FROM sends ORDER BY claimed_at")
        assert [send["state"] for send in told] == ["lost", "sent"]
        late.goes_on.set()
        assert ended.result(DEADLINE_S).sent == 0
    assert shop.out.given == []
    assert shop.rows("SELECT id, state, code FROM sends ORDER BY claimed_at") == told
    assert desk.take() is None
