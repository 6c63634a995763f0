"""Reaching Temporal: the connection, and waking workflows."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from backorder.domain.clock import Clock
from backorder.errors import SetupError
from backorder.ports import After
from workflows.backorder import SEARCH_ATTRIBUTES, BackorderWorkflow
from workflows.conversation import ConversationInput, ConversationWorkflow
from workflows.ids import backorder_id, conversation_id, purchase_order_id, replan_id
from workflows.options import COORDINATING, USUAL
from workflows.purchase_order import PurchaseOrderInput, PurchaseOrderWorkflow
from workflows.replan import ReplanInput, ReplanWorkflow

StartT = TypeVar("StartT")
RUNNING = "up.json"
"""Where the embedded stack says how it can be reached, in its data folder."""
_AWAY = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
AT_ONCE = 100
"""Calls to Temporal under way at once, of one waking; nobody else's waits behind them."""


def running_stack(data: Path) -> dict[str, Any]:
    """How the embedded stack of a data folder can be reached; empty if none is running."""
    try:
        found: dict[str, Any] = json.loads((data / RUNNING).read_text(encoding="utf-8"))
        os.kill(int(found["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return {}
    return found


async def connect(data: Path | None = None, *, lazy: bool = False) -> Client:
    """Connect as `temporalio.envconfig` says, or to the stack that runs on a data folder.

    lazy: only with the first call, so that what needs no server is done while it is away. Otherwise raises
    SetupError if nothing answers.
    """
    config = ClientConfig.load_client_connect_config()
    stack = running_stack(data) if data else {}
    if "target_host" not in config and stack:
        config["target_host"] = stack["temporal"]
    config.setdefault("target_host", "localhost:7233")
    try:
        return await Client.connect(**config, lazy=lazy)
    except RuntimeError as error:
        raise SetupError(
            f"Temporal does not answer at {config['target_host']}: start it with `backorder up`, "
            f"or set TEMPORAL_ADDRESS ({str(error)[:200]})"
        ) from None


async def register_search_attributes(client: Client) -> list[str]:
    """Register the search attributes that are missing. Returns their names.

    Raises SetupError where one exists with another type: the server would ignore that silently.
    """
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    known = dict(listed.custom_attributes)
    wrong = [key.name for key in SEARCH_ATTRIBUTES if known.get(key.name, keyword) != keyword]
    if wrong:
        raise SetupError(f"these search attributes exist with another type than keyword: {', '.join(wrong)}")
    missing = [key.name for key in SEARCH_ATTRIBUTES if key.name not in known]
    if missing:
        request = AddSearchAttributesRequest(namespace=client.namespace)
        for name in missing:
            request.search_attributes[name] = keyword
        await client.operator_service.add_search_attributes(request)
    return missing


def is_away(error: Exception) -> bool:
    """Whether an error says that Temporal does not answer right now."""
    if isinstance(error, RPCError):
        return error.status in _AWAY
    # A lazy connection that cannot be made.
    return isinstance(error, RuntimeError) and "client connect" in str(error)


class TemporalWakes:
    """Wakes workflows after a commit; see `backorder.ports.Wakes`.

    kept: messages stay in the database; only a worker knows.
    """

    def __init__(self, client: Client, clock: Clock, task_queue: str, *, kept: bool = False) -> None:
        self._client = client
        self._clock = clock
        self._queue = task_queue
        self._kept = kept

    async def wake(self, after: After) -> None:
        """Wake everybody named. A line that has closed needs no waking."""
        calls = [
            *(self._look(id) for id in after.backorders),
            *(self._speak(person, None) for person in after.people),
            *(self._speak(person, at) for person, at in after.later),
            *(self._replan(sku) for sku in after.skus),
            *(self._tend(order) for order in after.orders),
        ]
        if len(calls) == 1:
            await calls[0]
        else:
            await self._all(calls)

    async def _all(self, calls: Iterable[Coroutine[Any, Any, None]]) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(call: Coroutine[Any, Any, None]) -> None:
            async with gate:
                await call

        failed = await asyncio.gather(*(one(call) for call in calls), return_exceptions=True)
        for error in failed:
            if isinstance(error, BaseException):
                raise error

    async def _look(self, backorder: str) -> None:
        handle = self._client.get_workflow_handle(backorder_id(backorder))
        try:
            await handle.signal(BackorderWorkflow.look)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def _speak(self, person: str, first: datetime | None) -> None:
        """Start a conversation; tell one that runs that there is news."""
        start = ConversationInput(person=person, clock=self._clock, first=first, kept=self._kept)
        await self._start(ConversationWorkflow.run, start, conversation_id(person), "wake", USUAL)

    async def _start(
        self,
        run: Callable[[Any, StartT], Awaitable[None]],
        start: StartT,
        id: str,
        signal: str,
        priority: Priority,
    ) -> None:
        """Start a workflow, or signal the one that runs.

        Starting without a signal costs one Action less, and most of the time none runs; a worker that starts
        it gets the first task with the answer.
        """
        begin = partial(
            self._client.start_workflow,
            run,
            start,
            id=id,
            task_queue=self._queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            priority=priority,
        )
        try:
            await begin(id_conflict_policy=WorkflowIDConflictPolicy.FAIL, request_eager_start=True)
        except WorkflowAlreadyStartedError:
            await begin(start_signal=signal)

    async def _tend(self, order: str) -> None:
        start = PurchaseOrderInput(order=order, clock=self._clock)
        await self._start(PurchaseOrderWorkflow.run, start, purchase_order_id(order), "look", USUAL)

    async def _replan(self, sku: str) -> None:
        start = ReplanInput(sku=sku, clock=self._clock)
        await self._start(ReplanWorkflow.run, start, replan_id(sku), "dirty", COORDINATING)
