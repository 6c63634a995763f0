"""A shop with everything around it in processes and servers of their own, each of which can fail."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from temporalio.client import Client

from backorder.services.services import Services, open_services
from backorder.settings import Settings
from starter.client import Backorders
from tests.support.databases import PostgresServer, migrated_sqlite, postgres_server
from tests.support.fault_runs.servers import Mortal, Temporal
from tests.support.providers import SendGridFake, TwilioFake

LONGEST_WAIT_S = 240.0
"""How long a run waits for anything on a busy machine."""
QUICKLY = {
    "BACKORDER_SEND_TIMEOUT": "1",
    "BACKORDER_LEASE": "5s",
    "BACKORDER_SETTLING": "3s",
    "BACKORDER_PROBE_EVERY": "1s",
    "BACKORDER_SWEEP_EVERY": "3s",
}
"""So that a run needs a minute, and not an hour."""
POLICY = """
name = "standard"
[promise]
settle = "0s"
[updates]
quiet_hours = "00:00-00:00"
gather = "0s"
"""
Way = Literal["providers", "outbox"]


class Stage:
    """How far the story is, for those who make trouble at a certain point of it."""

    def __init__(self) -> None:
        self.ordered = asyncio.Event()
        self.told = asyncio.Event()


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """One shop. lines: how many are ordered. seed: of all that is drawn by lot. blows: how often it is hit.

    environment: of the worker and of commands. other: a second worker, started where a run wants it.
    wrong: what a run found that has no figure of its own. struck: what was done to it, blow by blow.
    disk: the folder of the database.
    """

    lines: int
    seed: int
    blows: int
    folder: Path
    disk: Path
    environment: dict[str, str]
    temporal: Temporal
    postgres: PostgresServer | None
    client: Client
    services: Services
    backorders: Backorders
    worker: Mortal
    other: Mortal
    mail: SendGridFake
    texts: TwilioFake
    stage: Stage = field(default_factory=Stage)
    wrong: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)

    def rows(self, query: str, **values: Any) -> list[Any]:
        """Rows of the database."""
        with self.services.engine.connect() as connection:
            return list(connection.execute(text(query), values).all())

    async def work(self, worker: Mortal | None = None, environment: Mapping[str, str] | None = None) -> None:
        """Start the worker, or another one, and wait until it works. environment: what changes in its own."""
        asked = worker or self.worker
        await asked.start(environment)
        await asked.says("working on task queue")


async def until(
    what: str, holds: Callable[[], Any] | Callable[[], Awaitable[Any]], grace_period: float = LONGEST_WAIT_S
) -> None:
    """Wait until something holds; while the database is away it does not.

    Raises TimeoutError with `what` if it never does.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + grace_period
    while True:
        with suppress(OperationalError):
            found = holds()
            if await found if isinstance(found, Awaitable) else found:
                return
        if loop.time() > end:
            raise TimeoutError(f"it never came to this: {what}")
        await asyncio.sleep(0.05)


@asynccontextmanager
async def open_world(
    lines: int,
    seed: int,
    blows: int,
    *,
    database: str,
    way: Way,
    settings: Mapping[str, str],
    disk: Callable[[Path], Any] | None = None,
) -> AsyncIterator[World]:
    """A shop with a worker at work. disk: mounts the database's folder, as a context manager."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backorder-soak-")))
        place = folder / "disk"
        place.mkdir()
        if disk is not None:
            stack.enter_context(disk(place))
        postgres = stack.enter_context(postgres_server(mortal=True)) if database == "postgresql" else None
        url = postgres.create() if postgres else f"sqlite:///{place / 'backorder.db'}"
        if postgres is None:
            (place / "backorder.db").write_bytes(migrated_sqlite())
        mail = stack.enter_context(SendGridFake())
        texts = stack.enter_context(TwilioFake())
        temporal = Temporal(folder)
        stack.push_async_callback(temporal.kill)
        client = await temporal.start()
        environment = _environment(folder, url, temporal) | QUICKLY | dict(settings)
        services = open_services(Settings(data=folder, database_url=url))
        stack.callback(services.close)
        _load_policy(services, folder)
        worker, other = (
            Mortal([sys.executable, "worker.py"], environment | sending(way, mail, texts), folder / log)
            for log in ("worker.log", "other.log")
        )
        stack.push_async_callback(worker.end)
        stack.push_async_callback(other.end)
        stack.callback(mail.release)
        stack.callback(texts.release)
        world = World(
            lines=lines,
            seed=seed,
            blows=blows,
            folder=folder,
            disk=place,
            environment=environment,
            temporal=temporal,
            postgres=postgres,
            client=client,
            services=services,
            backorders=Backorders(client, services),
            worker=worker,
            other=other,
            mail=mail,
            texts=texts,
        )
        await world.work()
        yield world


def _environment(folder: Path, url: str, temporal: Temporal) -> dict[str, str]:
    strange = ("BACKORDER_", "TEMPORAL_")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    return plain | {
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "BACKORDER_DATA": str(folder),
        "BACKORDER_DATABASE_URL": url,
        "PYTHONUNBUFFERED": "1",
        # Where no file may grow the interpreter leaves bytecode cut off, and who reads it next cannot start.
        "PYTHONDONTWRITEBYTECODE": "1",
        "BACKORDER_METRICS": "127.0.0.1:0",
    }


def sending(way: Way, mail: SendGridFake, texts: TwilioFake) -> dict[str, str]:
    """The settings of a way out."""
    if way == "outbox":
        return {"BACKORDER_EMAIL": "outbox", "BACKORDER_SMS": "outbox"}
    return {
        "BACKORDER_EMAIL": "sendgrid",
        "BACKORDER_EMAIL_FROM": "shop@example.com",
        "SENDGRID_API_KEY": mail.api_key,
        "BACKORDER_SENDGRID_URL": mail.url,
        "BACKORDER_SMS": "twilio",
        "BACKORDER_SMS_FROM": "+15005550006",
        "TWILIO_ACCOUNT_SID": texts.account_sid,
        "TWILIO_AUTH_TOKEN": texts.auth_token,
        "BACKORDER_TWILIO_URL": texts.url,
    }


def _load_policy(services: Services, folder: Path) -> None:
    policies = folder / "policies"
    policies.mkdir()
    (policies / "standard.toml").write_text(POLICY)
    services.load_policies(policies)
