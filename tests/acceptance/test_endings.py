"""Every way in which a line can end: once, and with everything saying the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from backorder import schemas
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from tests.support.databases import KINDS, NewDatabase
from tests.support.live_shop import LiveShop, open_shop
from tests.support.policies import NO_LAW
from tests.support.senders import HeldSender
from tests.support.waiting import until


def cancellation(id: str = "c1", **more: object) -> schemas.Cancellation:
    return schemas.parse(schemas.Cancellation, {"request_id": id, "reason": "changed their mind"} | more)


def shipment(id: str = "s1", quantity: int = 1, **more: object) -> schemas.Shipment:
    return schemas.parse(schemas.Shipment, {"shipment_id": id, "quantity": quantity} | more)


def refund(id: str = "r1", amount: str = "100.00") -> schemas.RefundReport:
    return schemas.parse(schemas.RefundReport, {"refund_id": id, "amount": amount})


def units(shop: LiveShop, line: str) -> dict[str, int]:
    """Where the units of a line are, in the queue and on the shelf."""
    row = shop.rows(
        "SELECT d.open, d.allocated, s.on_hand, s.allocated AS taken FROM demands d"
        " JOIN stock s ON s.sku = d.sku WHERE d.backorder = :id",
        id=line,
    )[0]
    return dict(row._mapping)


@pytest.mark.parametrize("shop", KINDS, indirect=True)
async def test_a_cancellation_while_a_message_is_on_its_way(shop: LiveShop) -> None:
    """It is ruled on at once; the message that was on its way counts as told, then comes the cancellation."""
    sku = await shop.furnish()
    await shop.expect(sku, 1, shop.day(20))
    held = HeldSender()
    shop.out = held
    shop.senders = {"email": held, "sms": held}
    async with shop.working():
        line = await shop.start(sku, payment="unpaid")
        await until("the message is on its way", lambda: held.given)
        outcome = await shop.backorders.cancel(line, cancellation())
        assert outcome.verdict == "accepted"
        assert await shop.result(line) == "cancelled"
        assert shop.messages(line) == [("confirmed", "claimed"), ("cancelled/c1", "planned")]
        held.open.set()
        assert await shop.all_dealt_with(line) == ["confirmed", "cancelled/c1"]
    assert shop.phase(line) == "cancelled"
    assert shop.events(line) == ["cancelled"]
    assert units(shop, line)["open"] == 0
    shop.assert_coherent(line)


@pytest.mark.parametrize("round_", range(3))
async def test_an_answer_that_races_with_the_arrival(shop: LiveShop, round_: int) -> None:
    """The customer cancels while the goods come in: the line is cancelled and its units are free again."""
    sku = await shop.furnish()
    order = await shop.expect(sku, 2, shop.day(20))
    async with shop.working():
        line = await shop.start(sku, 2, payment="unpaid")
        await shop.all_dealt_with(line)
        answer = schemas.Answer(request_id="a1", choice="cancel")
        outcome, _ = await asyncio.gather(shop.backorders.answer(line, answer), shop.receive(order, 2))
        assert outcome.verdict == "accepted"
        assert await shop.result(line) == "cancelled"
        assert (await shop.all_dealt_with(line))[-1] == "answer/a1"
        await until("nothing is left to peg", lambda: shop.rows("SELECT * FROM replans") == [])
    assert units(shop, line) == {"open": 0, "allocated": 0, "on_hand": 2, "taken": 0}
    events = shop.events(line)
    assert events.count("cancelled") == 1
    assert events.count("allocated") == events.count("allocation_withdrawn") or events[-1] == "cancelled"
    shop.assert_coherent(line)


async def test_units_of_a_cancelled_line_go_to_the_next_one(shop: LiveShop) -> None:
    sku = await shop.furnish()
    order = await shop.expect(sku, 1, shop.day(20))
    async with shop.working():
        first = await shop.start(sku, order="o1")
        second = await shop.start(sku, order="o2")
        await shop.all_dealt_with(first)
        await shop.all_dealt_with(second)
        await shop.receive(order, 1)
        await until("the first one has it", lambda: "allocated" in shop.events(first))
        await shop.backorders.cancel(first, cancellation())
        await until("the second one has it", lambda: "allocated" in shop.events(second))
        assert (await shop.backorders.ship(second, shipment())).verdict == "accepted"
        assert await shop.result(second) == "fulfilled"
        await shop.backorders.refund(first, refund())
        assert await shop.result(first) == "cancelled"
        await shop.all_dealt_with(first)
        await shop.all_dealt_with(second)
    assert units(shop, second) == {"open": 0, "allocated": 0, "on_hand": 0, "taken": 0}
    shop.assert_coherent(first)
    shop.assert_coherent(second)


PARTIAL = """
name = "standard"
partial = "ship"
[updates]
gather = "0s"
"""


@pytest.fixture
async def partial(live: WorkflowEnvironment, new_database: NewDatabase) -> AsyncIterator[LiveShop]:
    """A shop that ships what there is."""
    async with open_shop(live, new_database("sqlite"), policy=PARTIAL) as found:
        yield found


async def test_five_ordered_three_arrive_and_two_are_cancelled(partial: LiveShop) -> None:
    """Three ship, two are cancelled and refunded; any unit shipped makes the line fulfilled."""
    shop = partial
    sku = await shop.furnish()
    order = await shop.expect(sku, 5, shop.day(20))
    async with shop.working():
        line = await shop.start(sku, 5)
        await shop.all_dealt_with(line)
        await shop.receive(order, 3)
        await until("three are allocated", lambda: "allocated" in shop.events(line))
        assert (await shop.backorders.ship(line, shipment("s1", 3))).verdict == "accepted"
        told = await shop.all_dealt_with(line)
        assert told[-1] == "shipped/s1"
        part = shop.out.given[-1]
        assert "3" in part.subject + part.text
        assert "2" in part.text
        assert shop.phase(line) == "open"
        too_many = await shop.backorders.ship(line, shipment("s2", 3))
        assert too_many.verdict == "rejected"
        assert (await shop.backorders.cancel(line, cancellation(quantity=2))).verdict == "accepted"
        assert shop.phase(line) == "closing"
        assert (await shop.backorders.refund(line, refund(amount="200.00"))).verdict == "accepted"
        assert await shop.result(line) == "fulfilled"
        assert (await shop.all_dealt_with(line))[-2:] == ["cancelled/c1", "refunded/r1"]
    assert shop.phase(line) == "fulfilled"
    assert shop.events(line)[-4:] == ["shipped", "cancelled", "refund_due", "fulfilled"]
    shop.assert_coherent(line)


CHOICES = """
name = "standard"
split_by_customer = true
[updates]
at = "00:00"
gather = "0s"
spacing = "0d"
quiet_hours = "00:00-00:00"
[[stages]]
id = "swap"
when = { waited = "0d" }
do = "offer_alternatives"
"""


@pytest.fixture
async def choices(
    request: pytest.FixtureRequest, live: WorkflowEnvironment, new_database: NewDatabase
) -> AsyncIterator[LiveShop]:
    """A shop that offers something else on the first day, and sends what is there where the customer asks."""
    async with open_shop(live, new_database(request.param), policy=CHOICES) as found:
        yield found


@pytest.mark.parametrize("choices", KINDS, indirect=True)
async def test_something_else_is_taken_over_or_refused_and_what_is_here_goes_first(choices: LiveShop) -> None:
    """One that nobody has to acknowledge, one that is ruled on, one that cannot be sent; and a part, now."""
    shop = choices
    other = await shop.furnish("table", category="light")
    await shop.backorders.adjust(
        schemas.Adjustment(adjustment_id=shop.name("a"), sku=other, quantity=6, reason="count")
    )
    sku = await shop.furnish(category="light", alternatives=[other])
    async with shop.working():

        async def takes(order: str) -> str:
            line = await shop.start(sku, 2, order, customer={"region": "CH"})
            await until("it is offered", lambda: "stage/swap" in shop.told(line))
            answer = {"request_id": "a1", "choice": "alternative", "sku": other}
            ruled = await shop.backorders.answer(line, schemas.parse(schemas.Answer, answer))
            assert ruled.verdict == "accepted"
            return line

        at_once = await takes("at-once")
        assert await shop.result(at_once) == "substituted"
        reads = schemas.parse(NewApiKey, {"name": "shop", "roles": ["orders"], "acknowledges": True})
        api_keys.create(shop.services.engine, reads, shop.now())
        held, gone = await takes("held"), await takes("gone")
        assert [shop.phase(line) for line in (held, gone)] == ["open", "open"]
        taken = schemas.SwapOutcome(request_id="w1", taken=True)
        assert (await shop.backorders.swap(held, taken)).verdict == "accepted"
        assert await shop.result(held) == "substituted"
        cannot = schemas.SwapOutcome(request_id="w1", taken=False, reason="damaged")
        assert (await shop.backorders.swap(gone, cannot)).verdict == "accepted"
        await until("it is told", lambda: shop.told(gone)[-1].startswith("swap_failed/"))
        assert {"substituted", "substitution_withdrawn"} <= set(shop.events(gone))
        stock = shop.rows("SELECT on_hand, allocated FROM stock WHERE sku = :sku", sku=other)[0]
        assert (stock.on_hand, stock.allocated) == (6, 4)
        await shop.backorders.adjust(
            schemas.Adjustment(adjustment_id=shop.name("b"), sku=sku, quantity=1, reason="count")
        )
        await until("one is there", lambda: units(shop, gone)["allocated"] == 1)
        assert "allocated" not in shop.events(gone)
        asked = await shop.backorders.send_now(gone, schemas.SendNow(request_id="n1"))
        assert asked.verdict == "accepted"
        assert shop.events(gone)[-1] == "allocated"
        assert (await shop.backorders.ship(gone, shipment("s1", 1))).verdict == "accepted"
        assert (await shop.all_dealt_with(gone))[-2:] == ["send_now/n1", "shipped/s1"]
        assert shop.phase(gone) == "open"


async def test_a_cancelled_line_closes_once_all_its_money_went_back(shop: LiveShop) -> None:
    """A refund that is too small keeps it closing; the rest ends it; more after the end is flagged."""
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        await shop.backorders.cancel(line, cancellation())
        assert (await shop.backorders.refund(line, refund("r1", "40.00"))).verdict == "accepted"
        assert shop.phase(line) == "closing"
        assert (await shop.backorders.cancel(line, cancellation("c2"))).verdict == "rejected"
        assert (await shop.backorders.refund(line, refund("r2", "60.00"))).verdict == "accepted"
        assert await shop.result(line) == "cancelled"
        assert (await shop.backorders.refund(line, refund("r3", "5.00"))).verdict == "accepted"
        assert shop.row(line).needs
        assert (await shop.all_dealt_with(line))[-2:] == ["cancelled/c1", "refunded/r2"]
    shop.assert_coherent(line)


async def test_goods_that_left_before_the_cancellation_undo_it(shop: LiveShop) -> None:
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        await shop.backorders.cancel(line, cancellation())
        left = shop.now() - timedelta(hours=1)
        assert (await shop.backorders.ship(line, shipment(shipped_at=left))).verdict == "accepted"
        assert await shop.result(line) == "fulfilled"
        assert (await shop.all_dealt_with(line))[-1] == "shipped/s1"
    events = shop.events(line)
    assert events[-3:] == ["cancellation_withdrawn", "shipped", "fulfilled"]
    shop.assert_coherent(line)


async def test_goods_that_left_after_the_cancellation_leave_it_standing(shop: LiveShop) -> None:
    """The refund stands, and a person gets a task."""
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        await shop.backorders.cancel(line, cancellation())
        outcome = await shop.backorders.ship(line, shipment(shipped_at=shop.now() + timedelta(minutes=1)))
        assert outcome.verdict == "accepted"
        assert shop.row(line).needs
        await shop.backorders.refund(line, refund())
        assert await shop.result(line) == "cancelled"
        await shop.all_dealt_with(line)
    assert "shipped" not in shop.events(line)
    shop.assert_coherent(line)


async def test_a_shipment_and_a_cancellation_at_once_end_the_line_one_way(shop: LiveShop) -> None:
    """Whichever is heard first, all units are accounted for and the outcome is told once."""
    sku = await shop.furnish()
    order = await shop.expect(sku, 1, shop.day(20))
    async with shop.working():
        line = await shop.start(sku, payment="unpaid")
        await shop.all_dealt_with(line)
        await shop.receive(order, 1)
        await until("it is allocated", lambda: "allocated" in shop.events(line))
        await asyncio.gather(
            shop.backorders.cancel(line, cancellation()), shop.backorders.ship(line, shipment())
        )
        outcome = await shop.result(line)
        await shop.all_dealt_with(line)
    assert outcome == shop.phase(line)
    assert outcome in ("fulfilled", "cancelled")
    assert units(shop, line)["open"] == 0
    shop.assert_coherent(line)


async def test_a_hold_is_silent_and_ends_with_one_message_at_most(season: LiveShop) -> None:
    shop = season
    sku = await shop.furnish()
    order = await shop.expect(sku, 1, shop.day(20))
    async with shop.working():
        line = await shop.start(sku)
        await shop.all_dealt_with(line)
        until_ = shop.now() + timedelta(days=15)
        hold = schemas.HoldRequest(request_id="h1", until=until_, reason="travelling")
        assert (await shop.backorders.hold(line, hold)).verdict == "accepted"
        await shop.state(order, 1, shop.day(26))
        await shop.skip(days=14)
        assert shop.told(line) == ["confirmed"]
        await shop.skip(days=1, hours=3)
        assert len(await shop.all_dealt_with(line)) == 2
        assert shop.told(line)[1].startswith("delayed/")
        await shop.receive(order, 1)
        await shop.backorders.ship(line, shipment())
        assert await shop.result(line) == "fulfilled"
        await shop.all_dealt_with(line)
    shop.assert_coherent(line)


async def test_an_announced_ending_is_called_off_when_goods_are_allocated(season: LiveShop) -> None:
    """`.ending_due` two days before; the goods come in between, and the line is not cancelled."""
    shop = season
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, **NO_LAW)
        await shop.all_dealt_with(line)
        await shop.skip(days=88, hours=8)
        assert shop.events(line)[-1] == "ending_due"
        order = await shop.expect(sku, 1, shop.day(1))
        await shop.receive(order, 1)
        await until("it is allocated", lambda: "allocated" in shop.events(line))
        await shop.skip(days=5)
        assert shop.phase(line) == "open"
        assert "cancelled" not in shop.events(line)
        await shop.backorders.ship(line, shipment())
        assert await shop.result(line) == "fulfilled"
        await shop.all_dealt_with(line)
    shop.assert_coherent(line)
