"""What a workflow's history says."""

from __future__ import annotations

from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowHandle


async def history(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """The types of a workflow's events, as `TimerStarted`."""
    found = await handle.fetch_history()
    return [event_name(event.event_type) for event in found.events]


def event_name(number: EventType.ValueType) -> str:
    """`EVENT_TYPE_TIMER_STARTED` as `TimerStarted`."""
    words = EventType.Name(number).removeprefix("EVENT_TYPE_").split("_")
    return "".join(word.capitalize() for word in words)


async def details(handle: WorkflowHandle[Any, Any]) -> str:
    """What Temporal's UI shows of a workflow, in words."""
    found: WorkflowMetadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return found.current_details
