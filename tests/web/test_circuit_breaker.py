"""Who waits for a Temporal that hangs: those who ask until it has failed one of them, and nobody after."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from starter.temporal import is_away
from starter.temporal_circuit_breaker import CircuitBreaker

WAIT_S = 1.0
"""How long a request waits here; a tenth of that is what a machine may be late."""
BUSY = RPCError("workflow is busy", RPCStatusCode.RESOURCE_EXHAUSTED, b"")
ANSWERS = [
    None,
    RPCError("no such workflow", RPCStatusCode.NOT_FOUND, b""),
    WorkflowAlreadyStartedError("backorder/O-1/1", "Backorder"),
]


class Server:
    """What stands behind the breaker: it answers at once, only what needs no worker, or nothing."""

    def __init__(self) -> None:
        self.hangs = False
        self.has_worker = True
        self.asked = 0

    async def answer(self) -> str:
        """What needs no worker."""
        self.asked += 1
        await self._come()
        return "here"

    async def rule(self) -> str:
        """What a worker answers."""
        await self._come()
        if not self.has_worker:
            await asyncio.Event().wait()
        return "ruled"

    async def _come(self) -> None:
        await asyncio.sleep(0)
        if self.hangs:
            await asyncio.Event().wait()


async def _never() -> str:
    """What one request alone waits for."""
    return await asyncio.Future[str]()


async def _refuse(error: Exception) -> str:
    await asyncio.sleep(0)
    raise error


async def _late(delay_s: float) -> str:
    """What a busy worker answers."""
    await asyncio.sleep(delay_s)
    return "ruled"


async def _ask(breaker: CircuitBreaker, server: Server) -> tuple[str, float]:
    """What became of a request, and how long it waited."""
    began = time.monotonic()
    try:
        found = await asyncio.wait_for(breaker.update(server.rule(), server.answer), WAIT_S)
    except TimeoutError:
        found = "no worker"
    except RPCError as error:
        found = "away" if is_away(error) else str(error)
    return found, time.monotonic() - began


def _run(story: Callable[[CircuitBreaker, Server], Awaitable[None]]) -> None:
    async def tell() -> None:
        await story(CircuitBreaker(longest_wait=WAIT_S), Server())

    asyncio.run(tell())


def test_nobody_waits_once_one_has_waited_though_it_answered_a_moment_before() -> None:
    async def story(breaker: CircuitBreaker, server: Server) -> None:
        assert (await _ask(breaker, server))[0] == "ruled"
        server.hangs = True
        found = [await _ask(breaker, server) for _ in range(7)]
        assert [what for what, _ in found] == ["away"] * 7
        assert found[0][1] <= WAIT_S
        assert max(took for _, took in found[1:]) < WAIT_S / 10

    _run(story)


def test_who_waits_already_ends_with_the_first_however_many_there_are() -> None:
    async def story(breaker: CircuitBreaker, server: Server) -> None:
        assert (await _ask(breaker, server))[0] == "ruled"
        server.hangs = True
        began, asked = time.monotonic(), list[asyncio.Task[tuple[str, float]]]()
        while not breaker.is_open:
            asked += [asyncio.create_task(_ask(breaker, server)) for _ in range(5)]
            assert time.monotonic() - began < WAIT_S * 1.1, "the first one has failed by now"
            await asyncio.sleep(WAIT_S / 40)
        found = await asyncio.gather(*asked)
        assert {what for what, _ in found} == {"away"}
        assert time.monotonic() - began < WAIT_S * 1.1
        assert server.asked == 1, "once for all of them"

    _run(story)


@pytest.mark.parametrize("first", ["call", "update"])
def test_a_plain_call_ends_with_the_first_that_failed_too(first: str) -> None:
    async def story(breaker: CircuitBreaker, server: Server) -> None:
        server.hangs = True
        plain, asked = breaker.through(server.answer()), _ask(breaker, server)
        began = asyncio.create_task(plain if first == "call" else asked)
        await asyncio.sleep(WAIT_S / 2)
        later = asyncio.create_task(asked if first == "call" else plain)
        since = time.monotonic()
        await asyncio.gather(began, later, return_exceptions=True)
        assert time.monotonic() - since < WAIT_S * 0.7
        with pytest.raises(RPCError):
            await breaker.through(server.answer())

    _run(story)


def test_a_temporal_that_is_well_is_asked_nothing_beside() -> None:
    async def story(breaker: CircuitBreaker, server: Server) -> None:
        for _ in range(20):
            found = await asyncio.gather(*(_ask(breaker, server) for _ in range(20)))
            assert {what for what, _ in found} == {"ruled"}
        assert (server.asked, breaker.is_open) == (0, False)

    _run(story)


def test_a_worker_that_is_away_opens_nothing_and_all_ask_once_beside() -> None:
    async def story(breaker: CircuitBreaker, server: Server) -> None:
        server.has_worker = False
        found = await asyncio.gather(*(_ask(breaker, server) for _ in range(20)))
        assert {what for what, _ in found} == {"no worker"}
        assert not breaker.is_open
        assert 1 <= server.asked <= 4

    _run(story)


def test_a_temporal_that_refuses_what_is_asked_beside_is_there() -> None:
    async def story(breaker: CircuitBreaker, server: Server) -> None:
        server.has_worker = False

        async def refuse() -> None:
            raise RPCError("no such workflow", RPCStatusCode.NOT_FOUND, b"")

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(breaker.update(server.rule(), refuse), WAIT_S)
        assert not breaker.is_open

    _run(story)


@pytest.mark.parametrize("answer", ANSWERS, ids=["done", "refused", "started before"])
def test_a_call_that_alone_is_slow_fails_alone(answer: Exception | None) -> None:
    async def story(breaker: CircuitBreaker, server: Server) -> None:
        alone = asyncio.create_task(breaker.through(_never()))
        beside = asyncio.create_task(breaker.update(_late(WAIT_S * 1.2), server.answer))
        await asyncio.sleep(WAIT_S / 2)
        call = server.answer() if answer is None else _refuse(answer)
        await asyncio.gather(breaker.through(call), return_exceptions=True)
        with pytest.raises(RPCError) as failed:
            await alone
        assert is_away(failed.value)
        assert not breaker.is_open
        assert await beside == "ruled"

    _run(story)


def test_a_probe_that_alone_is_slow_opens_nothing_once_the_update_is_answered() -> None:
    async def story(breaker: CircuitBreaker, server: Server) -> None:
        assert await breaker.update(_late(WAIT_S * 0.3), _never) == "ruled"
        later = [asyncio.create_task(breaker.update(_late(WAIT_S * 0.9), server.answer)) for _ in range(5)]
        assert set(await asyncio.gather(*later)) == {"ruled"}
        assert not breaker.is_open

    _run(story)


def test_a_temporal_that_hangs_after_an_answer_to_one_whose_probe_was_slow_ends_all_in_time() -> None:
    async def story(breaker: CircuitBreaker, server: Server) -> None:
        assert await breaker.update(_late(WAIT_S * 0.3), _never) == "ruled"
        server.hangs = True
        found = await asyncio.gather(*(_ask(breaker, server) for _ in range(5)))
        assert {what for what, _ in found} == {"away"}
        assert breaker.is_open
        what, took = await _ask(breaker, server)
        assert (what, took < WAIT_S / 10) == ("away", True)

    _run(story)


def test_a_workflow_that_is_busy_opens_nothing_while_others_are_answered() -> None:
    async def story(breaker: CircuitBreaker, server: Server) -> None:
        assert await breaker.through(server.answer()) == "here"
        waits = asyncio.create_task(breaker.update(_late(WAIT_S * 0.5), lambda: _refuse(BUSY)))
        for call in (breaker.through(_refuse(BUSY)), breaker.update(_refuse(BUSY), server.answer)):
            with pytest.raises(RPCError, match="busy"):
                await call
        assert not breaker.is_open
        assert await waits == "ruled"

    _run(story)


def test_a_temporal_that_turns_all_away_opens_and_is_not_asked_again_and_again() -> None:
    async def story(breaker: CircuitBreaker, server: Server) -> None:
        asked, began = 0, time.monotonic()

        async def turn_away() -> str:
            nonlocal asked
            asked += 1
            return await _refuse(BUSY)

        assert await breaker.through(server.answer()) == "here"
        with pytest.raises(RPCError):
            await asyncio.wait_for(breaker.update(_never(), turn_away), WAIT_S * 2)
        assert breaker.is_open
        assert time.monotonic() - began < WAIT_S * 1.4
        assert asked <= 6

    _run(story)
