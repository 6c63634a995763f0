"""How it all stands, at a glance."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from backorder.errors import AwayError
from starter.status import Presence, StatusView, presence, read_overview, status_of, view_of
from web.answers import answer
from web.calls import CurrentCall, Doors
from web.desk import Desk
from web.shapes import Shape
from web.temporal_questions import asked_of_temporal

doors = Doors("operations")
STATUS = "/v1/status"


@doors.door("GET", STATUS, roles=("admin",), shape=Shape(answers={200: StatusView}))
async def read_status(call: CurrentCall) -> Response:
    """Read how it all stands: lines, messages, channels, workers, and what is overdue.

    It answers 200 also where something is wrong. While Temporal is away the reason stands in
    `temporal.away`, and what it alone knows is null. Calls within two seconds have one answer of Temporal.
    """
    desk = call.desk
    shared = desk.presence.get(lambda: _present(desk))
    found, said = await asyncio.gather(call.work(lambda: read_overview(desk.services)), shared)
    return answer(view_of(status_of(found, said)))


async def _present(desk: Desk) -> Presence | str:
    """Who works, or why nobody knows."""
    queue, deployment = desk.settings.task_queue, desk.settings.deployment
    try:
        return await asked_of_temporal(desk, lambda client: presence(client, queue, deployment))
    except AwayError as away:
        return str(away)
