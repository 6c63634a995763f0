"""A line from order to end, with the weeks between skipped."""

from __future__ import annotations

import pytest

from backorder import schemas
from tests.support.databases import KINDS
from tests.support.live_shop import LiveShop
from tests.support.policies import NO_LAW
from tests.support.waiting import until


@pytest.mark.parametrize("season", KINDS, indirect=True)
async def test_a_line_that_waits_for_weeks_is_told_each_thing_once(season: LiveShop) -> None:
    """Confirmed, weekly updates, a slip once it has settled, that it ships; then the line is closed."""
    sku = await season.furnish()
    order = await season.expect(sku, 3, season.day(21))
    async with season.working():
        line = await season.start(sku, 2, customer={"region": "CH"})  # no law adds a message
        assert await season.all_dealt_with(line) == ["confirmed"]

        first, second = season.day(7).isoformat(), season.day(14).isoformat()
        await season.skip(days=16)
        updates = ["confirmed", f"still_waiting/{first}", f"still_waiting/{second}"]
        assert season.told(line) == updates

        await season.state(order, 3, season.day(4))  # days too few to be worth more than one message
        slipped = season.day(18)
        await season.state(order, 3, slipped)
        await season.skip(hours=1)
        assert season.messages(line)[len(updates) :] == [("delayed/2", "planned")]
        await season.skip(hours=2)
        assert season.told(line) == [*updates, "delayed/2"]

        await season.skip_to(slipped)
        before = season.told(line)
        assert len(before) == len(set(before))
        await season.receive(order, 3)
        await until("the units are allocated", lambda: "allocated" in season.events(line))
        shipment = schemas.Shipment(shipment_id="s1", quantity=2)
        outcome = await season.backorders.ship(line, shipment)
        assert outcome.verdict == "accepted"
        assert await season.result(line) == "fulfilled"
        assert await season.all_dealt_with(line) == [*before, "shipped/s1"]

    assert season.phase(line) == "fulfilled"
    assert season.events(line)[-3:] == ["allocated", "shipped", "fulfilled"]
    assert season.events(line).count("promised") == 2
    texts = [outgoing.id for outgoing in season.out.given]
    assert len(texts) == len(set(texts)) == len(season.told(line))


async def test_a_line_ends_by_the_policy_after_it_was_announced_two_days_before(season: LiveShop) -> None:
    """`.ending_due` two days before; then one cancellation, one refund, one message."""
    sku = await season.furnish()
    async with season.working():
        line = await season.start(sku, **NO_LAW)
        await season.all_dealt_with(line)
        ordered = season.day()
        await season.skip(days=87, hours=12)
        assert "ending_due" not in season.events(line)
        await season.skip(days=1)
        assert season.events(line)[-1] == "ending_due"
        assert season.phase(line) == "open"
        await season.skip(days=2)
        assert season.events(line)[-3:] == ["ending_due", "cancelled", "refund_due"]
        assert season.phase(line) == "closing"
        assert (season.day() - ordered).days in (90, 91)
        assert season.told(line)[-1] == "stage/enough"
        refund = schemas.parse(schemas.RefundReport, {"refund_id": "r1", "amount": "100.00"})
        await season.backorders.refund(line, refund)
        assert await season.result(line) == "cancelled"
        told = await season.all_dealt_with(line)
        assert told[-1] == "refunded/r1"
        assert len(told) == len(set(told))


async def test_a_line_imported_late_is_not_told_again_what_it_was_told(season: LiveShop) -> None:
    """The promise that came with it stands; nothing is confirmed a second time."""
    sku = await season.furnish()
    by = season.day(22)
    await season.expect(sku, 1, season.day(21))
    now = season.now()
    async with season.working():
        line = await season.start(sku, ordered_at=now, promised={"by": by, "told_at": now})
        await season.reviewed(line)
        await season.skip(hours=3)
        assert season.messages(line) == []
        await season.skip(days=8)
        assert [step.partition("/")[0] for step in season.told(line)] == ["still_waiting"]
