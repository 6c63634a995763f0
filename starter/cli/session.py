"""What commands work with: the settings, the database, and the client where something is asked of a line."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from backorder.errors import (
    RefusedError,
    SetupError,
    UnknownBackorderError,
    UnknownCustomerError,
    UnknownError,
    UnknownMessageError,
)
from backorder.settings import Settings, read_settings

if TYPE_CHECKING:
    from backorder.domain.clock import Clock
    from backorder.schemas import Incoming, OrderLine
    from backorder.services.services import Services
    from starter.client import Backorders

T = TypeVar("T")
ModelT = TypeVar("ModelT", bound="Incoming")
_SQLITE = "sqlite:///"
_UNKNOWN = (UnknownBackorderError, UnknownCustomerError, UnknownMessageError, UnknownError)


class _Words(logging.Formatter):
    """What a person at a terminal is told of a warning: its words, no traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage()


if logging.lastResort is not None:  # what a command says where nobody set logging up
    logging.lastResort.setFormatter(_Words())


class Session:
    """One command at work on one database."""

    def __init__(self, settings: Settings, services: Services) -> None:
        self.settings = settings
        self.services = services

    @cached_property
    def _clock(self) -> Clock:
        """As it runs when the command begins: a file asks for the time once a line."""
        return self.services.clock()

    def now(self) -> datetime:
        """Business time."""
        from backorder.services.services import machine_now

        return self._clock.business(machine_now())

    def ask(self, action: Callable[[Backorders], Awaitable[T]]) -> T:
        """Do something with the client. While Temporal is away, what goes on record still does."""
        import asyncio

        from starter.client import LONGEST_WAIT_S, Backorders
        from starter.temporal import connect
        from starter.temporal_circuit_breaker import CircuitBreaker

        async def act() -> T:
            client = await connect(self.settings.data, lazy=True)
            # A person waits longer for an answer than a request does, and no less for what is away.
            breaker = CircuitBreaker(longest_wait=LONGEST_WAIT_S)
            queue = self.settings.task_queue
            return await action(Backorders(client, self.services, task_queue=queue, breaker=breaker))

        return asyncio.run(act())

    def parse(
        self,
        model: type[ModelT],
        raw: Mapping[str, object],
        usual: Mapping[str, object] | None = None,
        *,
        typed: bool = True,
        about: str = "",
        besides: Callable[[ModelT], Sequence[str]] = lambda left: (),
    ) -> ModelT:
        """What came in, checked at this moment; times without a zone are the shop's. Raises RefusedError.

        Where something is wrong by itself, what only the record knows of the rest is named with it. typed: as
        options; see `backorder.schemas.parse`. about: see `known_faults`. besides: what else is wrong with
        what is sound of it; the rest of that is None.
        """
        from backorder.schemas import parse, sound
        from backorder.services.known_faults import with_known

        now, zone = self.now(), self.services.calendar.zone
        try:
            return parse(model, raw, now=now, zone=zone, usual=usual, typed=typed)
        except RefusedError as error:
            left = sound(model, raw, now=now, zone=zone, usual=usual, typed=typed)
            if left is None:
                raise
            known = [*self.services.known_faults(left, now, about), *besides(left)]
            raise with_known(error, known) from None

    def unknown(self, argument: str, look: Callable[[], object]) -> list[str]:
        """What an argument names that is not on record, as a fault of it; see `besides` of `parse`.

        look: raises where it is not there.
        """
        try:
            look()
        except _UNKNOWN as error:
            return [f"{argument}: {error}"]
        return []

    def unknown_line(self, backorder: str) -> list[str]:
        """The same of a line."""
        return self.unknown("ORDER/LINE", lambda: self.services.intake.known(backorder))

    def order_line(
        self, raw: Mapping[str, object], usual: Mapping[str, object] | None = None, *, typed: bool = False
    ) -> OrderLine:
        """A line as it came in. Raises RefusedError with every fault, those that the database knows too."""
        from backorder.schemas import OrderLine

        try:
            return self.parse(OrderLine, raw, usual, typed=typed)
        except RefusedError as error:
            unknown = self.services.intake.unknown(raw.get("sku"), raw.get("policy", "standard"))
            raise RefusedError([*error.faults, *unknown]) from None


@contextmanager
def opened() -> Iterator[Session]:
    """A session on the database of the settings. Raises SetupError if there is none yet."""
    from backorder.services.services import open_services

    settings = _as_the_stack(read_settings())
    must_exist(settings)
    services = open_services(settings)
    try:
        yield Session(settings.model_copy(update={"time_zone": services.calendar.zone}), services)
    finally:
        services.close()


def _as_the_stack(settings: Settings) -> Settings:
    """With the secret that `up` made for its folder, where nobody set one and the database is that of the
    folder: what commands sign and compare is what the stack's own programs do.
    """
    from starter.embedded.secret import found_secret

    folders = settings.model_copy(update={"database_url": ""})
    if settings.secret or settings.database != folders.database:
        return settings
    return settings.model_copy(update={"secret": found_secret(settings.data)})


def must_exist(settings: Settings) -> None:
    """Opening a SQLite file would make it, and leave an empty one wherever the command was called."""
    path = settings.database.removeprefix(_SQLITE)
    if settings.database.startswith(_SQLITE) and path not in ("", ":memory:") and not Path(path).exists():
        raise SetupError(
            f"there is no database at {path}\n"
            "start everything with `backorder up`, or make one with `backorder db upgrade`;\n"
            "a database elsewhere is named by BACKORDER_DATA or BACKORDER_DATABASE_URL"
        )
