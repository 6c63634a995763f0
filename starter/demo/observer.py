"""Looking at the lines and their messages, as the database has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection

from backorder.domain.keys import parts
from backorder.domain.line.ship_window import delay
from backorder.domain.line.state import ENDED, State
from backorder.queries.running_stack import LineInQueue, events_after, lines_in_queue, sent_items
from backorder.services.services import Services
from backorder.storage.engine import reading


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
class FeedEntry:
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
    data: Mapping[str, object] = field(default_factory=dict)


class Observer:
    """Looks again and again; each piece of news is found once, in its order.

    A message is taken to have gone when it is found: the demo's clock waits for whoever looks.
    """

    def __init__(self, services: Services, lines: Sequence[str]) -> None:
        self._services = services
        self._ids = lines
        self._sent: set[str] = set()
        self._states: dict[str, tuple[tuple[int, int], State]] = {}
        self._event = 0

    def observe(self, at: datetime) -> tuple[list[Line], list[FeedEntry]]:
        """The lines as they stand, and what is new since the last look."""
        with reading(self._services.engine) as connection:
            entry = [*self._messages(connection, at), *self._events(connection)]
            rows = lines_in_queue(connection)
        day = self._services.calendar.day(at)
        lines = [self._line(rows[id], day) for id in self._ids if id in rows]
        return lines, sorted(entry, key=lambda each: each.at)

    def _state(self, row: LineInQueue) -> State:
        """A line's state; read when it is another one."""
        version = (row.version, row.allocated)
        known = self._states.get(row.id)
        if known is None or known[0] != version:
            known = self._states[row.id] = version, self._services.lines.read(row.id)[1]
        return known[1]

    def _line(self, row: LineInQueue, day: date) -> Line:
        id, product, state = row.id, row.product, self._state(row)
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

    def _messages(self, connection: Connection, at: datetime) -> Iterator[FeedEntry]:
        for sent in sent_items(connection):
            if (key := f"{sent.send} {sent.about}") not in self._sent:
                self._sent.add(key)
                yield FeedEntry(
                    at=at,
                    who="message",
                    what=sent.kind,
                    line=_about(sent.about),
                    words=sent.words,
                    channel=sent.channel,
                    key=sent.message,
                )

    def _events(self, connection: Connection) -> Iterator[FeedEntry]:
        for event in events_after(connection, self._event):
            self._event = event.number
            yield FeedEntry(
                at=event.at,
                who="event",
                what=event.type.removeprefix("backorder."),
                line=event.line,
                words="",
                key=str(event.number),
                data=event.data,
            )


def _waits(state: State) -> bool:
    return state.status not in ENDED and state.quantity.waiting > 0


def _about(item: str) -> str:
    """The line that a message is about; the purchase order of one to a supplier."""
    return parts(item)[1] if item.startswith("purchase-order/") else item
