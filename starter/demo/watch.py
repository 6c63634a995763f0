"""Looking at the lines and their messages, as the database has them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from backorder.domain.keys import parts
from backorder.domain.line.ship_window import delay
from backorder.domain.line.state import ENDED, State
from backorder.services.services import Services
from backorder.storage.engine import reading
from backorder.storage.tables import (
    backorders,
    demands,
    events,
    message_items,
    messages,
    products,
    sends,
)

_SENT = (
    select(
        *(sends.c[name] for name in ("id", "message", "channel", "subject", "text")),
        messages.c.kind,
        message_items.c.backorder,
    )
    .join(messages, messages.c.id == sends.c.message)
    .join(message_items, message_items.c.message == messages.c.id, isouter=True)
    .where(sends.c.state == "sent")
    .order_by(sends.c.recorded_at)
)
_STANDING = (
    select(
        *(backorders.c[name] for name in ("id", "line_version")),
        *(demands.c[name] for name in ("open", "allocated", "position")),
        products.c.name,
    )
    .join(products, products.c.sku == backorders.c.sku)
    .join(demands, demands.c.backorder == backorders.c.id)
)
"""Where each line stands, and the version of its state, which is only read when it is another one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line as it stands. by, first_by: promised days. position: in its queue, None once nothing waits."""

    id: str
    product: str
    status: str
    ordered: int
    shipped: int
    first_by: date | None
    by: date | None
    delay: int
    position: int | None
    told: bool
    needs: tuple[str, ...]

    @property
    def ended(self) -> bool:
        """Whether it is closed."""
        return self.status in ENDED


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """Something that happened. who: "message", "event", or who did it in the world. what: the kind of it.

    at: the business instant. line: "" where it is about none. words: for people. data: of an event.
    """

    at: datetime
    who: str
    what: str
    line: str
    words: str
    channel: str = ""
    key: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


class Watch:
    """Looks again and again; each piece of news is found once, in its order.

    A message is taken to have gone when it is found: the demo's clock waits for whoever looks.
    """

    def __init__(self, services: Services, lines: Sequence[str]) -> None:
        self._services = services
        self._ids = lines
        self._sent: set[str] = set()
        self._states: dict[str, tuple[tuple[int, int], State]] = {}
        self._event = 0

    def look(self, at: datetime) -> tuple[list[Line], list[News]]:
        """The lines as they stand, and what is new since the last look."""
        with reading(self._services.engine) as connection:
            news = [*self._messages(connection, at), *self._events(connection)]
            rows = {row.id: row for row in connection.execute(_STANDING)}
        day = self._services.calendar.day(at)
        lines = [self._line(rows[id], day) for id in self._ids if id in rows]
        return lines, sorted(news, key=lambda each: each.at)

    def _state(self, row: Any) -> State:
        """A line's state; read when it is another one."""
        version = (row.line_version, row.allocated)
        known = self._states.get(row.id)
        if known is None or known[0] != version:
            known = self._states[row.id] = version, self._services.lines.look(row.id)[1]
        return known[1]

    def _line(self, row: Any, day: date) -> Line:
        id, product, state = row.id, row.name, self._state(row)
        position = row.position if row.open > row.allocated else None
        return Line(
            id=id,
            product=product,
            status=state.status.value,
            ordered=state.quantity.ordered,
            shipped=state.quantity.shipped,
            first_by=state.first_by,
            by=state.promise.by if state.promise else None,
            delay=delay(state, day) if state.quantity.open else 0,
            position=position if _waits(state) else None,
            told=state.promise is not None,
            needs=state.needs,
        )

    def _messages(self, connection: Connection, at: datetime) -> Iterator[News]:
        for row in connection.execute(_SENT):
            if (key := f"{row.id} {row.backorder}") not in self._sent:
                self._sent.add(key)
                yield News(
                    at=at,
                    who="message",
                    what=row.kind,
                    line=_about(row.backorder or ""),
                    words=row.subject or row.text,
                    channel=row.channel,
                    key=row.message,
                )

    def _events(self, connection: Connection) -> Iterator[News]:
        query = select(events).where(events.c.number > self._event).order_by(events.c.number)
        for row in connection.execute(query):
            self._event = row.number
            kind, data = row.type.removeprefix("backorder."), json.loads(row.data)
            yield News(
                at=row.at,
                who="event",
                what=kind,
                line=row.backorder,
                words="",
                key=str(row.number),
                data=data,
            )


def _waits(state: State) -> bool:
    return state.status not in ENDED and state.quantity.waiting > 0


def _about(item: str) -> str:
    """The line that a message is about; the purchase order of one to a supplier."""
    return parts(item)[1] if item.startswith("purchase-order/") else item
