"""Who works for this shop, and when the sweep was here: what Temporal knows of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.ids import sending_queue
from workflows.sweep import SWEEP_ID

GRACE_PERIOD = timedelta(seconds=5)
"""Machine time that one question to Temporal may take."""
_WORKFLOW, _ACTIVITY = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
SILENT = timedelta(minutes=5)
"""Machine time after which a sweep is missed."""
RECENT = timedelta(minutes=2)
"""A poll waits for a minute: who has not asked for longer works no more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """A task queue. kind: workflows or activities. workers: the identities of those that ask for work."""

    name: str
    kind: str
    workers: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendance:
    """queues: every one that has to be worked on. swept: the sweep's last start, machine time; None: never.

    paused: somebody paused the sweep's schedule.
    """

    queues: Sequence[Queue]
    swept: datetime | None
    paused: bool = False


async def attendance(client: Client, task_queue: str) -> Attendance:
    """Ask Temporal. Raises RPCError or RuntimeError while it is away."""
    sending = sending_queue(task_queue)
    asked = (
        (task_queue, "workflows", _WORKFLOW),
        (task_queue, "activities", _ACTIVITY),
        (sending, "activities", _ACTIVITY),
    )
    queues = await asyncio.gather(*(_queue(client, *each) for each in asked))
    swept, paused = await _sweep(client)
    return Attendance(queues=queues, swept=swept, paused=paused)


async def _queue(client: Client, name: str, kind: str, type: TaskQueueType.ValueType) -> Queue:
    ask = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=name), task_queue_type=type
    )
    found = await client.workflow_service.describe_task_queue(ask, timeout=GRACE_PERIOD)
    since = datetime.now(UTC) - RECENT
    recent = {each.identity for each in found.pollers if each.last_access_time.ToDatetime(UTC) > since}
    return Queue(name=name, kind=kind, workers=sorted(recent))


async def _sweep(client: Client) -> tuple[datetime | None, bool]:
    try:
        found = await client.get_schedule_handle(SWEEP_ID).describe(rpc_timeout=GRACE_PERIOD)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None, False
    recent = found.info.recent_actions
    return (recent[-1].started_at if recent else None), found.schedule.state.paused
