"""Temporal as a server of requests reaches it: nobody waits long for it, and not again while it is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from temporalio.client import (
    Client,
    DescribeWorkflowInput,
    Interceptor,
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    WorkflowExecutionDescription,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.service import RPCError, RPCStatusCode

from starter.temporal import is_away

T = TypeVar("T")
LONGEST_WAIT_S = 2.0
"""How long a request waits for one answer of Temporal."""
PROVEN_S = 5.0
"""How long an answer proves that it is there: who looks asks no more often than that."""
OPEN_S = 10.0
"""How long nobody asks after it did not answer."""


class CircuitBreaker(Interceptor):
    """Opens for a while after a call that Temporal did not answer: until then all calls fail at once."""

    def __init__(self, *, longest_wait: float = LONGEST_WAIT_S, rest: float = OPEN_S) -> None:
        self._longest_wait = longest_wait
        self._rest = rest
        self._until = 0.0
        self._answered = float("-inf")
        self._asking: asyncio.Task[bool] | None = None

    @property
    def is_open(self) -> bool:
        """Whether Temporal did not answer lately."""
        return time.monotonic() < self._until

    async def answers(self, probe: Callable[[], Awaitable[object]]) -> bool:
        """Whether Temporal answers: it did a moment ago, or does now. While it is away nobody asks.

        probe: the cheapest question to it.
        """
        if time.monotonic() - self._answered > PROVEN_S:
            try:
                await self.through(probe())
            except RPCError:
                pass  # one that refuses is there; for one that is away the breaker is open now
            except RuntimeError:
                return False
        return not self.is_open

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Stand before the calls of a client."""
        return _BehindBreaker(next, self)

    async def through(self, call: Awaitable[T], *, longest_wait: float | None = None) -> T:
        """Make a call. Raises RPCError at once while Temporal is away."""
        if self.is_open:
            if asyncio.iscoroutine(call):
                call.close()
            raise RPCError("Temporal did not answer lately", RPCStatusCode.UNAVAILABLE, b"")
        try:
            found = await asyncio.wait_for(call, longest_wait or self._longest_wait)
        except TimeoutError:
            self._open()
            raise RPCError("Temporal is slow to answer", RPCStatusCode.DEADLINE_EXCEEDED, b"") from None
        except (RPCError, RuntimeError) as error:
            if is_away(error):
                self._open()
            raise
        self._answered = time.monotonic()
        return found

    async def update(self, call: Awaitable[T], probe: Callable[[], Awaitable[object]]) -> T:
        """Make a call that waits for a worker too, so that it may take as long as its caller waits.

        That no worker answers says nothing of Temporal, nor does a caller who gives up: unless it answered
        lately it is asked beside. probe: the cheapest question to it.
        """
        if self.is_open:
            return await self.through(call)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self.answers(probe))
        try:
            found = await call
            self._answered = time.monotonic()
            self._asking.cancel()
            return found
        except (RPCError, RuntimeError) as error:
            if is_away(error) and not _is_slow(error):
                self._open()
            raise

    def _open(self) -> None:
        self._until = time.monotonic() + self._rest


class _BehindBreaker(OutboundInterceptor):
    def __init__(self, next: OutboundInterceptor, breaker: CircuitBreaker) -> None:
        super().__init__(next)
        self._breaker = breaker

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        return await self._breaker.through(super().start_workflow(input))

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        return await self._breaker.through(super().signal_workflow(input))

    async def describe_workflow(self, input: DescribeWorkflowInput) -> WorkflowExecutionDescription:
        return await self._breaker.through(super().describe_workflow(input))

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:
        asked = DescribeWorkflowInput(id=input.id, run_id=None, rpc_metadata={}, rpc_timeout=None)
        describe = partial(super().describe_workflow, asked)
        return await self._breaker.update(super().start_workflow_update(input), describe)


def _is_slow(error: Exception) -> bool:
    return isinstance(error, RPCError) and error.status in (
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,
    )


def behind_breaker(client: Client, breaker: CircuitBreaker) -> Client:
    """The same client behind a circuit breaker."""
    config = client.config()
    config["interceptors"] = [*config["interceptors"], breaker]
    return Client(**config)
