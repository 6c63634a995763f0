"""A mass of lines and of messages: a batch costs the same, and the reviews come first."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from activities.dispatch import Deliver, Dispatcher
from activities.threads import Threads
from activities.under_way import MassReview
from backorder.domain.clock import Clock
from backorder.ports import PEOPLE_AT_ONCE
from tests.support.days import at, day
from tests.support.query_plans import asked, plan
from tests.support.senders import Notified
from tests.support.shop import Shop, StillTiming


async def delivered(dispatcher: Dispatcher, params: Deliver) -> int:
    """Send what is due in a shard. Returns how often the dispatcher rested."""
    rests, sleep = 0, asyncio.sleep

    async def counted(seconds: float) -> None:
        nonlocal rests
        rests += seconds > 0
        await sleep(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("activities.batch_loop.asyncio.sleep", counted)
        await dispatcher.deliver(params)
    return rests


@pytest.mark.parametrize("reviews", [True, False])
def test_notices_leave_room_while_a_replanning_reviews(shop: Shop, reviews: bool) -> None:
    """All of them go, with a breath after each full batch: the lines are right before all are told."""
    people = [f"p{number}" for number in range(60)]
    for person in people:
        shop.start(f"O-{person}", customer={"id": person})
    shop.now = at(0, 12)
    messages, mass_review, senders = (
        shop.services.dispatch,
        MassReview(),
        {"email": shop.out, "sms": shop.out},
    )
    mine = [person for person in people if messages.shard_of(f"customer/{person}") == 0]
    with ThreadPoolExecutor(1) as pool, mass_review.going_on() if reviews else nullcontext():
        dispatcher = Dispatcher(
            messages,
            senders,  # type: ignore[arg-type]  # both ways are known
            Notified(),
            Threads(pool),
            StillTiming(shop.now),
            stored=("email", "sms"),
            linger=0.1,
            mass_review=mass_review,
        )
        rests = asyncio.run(delivered(dispatcher, Deliver(shard=0, at=shop.now, clock=Clock())))
    assert len(shop.out.given) == len(mine) > 2 * PEOPLE_AT_ONCE
    assert (rests >= len(mine) // PEOPLE_AT_ONCE + 1) == reviews, rests


def test_batches_of_reviews_and_of_messages_read_no_table_from_end_to_end(shop: Shop) -> None:
    """However many lines and messages there are: none of their tables is read whole, by an index either."""
    shop.purchase("PO-1", {"quantity": 20, "stated_date": day(20)})
    people = [f"p{number}" for number in range(12)]
    for person in people:
        shop.start(f"O-{person}", customer={"id": person})
    shop.state_dates((20, day(40)))
    shop.replan()
    engine = shop.services.engine
    with asked(engine) as statements:
        shop.services.planner.review("LAMP", shop.now, after="")
        shop.now = at(1, 11)
        for person in people[:3]:
            shop.dispatch(f"customer/{person}")
    ends = re.compile(r"\bLIMIT\b")  # a page in the order of an index
    whole = [
        (found, statement)
        for statement, values in statements
        if not ends.search(statement)
        for found in re.findall(r"(?:SCAN|Seq Scan on) (\w+)", plan(engine, statement, values))
    ]
    grow = {"backorders", "customers", "demands", "events", "message_items", "messages", "sends", "timeline"}
    assert not [each for each in whole if each[0] in grow]
    assert any("messages.state != " in each for each, _ in statements)
