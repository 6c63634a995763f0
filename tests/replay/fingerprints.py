"""What a workflow commands, in order: two versions of the code with the same list can replay each other."""

from __future__ import annotations

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from tests.support.histories import event_name

COMMANDS = frozenset(
    {
        "ActivityTaskScheduled",
        "TimerStarted",
        "TimerCanceled",
        "UpsertWorkflowSearchAttributes",
        "WorkflowExecutionUpdateAccepted",
        "WorkflowExecutionUpdateCompleted",
        "WorkflowExecutionCompleted",
        "WorkflowExecutionContinuedAsNew",
        "MarkerRecorded",
        "StartChildWorkflowExecutionInitiated",
        "SignalExternalWorkflowExecutionInitiated",
    }
)


def fingerprint(history: WorkflowHistory) -> list[str]:
    """The commands of a history, as `ActivityTaskScheduled review`."""
    return [words for event in history.events if (words := _words(event))]


def _words(event: HistoryEvent) -> str:
    name = event_name(event.event_type)
    if name not in COMMANDS:
        return ""
    if name == "ActivityTaskScheduled":
        return f"{name} {event.activity_task_scheduled_event_attributes.activity_type.name}"
    return name
