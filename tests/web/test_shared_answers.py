"""An answer of Temporal is asked for once by all who want it at about the same time."""

from __future__ import annotations

import asyncio

from web.shared_answers import SharedAnswer


async def test_who_asks_at_once_has_one_answer_whoever_hangs_up() -> None:
    asked, may_answer = list[int](), asyncio.Event()

    async def ask() -> int:
        asked.append(1)
        await may_answer.wait()
        return len(asked)

    shared = SharedAnswer[int]()
    first, *others = (asyncio.create_task(shared.get(ask)) for _ in range(5))
    await asyncio.sleep(0)
    first.cancel()
    may_answer.set()
    assert await asyncio.gather(*others) == [1, 1, 1, 1]
    assert await shared.get(ask) == 1, "the same for a moment"
    shared._until = 0.0
    assert await shared.get(ask) == 2


async def test_what_went_wrong_is_said_to_all_and_asked_again() -> None:
    async def fail() -> int:
        raise ValueError

    async def ask() -> int:
        return 1

    shared = SharedAnswer[int]()
    said = await asyncio.gather(*(shared.get(fail) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in said] == [ValueError, ValueError]
    shared._until = 0.0
    assert await shared.get(ask) == 1
