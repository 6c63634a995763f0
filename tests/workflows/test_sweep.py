"""What a crash left between a commit and the waking after it: found, and taken up."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from backorder import schemas
from backorder.ports import Notify, Review
from backorder.services.review_line import review
from backorder.storage.engine import writing
from backorder.storage.tables import message_items
from starter.sweep_schedule import schedule_sweep
from tests.support.databases import KINDS
from tests.support.histories import history
from tests.support.live_shop import LiveShop
from tests.support.senders import HeldSender
from tests.support.waiting import until
from workflows.sweep import SWEEP_ID


@pytest.mark.parametrize("shop", KINDS, indirect=True)
async def test_a_line_whose_workflow_never_began_is_started(shop: LiveShop) -> None:
    sku = await shop.furnish()
    opened = shop.services.intake.open(shop.order_line(sku), shop.now())
    async with shop.working():
        assert (await shop.sweep()).started == 1
        assert await shop.all_dealt_with(opened.id) == ["confirmed"]
        assert (await shop.sweep()).started == 0


async def test_a_sku_that_nobody_pegged_anew_is(shop: LiveShop) -> None:
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        raw = {"id": shop.name("po"), "supplier": shop.name("maker"), "ordered_at": shop.now()}
        raw["lines"] = [{"line": "1", "sku": sku, "quantity": 1, "stated_date": shop.day(9)}]
        shop.services.supply.put_purchase_order(schemas.parse(schemas.PurchaseOrder, raw), shop.now())
        assert (await shop.sweep()).woken >= 1
        await until("it is pegged", lambda: "earlier/2" in dict(shop.messages(line)))


async def test_a_line_that_nobody_told_of_its_units_is_woken(shop: LiveShop) -> None:
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        more = {"adjustment_id": shop.name("found"), "sku": sku, "quantity": 1, "reason": "found"}
        after = shop.services.stock.adjust(schemas.parse(schemas.Adjustment, more), shop.now()).after
        assert after == Notify(skus=(sku,))
        await shop.sweep()
        await until("it is allocated", lambda: "allocated" in shop.events(line))


async def test_a_message_that_nobody_was_woken_for_is_sent(shop: LiveShop) -> None:
    """The process died between the commit of a review and the call of the dispatcher."""
    sku = await shop.furnish()
    opened = shop.services.intake.open(shop.order_line(sku), shop.now())
    now = shop.now()
    _, after = review(shop.services.lines, Review(backorder=opened.id, seq=1, at=now))
    assert after.shards == (shop.services.dispatch.shard_of(shop.person()),)
    async with shop.working():
        await shop.sweep()
        assert await shop.all_dealt_with(opened.id) == ["confirmed"]


async def test_who_is_at_work_is_not_called_again(shop: LiveShop) -> None:
    """A send that hangs, or a database that is away for hours: sweep after sweep, no history grows."""
    held = HeldSender()
    shop.senders = {"email": held, "sms": held}
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        await until("the message is on its way", lambda: held.given)
        for number in range(3):
            await shop.sweep(f"sweep-{number}")
        signals = await history(shop.dispatcher())
        assert "WorkflowExecutionSignaled" not in signals
        held.open.set()
        assert await shop.all_dealt_with(line) == ["confirmed"]


async def test_a_worker_sets_up_the_sweep_and_keeps_one_that_is_there(shop: LiveShop) -> None:
    await schedule_sweep(shop.client, shop.clock, shop.queue)
    await schedule_sweep(shop.client, shop.clock, shop.queue)
    handle = shop.client.get_schedule_handle(SWEEP_ID)
    described = await handle.describe()
    assert [each.every.total_seconds() for each in described.schedule.spec.intervals] == [30.0]
    await handle.delete()


async def test_a_line_whose_workflow_was_terminated_goes_on(season: LiveShop) -> None:
    """Somebody ends a workflow in Temporal; the line does not end with it."""
    sku = await season.furnish()
    async with season.working():
        line = await season.start(sku)
        await season.all_dealt_with(line)
        before = season.row(line).seq
        await season.handle(line).terminate("by mistake")
        await season.skip(days=8)
        assert [step for step, _ in season.messages(line)] == ["confirmed"]
        assert (await season.sweep()).started == 1
        await until("it is told how it stands", lambda: len(season.messages(line)) == 2)
        assert (await season.all_dealt_with(line))[1].startswith("still_waiting/")
        assert season.row(line).seq > before
        cancel = schemas.Cancellation(request_id="c1", reason="waited enough")
        assert (await season.backorders.cancel(line, cancel)).verdict == "accepted"
        assert (await season.sweep()).started == 0


async def test_a_line_that_is_late_but_has_its_workflow_is_left_alone(shop: LiveShop) -> None:
    sku = await shop.furnish()
    line = await shop.start(sku)  # nobody works yet
    assert not await shop.backorders.restart(line)


async def test_a_line_that_has_ended_hears_what_became_of_its_message_once(shop: LiveShop) -> None:
    """It could not be read when that was known, and has no workflow any more that a call would reach."""
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, payment="unpaid")
        await shop.all_dealt_with(line)
        await shop.backorders.cancel(line, schemas.Cancellation(request_id="c1", reason="changed my mind"))
        await until("it has ended", lambda: shop.row(line).closed_at is not None)
        await shop.all_dealt_with(line)
        told = '{"at":"2025-03-03T09:00:00+00:00","reason":"no such mailbox","what":"failed"}'
        with writing(shop.services.engine) as connection:
            items = message_items.c.backorder == line, message_items.c.step.startswith("cancelled")
            connection.execute(update(message_items).where(*items).values(unapplied=told))
        assert (await shop.sweep()).woken == 1
        assert shop.services.lines.read(line)[1].needs == ("unreachable",)
        assert (await shop.sweep("sweep again")).woken == 0
