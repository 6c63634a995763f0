"""How it all stands: what the database knows, and what Temporal knows of who works."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from temporalio.client import Client
from temporalio.service import RPCError

from backorder.errors import AwayError
from backorder.queries.overview import Overview, overview
from backorder.services.services import Services, machine_now
from starter.attendance import Attendance, PolledQueue, attendance
from starter.deployments import Build, builds
from starter.mending import in_words


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """What is shown. away: why Temporal said nothing, "" if it did. at: machine time.

    builds: the versions of the workers, and what is open on each.
    """

    overview: Overview
    attendance: Attendance | None
    away: str
    at: datetime
    builds: Sequence[Build] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TemporalView:
    """What Temporal knows of who works. away: why it said nothing, "" if it did; all else is None then.

    queues: every one that has to be worked on. swept: the sweep's last start, machine time; None: never.
    paused: somebody paused the sweep's schedule. versions: of the workers, with what is open on each.
    """

    away: str
    queues: Sequence[PolledQueue] | None
    swept: datetime | None
    paused: bool | None
    versions: Sequence[Build] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusView(Overview):
    """How it all stands. at: machine time. temporal: what Temporal knows of who works."""

    at: datetime
    temporal: TemporalView


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """What Temporal says of who works."""

    attendance: Attendance
    builds: Sequence[Build]


async def presence(client: Client, task_queue: str, deployment: str) -> Presence:
    """Ask Temporal. Raises AwayError while it says nothing, with what to do about it."""
    try:
        here, versions = await asyncio.gather(
            attendance(client, task_queue), builds(client, task_queue, deployment)
        )
        return Presence(attendance=here, builds=versions)
    except (RPCError, RuntimeError) as error:
        found = in_words(error)
        if found is None:
            raise
        raise AwayError(found.words) from None


def read_overview(services: Services) -> Overview:
    """What the database knows, at this moment."""
    clock = services.clock()
    return overview(services.engine, clock.business(machine_now()), clock.rate)


def status_of(found: Overview, said: Presence | str) -> Status:
    """Both together, at this moment. said: or why Temporal said nothing."""
    at = machine_now()
    if isinstance(said, str):
        return Status(overview=found, attendance=None, away=said, at=at)
    return Status(overview=found, attendance=said.attendance, away="", at=at, builds=said.builds)


def view_of(status: Status) -> StatusView:
    """As programs read it."""
    here = status.attendance
    known = {each.name: getattr(status.overview, each.name) for each in fields(Overview)}
    return StatusView(
        **known,
        at=status.at,
        temporal=TemporalView(
            away=status.away,
            queues=here.queues if here else None,
            swept=here.swept if here else None,
            paused=here.paused if here else None,
            versions=status.builds if here else None,
        ),
    )
