"""Plans are worked out one after the other; only so many wait, and nothing is done for who hung up."""

from __future__ import annotations

import asyncio
import threading

import pytest
from starlette.requests import Request
from starlette.types import Message

from web.failures import HttpError
from web.plan_queue import MOST_WAITING, PlanQueue


def asked_by(*, gone: bool = False) -> Request:
    """A request without a body, of somebody who waits for its answer or has hung up."""

    async def receive() -> Message:
        return {"type": "http.disconnect" if gone else "http.request", "body": b""}

    return Request({"type": "http", "method": "GET", "path": "/", "headers": []}, receive)


async def test_who_finds_no_place_is_told_when_to_ask_again_and_who_hung_up_takes_none() -> None:
    plans, may_end, done = PlanQueue(), threading.Event(), list[str]()

    def first() -> str:
        assert may_end.wait(30)
        done.append("first")
        return "first"

    def work(name: str, *, gone: bool = False) -> asyncio.Task[None]:
        return asyncio.create_task(plans.work(asked_by(gone=gone), lambda: done.append(name)))

    begun = asyncio.create_task(plans.work(asked_by(), first))
    waiting = [work(f"{number}", gone=number == 1) for number in range(MOST_WAITING)]
    try:
        await asyncio.sleep(0)
        assert plans.asked == 1 + MOST_WAITING
        with pytest.raises(HttpError, match="are asked for already") as refused:
            await plans.work(asked_by(), lambda: done.append("too many"))
        assert (refused.value.status, refused.value.headers) == (503, {"retry-after": "10"})
        begun.cancel()
        waiting[2].cancel()
        await asyncio.wait([begun, waiting[2]])
        assert (done, plans.asked) == ([], MOST_WAITING), "the thread is at work still"
    finally:
        may_end.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in found] == [type(None), HttpError, asyncio.CancelledError, type(None)]
    assert (done, plans.asked) == (["first", "0", "3"], 0)


async def test_what_goes_wrong_leaves_its_place_to_others() -> None:
    plans = PlanQueue()

    def fail() -> None:
        raise ValueError

    found = await asyncio.gather(
        *(plans.work(asked_by(), fail) for _ in range(1 + MOST_WAITING)), return_exceptions=True
    )
    assert [type(each) for each in found] == [ValueError] * (1 + MOST_WAITING)
    assert await plans.work(asked_by(), lambda: plans.asked) == 1
