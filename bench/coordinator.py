"""What a replanning did and when, from its own history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from activities.replans import Announced
from bench.actions import count_actions
from workflows.ids import replan_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Coordinator:
    """All runs since an instant. replan_s: its transactions. told: lines signalled, in pages.

    announce_s: from the first page's scheduling to the last one's completion. within_s: of that, while a
    page was at work.
    """

    events: int
    actions: int
    replan_s: float
    told: int
    pages: int
    announce_s: float
    within_s: float
    announced_at: float


@dataclass(kw_only=True, slots=True)
class _Call:
    name: str
    scheduled_at: float
    started_at: float = 0.0
    ended_at: float = 0.0
    told: int = 0


async def coordinator(client: Client, sku: str, since: float) -> Coordinator:
    """Read the histories of a SKU's replanning. Raises RuntimeError if it told nobody."""
    id, actions, events, calls = replan_id(sku), 0, 0, list[_Call]()
    async for run in client.list_workflows(f'WorkflowId = "{id}"'):
        # The clocks of the server and of this process are the same machine's.
        if run.start_time >= datetime.fromtimestamp(since, UTC):
            history = await client.get_workflow_handle(id, run_id=run.run_id).fetch_history()
            actions += count_actions(history.events)
            events += len(history.events)
            calls += await _calls(client, history.events)
    pages = [call for call in calls if call.name == "announce" and call.ended_at]
    if not any(page.told for page in pages):
        raise RuntimeError(f"the replanning of {sku} told nobody")
    begun, ended = min(page.scheduled_at for page in pages), max(page.ended_at for page in pages)
    return Coordinator(
        events=events,
        actions=actions,
        replan_s=sum(call.ended_at - call.started_at for call in calls if call.name == "replan"),
        told=sum(page.told for page in pages),
        pages=len(pages),
        announce_s=ended - begun,
        within_s=sum(page.ended_at - page.started_at for page in pages),
        announced_at=ended,
    )


async def _calls(client: Client, events: Sequence[HistoryEvent]) -> list[_Call]:
    calls: dict[int, _Call] = {}
    for event in events:
        at = event.event_time.ToNanoseconds() / 1e9
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            name = event.activity_task_scheduled_event_attributes.activity_type.name
            calls[event.event_id] = _Call(name=name, scheduled_at=at)
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            calls[event.activity_task_started_event_attributes.scheduled_event_id].started_at = at
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            done = event.activity_task_completed_event_attributes
            call = calls[done.scheduled_event_id]
            call.ended_at = at
            if call.name == "announce":
                (page,) = await client.data_converter.decode(done.result.payloads, [Announced])
                call.told = page.told
    return list(calls.values())
