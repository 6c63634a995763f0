"""What a workflow's history says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from google.protobuf.message import Message
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


async def held(handle: WorkflowHandle[Any, Any]) -> AsyncIterator[str]:
    """What Temporal holds of a workflow: its name, history, memo, search attributes and summary."""
    yield handle.id
    described = await handle.describe()
    for text in _words(described.raw_description):
        yield text
    async for event in handle.fetch_history_events():
        for text in _words(event):
            yield text


def _words(found: Message) -> Iterator[str]:
    """Every text of a message of Temporal's, its payloads as they were before they were packed."""
    for field, value in found.ListFields():
        for each in value.values() if hasattr(value, "values") else value if field.is_repeated else (value,):
            if isinstance(each, Message):
                yield from _words(each)
            elif isinstance(each, bytes):
                yield each.decode(errors="replace")
            else:
                yield str(each)
