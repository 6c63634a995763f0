"""Workflow IDs: each format stands once, beside its inverse."""

from __future__ import annotations

import json

from backorder.domain.keys import joined, parts

TASK_QUEUE = "backorder"
SUMMARY_BYTES = 400
"""What Temporal takes as the summary of a workflow, as JSON: a longer one would keep it from starting."""


def sending_queue(task_queue: str) -> str:
    """The task queue of the activities that call providers: who hangs there holds up nobody else."""
    return f"{task_queue}-sending"


def backorder_id(backorder: str) -> str:
    """The workflow that looks after a backorder; its key has encoded parts already."""
    return f"backorder/{backorder}"


def backorder_of(workflow_id: str) -> str:
    """The backorder of a workflow. Raises ValueError for another workflow's ID."""
    return _rest(workflow_id, "backorder/")


def dispatch_id(shard: int) -> str:
    """The workflow that sends the messages of a shard."""
    return f"dispatch/{shard}"


EVENTS_ID = "dispatch-events"
"""The workflow that sends events: one, whatever the number of shards."""


def shard_of(workflow_id: str) -> int:
    """The shard of a dispatcher. Raises ValueError for another workflow's ID."""
    return int(_rest(workflow_id, "dispatch/"))


def replan_id(sku: str) -> str:
    """The workflow that pegs a SKU anew."""
    return f"replan/{joined(sku)}"


def sku_of(workflow_id: str) -> str:
    """The SKU of a replanning. Raises ValueError for another workflow's ID."""
    return _part(workflow_id, "replan/")


def purchase_order_id(order: str) -> str:
    """The workflow that follows up a purchase order."""
    return f"purchase-order/{joined(order)}"


def purchase_order_of(workflow_id: str) -> str:
    """The purchase order of a workflow. Raises ValueError for another workflow's ID."""
    return _part(workflow_id, "purchase-order/")


def summary(words: str) -> str:
    """A workflow's summary, cut to what Temporal takes."""
    if len(json.dumps(words)) <= SUMMARY_BYTES:
        return words
    while len(json.dumps(words)) > SUMMARY_BYTES - len(json.dumps("…")):
        words = words[:-1]
    return words + "…"


def _part(workflow_id: str, prefix: str) -> str:
    (part,) = parts(_rest(workflow_id, prefix))
    return part


def _rest(workflow_id: str, prefix: str) -> str:
    if not workflow_id.startswith(prefix):
        raise ValueError(f"{workflow_id} does not begin with {prefix}")
    return workflow_id.removeprefix(prefix)
