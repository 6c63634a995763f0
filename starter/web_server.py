"""Serving HTTP: one desk a process, on one database and one Temporal."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypedDict

from backorder.errors import SetupError
from backorder.settings import Settings, read_settings
from starter.secret_strength import faults_of_secrets

if TYPE_CHECKING:
    from fastapi import FastAPI
    from temporalio.client import Client

    from backorder.services.services import Services
    from starter.metrics_page import Measured
    from starter.tracing import Tracing
    from web.desk import Desk
    from web.request_heads import LimitedHeads

EMBEDDED = "_BACKORDER_EMBEDDED"
"""Says to a process of `backorder up` that it is one; no setting of a shop."""


@asynccontextmanager
async def open_desk(
    settings: Settings,
    *,
    embedded: bool,
    measured: Measured | None = None,
    traces: Tracing | None = None,
) -> AsyncIterator[Desk]:
    """A desk for as long as a process serves. Raises SetupError.

    embedded: it is a process of `backorder up`, which sees to its database and its Temporal.
    """
    from backorder.services.services import open_services
    from starter.temporal import connect

    services = open_services(settings)
    try:
        # `backorder up` registers the search attributes itself, while its pages start beside that.
        client = await connect(settings.data, lazy=True, registered=not embedded)
        if traces is not None:
            client = traces.traced(client)
        # What is there by now stays: looked through for garbage with each request's, it would hold one up.
        gc.collect()
        gc.freeze()
        yield desk(settings, services, client, embedded=embedded, measured=measured)
    finally:
        services.close()
        if traces is not None:
            traces.close()


def desk(
    settings: Settings,
    services: Services,
    client: Client,
    *,
    embedded: bool,
    measured: Measured | None = None,
) -> Desk:
    """A desk on a database and a Temporal that somebody else opens and closes.

    measured: the client's Temporal runtime, if it is.
    """
    from backorder.services.api_keys import ShownKeys
    from starter.client import Backorders
    from starter.metrics_page import MetricsPage
    from starter.temporal_circuit_breaker import LONGEST_WAIT_S, CircuitBreaker
    from web.desk import Desk
    from web.limits import RateLimits

    breaker = CircuitBreaker()
    queue = settings.task_queue
    return Desk(
        settings=settings.model_copy(update={"time_zone": services.calendar.zone}),
        services=services,
        client=Backorders(client, services, task_queue=queue, grace_period=LONGEST_WAIT_S, breaker=breaker),
        temporal=client,
        breaker=breaker,
        limits=RateLimits(settings.web_rate),
        keys=ShownKeys(services.engine),
        embedded=embedded,
        metrics=MetricsPage(services, measured).text,
    )


def application() -> FastAPI:
    """The application of one process, by its environment."""
    from temporalio.runtime import Runtime

    from backorder import logs
    from starter.metrics_page import Measured
    from starter.telemetry import tracing
    from web.app import create_app

    settings, embedded = read_settings(), EMBEDDED in os.environ
    logs.set_up(settings.log_level, settings.log_format)
    measured, traces = Measured(), tracing("backorder-web")
    Runtime.set_default(measured.runtime)
    return traced(
        create_app(partial(open_desk, settings, embedded=embedded, measured=measured, traces=traces)), traces
    )


def traced(app: FastAPI, traces: Tracing | None) -> FastAPI:
    """The application, whose requests are traced if anything is."""
    if traces is not None:
        from starter.tracing import TracedRequests

        app.add_middleware(TracedRequests, tracer=traces.tracer)
    return app


def check(settings: Settings, *, embedded: bool) -> None:
    """Look at what would only be found once it serves. Raises SetupError."""
    from backorder.services.check_templates import check_templates
    from backorder.services.services import open_services
    from starter.telemetry import tracing

    if (traces := tracing("")) is not None:
        traces.close()
    if not embedded:
        if faults := faults_of_secrets(settings):
            raise SetupError("\n".join(faults))
        check_templates(settings)
    open_services(settings).close()


class Trusting(TypedDict):
    """What uvicorn is told of proxies."""

    proxy_headers: bool
    forwarded_allow_ips: str


class Serving(Trusting):
    """What uvicorn is told."""

    app: str
    factory: bool
    host: str
    port: int
    workers: int
    http: type[LimitedHeads]
    log_config: None
    access_log: bool
    server_header: bool
    timeout_keep_alive: int
    timeout_graceful_shutdown: int


def trusting(proxies: str) -> Trusting:
    """From whom uvicorn takes where a call comes from. proxies: `Settings.proxies`."""
    return {"proxy_headers": bool(proxies), "forwarded_allow_ips": proxies}


def options(host: str, port: int, workers: int, *, proxies: str) -> Serving:
    """How uvicorn serves."""
    from web.request_heads import LimitedHeads

    return {
        "app": "starter.web_server:application",
        "factory": True,
        "host": host,
        "port": port,
        "workers": workers,
        "http": LimitedHeads,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": 20,
        **trusting(proxies),
    }
