"""Workflow IDs: each format stands once, beside its inverse."""

from __future__ import annotations

TASK_QUEUE = "backorder"


def backorder_id(backorder: str) -> str:
    """The workflow that looks after a backorder, `{order_id}/{line_id}`."""
    return f"backorder/{backorder}"


def backorder_of(workflow_id: str) -> str:
    """The backorder of a workflow. Raises ValueError for another workflow's ID."""
    return _rest(workflow_id, "backorder/")


def conversation_id(person: str) -> str:
    """The workflow that writes to a person, `customer/{id}` or `supplier/{id}`."""
    return f"conversation/{person}"


def person_of(workflow_id: str) -> str:
    """The person of a conversation. Raises ValueError for another workflow's ID."""
    return _rest(workflow_id, "conversation/")


def replan_id(sku: str) -> str:
    """The workflow that pegs a SKU anew."""
    return f"replan/{sku}"


def sku_of(workflow_id: str) -> str:
    """The SKU of a replanning. Raises ValueError for another workflow's ID."""
    return _rest(workflow_id, "replan/")


def purchase_order_id(order: str) -> str:
    """The workflow that tends a purchase order."""
    return f"purchase-order/{order}"


def purchase_order_of(workflow_id: str) -> str:
    """The purchase order of a workflow. Raises ValueError for another workflow's ID."""
    return _rest(workflow_id, "purchase-order/")


def _rest(workflow_id: str, prefix: str) -> str:
    if not workflow_id.startswith(prefix):
        raise ValueError(f"{workflow_id} does not begin with {prefix}")
    return workflow_id.removeprefix(prefix)
