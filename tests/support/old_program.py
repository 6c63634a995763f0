"""Workflows as version 0.1 ran them: the same types, and the names that it gave activities and signals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

AT_MOST = timedelta(seconds=20)
LONG = timedelta(days=100)


@activity.defn
async def review(ask: dict[str, Any]) -> dict[str, Any]:
    """A line is looked at."""
    return ask


@activity.defn
async def speak(ask: dict[str, Any]) -> dict[str, Any]:
    """What is due is said."""
    return ask


@activity.defn
async def tend(ask: dict[str, Any]) -> dict[str, Any]:
    """A purchase order is looked at."""
    return ask


@activity.defn
async def replan(ask: dict[str, Any]) -> dict[str, Any]:
    """A SKU is pegged anew."""
    return ask


@workflow.defn(name="BackorderWorkflow", sandboxed=False)
class Line:
    """A line: looked at within the workflow's task, then asleep."""

    def __init__(self) -> None:
        self._look = False

    @workflow.signal
    def look(self) -> None:
        """Its supply changed."""
        self._look = True

    @workflow.run
    async def run(self, start: dict[str, Any]) -> None:
        """Look, sleep."""
        await workflow.execute_local_activity(review, start, start_to_close_timeout=AT_MOST)
        await workflow.wait_condition(lambda: self._look, timeout=LONG)


@workflow.defn(name="ConversationWorkflow", sandboxed=False)
class Conversation:
    """A conversation that waits with its next message."""

    def __init__(self) -> None:
        self._news = False

    @workflow.signal
    def wake(self) -> None:
        """There is a message."""
        self._news = True

    @workflow.run
    async def run(self, start: dict[str, Any]) -> None:
        """Speak, wait."""
        await workflow.execute_activity(speak, start, start_to_close_timeout=AT_MOST)
        await workflow.wait_condition(lambda: self._news, timeout=LONG)


@workflow.defn(name="PurchaseOrderWorkflow", sandboxed=False)
class PurchaseOrder:
    """A purchase order that is looked at every day."""

    @workflow.run
    async def run(self, start: dict[str, Any]) -> None:
        """Look, sleep."""
        await workflow.execute_activity(tend, start, start_to_close_timeout=AT_MOST)
        await workflow.sleep(LONG)


@workflow.defn(name="ReplanWorkflow", sandboxed=False)
class Replan:
    """A replanning whose lines are still to be called, by an activity that nobody takes any more."""

    @workflow.run
    async def run(self, start: dict[str, Any]) -> None:
        """Peg, call."""
        await workflow.execute_local_activity(replan, start, start_to_close_timeout=AT_MOST)
        away = f"{workflow.info().task_queue}-away"
        await workflow.execute_activity("announce", start, task_queue=away, start_to_close_timeout=AT_MOST)


@asynccontextmanager
async def working(client: Client, task_queue: str) -> AsyncIterator[None]:
    """A worker of the program before."""
    kinds = [Line, Conversation, PurchaseOrder, Replan]
    tasks = [review, speak, tend, replan]
    async with Worker(client, task_queue=task_queue, workflows=kinds, activities=tasks, build_id="0.1.0"):
        yield


async def start(client: Client, task_queue: str, kind: str, id: str) -> WorkflowHandle[Any, Any]:
    """Start one of its workflows."""
    return await client.start_workflow(kind, {"id": id}, id=id, task_queue=task_queue)
