"""The workflows as a versioned worker runs them: the same, and each says how it moves to another version.

A worker without versions may not say it: the server refuses its tasks.
"""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import VersioningBehavior

from workflows.backorder import BackorderInput, BackorderWorkflow
from workflows.dispatch import DispatchInput, DispatchWorkflow
from workflows.events import EventDispatchInput, EventDispatchWorkflow
from workflows.purchase_order import PurchaseOrderInput, PurchaseOrderWorkflow
from workflows.replan import ReplanInput, ReplanWorkflow
from workflows.sweep import SweepInput, SweepWorkflow

with workflow.unsafe.imports_passed_through():
    from activities.sweeps import Swept

# Tasks of what everybody shares go to the current version: a pinned dispatcher would wait for workers that
# are gone. A line stays with its version until it wakes and continues as new in the current one.
MOVES_AT_ONCE = VersioningBehavior.AUTO_UPGRADE
MOVES_WHEN_IT_CONTINUES = VersioningBehavior.PINNED


@workflow.defn(name="BackorderWorkflow", versioning_behavior=MOVES_WHEN_IT_CONTINUES)
class VersionedBackorder(BackorderWorkflow):
    """See `BackorderWorkflow`."""

    @workflow.init
    def __init__(self, start: BackorderInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: BackorderInput) -> str:
        """See `BackorderWorkflow.run`."""
        return await super().run(start)


@workflow.defn(name="DispatchWorkflow", versioning_behavior=MOVES_AT_ONCE)
class VersionedDispatch(DispatchWorkflow):
    """See `DispatchWorkflow`."""

    @workflow.init
    def __init__(self, start: DispatchInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: DispatchInput) -> None:
        """See `DispatchWorkflow.run`."""
        await super().run(start)


@workflow.defn(name="EventDispatchWorkflow", versioning_behavior=MOVES_AT_ONCE)
class VersionedEventDispatch(EventDispatchWorkflow):
    """See `EventDispatchWorkflow`."""

    @workflow.init
    def __init__(self, start: EventDispatchInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: EventDispatchInput) -> None:
        """See `EventDispatchWorkflow.run`."""
        await super().run(start)


@workflow.defn(name="PurchaseOrderWorkflow", versioning_behavior=MOVES_AT_ONCE)
class VersionedPurchaseOrder(PurchaseOrderWorkflow):
    """See `PurchaseOrderWorkflow`."""

    @workflow.init
    def __init__(self, start: PurchaseOrderInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: PurchaseOrderInput) -> None:
        """See `PurchaseOrderWorkflow.run`."""
        await super().run(start)


@workflow.defn(name="ReplanWorkflow", versioning_behavior=MOVES_AT_ONCE)
class VersionedReplan(ReplanWorkflow):
    """See `ReplanWorkflow`."""

    @workflow.init
    def __init__(self, start: ReplanInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: ReplanInput) -> None:
        """See `ReplanWorkflow.run`."""
        await super().run(start)


@workflow.defn(name="SweepWorkflow", versioning_behavior=MOVES_AT_ONCE)
class VersionedSweep(SweepWorkflow):
    """See `SweepWorkflow`."""

    @workflow.run
    async def run(self, start: SweepInput) -> Swept:
        """See `SweepWorkflow.run`."""
        return await super().run(start)


VERSIONED = (
    VersionedBackorder,
    VersionedDispatch,
    VersionedEventDispatch,
    VersionedPurchaseOrder,
    VersionedReplan,
    VersionedSweep,
)
