"""What the engine is measured against: the plain and the bare workflow, and what their activities do.

Plain is the way samples do it: per stage a timer, an activity for the email, one for the SMS, one that saves
the status, and a search-attribute upsert. Bare is the floor: per stage a timer and one empty activity. Both
end by a signal, once their stages are done.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, Text, insert, select, update

    from activities.threads import Threads
    from backorder.storage.engine import writing
    from backorder.storage.types import Instant
    from workflows.backorder import PHASE
    from workflows.options import TRANSACTION

METADATA = MetaData()
OUTBOX = Table(
    "bench_outbox",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("line", String(64), nullable=False, index=True),
    Column("channel", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
STATUSES = Table(
    "bench_status",
    METADATA,
    Column("line", String(64), primary_key=True),
    Column("status", String(32), nullable=False),
    Column("at", Instant, nullable=False),
)
EMAIL = (
    "Dear customer,\n\nyour order {line} is still on its way to us. This is our update number {stage}.\n\n"
    "Yours sincerely,\nThe Shop\n"
)
SMS = "The Shop: order {line} is still on its way to us (update {stage})."


@dataclass(frozen=True, kw_only=True, slots=True)
class Stages:
    """A lifecycle: how many stages, the seconds before the first one, and between two of them."""

    line: str
    stages: int
    first_s: float
    pause_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One stage of a line, from 1."""

    line: str
    stage: int


class PlainActivities:
    """What the plain workflow does at a stage: each activity is one small transaction."""

    def __init__(self, engine: Engine, threads: Threads) -> None:
        self._engine = engine
        self._threads = threads

    @activity.defn
    async def email(self, stage: Stage) -> None:
        """Put the stage's email in the outbox table."""
        await self._threads.run(self._write, stage, "email", EMAIL)

    @activity.defn
    async def sms(self, stage: Stage) -> None:
        """Put the stage's text message in the outbox table."""
        await self._threads.run(self._write, stage, "sms", SMS)

    @activity.defn
    async def save(self, stage: Stage) -> None:
        """Write the line's status."""
        await self._threads.run(self._save, stage)

    def _write(self, stage: Stage, channel: str, template: str) -> None:
        text = template.format(line=stage.line, stage=stage.stage)
        row = {"line": stage.line, "channel": channel, "text": text, "at": datetime.now(UTC)}
        with writing(self._engine) as connection:
            connection.execute(insert(OUTBOX), row)

    def _save(self, stage: Stage) -> None:
        row = {"status": f"told {stage.stage}", "at": datetime.now(UTC)}
        mine = STATUSES.c.line == stage.line
        with writing(self._engine) as connection:
            if connection.execute(select(STATUSES.c.line).where(mine)).first() is None:
                connection.execute(insert(STATUSES), row | {"line": stage.line})
            else:
                connection.execute(update(STATUSES).where(mine).values(row))


@activity.defn
async def nothing() -> None:
    """The empty activity."""


@workflow.defn
class PlainWorkflow:
    """Per stage a timer, three activities and an upsert; then it waits for the shipment."""

    def __init__(self) -> None:
        self._shipped = False

    @workflow.signal
    def ship(self) -> None:
        """The goods are with the carrier."""
        self._shipped = True

    @workflow.run
    async def run(self, start: Stages) -> None:
        """Live through the stages."""
        for number in range(1, start.stages + 1):
            await asyncio.sleep(start.first_s if number == 1 else start.pause_s)
            stage = Stage(line=start.line, stage=number)
            await workflow.execute_activity_method(PlainActivities.email, stage, **TRANSACTION)
            await workflow.execute_activity_method(PlainActivities.sms, stage, **TRANSACTION)
            await workflow.execute_activity_method(PlainActivities.save, stage, **TRANSACTION)
            workflow.upsert_search_attributes([PHASE.value_set(f"told {number}")])
        await workflow.wait_condition(lambda: self._shipped)


@workflow.defn
class BareWorkflow:
    """Per stage a timer and an empty activity; then it waits for the shipment."""

    def __init__(self) -> None:
        self._shipped = False

    @workflow.signal
    def ship(self) -> None:
        """The goods are with the carrier."""
        self._shipped = True

    @workflow.run
    async def run(self, start: Stages) -> None:
        """Live through the stages."""
        for number in range(1, start.stages + 1):
            await asyncio.sleep(start.first_s if number == 1 else start.pause_s)
            await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(seconds=60))
        await workflow.wait_condition(lambda: self._shipped)
