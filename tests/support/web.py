"""A server of the API on loopback, with keys for every role."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import httpx
import uvicorn
from temporalio.client import Client

from backorder.domain.api_keys import ROLES
from backorder.schemas import parse
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from backorder.services.services import Services, machine_now
from backorder.settings import Settings
from starter.temporal import NOWHERE
from starter.tracing import Tracing
from starter.web_server import desk, traced, trusting
from tests.support.waiting import DEADLINE_S
from web.app import create_app
from web.desk import Desk

TLS = ssl.create_default_context()
"""For clients that need none: each would else read all certificates of the machine."""
SECRET = "8d0bd1b2c4f5a697d8e1f2a3b4c5d6e7"


class WebServer:
    """A server that runs, and a client for each role. desk: what it works with."""

    def __init__(self, url: str, services: Services, opened: list[Desk]) -> None:
        self.url = url
        self.services = services
        self._opened = opened
        self._clients: dict[str, httpx.Client] = {}

    @property
    def desk(self) -> Desk:
        """What it works with."""
        return self._opened[0]

    def key(self, *roles: str, **fields: Any) -> str:
        """A new key."""
        wanted = parse(NewApiKey, {"name": "-".join(roles), "roles": roles} | fields)
        return api_keys.create(self.services.engine, wanted, machine_now())[1]

    def as_(self, role: str) -> httpx.Client:
        """A program with a key of that role; "" for one without a key."""
        if role not in self._clients:
            headers = {"authorization": f"Bearer {self.key(role)}"} if role in ROLES else {}
            self._clients[role] = httpx.Client(
                base_url=self.url, headers=headers, timeout=DEADLINE_S, verify=TLS
            )
        return self._clients[role]

    def close(self) -> None:
        """Close the clients."""
        for client in self._clients.values():
            client.close()


class _PromptServer(uvicorn.Server):
    """A server that stops as soon as it is told to.

    The usual one looks ten times a second whether it was, and waits another tenth whoever is connected,
    which was most of the time that a test of a page took.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """From another thread: end, once what is under way is done."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        """Until it is told to stop; each second it says another time of day."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nobody in any more, and wait for who is there."""
        for server in self.servers:
            server.close()
        for door in sockets or []:
            door.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(0.002)
        await self.lifespan.shutdown()


def free_port() -> int:
    """A port of the loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    services: Services,
    *,
    temporal: str = NOWHERE,
    namespace: str = "default",
    embedded: bool = False,
    traces: Tracing | None = None,
    **settings: Any,
) -> Iterator[WebServer]:
    """A server on open services, and on a Temporal; without its address, while Temporal is away."""
    opened: list[Desk] = []
    chosen = Settings(secret=SECRET, database_url=str(services.engine.url), **settings)

    @asynccontextmanager
    async def opening() -> AsyncIterator[Desk]:
        client = await Client.connect(temporal, namespace=namespace, lazy=True)
        client = client if traces is None else traces.traced(client)
        opened.append(desk(chosen, services, client, embedded=embedded))
        yield opened[0]

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        app = traced(create_app(opening), traces)
        trusted = trusting(chosen.proxies)
        config = uvicorn.Config(app, log_config=None, access_log=False, http="httptools", **trusted)
        server = _PromptServer(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        found = WebServer(f"http://127.0.0.1:{door.getsockname()[1]}", services, opened)
        try:
            while not server.started and thread.is_alive():
                thread.join(0.01)
            yield found
        finally:
            found.close()
            server.stop()
            thread.join(DEADLINE_S)
