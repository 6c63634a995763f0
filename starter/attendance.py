"""Who works for this shop, and when the sweep was here: what Temporal knows of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType, VersioningBehavior, WorkerStatus, WorkerVersioningMode
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, ListWorkersRequest
from temporalio.client import Client, WorkflowExecutionDescription
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
ASKED_S = 10.0
"""How long it is known who works, before Temporal is asked again."""
_PINNED = VersioningBehavior.VERSIONING_BEHAVIOR_PINNED
_VERSIONED = WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED
_STOPPING = (WorkerStatus.WORKER_STATUS_SHUTTING_DOWN, WorkerStatus.WORKER_STATUS_SHUTDOWN)
_UNTOLD = (
    RPCStatusCode.UNIMPLEMENTED,
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.INVALID_ARGUMENT,
)
"""What an older server answers, or one that keeps such lists from its users."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the workers: a build of a deployment."""

    deployment: str
    build: str


UNVERSIONED = Version("", "")
"""Workers without versions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PolledQueue:
    """A task queue. kind: workflows or activities. workers: the identities of those that ask for work."""

    name: str
    kind: str
    workers: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendance:
    """queues: every one that has to be worked on. swept: the sweep's last start, machine time; None: never.

    paused: somebody paused the sweep's schedule.
    """

    queues: Sequence[PolledQueue]
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
    queues, (swept, paused) = await asyncio.gather(
        asyncio.gather(*(_queue(client, *each) for each in asked)), _sweep(client)
    )
    return Attendance(queues=queues, swept=swept, paused=paused)


async def _queue(client: Client, name: str, kind: str, type: TaskQueueType.ValueType) -> PolledQueue:
    recent = {each.identity for each in await _pollers(client, name, type)}
    return PolledQueue(name=name, kind=kind, workers=sorted(recent))


async def _pollers(client: Client, name: str, type: TaskQueueType.ValueType) -> list[PollerInfo]:
    """Who asked a task queue for work lately, and has not said since that it stops."""
    params = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=name), task_queue_type=type
    )
    found = await client.workflow_service.describe_task_queue(params, timeout=GRACE_PERIOD)
    since, stopped = datetime.now(UTC) - RECENT, await _stopped(client, name)

    def works(each: PollerInfo) -> bool:
        end = stopped.get((each.identity, each.deployment_options.build_id), since)
        return each.last_access_time.ToDatetime(UTC) > max(since, end)

    return list(filter(works, found.pollers))


async def _stopped(client: Client, task_queue: str) -> Mapping[tuple[str, str], datetime]:
    """Workers that said that they stop, by identity and build, and when: their last poll is recent yet."""
    queue = task_queue.replace("'", "''")
    params = ListWorkersRequest(namespace=client.namespace, query=f"TaskQueue = '{queue}'")
    try:
        found = await client.workflow_service.list_workers(params, timeout=GRACE_PERIOD)
    except RPCError as error:
        if error.status not in _UNTOLD:
            raise
        return {}
    return {
        (each.worker_identity, each.deployment_version.build_id): each.heartbeat_time.ToDatetime(UTC)
        for each in (info.worker_heartbeat for info in found.workers_info)
        if each.status in _STOPPING
    }


async def versions_at_work(client: Client, task_queue: str) -> Mapping[Version, frozenset[str]]:
    """The versions whose workers ask for workflows, with the workers' identities.

    Raises RPCError or RuntimeError while Temporal is away.
    """
    found: dict[Version, frozenset[str]] = {}
    for each in await _pollers(client, task_queue, _WORKFLOW):
        version = _version_of(each)
        found[version] = found.get(version, frozenset()) | {each.identity}
    return found


def _version_of(poller: PollerInfo) -> Version:
    options = poller.deployment_options
    if options.worker_versioning_mode != _VERSIONED:
        return UNVERSIONED
    return Version(options.deployment_name, options.build_id)


class Stranded:
    """Which lines wait for workers of a version of which there are none any more.

    A pinned workflow is given to its own version only; without its workers it would sleep for ever.
    """

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._queue = task_queue
        self._known: Mapping[Version, frozenset[str]] = {}
        self._until = 0.0

    async def holds(self, found: WorkflowExecutionDescription) -> bool:
        """Whether a run that is open is one of them; one that a person moved by hand is not."""
        info = found.raw_description.workflow_execution_info.versioning_info
        if info.behavior != _PINNED or info.HasField("versioning_override"):
            return False
        version = Version(info.deployment_version.deployment_name, info.deployment_version.build_id)
        return version not in await self._at_work()

    async def _at_work(self) -> Mapping[Version, frozenset[str]]:
        now = time.monotonic()
        if now >= self._until:
            self._known = await versions_at_work(self._client, self._queue)
            self._until = now + ASKED_S
        return self._known


async def _sweep(client: Client) -> tuple[datetime | None, bool]:
    try:
        found = await client.get_schedule_handle(SWEEP_ID).describe(rpc_timeout=GRACE_PERIOD)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None, False
    recent = found.info.recent_actions
    return (recent[-1].started_at if recent else None), found.schedule.state.paused
