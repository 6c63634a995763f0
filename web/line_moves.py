"""Moving a line in its queue, or to another policy: previewed first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from backorder import schemas
from starter.client import AskedOutcome
from web import line_examples as examples
from web.answers import answer
from web.calls import CurrentCall, Doors, nothing
from web.effects import EffectView, effects_of
from web.line_actions import outcome_answer
from web.lines import LINE
from web.path_ids import line_of
from web.record_faults import known_body
from web.shapes import RequestAnswered, Shape

doors = Doors("lines")
Preview = Annotated[bool, Query(description="Say what it would lead to, and write nothing.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class PriorityPreview:
    """The lines that would stand elsewhere, in queue order."""

    backorder: str
    value: int
    effects: tuple[EffectView, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class StepView:
    """Something that happens if nothing new is heard."""

    at: datetime
    what: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyPreviewView:
    """What another policy would lead to. skipped: stages that are due by it already, and are left out.
    forbidden: endings that never come, since by the law of the line silence does not cancel.

    before, after: what is to come as things stand, and by the other policy.
    """

    backorder: str
    policy: str
    version: str
    skipped: tuple[str, ...]
    forbidden: tuple[str, ...]
    before: tuple[StepView, ...]
    after: tuple[StepView, ...]


@doors.door(
    "POST",
    LINE + "/priority",
    roles=("agent", "supply"),
    shape=Shape(
        body=schemas.Prioritising,
        example=examples.PRIORITY,
        answers={200: PriorityPreview, 204: None},
        problems=(404, 409),
        made_up=("by",),
    ),
)
async def prioritise(call: CurrentCall, order: str, line: str, preview: Preview = False) -> Response:
    """Move a line in its queue: a higher priority goes first."""
    backorder = line_of(order, line)
    asked = await known_body(call, schemas.Prioritising, usual={"by": call.actor})
    if preview:
        moving, now = call.desk.services.moving, call.desk.now()
        found = await call.work(
            lambda: moving.prioritise(
                backorder, asked.value, by=asked.by, reason=asked.reason, at=now, preview=True
            )
        )
        return answer(
            PriorityPreview(backorder=backorder, value=asked.value, effects=effects_of(found.effects))
        )

    async def move() -> None:
        await call.desk.client.prioritise(backorder, asked.value, by=asked.by, reason=asked.reason)

    await call.act("backorder", backorder, move, nothing)
    return Response(status_code=204)


@doors.door(
    "POST",
    LINE + "/policy",
    roles=("agent", "supply"),
    shape=Shape(
        body=schemas.PolicyMove,
        example=examples.POLICY,
        answers={200: RequestAnswered | PolicyPreviewView, 202: RequestAnswered},
        problems=(404, 409),
        made_up=("request_id", "by"),
    ),
)
async def move_policy(call: CurrentCall, order: str, line: str, preview: Preview = False) -> Response:
    """Move a line to another policy: stages that are done stay done, those newly due are skipped."""
    backorder = line_of(order, line)
    usual = {"request_id": call.own_id("policy"), "by": call.actor}
    asked = await known_body(call, schemas.PolicyMove, usual=usual)
    if preview:
        moving, now = call.desk.services.moving, call.desk.now()
        found = await call.work(lambda: moving.preview_policy(backorder, asked.value, now))
        return answer(
            PolicyPreviewView(
                backorder=backorder,
                policy=found.policy,
                version=found.version,
                skipped=found.skipped,
                forbidden=found.forbidden,
                before=tuple(StepView(at=each.at, what=each.what, why=each.why) for each in found.before),
                after=tuple(StepView(at=each.at, what=each.what, why=each.why) for each in found.after),
            )
        )

    async def move() -> AskedOutcome:
        return await call.desk.client.policy(backorder, asked)

    outcome = await call.act("backorder", backorder, move)
    return outcome_answer(backorder, outcome.request, outcome)
