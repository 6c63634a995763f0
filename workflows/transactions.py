"""Transactions of a workflow: within its own task where that goes well, else as an activity."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

from workflows.options import LOCAL_TRANSACTION, ActivityOptions

OwnerT = TypeVar("OwnerT")
ParamsT = TypeVar("ParamsT")
AnswerT = TypeVar("AnswerT")


async def transact(
    activity: Callable[[OwnerT, ParamsT], Awaitable[AnswerT]], params: ParamsT, otherwise: ActivityOptions
) -> AnswerT:
    """Do it as a local activity; if that fails or hangs, as an activity with these options.

    A workflow task that is lost takes the local activity's result with it, so that it happens again: what it
    does is keyed in the database. Decision 8 says what it spares.
    """
    try:
        return await workflow.execute_local_activity_method(activity, params, **LOCAL_TRANSACTION)
    except FailureError as failure:  # a local activity's own, not wrapped as an activity's is
        if is_cancelled_exception(failure):
            raise
        return await workflow.execute_activity_method(activity, params, **otherwise)
