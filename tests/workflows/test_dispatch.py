"""What is said: to each person in order, each thing once, and nothing forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import update
from temporalio.testing import WorkflowEnvironment

from backorder import schemas
from backorder.messaging.outbox import OutboxSender
from backorder.ports import LookedUp, Notify, Sent
from backorder.storage.engine import writing
from backorder.storage.tables import messages, sends
from starter.temporal import TemporalNotifier
from tests.support.databases import NewDatabase
from tests.support.histories import details, history
from tests.support.live_shop import LiveShop as Shop
from tests.support.live_shop import open_shop
from tests.support.senders import HeldSender
from tests.support.temporal import dev_server
from tests.support.waiting import until
from workflows.dispatch import DispatchWorkflow


def answer(id: str) -> schemas.Answer:
    return schemas.Answer(request_id=id, choice="keep", indefinite=True)


async def test_the_dispatcher_sleeps_when_nothing_is_pending(shop: Shop) -> None:
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        assert await shop.all_dealt_with(line) == ["confirmed"]
        await until("it sleeps", shop.sleeps)
        assert (await history(shop.dispatcher())).count("ActivityTaskScheduled") <= 2
        await until("it says so", partial(_says_that_nothing_waits, shop))


async def _says_that_nothing_waits(shop: Shop) -> bool:
    return await details(shop.dispatcher()) == "Messages that wait: 0, of which due: 0."


async def test_one_channel_stays_here_and_the_other_does_not(shop: Shop) -> None:
    """A mail is handed over, a text is filed with the transaction that claims it."""
    sku = await shop.furnish()
    shop.senders = {"email": shop.out, "sms": OutboxSender()}
    texts = {"id": shop.name("ben"), "email": None, "phone": "+4915123456789", "sms_consent": True}
    async with shop.working():
        by_mail, by_text = (
            await shop.start(sku, order="o1"),
            await shop.start(sku, order="o2", customer=texts),
        )
        assert await shop.all_dealt_with(by_mail) == await shop.all_dealt_with(by_text) == ["confirmed"]
        assert [sent.channel for sent in shop.out.given] == ["email"]


async def test_what_is_said_keeps_its_order(shop: Shop) -> None:
    """Ten answers while the first message is on its way: eleven messages, in the order of their reasons."""
    sku = await shop.furnish()
    held = HeldSender()
    shop.senders = {"email": held, "sms": held}
    async with shop.working():
        line = await shop.start(sku)
        await until("the first is on its way", lambda: held.given)
        for n in range(10):
            await shop.backorders.answer(line, answer(f"a{n}"))
        assert [state for _, state in shop.messages(line)] == ["claimed", *["planned"] * 10]
        held.open.set()
        told = await shop.all_dealt_with(line)
        assert told == ["confirmed", *(f"answer/a{n}" for n in range(10))]
        query = "SELECT id FROM sends ORDER BY claimed_at"
        assert [sent.id for sent in held.given] == [row.id for row in shop.rows(query)]


async def test_a_wake_during_the_last_message_is_not_lost(shop: Shop) -> None:
    """The new message is planned after the last look for one, before the end of the conversation."""
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        for n in range(15):
            await shop.backorders.answer(line, answer(f"a{n}"))
        told = await shop.all_dealt_with(line)
        assert told == ["confirmed", *(f"answer/a{n}" for n in range(15))]
        await until("it sleeps", shop.sleeps)


async def test_two_lines_of_one_customer_are_written_to_one_after_the_other(shop: Shop) -> None:
    sku = await shop.furnish()
    held = HeldSender()
    shop.senders = {"email": held, "sms": held}
    async with shop.working():
        one, two = await asyncio.gather(shop.start(sku, order="o1"), shop.start(sku, order="o2"))
        await until("one is on its way", lambda: held.given)
        await until("the other one waits", lambda: shop.messages(one) and shop.messages(two))
        assert len(held.given) == 1
        held.open.set()
        assert await shop.all_dealt_with(one) == await shop.all_dealt_with(two) == ["confirmed"]
        assert len(held.given) == 2


async def test_a_provider_that_fails_for_a_while_is_tried_again_later_and_less_and_less(season: Shop) -> None:
    """Three failures: half a minute's rest, a minute's, two minutes'; then the message goes, once."""
    sku = await season.furnish()
    season.out.answers = [Sent(outcome="transient", code="503", reason="busy")] * 3
    async with season.working():
        line = await season.start(sku)
        await until("it was tried", lambda: failed(season, line))
        await season.skip(minutes=5)
        assert await season.all_dealt_with(line) == ["confirmed"]
        await until("it sleeps", season.sleeps)
        events = (await season.dispatcher().fetch_history()).events
        timers = [event.timer_started_event_attributes.start_to_fire_timeout for event in events]
        assert [round(each.ToSeconds(), -1) for each in timers if each.ToSeconds() > 20] == [30, 60, 120]
        [send] = season.rows("SELECT state, attempt FROM sends")
        assert (send.state, send.attempt, len(season.out.given)) == ("sent", 4, 4)


async def test_a_provider_that_failed_is_left_alone_whoever_wakes_the_dispatcher(season: Shop) -> None:
    sku = await season.furnish()
    season.out.answers = [Sent(outcome="transient", code="429", reason="slow down", retry_after=600.0)]
    async with season.working():
        line = await season.start(sku)
        await until("it was tried", lambda: failed(season, line))
        handle = season.dispatcher()
        for _ in range(5):
            await handle.signal(DispatchWorkflow.message_planned)
        await season.backorders.answer(line, answer("a1"))
        await season.skip(seconds=570)
        assert len(season.out.given) == 1
        await season.skip(seconds=60)
        assert await season.all_dealt_with(line) == ["confirmed", "answer/a1"]


async def test_a_message_that_can_never_go_needs_a_person_and_does_not_stop_the_others(shop: Shop) -> None:
    sku = await shop.furnish()
    shop.out.answers = [Sent(outcome="permanent", code="550", reason="no such mailbox")]
    async with shop.working():
        line = await shop.start(sku, payment="unpaid")
        await until("it failed", lambda: shop.messages(line) == [("confirmed", "failed")])
        await until("a person is asked", lambda: shop.row(line).needs)
        cancel = schemas.Cancellation(request_id="c1", reason="no answer")
        assert (await shop.backorders.cancel(line, cancel)).verdict == "accepted"
        assert await shop.all_dealt_with(line) == ["cancelled/c1"]
        assert await shop.result(line) == "cancelled"


async def test_a_claim_of_another_worker_is_waited_for_without_a_busy_loop(season: Shop) -> None:
    """While a claim may still be alive it is left alone; after that the provider is asked."""
    sku = await season.furnish()
    line = season.order_line(sku)
    season.services.intake.open(line, season.now())
    async with season.working():
        await season.backorders.restart(f"{line.order_id}/1")
        id = f"{line.order_id}/1"
        await season.all_dealt_with(id)
        await until("it sleeps", season.sleeps)
        with writing(season.services.engine) as connection:
            connection.execute(update(messages).values(state="claimed"))
            connection.execute(update(sends).values(state="claimed", claimed_at=season.now()))
        season.out.finds = [LookedUp(sighting="found", provider_id="p1")]
        await wake(season)
        await season.skip(minutes=4)
        assert season.messages(id) == [("confirmed", "claimed")]
        await season.skip(minutes=6)
        await until("it sleeps", season.sleeps)
        assert season.messages(id) == [("confirmed", "sent")]
        assert (await history(season.dispatcher())).count("ActivityTaskScheduled") <= 8
        assert (len(season.out.given), season.out.finds) == (1, [])


def failed(shop: Shop, line: str) -> bool:
    """Whether the first try is over and written down."""
    return len(shop.out.given) == 1 and shop.messages(line) == [("confirmed", "planned")]


async def wake(shop: Shop) -> None:
    await TemporalNotifier(shop.client, shop.clock, shop.queue).notify(
        Notify(shards=(shop.services.dispatch.shard_of(shop.person()),))
    )


@pytest.fixture(scope="module")
async def forgetful() -> AsyncIterator[WorkflowEnvironment]:
    """A server that soon suggests to continue as new."""
    async with await dev_server("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=12") as it:
        yield it


async def test_a_dispatcher_goes_on_in_a_fresh_history_and_loses_nothing(
    forgetful: WorkflowEnvironment, new_database: NewDatabase
) -> None:
    """Thirty wakes while a message is on its way make its history long; what came in meanwhile still goes."""
    async with open_shop(forgetful, new_database("sqlite")) as shop:
        sku = await shop.furnish()
        held = HeldSender()
        shop.senders = {"email": held, "sms": held}
        async with shop.working():
            line = await shop.start(sku)
            await until("the first is on its way", lambda: held.given)
            run = (await shop.dispatcher().describe()).run_id
            for _ in range(30):
                await wake(shop)
            await shop.backorders.answer(line, answer("a1"))
            held.open.set()
            assert await shop.all_dealt_with(line) == ["confirmed", "answer/a1"]

            async def is_fresh() -> bool:
                return (await shop.dispatcher().describe()).run_id != run

            await until("it goes on in a fresh history", is_fresh)
            assert len(held.given) == 2
