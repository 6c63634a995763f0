"""What calls ask Temporal itself: nobody waits long for it, and nobody asks while it is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio.client import Client

from backorder.errors import AwayError
from starter.temporal_circuit_breaker import LONGEST_WAIT_S
from web.desk import Desk

T = TypeVar("T")


async def asked_of_temporal(desk: Desk, question: Callable[[Client], Awaitable[T]]) -> T:
    """What Temporal says. Raises AwayError where it says nothing, and what the question does."""
    until = asyncio.get_running_loop().time() + LONGEST_WAIT_S
    if not await desk.breaker.answers(desk.client.look_for_temporal):
        raise AwayError("Temporal does not answer: start it, or see what `backorder doctor` says of it")
    try:
        # The breaker knows by now that it is there: that many questions take long says nothing of that.
        async with asyncio.timeout_at(until):
            return await question(desk.temporal)
    except TimeoutError:
        raise AwayError("Temporal is slow to answer: ask again a little later") from None
