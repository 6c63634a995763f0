"""Products that are short: once a day the buyer is asked to order them, until they are not short any more."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, select, update

from backorder.domain.calendar import Calendar
from backorder.domain.keys import joined, parts
from backorder.domain.supply.order_plan import PlanningRules
from backorder.failures import in_words, kind_of, passes
from backorder.queries.recorded_sales import recorded_sales
from backorder.queries.stock_positions import Positions, StockPosition, skus_after, stock_positions
from backorder.storage import tasks
from backorder.storage.engine import add, reading, writing
from backorder.storage.isolation import Apart, Failure, clear_all, known, note
from backorder.storage.tables import shortage_looks

if TYPE_CHECKING:
    from backorder.services.plan_orders import OrderPlanning, PlannedOrder, Shortages

log = logging.getLogger(__name__)
SHORT = "product_short"
BATCH = 500
"""Products that are planned at once, and that one sweep plans."""
TRIED = 40
"""Plans of parts of a batch that may fail before all that is left is planned by what waits."""
SUBJECT = "shortage/"
"""How the name begins of a product whose plan fails, among what is noted."""
WRITTEN = 50
"""Tasks that are written in one transaction."""
ENDED = 500
"""Open tasks that one sweep compares with the stock, the oldest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShortageReminders:
    """Asks the buyer, by the rules of the settings."""

    engine: Engine
    calendar: Calendar
    planning: OrderPlanning
    rules: PlanningRules

    def remind(self, now: datetime) -> int:
        """Plan the next products of the day, and ask for those that are short; each at most once a day.

        now: business time. A look that is over goes on the next day; one that was not finished then goes on
        where it was. What is not short any more is asked for no longer, at every call. Returns how many
        products were planned.
        """
        day = self.calendar.day(now)
        self._end(now)
        with reading(self.engine) as connection:
            review = _review_under_way(connection, day)
            if review is None:
                return 0
            began, after = review
            rest = skus_after(connection, after, BATCH + 1)
            skus = rest[:BATCH]
            positions = stock_positions(connection, skus)
        failures: list[Failure] = []
        if skus:
            self._ask(skus, self._planned(skus, positions, day, failures), day, now, failures)
        with writing(self.engine) as connection:
            note(connection, failures, again=True)
            well = set(skus) - {_sku(each) for each in failures}
            clear_all(connection, [f"{SUBJECT}{sku}" for sku in sorted(well)])
            _note(connection, began, skus[-1] if len(rest) > BATCH else None)
        return len(skus)

    def _planned(
        self, skus: Sequence[str], positions: Positions, day: date, failed: list[Failure]
    ) -> Shortages:
        """Those of the products that are short; failed: hears of which demand cannot be forecast.

        Where a plan fails, halves are planned apart until it is one product that fails, of which what waits
        counts alone. After `TRIED` failures that is so for all that are left: it is no product's fault then.
        """
        from backorder.services.plan_orders import Shortages

        of = {each.sku: each for each in positions.sound}
        orders: list[PlannedOrder] = []
        unknown, parts, times = list(positions.failures), deque([list(skus)]), 0
        while parts:
            part = parts.popleft()
            known = Positions(sound=[of[sku] for sku in part if sku in of], failures=())
            try:
                found = self._by_demand(part, known, day)
            except Exception as error:
                if passes(error):
                    raise
                times += 1
                if len(part) > 1 and times <= TRIED:
                    parts += [part[: len(part) // 2], part[len(part) // 2 :]]
                    continue
                failed += [Failure(f"{SUBJECT}{sku}", error) for sku in part]
                _say(part, error)
                found = self._by_what_waits(known, day, failed)
            orders += found.orders
            unknown += found.failures
        return Shortages(orders=orders, failures=unknown)

    def _by_demand(self, skus: Sequence[str], positions: Positions, day: date) -> Shortages:
        with reading(self.engine) as connection:
            sales = recorded_sales(connection, self.calendar, skus, required=False)
        return self.planning.short(sales, positions, day, self.rules)

    def _by_what_waits(self, positions: Positions, day: date, failed: list[Failure]) -> Shortages:
        """Each product for itself, as if nothing had ever been sold of it."""
        from backorder.services.plan_orders import Shortages

        with reading(self.engine) as connection:
            none = recorded_sales(connection, self.calendar, [], required=False)
        orders: list[PlannedOrder] = []
        unknown: list[Failure] = []
        for each in positions.sound:
            alone = Positions(sound=[each], failures=())
            with Apart(unknown, f"{SUBJECT}{each.sku}"):
                found = self.planning.short(none, alone, day, self.rules)
                orders += found.orders
                unknown += found.failures
        failed += unknown
        return Shortages(orders=orders, failures=unknown)

    def _ask(
        self, skus: Sequence[str], short: Shortages, day: date, now: datetime, failed: list[Failure]
    ) -> None:
        """Put those that are short on the worklist, and take the others of these products off it.

        The task of one that cannot be planned stays as it is: nobody knows whether it is short.
        """
        wanted = {each.sku: each for each in short.orders}
        unknown = {_sku(each) for each in short.failures}
        for start in range(0, len(skus), WRITTEN):
            some = skus[start : start + WRITTEN]
            with writing(self.engine) as connection:
                before = tasks.by_key(connection, [_key(sku) for sku in some])
                for sku in some:
                    task, order = before.get(_key(sku)), wanted.get(sku)
                    with Apart(failed, f"{SUBJECT}{sku}", connection=connection):
                        if order is not None and (task is None or task.detail.get("day") != day.isoformat()):
                            _put(connection, order, day, now)
                        elif order is None and task is not None and sku not in unknown:
                            tasks.finish(connection, _key(sku), now)

    def _end(self, now: datetime) -> None:
        """Take off the list what has come or is on its way by now: as much as the day's plan wanted."""
        with reading(self.engine) as connection:
            found = tasks.open_of(connection, SHORT, ENDED)
            if not found:
                return
            wanted = {parts(each.subject)[0]: each.detail for each in found}
            there = stock_positions(connection, list(wanted))
        over: list[str] = []
        for each in there.sound:
            with Apart([], f"{SUBJECT}{each.sku}"):
                if _is_there(each, wanted[each.sku]):
                    over.append(each.sku)
        for start in range(0, len(over), WRITTEN):
            with writing(self.engine) as connection:
                for sku in over[start : start + WRITTEN]:
                    tasks.finish(connection, _key(sku), now)


def _sku(failure: Failure) -> str:
    return failure.subject.partition("/")[2]


def _say(skus: Sequence[str], error: Exception) -> None:
    words = "the demand for %s products from %s on cannot be forecast; what waits counts alone: %s"
    fields = {"sku": skus[0], "error": kind_of(error)}
    log.error(words, len(skus), skus[0], in_words(error), extra=fields)


def _is_there(position: StockPosition, detail: Mapping[str, object]) -> bool:
    """Whether as much is there, or comes in time, as the plan behind a task wanted."""
    coming = position.coming(date.fromisoformat(str(detail["until"])))
    return position.free + coming - position.waiting >= int(str(detail["reorder_point"]))


def _key(sku: str) -> str:
    return f"{SHORT}/{joined(sku)}"


def _put(connection: Connection, order: PlannedOrder, day: date, now: datetime) -> None:
    detail = {
        "day": day.isoformat(),
        "supplier": order.supplier,
        "quantity": order.quantity,
        "reorder_point": order.reorder_point,
        "until": order.until.isoformat(),
        "why": order.words,
    }
    key, subject = _key(order.sku), joined(order.sku)
    tasks.reopen(connection, key=key, kind=SHORT, subject=subject, detail=detail, at=now)


def _review_under_way(connection: Connection, day: date) -> tuple[date, str] | None:
    """The look that goes on, or begins: its day, and the product behind which it is. None: it is over."""
    row = connection.execute(select(shortage_looks)).first()
    began = known(row.day) if row is not None else None
    if row is None or began is None:
        return day, ""
    if row.after is not None:
        return began, str(row.after)
    return (day, "") if began < day else None


def _note(connection: Connection, day: date, after: str | None) -> None:
    """Write down how far the look of a day has come. after: None where it is over."""
    row = {"id": 1, "day": day, "after": after}
    if not add(connection, shortage_looks, row):
        connection.execute(update(shortage_looks).values(day=day, after=after))
