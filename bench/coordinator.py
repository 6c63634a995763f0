"""What a replanning did and when, from its own history."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from activities.replans import LinesTold
from bench.actions import count_actions
from workflows.ids import replan_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Coordinator:
    """All runs since an instant. replan_s: its transactions. told: lines signalled.

    reviews, tellings: activities that reviewed lines, and that told their workflows. review_s, announce_s:
    from the first one's scheduling to the last one's completion. within_s: of the telling, while one was at
    work. announced_at: machine time.
    """

    events: int
    actions: int
    replan_s: float
    told: int
    reviews: int
    tellings: int
    review_s: float
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
    """Read the histories of a SKU's replanning, once it is over. Raises RuntimeError if it told nobody."""
    id, actions, events, calls = replan_id(sku), 0, 0, list[_Call]()
    await client.get_workflow_handle(id).result()
    async for run in client.list_workflows(f'WorkflowId = "{id}"'):
        # The clocks of the server and of this process are the same machine's.
        if run.start_time >= datetime.fromtimestamp(since, UTC):
            history = await client.get_workflow_handle(id, run_id=run.run_id).fetch_history()
            actions += count_actions(history.events)
            events += len(history.events)
            calls += await _calls(client, history.events)
    reviews = [call for call in calls if call.name == "review_lines" and call.ended_at]
    tellings = [call for call in calls if call.name == "tell_lines" and call.ended_at]
    if not reviews or not any(call.told for call in tellings):
        raise RuntimeError(f"the replanning of {sku} told nobody")
    return Coordinator(
        events=events,
        actions=actions,
        replan_s=sum(call.ended_at - call.started_at for call in calls if call.name == "replan_sku"),
        told=sum(call.told for call in tellings),
        reviews=len(reviews),
        tellings=len(tellings),
        review_s=_length(reviews),
        announce_s=_length(tellings),
        within_s=sum(call.ended_at - call.started_at for call in tellings),
        announced_at=max(call.ended_at for call in tellings),
    )


def _length(calls: Sequence[_Call]) -> float:
    return max(call.ended_at for call in calls) - min(call.scheduled_at for call in calls)


async def _calls(client: Client, events: Sequence[HistoryEvent]) -> list[_Call]:
    calls: dict[int, _Call] = {}
    for event in events:
        at = _at(event)
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            name = event.activity_task_scheduled_event_attributes.activity_type.name
            calls[event.event_id] = _Call(name=name, scheduled_at=at)
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            calls[event.activity_task_started_event_attributes.scheduled_event_id].started_at = at
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            done = event.activity_task_completed_event_attributes
            call = calls[done.scheduled_event_id]
            call.ended_at = at
            if call.name == "tell_lines":
                (told,) = await client.data_converter.decode(done.result.payloads, [LinesTold])
                call.told = told.told
        elif event.marker_recorded_event_attributes.marker_name == "core_local_activity":
            calls[event.event_id] = _local(event, {each.event_id: each for each in events})
    return list(calls.values())


def _local(event: HistoryEvent, events: Mapping[int, HistoryEvent]) -> _Call:
    """A local activity, by the marker that the SDK leaves: it took as long as its workflow task, at most."""
    marker = event.marker_recorded_event_attributes
    done = events[marker.workflow_task_completed_event_id]
    begun = events[done.workflow_task_completed_event_attributes.started_event_id]
    name = json.loads(marker.details["data"].payloads[0].data)["activity_type"]
    return _Call(name=name, scheduled_at=_at(begun), started_at=_at(begun), ended_at=_at(done))


def _at(event: HistoryEvent) -> float:
    return event.event_time.ToNanoseconds() / 1e9
