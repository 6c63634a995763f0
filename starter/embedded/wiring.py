"""The parts of the stack inside this process: the database, its clock, the connection to Temporal."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from sqlalchemy import make_url
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from backorder.domain.api_keys import ROLES
from backorder.domain.clock import Clock
from backorder.errors import SetupError
from backorder.queries.running_stack import last_entry
from backorder.services import api_keys
from backorder.services.check_templates import check_templates
from backorder.services.services import Services, machine_now, open_services
from backorder.settings import Settings
from backorder.storage.engine import open_database, reading
from backorder.storage.migrate import upgrade
from starter.embedded import clocks
from starter.embedded.child import Child
from starter.temporal import RUNNING, register_search_attributes

START_S = 60.0
"""How long a part of the stack may take to come up on a busy machine."""
PORT_TAKEN = "address already in use"
"""What a server says that cannot have a port."""
TRIES, PAUSE_S = 3, 0.5
"""Starts of a server that finds a port taken, and what lies between them."""


def prepare(settings: Settings) -> Services:
    """Bring the database to this code's schema and the policies to their newest version."""
    from starter.cli.who_asks import requester

    check_templates(settings)
    engine = open_database(settings.database)
    try:
        upgrade(engine)
    finally:
        engine.dispose()
    services = open_services(settings)
    try:
        services.load_policies(settings.policies, requester("backorder up", by="up"))
    except SetupError:
        services.close()
        raise
    return services


def set_clock(services: Services, day: float | None, begins: datetime | None) -> Clock:
    """See `clocks.set_once`."""
    return clocks.set_once(services, day, begins, machine_now())


def last_written(services: Services) -> datetime | None:
    """The business instant of the last thing that was written down about a line; None in a new database."""
    with reading(services.engine) as connection:
        return last_entry(connection)


async def connected(server: Child, address: str) -> Client:
    """A client of the server once it answers, with the search attributes registered. Raises SetupError.

    Between the choice of a port, its own or the server's, and its use another program may have it for a
    moment: then the server is started again.
    """
    clients: list[Client] = []

    async def answers() -> bool:
        client = await Client.connect(address)
        await register_search_attributes(client)
        clients.append(client)
        return True

    for left in reversed(range(TRIES)):
        try:
            await _patiently(answers, server)
            break
        except SetupError:
            if not left or server.running or PORT_TAKEN not in server.tail():
                raise
        await asyncio.sleep(PAUSE_S)
        await server.start()
    return clients[0]


async def polled(client: Client, task_queue: str, worker: Child) -> None:
    """Wait until the worker asks for work. Raises SetupError if it never does."""
    params = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    )

    async def is_polled() -> bool:
        return bool((await client.workflow_service.describe_task_queue(params)).pollers)

    await _patiently(is_polled, worker)


async def answers(port: int, web: Child) -> None:
    """Wait until HTTP is served. Raises SetupError if it never is."""

    async def is_served() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    await _patiently(is_served, web)


def first_keys(services: Services) -> Mapping[str, str]:
    """A key for each role, where the database has none at all yet: by role, as their owner gets them.

    The audit names the command itself as who made them: nobody asked for any of them by name.
    """
    from backorder.schemas import parse
    from backorder.schemas.api_keys import NewApiKey
    from starter.cli.who_asks import requester

    if api_keys.listed(services.engine):
        return {}
    made: dict[str, str] = {}
    asked = requester("backorder up", by="up")
    for role in ROLES:
        wanted = parse(NewApiKey, {"name": f"up-{role}", "roles": [role]})
        made[role] = api_keys.create(services.engine, wanted, asked.now, asked)[1]
    return made


async def _patiently(check: Callable[[], Awaitable[bool]], child: Child) -> None:
    loop, last = asyncio.get_running_loop(), ""
    until = loop.time() + START_S
    while loop.time() < until:
        if not child.running:
            raise SetupError(f"the {child.name} does not start:\n{child.tail()}")
        try:
            if await check():
                return
        except (RuntimeError, RPCError) as error:
            last = str(error)[:200]
        await asyncio.sleep(0.05)
    raise SetupError(
        f"the {child.name} did not come up within {START_S:g} s; see {child.log} {last}".rstrip()
    )


def write_down(settings: Settings, clock: Clock, temporal: str, ui: str, web: str | None) -> None:
    """Say where the stack can be reached, for the other commands. web: None until it answers."""
    found = {
        "pid": os.getpid(),
        "temporal": temporal,
        "ui": ui,
        "database": make_url(settings.database).render_as_string(hide_password=True),
        "rate": clock.rate,
    }
    if web is not None:
        found["web"] = web
    path = settings.data / RUNNING
    builder = path.with_suffix(".new")
    builder.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    builder.replace(path)


def take_down(settings: Settings) -> None:
    """The stack cannot be reached any more."""
    (settings.data / RUNNING).unlink(missing_ok=True)
