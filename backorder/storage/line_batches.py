"""Lines that are opened together, and written together: one statement for each table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import (
    BindParameter,
    Connection,
    UpdateBase,
    bindparam,
    exists,
    literal,
    select,
    text,
)

from backorder.domain.line.commands import Tell
from backorder.domain.line.next_review import NextReview
from backorder.domain.line.seldom_asked import Lack
from backorder.domain.line.state import PHASES, State
from backorder.domain.policy.policy import Policy
from backorder.errors import NewerVersionError
from backorder.ports import Notify
from backorder.storage import isolation, stock_units
from backorder.storage.codec import load_arrivals, load_state
from backorder.storage.compiled import change, fetch
from backorder.storage.line_case import OF_CUSTOMER
from backorder.storage.lines import LineRecord
from backorder.storage.message_of_step import ITEMS, LOCK_ITEMS, ItemOfStep
from backorder.storage.policies import PolicyRepository
from backorder.storage.statements import AnyRow
from backorder.storage.tables import (
    backorders,
    customers,
    demands,
    engine_errors,
    message_items,
    stock,
)

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_CASES = (
    select(
        backorders,
        *OF_CUSTOMER,
        exists().where(engine_errors.c.subject == literal("backorder/") + backorders.c.id).label("aside"),
        exists()
        .where(message_items.c.backorder == backorders.c.id, text("message_items.unapplied IS NOT NULL"))
        .label("unapplied"),
    )
    .join(customers, customers.c.id == backorders.c.customer)
    .where(backorders.c.id.in_(_IDS))
    .order_by(backorders.c.id)
)
_LOCK_CASES = _CASES.with_for_update(of=backorders, key_share=True, skip_locked=True)
_DEMANDS = (
    select(demands, stock.c.on_hand, stock.c.allocated.label("taken"))
    .join(stock, stock.c.sku == demands.c.sku)
    .where(demands.c.backorder.in_(_IDS))
)
_STEPS = select(message_items.c.backorder, message_items.c.step).where(message_items.c.backorder.in_(_IDS))


class NotTogetherError(Exception):
    """The line has to be reviewed in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read of a line. items: of its messages, by step; every other step of `steps` is looked up."""

    row: AnyRow
    state: State
    demand: AnyRow
    steps: frozenset[str]
    items: dict[str, ItemOfStep]
    lock: bool


class LineInBatch(LineRecord):
    """A line that was read with others. What it writes waits until the batch is written."""

    def __init__(self, connection: Connection, policies: PolicyRepository, found: _Found) -> None:
        self._found = found
        self._told: set[str] = set()
        self.writes: list[tuple[UpdateBase, dict[str, object] | None]] = []
        super().__init__(connection, policies, found.row.id, lock=found.lock)

    @property
    def is_acknowledged(self) -> bool:
        """Whether a review has seen the supply as it is."""
        return bool(self._demand.supply_version <= self._demand.acknowledged)

    @property
    def stands_alone(self) -> bool:
        """Whether its own review has more to do: the first one, what was kept for it, or another queue."""
        kept = bool(self._row.aside or self._row.unapplied)
        return kept or self._state.supply_at is None or self.is_misplaced

    def has_to_look(self, at: datetime) -> bool:
        """Whether its supply had moved when it was told its promise, and it has not looked at it since.

        at: the business instant.
        """
        look_at = self._row.look_at
        asked = look_at is not None and look_at <= at
        return asked and load_arrivals(self._demand.arrivals) != self._state.arrivals

    @property
    def current_version(self) -> int:
        """The version of the line as it was read."""
        return self.version - 1

    def finish_together(self, coming: NextReview, *, shows: bool) -> Notify:
        """Write the state. shows: the line looks different to people now. Returns whom to wake."""
        row, version, wake = self._row, self.version, coming[0]
        self._requeue()
        after = self._notify()
        is_known = not shows and wake == row.wake_at and row.told_version == row.line_version
        told = {
            "wake_at": row.wake_at,
            "look_at": self._wanted(wake),
            "told_version": version if is_known else row.told_version,
            "untold_since": row.untold_since or (None if is_known else datetime.now(UTC)),
        }
        self._save(told, coming, acknowledged=self._demand.supply_version)
        return after

    def _wanted(self, wake: datetime | None) -> datetime | None:
        """The look of which the workflow is told first. What is decided needs no look for its own sake."""
        is_first = self._is_sooner(wake) or self._state.status is not self._before
        return min((each for each in (self._row.look_at, wake if is_first else None) if each), default=None)

    # --- read before, written later

    def _read(self, lock: bool) -> AnyRow:
        row: AnyRow = self._found.row
        return row

    def _read_state(self) -> State:
        return self._found.state

    def _read_demand(self) -> AnyRow:
        return self._found.demand

    @property
    def _leaves_out(self) -> bool:
        return True

    def look_up(self, lack: Lack, policy: Policy) -> None:
        """See `LineRecord`. Raises NotTogetherError."""
        if lack.what == "coupons":
            raise NotTogetherError  # who gives out a coupon with a budget holds its row, as no batch does
        super().look_up(lack, policy)

    def _item(self, step: str, *, lock: bool = True) -> ItemOfStep | None:
        if step in self._told:
            raise NotTogetherError  # what it has just planned is not written yet
        if step not in self._found.steps:
            return None
        self._lock_messages()
        return super()._item(step, lock=lock)

    def _lock_messages(self, step: str = "") -> None:
        self._items, self._locked = self._found.items, True  # read with those of the others

    def _tell(self, command: Tell, at: datetime, *, priority: int) -> None:
        super()._tell(command, at, priority=priority)
        self._told.add(command.key)

    def _is_shared(self, message: str, step: str) -> bool:
        if super()._is_shared(message, step):
            raise NotTogetherError  # of two lines that leave one message, only the second one leaves it empty
        return False

    def _write(self, statement: UpdateBase, row: dict[str, object] | None = None) -> None:
        self.writes.append((statement, row))


class _StateRow(Protocol):
    state: str
    phase: str


class LineBatch:
    """Some lines in one transaction.

    lock: lock them as a review does, except those that somebody else holds. sku: the units to be locked then,
    since whoever writes to several lines of a queue holds its units; "" where no queue is written to.
    """

    def __init__(
        self,
        connection: Connection,
        policies: PolicyRepository,
        ids: Sequence[str],
        *,
        lock: bool,
        sku: str = "",
    ) -> None:
        self._connection = connection
        self._policies = policies
        self._lock = lock
        rows = fetch(connection, _LOCK_CASES if lock else _CASES, {"ids": list(ids)})
        self._rows = {row.id: row for row in rows}
        if sku and self._rows:
            stock_units.lock(connection, sku)
        named = {"ids": list(self._rows)}
        self._demands = {row.backorder: row for row in fetch(connection, _DEMANDS, named)}
        self._steps: dict[str, set[str]] = {}
        for row in fetch(connection, _STEPS, named):
            self._steps.setdefault(row.backorder, set()).add(row.step)
        self._states: dict[str, State | Exception] = {id: self._state(row) for id, row in self._rows.items()}
        self._items = self._read_items()

    def __contains__(self, id: str) -> bool:
        """Whether a line is there, and nobody else holds it."""
        return id in self._rows

    def open(self, id: str) -> LineInBatch:
        """One of the lines. Raises what makes it unreadable."""
        state = self._states[id]
        if isinstance(state, Exception):
            raise state
        found = _Found(
            row=self._rows[id],
            state=state,
            demand=self._demands[id],
            steps=frozenset(self._steps.get(id, ())),
            items=self._items.get(id, {}),
            lock=self._lock,
        )
        return LineInBatch(self._connection, self._policies, found)

    def write(self, lines: Iterable[LineInBatch]) -> None:
        """Write what the lines have to write."""
        together: dict[int, tuple[UpdateBase, list[dict[str, object]]]] = {}
        apart: list[UpdateBase] = []
        for statement, row in (each for line in lines for each in line.writes):
            if row is None:
                apart.append(statement)
            else:
                together.setdefault(id(statement), (statement, []))[1].append(row)
        # Queues before messages, as all lock them.
        for statement, rows in sorted(together.values(), key=lambda each: _table(each[0]) is not demands):
            change(self._connection, statement, rows)
        for statement in apart:
            self._connection.execute(statement)

    def _state(self, row: _StateRow) -> State | Exception:
        try:
            if isolation.readable(row).phase not in PHASES:
                raise NewerVersionError
            return load_state(row.state)
        except Exception as error:  # noqa: BLE001 raised again for whoever opens the line
            return error

    def _read_items(self) -> dict[str, dict[str, ItemOfStep]]:
        """The messages of all lines, locked at once: so in one order, whatever each line asks for first."""
        found: dict[str, dict[str, ItemOfStep]] = {}
        if self._rows:
            states = [each for each in self._states.values() if isinstance(each, State)]
            pending = {each.pending.key for each in states if each.pending is not None}
            query = LOCK_ITEMS if self._lock else ITEMS
            for row in fetch(self._connection, query, {"ids": list(self._rows), "steps": ["", *pending]}):
                found.setdefault(row.backorder, {})[row.step] = row
        return found


def _table(statement: UpdateBase) -> object:
    return statement.entity_description["table"]
