"""Temporal as a server of requests reaches it: nobody waits long for it, and not again while it is away.

Once it has failed one request, those that wait with it end with it; a request that it fails while it answers
others ends alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar, cast

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
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from starter.temporal import is_away

T = TypeVar("T")
LONGEST_WAIT_S = 2.0
"""How long a request waits for one answer of Temporal."""
PROVEN_S = 5.0
"""How long an answer proves that it is there: who looks asks no more often than that."""
OPEN_S = 10.0
"""How long nobody asks after it did not answer."""
_SILENT, _ENOUGH = 0.2, 0.85
"""Parts of the longest wait: after how much of silence it is asked beside, and by when it is known to be
away: before its callers give up, who could not tell it from a worker that is away.
"""
_TOLD = (RPCError, RuntimeError, WorkflowAlreadyStartedError)
"""What a call raises that says whether Temporal is there."""


class CircuitBreaker(Interceptor):
    """Opens for a while after a call that Temporal did not answer: until then all calls fail at once."""

    def __init__(self, *, longest_wait: float = LONGEST_WAIT_S, rest: float = OPEN_S) -> None:
        self._longest_wait = longest_wait
        self._rest = rest
        self._until = 0.0
        self._answered = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._asked = float("-inf")
        self._opening: asyncio.Future[None] | None = None

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
            raise _away("Temporal did not answer lately")
        waits, began = asyncio.ensure_future(call), time.monotonic()
        try:
            await self._wait(waits, longest_wait or self._longest_wait)
            if not waits.done():
                raise RPCError("Temporal is slow to answer", RPCStatusCode.DEADLINE_EXCEEDED, b"")
            found = waits.result()
        except _TOLD as error:
            self._judge(error, began)
            raise
        finally:
            _let_go(waits)
        self._hear()
        return found

    async def update(self, call: Awaitable[T], probe: Callable[[], Awaitable[object]]) -> T:
        """Make a call that waits for a worker too, so that it may take as long as its caller waits.

        That no worker answers says nothing of Temporal, nor does a caller who gives up: while nothing is
        heard of it, it is asked beside, once for all who wait. probe: the cheapest question to it.
        """
        if self.is_open:
            return await self.through(call)
        waits, began = asyncio.ensure_future(call), time.monotonic()
        try:
            while not waits.done():
                silent = time.monotonic() - max(began, self._answered, self._asked)
                left = _SILENT * self._longest_wait - silent
                asking = self._asking if left > 0 else self._ask(probe)
                await self._wait(waits, left if left > 0 else None, beside=asking)
            found = waits.result()
        except _TOLD as error:
            if not _is_slow(error):
                self._judge(error, began)
            raise
        finally:
            _let_go(waits)
        self._hear()
        return found

    def _ask(self, probe: Callable[[], Awaitable[object]]) -> asyncio.Task[None]:
        """Ask Temporal whether it is there, unless somebody does already."""
        if self._asking is None:
            longest_wait = (_ENOUGH - _SILENT) * self._longest_wait
            self._asking = asyncio.create_task(self._probe(probe, longest_wait))
        return self._asking

    async def _probe(self, probe: Callable[[], Awaitable[object]], longest_wait: float) -> None:
        try:
            await self.through(probe(), longest_wait=longest_wait)
        except _TOLD:
            pass  # what it says of Temporal is heard by now
        finally:
            self._asked = time.monotonic()
            if self._asking is asyncio.current_task():
                self._asking = None

    async def _wait(
        self,
        call: asyncio.Future[T],
        longest_wait: float | None,
        *,
        beside: asyncio.Task[None] | None = None,
    ) -> None:
        """Wait for a call, or for what is asked beside. Raises RPCError once Temporal has failed anybody."""
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_future()
        opening = self._opening
        first = {call, *cast("list[asyncio.Future[T]]", [opening, beside or opening])}
        await asyncio.wait(first, timeout=longest_wait, return_when=asyncio.FIRST_COMPLETED)
        if opening.done() and not call.done():
            raise _away("Temporal did not answer another request")

    def _judge(self, error: Exception, began: float) -> None:
        """Hear what the error of a call says of Temporal. began: when it was called, s.

        One that refuses is there. One that is slow, or turns a call away, is away only if it answered nobody
        meanwhile; who is turned away waits for nothing, so that as much time counts as others wait.
        """
        if not is_away(error):
            if not isinstance(error, RuntimeError):
                self._hear()
            return
        if _is_turned_away(error):
            began = min(began, time.monotonic() - self._longest_wait)
        elif not _is_slow(error):
            began = float("inf")
        if self._answered < began:
            self._open()

    def _hear(self) -> None:
        """It answers: nobody needs to ask beside, nor wait for who was asked before."""
        self._answered = time.monotonic()
        asking, self._asking = self._asking, None
        if asking is not None and asking is not asyncio.current_task():
            asking.cancel()

    def _open(self) -> None:
        self._until = time.monotonic() + self._rest
        opening, self._opening = self._opening, None
        if opening is not None and not opening.done():
            opening.set_result(None)


def _away(words: str) -> RPCError:
    return RPCError(words, RPCStatusCode.UNAVAILABLE, b"")


def _let_go(call: asyncio.Future[T]) -> None:
    """Nobody waits for a call any more; what it still says is heard by nobody."""
    call.cancel()
    call.add_done_callback(lambda done: done.cancelled() or done.exception())


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


def _is_turned_away(error: Exception) -> bool:
    return isinstance(error, RPCError) and error.status is RPCStatusCode.RESOURCE_EXHAUSTED


def behind_breaker(client: Client, breaker: CircuitBreaker) -> Client:
    """The same client behind a circuit breaker."""
    config = client.config()
    config["interceptors"] = [*config["interceptors"], breaker]
    return Client(**config)
