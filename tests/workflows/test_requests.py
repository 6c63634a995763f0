"""Starting lines and asking things of them: once, whatever is repeated."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.client import WorkflowExecutionStatus

from backorder import schemas
from backorder.errors import ConflictError, UnknownBackorderError
from tests.support.databases import KINDS
from tests.support.histories import held, history
from tests.support.live_shop import LiveShop
from tests.support.waiting import until
from workflows.backorder import PHASE, BackorderWorkflow


def cancellation(id: str = "c1", **more: object) -> schemas.Cancellation:
    return schemas.parse(schemas.Cancellation, {"request_id": id, "reason": "changed their mind"} | more)


@pytest.mark.parametrize("shop", KINDS, indirect=True)
async def test_starting_the_same_line_twice_is_one_workflow(shop: LiveShop) -> None:
    sku = await shop.furnish()
    line = shop.order_line(sku)
    async with shop.working():
        first = await shop.backorders.start(line)
        again = await shop.backorders.start(line)
        assert (first.new, first.running) == (True, True)
        assert (again.new, again.running) == (False, True)
        await shop.all_dealt_with(first.id)
    events = await history(shop.handle(first.id))
    assert events.count("WorkflowExecutionStarted") == 1
    assert shop.told(first.id) == ["confirmed"]


async def test_starting_a_line_ten_times_at_once_is_one_workflow(shop: LiveShop) -> None:
    sku = await shop.furnish()
    line = shop.order_line(sku)
    async with shop.working():
        started = await asyncio.gather(*(shop.backorders.start(line) for _ in range(10)))
        assert [each.new for each in started].count(True) == 1
        assert all(each.running for each in started)
        assert await shop.all_dealt_with(started[0].id) == ["confirmed"]


async def test_the_same_line_with_other_content_is_refused(shop: LiveShop) -> None:
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, 2)
        await shop.reviewed(line)
        with pytest.raises(ConflictError, match="other content"):
            await shop.backorders.start(shop.order_line(sku, 3, ordered_at=shop.row(line).ordered_at))
    assert shop.rows("SELECT sum(open) AS open FROM demands")[0].open == 2


async def test_a_closed_line_is_not_started_again(shop: LiveShop) -> None:
    sku = await shop.furnish()
    line = shop.order_line(sku, payment="unpaid")
    async with shop.working():
        id = (await shop.backorders.start(line)).id
        assert (await shop.backorders.cancel(id, cancellation())).verdict == "accepted"
        assert await shop.result(id) == "cancelled"
        run = (await shop.handle(id).describe()).run_id
        again = await shop.backorders.start(line)
        assert not again.new
        await shop.backorders.restart(id)
        described = await shop.handle(id).describe()
        assert (described.run_id, described.status) == (run, WorkflowExecutionStatus.COMPLETED)
        assert await shop.all_dealt_with(id) == ["cancelled/c1"]


async def test_a_request_to_a_closed_line_is_recorded_from_the_database(shop: LiveShop) -> None:
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, payment="unpaid")
        await shop.backorders.cancel(line, cancellation())
        assert await shop.result(line) == "cancelled"
        late = await shop.backorders.answer(
            line, schemas.Answer(request_id="a1", choice="keep", indefinite=True)
        )
        assert (late.verdict, late.reason) == ("recorded", "the line is cancelled; noted on the case")
        assert shop.phase(line) == "cancelled"
        again = await shop.backorders.answer(
            line, schemas.Answer(request_id="a1", choice="keep", indefinite=True)
        )
        assert again == late


async def test_the_same_request_twice_has_the_same_outcome(shop: LiveShop) -> None:
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, 3, payment="unpaid")
        outcomes = await asyncio.gather(
            *(shop.backorders.cancel(line, cancellation(quantity=1)) for _ in range(5))
        )
        outcomes.append(await shop.backorders.cancel(line, cancellation(quantity=1)))
        assert {outcome.verdict for outcome in outcomes} == {"accepted"}
        assert len(set(outcomes)) == 1
        summary = await shop.handle(line).query(BackorderWorkflow.case)
        assert "2 of 3 open" in summary.summary
        assert shop.events(line).count("cancelled") == 1


async def test_a_request_id_with_other_content_is_refused(shop: LiveShop) -> None:
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, 3)
        await shop.backorders.cancel(line, cancellation(quantity=1))
        with pytest.raises(ConflictError, match="other content"):
            await shop.backorders.cancel(line, cancellation(quantity=2))


async def test_a_request_for_a_line_that_does_not_exist_is_an_error_and_writes_nothing(
    shop: LiveShop,
) -> None:
    await shop.furnish()
    with pytest.raises(UnknownBackorderError, match="there is no backorder"):
        await shop.backorders.cancel("nobody/1", cancellation())
    assert shop.rows("SELECT * FROM requests") == []


async def test_what_is_asked_while_the_worker_is_away_is_ruled_when_it_is_back(shop: LiveShop) -> None:
    """The caller hears "pending"; the request is on record, and is ruled on without being asked again."""
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, payment="unpaid")
        await shop.all_dealt_with(line)
    outcome = await shop.desk(grace_period=0.2).cancel(line, cancellation())
    assert outcome.verdict == "pending"
    assert shop.outcomes(line) == {"c1": None}
    async with shop.working():
        await shop.sweep()
        await until("the request is ruled on", lambda: shop.outcomes(line) == {"c1": "accepted"})
        assert (await shop.backorders.cancel(line, cancellation())).verdict == "accepted"
        assert await shop.result(line) == "cancelled"


async def test_a_request_before_the_workflow_began_is_ruled_in_the_database(shop: LiveShop) -> None:
    """The row is there, its workflow is not yet; the line still ends once, and coherently."""
    sku = await shop.furnish()
    line = shop.order_line(sku, payment="unpaid")
    opened = shop.services.intake.open(line, shop.now())
    async with shop.working():
        outcome = await shop.backorders.cancel(opened.id, cancellation())
        assert outcome.verdict == "accepted"
        assert shop.phase(opened.id) == "cancelled"
        assert not await shop.backorders.restart(opened.id)
        assert await shop.all_dealt_with(opened.id) == ["cancelled/c1"]
    assert shop.events(opened.id) == ["cancelled"]


async def test_queries_and_search_attributes_say_how_the_line_stands(shop: LiveShop) -> None:
    """`case` and `upcoming` answer from the workflow itself; nothing personal is in its attributes."""
    sku = await shop.furnish()
    await shop.expect(sku, 2, shop.day(40))
    async with shop.working():
        line = await shop.start(sku, 2, payment="unpaid")
        await shop.all_dealt_with(line)
        handle = shop.handle(line)
        case = await handle.query(BackorderWorkflow.case)
        assert (case.id, case.status) == (line, "waiting")
        assert case.seq >= 1
        assert case.summary.startswith("waiting: 2 of 2 open")
        following = await handle.query(BackorderWorkflow.upcoming)
        assert following.at is not None
        assert following.at.date() == shop.day(7)
        assert following.what == "still_waiting"
        await shop.backorders.cancel(line, cancellation())
        assert await shop.result(line) == "cancelled"
        described = await handle.describe()
        assert described.typed_search_attributes[PHASE] == "cancelled"
        assert await described.static_summary() == f"Walnut desk ({sku}), order {shop.name('o')}"
        found = {pair.key.name: pair.value for pair in described.typed_search_attributes}
        assert found == {
            "BackorderPhase": "cancelled",
            "BackorderSku": sku,
            "BackorderOrder": shop.name("o"),
            "BackorderSupplier": shop.name("maker"),
            "BuildIds": found["BuildIds"],
        }


async def test_nothing_personal_is_in_any_history(shop: LiveShop) -> None:
    """No name, no address, no words of a message: they stay in the database."""
    sku = await shop.furnish()
    async with shop.working():
        line = await shop.start(sku, customer={"name": "Zebulon Quist", "phone": "+441632960961"})
        await shop.all_dealt_with(line)
        await shop.backorders.answer(
            line, schemas.Answer(request_id="a1", choice="keep", indefinite=True, evidence="said so: Quist")
        )
        await shop.all_dealt_with(line)
    for id in (f"backorder/{line}", shop.dispatcher().id):
        found = [text async for text in held(shop.client.get_workflow_handle(id))]
        assert any(shop.name("o") in text for text in found) == id.startswith("backorder"), "it can be read"
        text = " ".join(found)
        for secret in ("Zebulon", "Quist", "ann@example.com", "1632960961", "Hello"):
            assert secret not in text
