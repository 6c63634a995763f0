"""The floor of a fan-out: a client's own loop of signals to bare workflows that sleep."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from temporalio.client import Client

from bench.baselines import BareWorkflow, Stages
from bench.waiting import OnCount

T = TypeVar("T")
IN_FLIGHT = 100
A_DAY_S = 86_400.0
_ASLEEP = 5
"""Events of one that sleeps: started, its first task (three), the timer."""
_NOTED = _ASLEEP + 4
"""Events of one that took note of its signal: the signal and one more task."""


async def signals_per_second(client: Client, queue: str, prefix: str, count: int, on_count: OnCount) -> float:
    """Start that many, let all of them fall asleep, then time one signal to each, 100 in flight."""
    names = [f"{prefix}-{number}" for number in range(count)]

    async def start(name: str) -> None:
        life = Stages(line=name, stages=1, first_s=A_DAY_S, pause_s=A_DAY_S)
        await client.start_workflow(BareWorkflow.run, life, id=name, task_queue=queue)

    async def signal(name: str) -> None:
        await client.get_workflow_handle(name).signal(BareWorkflow.ship)

    async def reaches(name: str, events: int) -> None:
        while (await client.get_workflow_handle(name).describe()).history_length < events:
            await asyncio.sleep(0.05)

    await _each(start, names, on_count)
    await _each(lambda name: reaches(name, _ASLEEP), names, lambda _: None)
    begun = time.perf_counter()
    await _each(signal, names, on_count)
    seconds = time.perf_counter() - begun
    await _each(lambda name: reaches(name, _NOTED), names, lambda _: None)
    return count / seconds


async def _each(call: Callable[[T], Awaitable[None]], on: Iterable[T], on_count: OnCount) -> None:
    """Call it on each, 100 at once."""
    waiting, done = iter(on), 0

    async def some() -> None:
        nonlocal done
        for each in waiting:
            await call(each)
            done += 1
            on_count(done)

    async with asyncio.TaskGroup() as calling:
        for _ in range(IN_FLIGHT):
            calling.create_task(some())
