"""Workers that die, are stopped, or are away for a while: the line does not notice."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import update
from temporalio.testing import WorkflowEnvironment

from backorder import schemas
from backorder.domain.clock import Clock
from backorder.messaging.sendgrid_sender import SendGridSender
from backorder.services.delays import Delays
from backorder.services.services import machine_now
from backorder.storage import dispatchers
from backorder.storage.engine import writing
from backorder.storage.tables import messages, sends
from tests.support.databases import KINDS, NewDatabase
from tests.support.histories import history
from tests.support.live_shop import LiveShop, open_shop
from tests.support.losing import losing_the_first
from tests.support.providers import Hang, SendGridFake
from tests.support.waiting import until
from tests.support.worker_processes import running, settings


@pytest.mark.parametrize("shop", KINDS, indirect=True)
async def test_a_review_that_fails_after_its_commit_answers_what_it_recorded(shop: LiveShop) -> None:
    """Every review's waking fails once; no message, event or line of the timeline is there twice."""
    shop.activities = losing_the_first(shop)  # type: ignore[method-assign,assignment]
    sku = await shop.furnish()
    order = await shop.expect(sku, 1, shop.day(9))
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        await shop.receive(order, 1)
        await until("it is allocated", lambda: "allocated" in shop.events(line))
        shipment = schemas.Shipment(shipment_id="s1", quantity=1)
        assert (await shop.backorders.ship(line, shipment)).verdict == "accepted"
        assert await shop.result(line) == "fulfilled"
        assert await shop.all_dealt_with(line) == ["confirmed", "shipped/s1"]
    assert [each for each in shop.events(line) if each != "promised"] == ["allocated", "shipped", "fulfilled"]
    shop.assert_coherent(line)


async def test_a_worker_that_is_killed_after_its_commit(shop: LiveShop) -> None:
    """SIGKILL between the commit and the answer: the next worker gets the same answer, and goes on."""
    sku = await shop.furnish()
    line = shop.order_line(sku)
    id = shop.services.intake.open(line, shop.now()).id
    async with running(["-m", "tests.support.mortal"], settings(shop)) as mortal:
        assert (await shop.backorders.start(line)).running
        assert await mortal.code() == -9
    assert shop.row(id).seq == 1
    assert shop.messages(id) == [("confirmed", "planned")]
    async with shop.working():
        assert await shop.all_dealt_with(id) == ["confirmed"]
        await until("the workflow has its answer", lambda: _has_timer(shop, id))
        assert shop.row(id).seq == 1
        timeline = [row.what for row in shop.rows("SELECT what FROM timeline ORDER BY number")]
        assert timeline == ["started", "message_sent"]


async def _has_timer(shop: LiveShop, line: str) -> bool:
    return "TimerStarted" in await history(shop.handle(line))


async def test_a_worker_told_to_stop_finishes_what_it_is_doing(shop: LiveShop) -> None:
    """SIGTERM while a message is on its way: the message is settled, the exit code is 0."""
    with SendGridFake() as provider:
        provider.next(Hang())
        more = {
            "BACKORDER_EMAIL": "sendgrid",
            "BACKORDER_EMAIL_FROM": "shop@example.com",
            "SENDGRID_API_KEY": provider.api_key,
            "BACKORDER_SENDGRID_URL": provider.url,
        }
        sku = await shop.furnish()
        async with running(["worker.py"], settings(shop, **more)) as process:
            await process.says("working on task queue")
            line = await shop.start(sku)
            await until("the provider has the message", lambda: provider.requests)
            process.stop()
            await process.says("stopping")
            assert shop.messages(line) == [("confirmed", "claimed")]
            provider.release()
            assert await process.code() == 0
        assert shop.messages(line) == [("confirmed", "sent")]
        assert len(provider.requests) == 1


async def test_updates_missed_while_the_worker_was_away_for_weeks_are_one(
    live: WorkflowEnvironment, new_database: NewDatabase
) -> None:
    """Sixteen days without a worker: one update, not two; the weekly rhythm goes on from there."""
    clock = Clock(epoch=machine_now(), rate=86_400 / 0.5)
    async with open_shop(live, new_database("sqlite"), clock=clock) as shop:
        sku = await shop.furnish()
        await shop.expect(sku, 1, shop.day(400))
        async with shop.working():
            line = await shop.start(sku)
            await shop.all_dealt_with(line)
        before, back = len(shop.messages(line)), shop.now() + timedelta(days=16)
        await until("sixteen days are over", lambda: shop.now() > back)
        assert len(shop.messages(line)) == before
        async with shop.working():
            await until("two updates have gone", lambda: len(shop.told(line)) > before + 1)
        # What is planned and has not gone by the next day, half a second later, is planned anew; the next
        # week counts from the first plan. Two for the weeks that were missed would go at once.
        query = "SELECT created_at FROM messages WHERE state = 'sent' ORDER BY number"
        missed, *later = [_instant(row.created_at) for row in shop.rows(query)][before:]
        assert missed > back - timedelta(days=1)
        assert all(next - last > timedelta(days=3) for last, next in pairwise([missed, *later]))


def _instant(at: datetime | str) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)


async def test_a_message_whose_worker_died_is_not_sent_a_second_time(shop: LiveShop) -> None:
    """The provider may have it, and is asked; what comes after it goes its way."""
    with SendGridFake() as provider:
        provider.next(Hang())
        more = {
            "BACKORDER_EMAIL": "sendgrid",
            "BACKORDER_EMAIL_FROM": "shop@example.com",
            "SENDGRID_API_KEY": provider.api_key,
            "BACKORDER_SENDGRID_URL": provider.url,
        }
        sku = await shop.furnish()
        async with running(["worker.py"], settings(shop, **more)) as process:
            await process.says("working on task queue")
            line = await shop.start(sku)
            await until("the provider has the message", lambda: provider.requests)
            process.kill()
            assert await process.code() == -9
        # The lease and the activity's time-out run on the machine's clock; nobody waits for them here.
        _give_the_claim_up(shop)
        await shop.dispatcher().terminate()
        provider.release()
        shop.services.dispatch.delays = Delays(settling=timedelta(seconds=0.3))
        sender = SendGridSender(provider.api_key, "shop@example.com", "The LiveShop", provider.url)
        shop.senders = {"email": sender, "sms": sender}
        async with shop.working():
            note = schemas.Answer(request_id="a1", choice="keep", indefinite=True)
            assert (await shop.backorders.answer(line, note)).verdict == "accepted"
            await until("both have gone", lambda: shop.told(line) == ["confirmed", "answer/a1"])
        assert len(provider.accepted) == 2


def _give_the_claim_up(shop: LiveShop) -> None:
    with writing(shop.services.engine) as connection:
        connection.execute(update(sends).values(claimed_at=machine_now() - 2 * shop.services.dispatch.lease))
        connection.execute(update(messages).values(try_at=None))
        dispatchers.sleep(connection, shop.services.dispatch.shard_of(shop.person()), None)


async def test_a_line_that_starts_while_nobody_works_begins_when_somebody_does(shop: LiveShop) -> None:
    sku = await shop.furnish()
    lines = await asyncio.gather(*(shop.start(sku, order=f"o{n}") for n in range(5)))
    assert all(shop.row(line).seq == 0 for line in lines)
    async with shop.working():
        for line in lines:
            assert await shop.all_dealt_with(line) == ["confirmed"]
