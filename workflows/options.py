"""All time-outs and retry policies."""

from __future__ import annotations

from datetime import timedelta
from typing import TypedDict

from temporalio.common import Priority, RetryPolicy

# Where a task queue is backlogged, a lower number goes first; 3 is the usual one. Whoever wakes others goes
# before those that it has woken already, or its next page would wait until all of them are done.
COORDINATING = Priority(priority_key=1)
USUAL = Priority()


class ActivityOptions(TypedDict, total=False):
    """What `workflow.execute_activity` takes."""

    priority: Priority
    start_to_close_timeout: timedelta
    heartbeat_timeout: timedelta
    retry_policy: RetryPolicy


class LocalOptions(TypedDict, total=False):
    """What `workflow.execute_local_activity` takes."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


# A transaction takes milliseconds, and waits 30 s at most for its lock. It is repeated for as long as it
# takes: a database that is away must not end a line.
TRANSACTION: ActivityOptions = {
    "start_to_close_timeout": timedelta(seconds=60),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=500),
        backoff_coefficient=2.0,
        maximum_interval=timedelta(seconds=30),
        non_retryable_error_types=["UnknownBackorderError"],
    ),
}
# The same within the workflow's own task, which spares the server half of the work. Once only: a database in
# trouble is waited for by an activity, or its workers would hold their tasks for as long.
LOCAL_TRANSACTION: LocalOptions = {
    "start_to_close_timeout": timedelta(seconds=20),
    "retry_policy": RetryPolicy(maximum_attempts=1),
}
# What nobody waits for, such as the looks of ten thousand lines that one date moved: a request to another
# line must not queue behind them.
UNASKED: ActivityOptions = {**TRANSACTION, "priority": Priority(priority_key=4)}
# A minute of messages, two while calls to a provider hang. A shard whose worker died goes on once the
# heartbeats are missed, and soon also where one after the other died.
SENDING: ActivityOptions = {
    "start_to_close_timeout": timedelta(minutes=4),
    "heartbeat_timeout": timedelta(seconds=20),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1),
        backoff_coefficient=2.0,
        maximum_interval=timedelta(seconds=10),
    ),
}
# What goes on for long and says with heartbeats how far it has come.
FAN_OUT: ActivityOptions = {
    "start_to_close_timeout": timedelta(minutes=10),
    "heartbeat_timeout": timedelta(seconds=30),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1),
        backoff_coefficient=2.0,
        maximum_interval=timedelta(seconds=30),
    ),
}
# Reviews of many lines, behind requests to any of them; and telling their workflows, behind everything else.
REVIEWING: ActivityOptions = {**FAN_OUT, "priority": Priority(priority_key=4)}
TELLING: ActivityOptions = {**FAN_OUT, "priority": Priority(priority_key=5)}
