"""The worker's composition root: settings, adapters, activities, Worker. Imported by nobody."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from importlib.metadata import version
from typing import TypedDict, Unpack

from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.runtime import Runtime
from temporalio.worker import Interceptor, Worker, WorkerDeploymentConfig

from activities.batch_loop import LINGER_S
from activities.dispatch import Dispatcher
from activities.events import EventDispatcher
from activities.noticing import Noticing
from activities.purchase_orders import PurchaseOrders
from activities.replans import Replans
from activities.reviews import Reviews
from activities.sweeps import Sweeps
from activities.telling import Telling
from activities.threads import Threads
from activities.timing import Timing
from activities.under_way import MassReview
from backorder import logs
from backorder.domain.clock import Clock
from backorder.errors import AwayError, BackorderError
from backorder.messaging.customer_links import LinkSender
from backorder.messaging.outbox import OutboxSender
from backorder.messaging.webhook_sender import WebhookSender
from backorder.ports import Channel, Notify, Sender
from backorder.services.check_templates import check_templates
from backorder.services.review_line import LineReview
from backorder.services.services import Services, links_of, machine_now, open_services
from backorder.settings import Settings, read_settings, seconds
from backorder.storage import channels
from backorder.storage.failing_activities import ActivityNotes
from starter.client import Backorders
from starter.interpreter import tune
from starter.mending import in_words, wanted
from starter.old_runs import begin_anew
from starter.sweep_schedule import keep_scheduled, schedule_sweep
from starter.telemetry import tracing
from starter.temporal import TemporalNotifier, connect
from workflows.backorder import BackorderWorkflow
from workflows.dispatch import DispatchWorkflow
from workflows.events import EventDispatchWorkflow
from workflows.ids import sending_queue
from workflows.purchase_order import PurchaseOrderWorkflow
from workflows.replan import ReplanWorkflow
from workflows.runner import LightRunner, WithoutHeaders
from workflows.sweep import SweepWorkflow
from workflows.versioned import VERSIONED

log = logging.getLogger("backorder.worker")
TO_CORRECT, AWAY = 2, 3
"""Exit codes: a person has to correct something; something does not answer, and a new start may find it."""
WORKFLOWS = (
    BackorderWorkflow,
    DispatchWorkflow,
    EventDispatchWorkflow,
    PurchaseOrderWorkflow,
    ReplanWorkflow,
    SweepWorkflow,
)
TRANSACTIONS_AT_ONCE = 8
"""Transactions within workflow tasks under way at once. They compute more than they wait, so that more of
them only keep the event loop, which answers Temporal, from its turn."""
SHARDS_AT_ONCE = 16
"""Shards whose messages a worker sends at once. They have slots of their own: calls that hang must not keep a
cancellation waiting."""
CALLING = ("deliver", "deliver_events")
"""The activities that call providers and receivers."""
CALL_MARGIN_S = 1.0
"""What a call may take beyond its SDK's own time-out before nobody waits for it any more."""
AS_BUILD = "as build %s of deployment %s: it gets work once that is current (backorder deployment current)"
GRACE = timedelta(seconds=30)
"""How long a stopping worker waits for what it is doing."""
ENDED_WITHIN = GRACE + timedelta(seconds=15)
"""How long it may take to stop, all in all."""


def senders(settings: Settings) -> Mapping[Channel, Sender]:
    """The way out of each channel, as the settings choose it. SDKs are loaded only where they are used."""
    return {"email": _linked(_email(settings), settings), "sms": _linked(_sms(settings), settings)}


def _linked(sender: Sender, settings: Settings) -> Sender:
    """What leaves the machine has its links put in; what stays in the database never does."""
    links = links_of(settings)
    return sender if links is None or isinstance(sender, OutboxSender) else LinkSender(sender, links)


def _email(settings: Settings) -> Sender:
    if settings.email == "sendgrid":
        from backorder.messaging.sendgrid_sender import SendGridSender

        return SendGridSender(
            settings.sendgrid_api_key,
            settings.email_from,
            settings.shop_name,
            base_url=settings.sendgrid_url or None,
            timeout=settings.send_timeout,
            reply_to=settings.reply_to,
        )
    return OutboxSender()


def _sms(settings: Settings) -> Sender:
    if settings.sms == "twilio":
        from backorder.messaging.twilio_callbacks import STATUS_PATH
        from backorder.messaging.twilio_sender import TwilioSender

        return TwilioSender(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            from_number=settings.sms_from,
            base_url=settings.twilio_url or None,
            status_callback=f"{settings.pages_at}{STATUS_PATH}" if settings.pages_at else None,
            timeout=settings.send_timeout,
        )
    return OutboxSender()


def ways_out(settings: Settings, services: Services, out: Mapping[Channel, Sender]) -> None:
    """What stays in the database is never in trouble, and the receiver of the settings gets events."""
    at, now = services.time.now(), machine_now()
    channels.back(services.engine, stored_channels(out), at)
    services.receivers.keep_from_settings(settings.events_url, settings.events_secret, at=at, now=now)


def stored_channels(out: Mapping[Channel, Sender]) -> Sequence[Channel]:
    """Channels whose messages stay in the database."""
    return [channel for channel, sender in out.items() if isinstance(sender, OutboxSender)]


class VersionOptions(TypedDict, total=False):
    """What a worker calls itself: a build, or a version of a deployment."""

    build_id: str
    deployment_config: WorkerDeploymentConfig


class Shared(VersionOptions, total=False):
    """How both workers are set up."""

    interceptors: Sequence[Interceptor]
    graceful_shutdown_timeout: timedelta


class WorkerOptions(TypedDict):
    """How the worker of workflows is set up besides."""

    workflows: Sequence[type]
    workflow_runner: LightRunner
    max_cached_workflows: int
    max_concurrent_activities: int
    max_concurrent_local_activities: int
    max_concurrent_workflow_tasks: int


def activities(
    client: Client,
    services: Services,
    clock: Clock,
    out: Mapping[Channel, Sender],
    threads: Threads,
    task_queue: str,
    *,
    webhooks: WebhookSender | None = None,
    send_timeout: float = 10.0,
    linger: float = LINGER_S,
) -> Sequence[Callable[..., object]]:
    """All activities, with their ports. The one that calls providers works on a queue of its own.

    webhooks: the way out of events. linger: seconds for which it goes on looking once nothing is due.
    """
    stored = stored_channels(out)
    notifier = TemporalNotifier(client, clock, task_queue)
    idle = TemporalNotifier(client, clock, task_queue, idle=True)
    starts = Backorders(client, services, clock=clock, task_queue=task_queue)
    deadline = send_timeout + CALL_MARGIN_S
    timing, mass = Timing(services.clock), MassReview()
    limits = {"deadline": deadline, "linger": linger}
    dispatcher = Dispatcher(
        services.dispatch, out, notifier, threads, timing, stored=stored, mass_review=mass, **limits
    )
    telling = Telling(services.telling, notifier, threads)
    replans = Replans(services.planner, telling, notifier, threads, timing, mass_review=mass)
    return [
        Reviews(LineReview(services.lines), notifier, threads, timing).review_line,
        dispatcher.deliver,
        EventDispatcher(
            services.events, webhooks or WebhookSender(), notifier, threads, linger=linger
        ).deliver_events,
        replans.replan_sku,
        replans.review_lines,
        replans.tell_lines,
        PurchaseOrders(services.purchasing, notifier, threads, timing).follow_up_purchase_order,
        Sweeps(services.reconciler, starts, idle, threads, timing).sweep,
    ]


@asynccontextmanager
async def sending(
    client: Client,
    task_queue: str,
    all_activities: Sequence[Callable[..., object]],
    **options: Unpack[Shared],
) -> AsyncIterator[None]:
    """Work on the queue of the calls to providers, which hold up nothing else there."""
    calls = [each for each in all_activities if each.__name__ in CALLING]
    if "deployment_config" not in options:
        options.setdefault("build_id", version("backorder"))
    worker = Worker(
        client,
        task_queue=sending_queue(task_queue),
        activities=calls,
        max_concurrent_activities=SHARDS_AT_ONCE,
        **options,
    )
    async with ended_within(ENDED_WITHIN, worker):
        yield


@asynccontextmanager
async def ended_within(limit: timedelta, worker: AbstractAsyncContextManager[object]) -> AsyncIterator[None]:
    """Let a worker work until the block ends; from then on it has that long to finish.

    The SDK's core now and then never ends the shutdown of a worker that has nothing left to do (sdk-rust's
    issue 1297).
    """
    await worker.__aenter__()
    try:
        yield
    finally:
        try:
            async with asyncio.timeout(limit.total_seconds()):
                await worker.__aexit__(None, None, None)
        except TimeoutError:
            log.error("a worker did not end within %d s and is left behind", limit.total_seconds())


def version_options(settings: Settings) -> VersionOptions:
    """What a worker calls itself: a version of a deployment where one is set, else the program's alone."""
    if not settings.deployment:
        # The SDK would hash every module for it, which takes seconds.
        return {"build_id": version("backorder")}
    mine = WorkerDeploymentVersion(deployment_name=settings.deployment, build_id=settings.build)
    return {"deployment_config": WorkerDeploymentConfig(version=mine, use_worker_versioning=True)}


def worker_options(settings: Settings) -> WorkerOptions:
    """How the worker of workflows is set up."""
    return {
        "workflows": VERSIONED if settings.deployment else WORKFLOWS,
        # No rule runs in a workflow, and the tests run every workflow in the sandbox.
        "workflow_runner": LightRunner(),
        "max_cached_workflows": settings.max_cached_workflows,
        "max_concurrent_activities": settings.threads,
        "max_concurrent_local_activities": TRANSACTIONS_AT_ONCE,
        "max_concurrent_workflow_tasks": 2 * TRANSACTIONS_AT_ONCE,
    }


def measure(settings: Settings) -> Callable[[Services], None]:
    """Choose the process's Temporal runtime. Returns what tells the metrics, once the database is open."""
    if not settings.metrics:
        Runtime.set_default(logs.through_the_same())
        return lambda services: None
    from starter.metrics_page import Measured, MetricsPage, listen

    measured = Measured()
    Runtime.set_default(measured.runtime)

    def tell(services: Services) -> None:
        log.info("metrics are at %s", listen(settings.metrics, MetricsPage(services, measured)))

    return tell


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Work until told to stop, then finish what is under way."""
    check_templates(settings)
    tell_metrics, traces = measure(settings), tracing("backorder-worker")
    services = open_services(settings)
    tell_metrics(services)
    client = await connect(settings.data)
    if traces is not None:
        client = traces.traced(client)
    clock, queue, out = services.clock(), settings.task_queue, senders(settings)
    await begin_anew(client, services, queue)
    ways_out(settings, services, out)
    notes, webhooks = ActivityNotes(services.engine), WebhookSender(private=settings.receivers_private)
    with ThreadPoolExecutor(settings.threads, thread_name_prefix="activity") as executor:
        threads = Threads(executor)
        limits = {"send_timeout": settings.send_timeout}
        everything = activities(client, services, clock, out, threads, queue, webhooks=webhooks, **limits)
        noticing = Noticing(notes.failed, notes.works, threads, notes.noted())
        both: Shared = {
            "interceptors": [noticing, WithoutHeaders()],
            "graceful_shutdown_timeout": GRACE,
            **version_options(settings),
        }
        worker = Worker(client, task_queue=queue, activities=everything, **worker_options(settings), **both)
        calls = sending(client, queue, everything, **both)
        async with ended_within(ENDED_WITHIN, worker), calls:
            every = timedelta(seconds=seconds(settings.sweep_every))
            await schedule_sweep(client, clock, queue, every)
            everybody = Notify(shards=services.dispatch.shards(), events=True)
            await TemporalNotifier(client, clock, queue).notify(everybody)
            tune()
            log.info("working on task queue %s of namespace %s", queue, client.namespace)
            if settings.deployment:
                log.info(AS_BUILD, settings.build, settings.deployment)
            await keep_scheduled(client, clock, queue, every, stop)
            log.info("stopping: finishing what is under way")
    services.close()
    if traces is not None:
        traces.close()


def log_format() -> logs.Format | None:
    """The form of the log that `--log-format` asks for."""
    parser = argparse.ArgumentParser(prog="worker.py", description="Work on a task queue until told to stop.")
    parser.add_argument("--log-format", choices=logs.FORMATS, help="instead of BACKORDER_LOG_FORMAT")
    chosen: logs.Format | None = parser.parse_args().log_format
    return chosen


async def main() -> int:
    """Read the settings, work, stop on SIGINT or SIGTERM.

    Returns the exit code: 2 for what a person has to correct, 3 for what does not answer right now.
    """
    logs.set_up()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        settings = read_settings()
        logs.set_up(settings.log_level, log_format() or settings.log_format)
        await run(settings, stop)
    except BackorderError as error:
        print(error, file=sys.stderr)  # noqa: T201 the person at the terminal reads this
        return AWAY if isinstance(error, AwayError) else TO_CORRECT
    except Exception as error:
        found = in_words(error)
        if found is None or wanted():
            raise
        print(found.words, file=sys.stderr)  # noqa: T201
        return AWAY if found.away else TO_CORRECT
    return 0


if __name__ == "__main__":
    code = asyncio.run(main())
    sys.stdout.flush()
    sys.stderr.flush()
    # Temporal's native threads can crash an interpreter that takes itself apart.
    os._exit(code)
