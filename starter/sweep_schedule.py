"""The schedule by which Temporal starts the sweep: made, kept, and made again if somebody deletes it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError

from backorder.domain.clock import Clock
from workflows.sweep import SWEEP_ID, SweepInput, SweepWorkflow

log = logging.getLogger("backorder.worker")
SWEEP_EVERY = timedelta(seconds=30)
SWEEP_ENDS = timedelta(hours=1)
"""A sweep that did not end by then never will, as one on a queue where nobody works any more; the next one
would wait for it."""
SCHEDULE_KEPT = timedelta(minutes=5)
"""How often a worker sees to it that the sweep is still scheduled."""


async def schedule_sweep(
    client: Client, clock: Clock, task_queue: str, every: timedelta = SWEEP_EVERY
) -> None:
    """Have Temporal start a sweep every so often; a schedule that exists is kept, at this pace."""
    action = ScheduleActionStartWorkflow(
        SweepWorkflow.run,
        SweepInput(clock=clock),
        id=SWEEP_ID,
        task_queue=task_queue,
        execution_timeout=SWEEP_ENDS,
    )
    spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)])
    policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP)
    try:
        await client.create_schedule(SWEEP_ID, Schedule(action=action, spec=spec, policy=policy))
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(SWEEP_ID).update(lambda found: _as_now(found, action, spec))


def _as_now(
    found: ScheduleUpdateInput, action: ScheduleActionStartWorkflow, spec: ScheduleSpec
) -> ScheduleUpdate | None:
    """The schedule with what this worker wants of it; None where it is so already."""
    known = found.description.schedule
    same = (
        isinstance(known.action, ScheduleActionStartWorkflow)
        and known.action.task_queue == action.task_queue
        and known.action.execution_timeout == action.execution_timeout
        and [each.every for each in known.spec.intervals] == [each.every for each in spec.intervals]
    )
    if same:
        return None
    known.action, known.spec = action, spec
    return ScheduleUpdate(schedule=known)


async def keep_scheduled(
    client: Client,
    clock: Clock,
    task_queue: str,
    every: timedelta,
    stop: asyncio.Event,
    kept_every: timedelta = SCHEDULE_KEPT,
) -> None:
    """Until told to stop see to it, every so often, that the sweep is scheduled: somebody may delete it."""
    while not stop.is_set():
        try:
            await schedule_sweep(client, clock, task_queue, every)
        except RPCError as error:
            log.warning("the sweep's schedule cannot be looked at: %s", error.message)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), kept_every.total_seconds())
