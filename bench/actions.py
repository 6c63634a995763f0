"""Counting what a workflow costs, from its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

_ONE_ACTION = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
        EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
        EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
        EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
    }
)
"""Events that stand for one Action each. A run that continues another one starts, so it counts there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Actions, events and bytes of history, as the server counts the last."""

    actions: int = 0
    events: int = 0
    history_bytes: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            actions=self.actions + other.actions,
            events=self.events + other.events,
            history_bytes=self.history_bytes + other.history_bytes,
        )


def count_actions(events: Iterable[HistoryEvent]) -> int:
    """Billable Actions of one run. All local activities of one workflow task are one."""
    count = 0
    tasks_with_markers = set()
    for event in events:
        if event.event_type in _ONE_ACTION:
            count += 1
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            count += event.activity_task_started_event_attributes.attempt - 1
        elif event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
            marker = event.marker_recorded_event_attributes
            if marker.marker_name == "core_local_activity":
                tasks_with_markers.add(marker.workflow_task_completed_event_id)
    return count + len(tasks_with_markers)


async def cost_of(client: Client, workflow_id: str) -> Cost:
    """What all runs under a workflow ID cost; nothing for an ID that never ran."""
    total = Cost()
    async for run in client.list_workflows(f'WorkflowId = "{workflow_id}"'):
        handle = client.get_workflow_handle(workflow_id, run_id=run.run_id)
        described = await handle.describe()
        history = await handle.fetch_history()
        total += Cost(
            actions=count_actions(history.events),
            events=len(history.events),
            history_bytes=described.raw_description.workflow_execution_info.history_size_bytes,
        )
    return total
