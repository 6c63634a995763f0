"""Versions of workers side by side, where an operator wants a worker deployment.

Which there are, which one is current, and moving what is left on an old one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from temporalio.api.enums.v1 import WorkerDeploymentVersionStatus as Status
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from backorder.errors import SetupError
from backorder.ports import Notify
from backorder.services.services import Services
from starter.attendance import GRACE_PERIOD, UNVERSIONED, Version, versions_at_work
from starter.client import Backorders
from starter.temporal import CALLS_AT_ONCE, TemporalNotifier
from workflows.ids import backorder_of, purchase_order_of, shard_of, sku_of

LINE = "BackorderWorkflow"
STATES = {
    Status.WORKER_DEPLOYMENT_VERSION_STATUS_CURRENT: "current",
    Status.WORKER_DEPLOYMENT_VERSION_STATUS_RAMPING: "ramping",
    Status.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING: "draining",
    Status.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED: "drained",
    Status.WORKER_DEPLOYMENT_VERSION_STATUS_INACTIVE: "new",
}
"""How a version stands, in the words of `Build`."""
MOVES_S, CALLED_AGAIN = 5.0, 2
"""How long lines that were woken on their old version are waited for, after the last one that moved; and how
often those that did not are woken again."""
POLL_S = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """A version of the workers, or those without versions. deployment, build: its names, "" without versions.

    state: current, ramping, draining (lines are left on it), drained, new (it was never current) or unknown;
    "" without versions. open: open workflows on it; lines: those of them that are order lines. workers: how
    many ask for work.
    """

    deployment: str
    build: str
    state: str
    open: int
    lines: int
    workers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Drained:
    """moved: lines that went on in the current version by themselves. anew: lines that were begun anew there.

    others: workflows of other kinds, which were called. left: open workflows that are still on the build.
    """

    moved: int
    anew: int
    others: int
    left: int


async def builds(client: Client, task_queue: str, deployment: str = "") -> list[Build]:
    """Every version that works on a task queue, or is of a deployment; workers without versions come first.

    Raises RPCError or RuntimeError while Temporal is away.
    """
    at_work = await versions_at_work(client, task_queue)
    states = {UNVERSIONED: ""}
    for name in sorted({deployment, *(each.deployment for each in at_work)} - {""}):
        states |= await _states(client, name)
    # All at once: a version that is drained is kept for weeks, and its counts are two round trips.
    kinds = ("", f" AND WorkflowType = '{LINE}'")
    counts = await asyncio.gather(
        *(_count(client, version, task_queue, more) for version in states for more in kinds)
    )
    found = [
        Build(
            deployment=version.deployment,
            build=version.build,
            state=state,
            open=open,
            lines=lines,
            workers=len(at_work.get(version, ())),
        )
        for (version, state), open, lines in zip(states.items(), counts[::2], counts[1::2], strict=True)
    ]
    return [each for each in found if each.deployment or each.open or each.workers or len(found) == 1]


async def _states(client: Client, deployment: str) -> dict[Version, str]:
    """The versions of a deployment, the newest first; none of one that Temporal does not know."""
    params = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=deployment)
    try:
        found = await client.workflow_service.describe_worker_deployment(params, timeout=GRACE_PERIOD)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return {}
    return {
        Version(deployment, each.deployment_version.build_id): STATES.get(each.status, "unknown")
        for each in found.worker_deployment_info.version_summaries
    }


def _on(version: Version, task_queue: str) -> str:
    """The open workflows of a version, as a query."""
    is_on = (
        "TemporalWorkerDeploymentVersion IS NULL"
        if version == UNVERSIONED
        else f"TemporalWorkerDeploymentVersion = '{version.deployment}:{version.build}'"
    )
    queue = task_queue.replace("'", "''")
    return f"ExecutionStatus = 'Running' AND TaskQueue = '{queue}' AND {is_on}"


async def _count(client: Client, version: Version, task_queue: str, more: str = "") -> int:
    return (await client.count_workflows(_on(version, task_queue) + more, rpc_timeout=GRACE_PERIOD)).count


async def make_current(client: Client, deployment: str, build: str) -> None:
    """Have everything new begin on a build, and what auto-upgrades go on there; "" for workers without one.

    Raises SetupError where no worker of the build is there yet.
    """
    params = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace, deployment_name=deployment, build_id=build
    )
    try:
        await client.workflow_service.set_worker_deployment_current_version(params, timeout=GRACE_PERIOD)
    except RPCError as error:
        if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
            raise
        raise SetupError(
            f"build {build or '(none)'} of deployment {deployment} cannot be made current: no worker of it "
            "has asked for work on every task queue yet. Start its workers, then try again "
            f"(Temporal says: {error.message})"
        ) from None


async def drain(
    client: Client,
    services: Services,
    version: Version,
    task_queue: str,
    say: Callable[[int], None] = lambda left: None,
) -> Drained:
    """Move what is left on a version to the current one.

    Lines whose workers are there are woken, and go on there as new; those whose workers are gone, or that do
    not move, are ended and begun anew from their rows in one call, which loses nothing. say: is told how many
    are left. Raises SetupError for the version that is current, and for one that nobody knows.
    """
    await _drainable(client, version, task_queue)
    notifier = TemporalNotifier(client, services.clock(), task_queue)
    lines_left = partial(_count, client, version, task_queue, f" AND WorkflowType = '{LINE}'")

    async def call() -> int:
        """Wake everybody. Returns how many of them are no lines."""
        others = 0
        async for page in _pages(client, version, task_queue):
            await notifier.notify(page)
            others += len(page.shards) + len(page.skus) + len(page.orders) + page.events
        return others

    before, others, anew = await lines_left(), await call(), 0
    left = before
    if version in await versions_at_work(client, task_queue):
        left = await _at_rest(lines_left, say)
        for _ in range(CALLED_AGAIN if left else 0):
            # Who woke before every server knew which version is current went to sleep on the old one again.
            await call()
            left = await _at_rest(lines_left, say)
    if left:
        starts = Backorders(client, services, task_queue=task_queue)
        anew = await _begin_anew(client, starts, version, task_queue)
        await _at_rest(lines_left, say)
    left = await _called_until_gone(call, partial(_count, client, version, task_queue), say)
    return Drained(moved=before - anew, anew=anew, others=others, left=left)


async def _drainable(client: Client, version: Version, task_queue: str) -> None:
    """Raises SetupError for the version that is current, and for one that nobody knows."""
    states = await _states(client, version.deployment)
    if states.get(version) == "current":
        raise SetupError(f"build {version.build} is current: make another one current first")
    # One that Temporal has forgotten, since its workers are long gone, may have lines left all the same.
    if version not in states and not await _count(client, version, task_queue):
        known = ", ".join(each.build for each in states) or "none at all"
        raise SetupError(f"deployment {version.deployment} has no build {version.build}; it has {known}")


async def _called_until_gone(
    call: Callable[[], Awaitable[int]], count: Callable[[], Awaitable[int]], say: Callable[[int], None]
) -> int:
    """Wake what is left, a few times. Returns how much is left then."""
    left = await _at_rest(count, say)
    for _ in range(CALLED_AGAIN):
        if not left:
            break
        await call()
        left = await _at_rest(count, say)
    return left


async def _at_rest(count: Callable[[], Awaitable[int]], say: Callable[[int], None]) -> int:
    """Wait until nothing is left, or nothing has moved for a while. Returns how much is left."""
    loop = asyncio.get_running_loop()
    left, since = await count(), loop.time()
    while left and loop.time() - since < MOVES_S:
        await asyncio.sleep(POLL_S)
        now = await count()
        if now != left:
            left, since = now, loop.time()
            say(left)
    return left


async def _begin_anew(client: Client, starts: Backorders, version: Version, task_queue: str) -> int:
    """End the lines that are left, and begin each anew from its row. Returns how many."""
    slots, count = asyncio.Semaphore(CALLS_AT_ONCE), 0

    async def one(line: str) -> bool:
        async with slots:
            return await starts.restart(line, anew=True)

    async for page in _pages(client, version, task_queue):
        count += sum(await asyncio.gather(*map(one, page.backorders)))
    return count


async def _pages(client: Client, version: Version, task_queue: str) -> AsyncIterator[Notify]:
    """Whom to call of those that are on a version, a thousand at a time."""
    listed = client.list_workflows(_on(version, task_queue), page_size=1000)
    while listed.current_page is None or listed.next_page_token:
        await listed.fetch_next_page()
        found = [(each.workflow_type, each.id) for each in listed.current_page or ()]
        yield Notify(
            backorders=tuple(backorder_of(id) for kind, id in found if kind == LINE),
            shards=tuple(shard_of(id) for kind, id in found if kind == "DispatchWorkflow"),
            skus=tuple(sku_of(id) for kind, id in found if kind == "ReplanWorkflow"),
            orders=tuple(purchase_order_of(id) for kind, id in found if kind == "PurchaseOrderWorkflow"),
            events=any(kind == "EventDispatchWorkflow" for kind, _ in found),
        )
