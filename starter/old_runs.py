"""After an upgrade: what an older program runs in Temporal is ended, and begun anew from its rows.

Repeating it does no harm, in several processes at once neither: what has been begun anew is left alone, and
ending a run and beginning the next one is a single call. What is missed after all, the sweep finds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from backorder.failures import in_words
from backorder.ports import Notify
from backorder.services import old_runs
from backorder.services.services import Services
from starter.client import Backorders
from starter.temporal import TemporalNotifier, is_away, is_current

log = logging.getLogger(__name__)
NamedT = TypeVar("NamedT")
RUNS_AT_ONCE = 100
"""Calls to Temporal under way at once."""
REASON = "begun by an older version, whose history this one cannot go on with"
TYPES = ("BackorderWorkflow", "ConversationWorkflow", "PurchaseOrderWorkflow", "ReplanWorkflow")
"""A sweep ends by itself, and its history has not changed."""


async def begin_anew(
    client: Client, services: Services, task_queue: str, say: Callable[[int], None] | None = None
) -> int:
    """End every run that an older program began, and begin it anew from its rows.

    Nothing is done where none is left. say: is told every thousand lines how many are done. Returns how many
    lines were begun anew. Raises RPCError or RuntimeError while Temporal is away: what is done stays, and the
    next call does the rest.
    """
    engine = services.engine
    if not await asyncio.to_thread(old_runs.are_left, engine):
        return 0
    clock = services.clock()
    notifier = TemporalNotifier(client, clock, task_queue, idle=True)
    starts = Backorders(client, services, clock=clock, task_queue=task_queue)

    async def notify(after: Notify) -> bool:
        await notifier.notify(after)
        return True

    count = 0
    async for page in _pages(old_runs.open_lines(engine)):
        count += await _each(starts.restart, page)
        if say:
            say(count)
    await notify(Notify(shards=services.dispatch.shards(), events=True))
    async for page in _pages(old_runs.open_orders(engine)):
        await _each(notify, [Notify(orders=(name,)) for name in page])
    async for page in _pages(old_runs.skus(engine)):
        await _each(notify, [Notify(skus=(name,)) for name in page])
    await _end_the_rest(client, task_queue)
    await asyncio.to_thread(old_runs.are_gone, engine)
    log.info("%s lines that an older version looked after are begun anew", count, extra={"started": count})
    return count


async def _pages(pages: Iterator[tuple[str, ...]]) -> AsyncIterator[tuple[str, ...]]:
    while page := await asyncio.to_thread(next, pages, ()):
        yield page


async def _each(do: Callable[[NamedT], Awaitable[bool]], each: Iterable[NamedT]) -> int:
    """Do it for each, some at once. Returns for how many it said yes."""
    slots = asyncio.Semaphore(RUNS_AT_ONCE)

    async def apart(one: NamedT) -> bool:
        async with slots:
            try:
                return await do(one)
            except Exception as error:
                if is_away(error):
                    raise
                # One that cannot be begun anew stops no other; the sweep tries again.
                log.exception("%s cannot be begun anew: %s", one, in_words(error))
                return False

    return sum(await asyncio.gather(*map(apart, each)))


async def _end_the_rest(client: Client, task_queue: str) -> None:
    """Runs of an older form that no row needs any more."""
    types = ", ".join(f"'{each}'" for each in TYPES)
    queue = task_queue.replace("'", "''")
    query = f"ExecutionStatus = 'Running' AND WorkflowType IN ({types}) AND TaskQueue = '{queue}'"

    async def end(run: WorkflowExecution) -> bool:
        if await is_current(run):
            return False
        try:
            await client.get_workflow_handle(run.id, run_id=run.run_id).terminate(REASON)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        return True

    listed = client.list_workflows(query, page_size=1000)
    while listed.current_page is None or listed.next_page_token:
        await listed.fetch_next_page()
        await _each(end, listed.current_page or ())
