"""Looking for what a crash left behind, every now and then."""

from __future__ import annotations

from dataclasses import dataclass, field

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.sweeps import STALLED, UNDER_WAY, Sweep, Sweeps, Swept
    from backorder.domain.clock import Clock
    from workflows.options import FAN_OUT

SWEEP_ID = "sweep"


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepInput:
    """clock: how business time runs."""

    clock: Clock = field(default_factory=Clock)


@workflow.defn
class SweepWorkflow:
    """One sweep; a Temporal schedule starts it."""

    @workflow.run
    async def run(self, start: SweepInput) -> Swept:
        """Start and wake whoever was forgotten."""
        business, now = start.clock.business, workflow.now()
        last = workflow.get_last_completion_result(Swept) if workflow.has_last_completion_result() else None
        after = last.after if last else ""  # where the last sweep stopped
        params = Sweep(before=business(now - UNDER_WAY), long_before=business(now - STALLED), after=after)
        return await workflow.execute_activity_method(Sweeps.sweep, params, **FAN_OUT)
