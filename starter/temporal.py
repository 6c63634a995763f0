"""Reaching Temporal: the connection, and waking workflows."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from re import findall
from typing import TypeVar

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionDescription
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from backorder.domain.clock import Clock
from backorder.errors import AwayError, SetupError
from backorder.ports import LineReviewed, Notify
from backorder.services.old_runs import FORM
from starter.attendance import Stranded
from workflows.backorder import SEARCH_ATTRIBUTES, BackorderWorkflow
from workflows.dispatch import DispatchInput, DispatchWorkflow
from workflows.events import EventDispatchInput, EventDispatchWorkflow
from workflows.ids import EVENTS_ID, backorder_id, dispatch_id, purchase_order_id, replan_id
from workflows.options import COORDINATING, USUAL
from workflows.purchase_order import PurchaseOrderInput, PurchaseOrderWorkflow
from workflows.replan import ReplanInput, ReplanWorkflow

log = logging.getLogger(__name__)
RunT = TypeVar("RunT")
StartT = TypeVar("StartT")
RUNNING = "up.json"
"""Where the embedded stack says how it can be reached, in its data folder."""
EMBEDDED = "temporal.db"
"""The embedded server's own database: a data folder that has one was made by `up`."""
NOWHERE = "127.0.0.1:0"
"""Where nothing ever answers: what goes on record waits for the folder's own stack, and reaches no other."""
CHECK = timedelta(seconds=5)
_FORM = "histories"
MADE_BY = {_FORM: FORM}
"""The memo of every run: the form of its history. Who goes on as new keeps it."""
_KEYWORD = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
_UNREACHED = "client connect"
_UNTOLD = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED)
_AWAY = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
)
_OF_ONE_WORKFLOW = (RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.FAILED_PRECONDITION)
"""What a call says that one workflow does not take, as one with too many signals."""
_BROKEN = "transport error"
"""What a call says, without a status, whose connection broke under it: the server was killed."""
CALLS_AT_ONCE = 100
"""Calls to Temporal under way at once, of one waking; nobody else's waits behind them."""
_DOWN = (
    "the stack of %s is down: start it with `backorder up`, or set TEMPORAL_ADDRESS if another Temporal "
    "looks after its lines"
)


def running_stack(data: Path) -> dict[str, str]:
    """How the embedded stack of a data folder can be reached; empty if none is running."""
    try:
        found: dict[str, str] = json.loads((data / RUNNING).read_text(encoding="utf-8"))
        os.kill(int(found["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return {}
    return found


async def connect(data: Path | None = None, *, lazy: bool = False, registered: bool = True) -> Client:
    """Connect as `temporalio.envconfig` says, or to the stack that runs on a data folder.

    lazy: only with the first call, so that what needs no server is done while it is away. Otherwise raises
    AwayError if nothing answers. registered: raise SetupError where the search attributes are not known: the
    server, or the namespace, is not one that this program was set up for.
    """
    config = _configured()
    explicit, stack = "target_host" in config, running_stack(data) if data else {}
    down = bool(data and not explicit and not stack and (data / EMBEDDED).exists())
    if down and not lazy:
        raise AwayError(_DOWN % data)
    if not explicit:
        config["target_host"] = NOWHERE if down else stack.get("temporal", "localhost:7233")
    try:
        client = await Client.connect(**config, lazy=lazy)
    except RuntimeError as error:
        if _UNREACHED not in str(error) or not is_away(error):
            raise
        raise AwayError(
            f"Temporal does not answer at {config['target_host']}: start it with `backorder up`, "
            f"or set TEMPORAL_ADDRESS ({_reason(error)})"
        ) from None
    if down:
        log.warning(_DOWN, data)
    elif registered and not stack:
        await _must_know_us(client, config["target_host"], lazy=lazy)
    return client


def _configured() -> ClientConnectConfig:
    """How Temporal is reached, as its own environment configuration says."""
    file = os.environ.get("TEMPORAL_CONFIG_FILE")
    if file and not Path(file).exists():
        raise SetupError(f"TEMPORAL_CONFIG_FILE={file}: there is no such file")
    return ClientConfig.load_client_connect_config()


async def _must_know_us(client: Client, address: str, *, lazy: bool) -> None:
    try:
        missing = await missing_search_attributes(client)
    except (RPCError, RuntimeError) as error:
        # A server that keeps such lists from its users is trusted; one that is away is met by the next call.
        if isinstance(error, RPCError) and error.status in _UNTOLD:
            return
        if lazy and is_away(error):
            return
        raise
    if missing:
        raise SetupError(
            f"Temporal at {address}, namespace {client.namespace}, does not know the search attributes "
            f"{', '.join(missing)}: name the right one with TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, "
            "or run `backorder temporal register`"
        )


async def missing_search_attributes(client: Client) -> list[str]:
    """The search attributes that the namespace does not know. Raises SetupError for one of another type."""
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=CHECK
    )
    known = dict(listed.custom_attributes)
    wrong = [key.name for key in SEARCH_ATTRIBUTES if known.get(key.name, _KEYWORD) != _KEYWORD]
    if wrong:
        raise SetupError(
            f"these search attributes exist with another type than keyword: {', '.join(wrong)}; remove them "
            "with `temporal operator search-attribute remove`, or choose another namespace"
        )
    return [key.name for key in SEARCH_ATTRIBUTES if key.name not in known]


async def register_search_attributes(client: Client) -> list[str]:
    """Register the search attributes that are missing. Returns their names.

    Raises SetupError where one exists with another type: the server would ignore that silently.
    """
    missing = await missing_search_attributes(client)
    if missing:
        request = AddSearchAttributesRequest(namespace=client.namespace)
        for name in missing:
            request.search_attributes[name] = _KEYWORD
        await client.operator_service.add_search_attributes(request)
    return missing


def is_away(error: Exception) -> bool:
    """Whether an error says that Temporal does not answer right now."""
    if isinstance(error, RPCError):
        return error.status in _AWAY or (error.status is RPCStatusCode.UNKNOWN and _BROKEN in error.message)
    # A lazy connection that cannot be made.
    return isinstance(error, RuntimeError) and _UNREACHED in str(error) and "ParseError" not in str(error)


def _is_out_of_reach(backorder: str, error: RPCError) -> None:
    """Say so where Temporal refuses a call to one line, which stops no other's; the sweep sees to it.

    Raises the error where it says anything of Temporal, or of us.
    """
    if error.status is RPCStatusCode.NOT_FOUND:
        return
    if error.status not in _OF_ONE_WORKFLOW:
        raise error
    fields = {"backorder": backorder, "error": error.status.name}
    log.error("the workflow of %s takes no call: %s", backorder, error.status.name, extra=fields)


def _reason(error: Exception) -> str:
    """What the system said, out of all that the libraries say around it."""
    messages = findall(r'message: "([^"]+)"', str(error))
    return messages[-1].lower() if messages else str(error)[:200]


async def is_current(found: WorkflowExecutionDescription | WorkflowExecution) -> bool:
    """Whether a run's history has this program's form, so that it can be gone on with."""
    form: object = await found.memo_value(_FORM, 0)
    return form == FORM


class TemporalNotifier:
    """Wakes workflows after a commit; see `backorder.ports.Notifier`.

    idle: only those are woken that have no activity
    under way. While one fails again and again, whoever calls every half minute would make the history grow
    for as long, and what is overdue is looked at with its next attempt anyway. What an older program began is
    begun anew then, as its history cannot be gone on with; a line that waits for workers that are gone counts
    as one without a workflow.
    """

    def __init__(self, client: Client, clock: Clock, task_queue: str, *, idle: bool = False) -> None:
        self._client = client
        self._idle = idle
        # A limit is out of date soon; without it a timer rings early at worst, and is told the time.
        self._clock = replace(clock, limit=None)
        self._queue = task_queue
        self._stranded = Stranded(client, task_queue)

    async def notify(self, after: Notify) -> Collection[str]:
        """Wake everybody named; see `backorder.ports.Notifier`."""
        gone: set[str] = set()
        shards = sorted({*after.shards, *(shard for shard, _ in after.due)})
        calls = [
            *(self._signal_line(id, gone) for id in after.backorders),
            *(self._dispatch(shard) for shard in shards),
            *([self._dispatch_events()] if after.events else []),
            *(self._replan(sku) for sku in after.skus),
            *(self._follow_up(order) for order in after.orders),
        ]
        if len(calls) == 1:
            await calls[0]
        else:
            await self._all(calls)
        return gone

    async def _all(self, calls: Iterable[Coroutine[object, object, None]]) -> None:
        slots = asyncio.Semaphore(CALLS_AT_ONCE)

        async def one(call: Coroutine[object, object, None]) -> None:
            async with slots:
                await call

        failed = await asyncio.gather(*(one(call) for call in calls), return_exceptions=True)
        for error in failed:
            if isinstance(error, BaseException):
                raise error

    async def tell(self, backorder: str, reviewed: LineReviewed) -> bool:
        """Tell a line's workflow how it stands; see `backorder.ports.LineTeller`."""
        handle = self._client.get_workflow_handle(backorder_id(backorder))
        try:
            await handle.signal(BackorderWorkflow.reviewed, reviewed)
        except RPCError as error:
            _is_out_of_reach(backorder, error)
            return False
        return True

    async def _signal_line(self, backorder: str, gone: set[str]) -> None:
        handle = self._client.get_workflow_handle(backorder_id(backorder))
        try:
            found = await handle.describe() if self._idle else None
            if found is not None and await self._stranded.holds(found):
                gone.add(backorder)
            elif found is None or not found.raw_description.pending_activities:
                await handle.signal(BackorderWorkflow.supply_changed)
        except RPCError as error:
            _is_out_of_reach(backorder, error)
            gone.add(backorder)

    async def _dispatch(self, shard: int) -> None:
        """Start a shard's dispatcher; tell one that runs that something is due."""
        start = DispatchInput(shard=shard, clock=self._clock)
        await self._start(DispatchWorkflow.run, start, dispatch_id(shard), "message_planned", USUAL)

    async def _dispatch_events(self) -> None:
        """Start the dispatcher of events; tell one that runs that there is one more."""
        start = EventDispatchInput()
        await self._start(EventDispatchWorkflow.run, start, EVENTS_ID, "event_published", USUAL)

    async def _start(
        self,
        run: Callable[[RunT, StartT], Awaitable[None]],
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
            memo=MADE_BY,
        )
        try:
            await begin(id_conflict_policy=WorkflowIDConflictPolicy.FAIL, request_eager_start=True)
        except WorkflowAlreadyStartedError:
            found = await self._client.get_workflow_handle(id).describe() if self._idle else None
            if found is not None and not await is_current(found):
                await begin(id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING)
            elif found is None or not found.raw_description.pending_activities:
                await begin(start_signal=signal)

    async def _follow_up(self, order: str) -> None:
        start = PurchaseOrderInput(order=order, clock=self._clock)
        await self._start(
            PurchaseOrderWorkflow.run, start, purchase_order_id(order), "purchase_order_changed", USUAL
        )

    async def _replan(self, sku: str) -> None:
        start = ReplanInput(sku=sku, clock=self._clock)
        await self._start(ReplanWorkflow.run, start, replan_id(sku), "dirty", COORDINATING)
