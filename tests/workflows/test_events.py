"""Events on a real server: placed and sent by a workflow of their own, whoever dies on the way."""

from __future__ import annotations

import json

from standardwebhooks import Webhook

from backorder import schemas
from backorder.ports import Review
from backorder.services.receivers import Receivers
from backorder.services.record_request import NewRequest
from backorder.services.review_line import review
from tests.support.histories import details
from tests.support.live_shop import LiveShop as Shop
from tests.support.receivers import Receiver
from tests.support.waiting import until
from workflows.ids import EVENTS_ID


def put(shop: Shop, receiver: Receiver) -> str:
    """A receiver of everything. Returns its secret."""
    receivers = Receivers(shop.services.engine, private=True)
    return receivers.put("shop", receiver.url, (), True, at=shop.now(), now=shop.now()).secret


def sleeps(shop: Shop) -> bool:
    [row] = shop.rows("SELECT wake_at FROM event_dispatch")
    return shop.are_placed() and not str(row.wake_at).startswith("2000-01-01")


async def cancelled(shop: Shop, line: str, id: str) -> None:
    await shop.backorders.cancel(line, schemas.Cancellation(request_id=id, reason="changed their mind"))


async def test_a_receiver_hears_of_each_event_and_the_dispatcher_sleeps_between(shop: Shop) -> None:
    sku = await shop.furnish()
    with Receiver() as receiver:
        secret = put(shop, receiver)
        receiver.next(503)
        async with shop.working():
            first, second = await shop.start(sku, 2, order="o1"), await shop.start(sku, order="o2")
            await shop.all_dealt_with(first)
            await until("it was tried again, and taken", lambda: delivered(shop, 2))
            assert len(receiver.calls) == 3
            await until("it sleeps", lambda: sleeps(shop))
            await cancelled(shop, second, "c1")
            await until("it was called", lambda: delivered(shop, 4))
            await until("it sleeps", lambda: sleeps(shop))
            found = await details(shop.client.get_workflow_handle(EVENTS_ID))
        assert sorted(set(receiver.ids)) == sorted(row.id for row in shop.rows("SELECT id FROM events"))
        for call in receiver.calls:
            body = Webhook(secret).verify(call.body, dict(call.headers))
            assert body["data"]["backorder"] in (first, second)
        told = [json.loads(call.body)["type"] for call in receiver.calls]
        assert told.count("backorder.promised") == 3
        assert "backorder.cancelled" in told
        assert found.startswith("Events on their way to receivers: ")


def delivered(shop: Shop, least: int) -> bool:
    [row] = shop.rows("SELECT count(*) AS count FROM deliveries WHERE state = 'delivered'")
    return bool(row.count >= least)


async def test_events_are_placed_without_receivers_and_a_sweep_finds_those_nobody_was_called_for(
    shop: Shop,
) -> None:
    """A process died between the commit of a review and the call of the dispatcher."""
    sku = await shop.furnish()
    opened = shop.services.intake.open(shop.order_line(sku), shop.now())
    asked = schemas.Cancellation(request_id="c1", reason="changed their mind")
    event = asked.event(shop.now(), shop.day())
    new = NewRequest(id="c1", kind=asked.kind, event=event, given=asked.content())
    shop.services.requests.record(opened.id, new, shop.now())
    seen = Review(backorder=opened.id, seq=1, at=shop.now(), requests=["c1"])
    assert review(shop.services.lines, seen)[1].events
    assert not shop.are_placed()
    async with shop.working():
        await shop.sweep()
        await until("they are placed", shop.are_placed)
        await until("it sleeps", lambda: sleeps(shop))
