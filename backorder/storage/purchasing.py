"""Looking after open purchase orders: the day's forecast, the supplier's confirmation, the buyer."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, insert, select, update

from backorder.domain.calendar import ONE_DAY, Calendar
from backorder.domain.messages import Facts, Kind
from backorder.domain.purchasing import Deed, OpenLine, Purchasing, due_deed
from backorder.errors import RefusedError
from backorder.forecasting.reliability import Backup, dues, rank_backups
from backorder.intake import PurchaseOrder, PurchaseOrderLine
from backorder.ports import After, Tended
from backorder.storage import replanning, tasks, units
from backorder.storage.codec import dump_facts
from backorder.storage.dates import SupplierDates
from backorder.storage.engine import reading, writing
from backorder.storage.expecting import Expecting, find_line, last_word, outstanding, stated_lead_days
from backorder.storage.outlook import Outlook, past_orders
from backorder.storage.supply import SupplyBook
from backorder.storage.tables import (
    message_items,
    messages,
    purchase_order_lines,
    purchase_orders,
    pursuits,
    receipts,
    stated_dates,
    suppliers,
)

MORNING = time(6)
"""When open purchase orders are looked at each day, at the shop."""
_NOTHING: Mapping[str, Any] = {"asked_on": None, "chased_on": None, "chases": 0, "escalated_on": None}


class PurchasingBook:
    """Tends purchase orders; see `activities.purchase_orders.Purchases`."""

    def __init__(
        self,
        engine: Engine,
        calendar: Calendar,
        expecting: Expecting,
        dates: SupplierDates,
        outlook: Outlook,
        supply: SupplyBook,
        rules: Purchasing,
    ) -> None:
        self._engine = engine
        self._calendar = calendar
        self._expecting = expecting
        self._dates = dates
        self._outlook = outlook
        self._supply = supply
        self._rules = rules

    def tend(self, order: str, at: datetime) -> tuple[Tended, After]:
        """Do what is due on an order's open lines, in one transaction.

        Each line is forecast anew, what waited for the buyer long enough takes effect, and the supplier is
        asked, chased, or the buyer told. Repeating it does nothing twice.
        """
        self._expecting.prepare(at)
        with writing(self._engine) as connection:
            wanted = (
                select(purchase_order_lines)
                .where(purchase_order_lines.c.purchase_order == order)
                .order_by(purchase_order_lines.c.line)
            )
            rows = connection.execute(wanted).all()
            for sku in sorted({row.sku for row in rows}):
                units.lock(connection, sku)
            after = After()
            for row in connection.execute(wanted).all():
                after = after.and_also(self._tend(connection, row, at))
            still_open = [row for row in connection.execute(wanted).all() if _is_open(row)]
            if not still_open:
                return Tended(wake=None, closed=True, open=0), after
            return Tended(wake=self._tomorrow(at), closed=False, open=len(still_open)), after

    def _tomorrow(self, at: datetime) -> datetime:
        """The next morning's look."""
        today = self._calendar.day(at)
        look = self._calendar.instant(today, MORNING)
        return look if look > at else self._calendar.instant(today + ONE_DAY, MORNING)

    def _tend(self, connection: Connection, row: Any, at: datetime) -> After:
        if not _is_open(row):
            return After()
        after = self._dates.lapse(connection, row, at)
        if self._expecting.expect(connection, row, at):
            replanning.mark(connection, row.sku, "forecast", at, drift=True)
            after = after.and_also(After(skus=(row.sku,)))
        return after.and_also(self._pursue(connection, row, at))

    # --- the supplier

    def _pursue(self, connection: Connection, row: Any, at: datetime) -> After:
        today = self._calendar.day(at)
        line = self._open_line(connection, row)
        due = due_deed(self._rules, line)
        if due is None or due[0] > today:
            return After()
        if due[1] is Deed.ESCALATE:
            self._escalate(connection, row, line, at)
            return After()
        return self._write(connection, row, line, due[1], at)

    def _open_line(self, connection: Connection, row: Any) -> OpenLine:
        """The line as the rules see it. A new word or a new part starts the pursuit anew."""
        key = and_(pursuits.c.purchase_order == row.purchase_order, pursuits.c.line == row.line)
        known = connection.execute(select(pursuits).where(key)).one_or_none()
        said_on = self._said_on(connection, row)
        part_on = self._part_on(connection, row)
        done = dict(_NOTHING) if known is None else {name: getattr(known, name) for name in _NOTHING}
        heard = max((day for day in (said_on, part_on) if day), default=None)
        deeds = (done["asked_on"], done["chased_on"], done["escalated_on"])
        acted = max((day for day in deeds if day), default=None)
        if heard is not None and acted is not None and heard >= acted:
            done = dict(_NOTHING)
            connection.execute(update(pursuits).where(key).values(done))
        return OpenLine(due=self._due(connection, row), said_on=said_on, part_on=part_on, **done)

    def _due(self, connection: Connection, row: Any) -> date | None:
        """The earliest day that counts for an outstanding unit."""
        stated = [day for _, day, _ in outstanding(row, last_word(connection, row)) if day]
        if stated:
            return min(stated)
        if any(unsure for _, _, unsure in outstanding(row, last_word(connection, row))):
            return None
        order = _order(connection, row.purchase_order)
        usual: date = order.ordered_on + timedelta(days=stated_lead_days(connection, row.sku, order.supplier))
        return usual

    def _said_on(self, connection: Connection, row: Any) -> date | None:
        """When the supplier itself last said something; what stood in the order is no answer."""
        said = and_(
            stated_dates.c.purchase_order == row.purchase_order,
            stated_dates.c.line == row.line,
            stated_dates.c.source != "purchase order",
        )
        at = connection.execute(
            select(stated_dates.c.at).where(said).order_by(stated_dates.c.revision.desc()).limit(1)
        ).scalar_one_or_none()
        return self._calendar.day(at) if at is not None else None

    def _part_on(self, connection: Connection, row: Any) -> date | None:
        came = and_(receipts.c.purchase_order == row.purchase_order, receipts.c.line == row.line)
        last = select(func.max(receipts.c.received_on)).where(came)
        found: date | None = connection.execute(last).scalar_one()
        return found

    def _write(self, connection: Connection, row: Any, line: OpenLine, deed: Deed, at: datetime) -> After:
        """Put a message to the supplier on its way, and note that it was."""
        today = self._calendar.day(at)
        chases = line.chases + (deed is Deed.CHASE)
        order = _order(connection, row.purchase_order)
        kind = Kind.CONFIRM_DATE if deed is Deed.ASK else Kind.LATE
        step = f"{kind.value}/{row.revision}/{row.received}/{chases}"
        person = f"supplier/{order.supplier}"
        facts = Facts(
            quantity=row.quantity - row.received,
            purchase_order=row.purchase_order,
            po_line=row.line,
            due=line.due,
        )
        if _once(
            connection, f"purchase-order/{row.purchase_order}/{row.line}", step, person, kind, facts, at
        ):
            done = (
                {"asked_on": today}
                if deed is Deed.ASK
                else {"chased_on": today, "chases": chases, "asked_on": line.asked_on}
            )
            _note(connection, row, done)
        return After(people=(person,))

    def _escalate(self, connection: Connection, row: Any, line: OpenLine, at: datetime) -> None:
        order = _order(connection, row.purchase_order)
        name = f"{row.purchase_order}/{row.line}"
        ranked = [_backup(each) for each in self.backups(connection, row, order.supplier)]
        detail = {
            "supplier": order.supplier,
            "chases": line.chases,
            "due": line.due.isoformat() if line.due else None,
            "outstanding": row.quantity - row.received,
            "backups": ranked,
        }
        key = f"silent/{name}/{row.revision}/{row.received}"
        tasks.add(connection, key=key, kind="supplier_silent", subject=name, detail=detail, at=at)
        _note(connection, row, {"escalated_on": self._calendar.day(at)})

    def backups(self, connection: Connection, row: Any, supplier: str) -> list[Backup]:
        """The suppliers that could step in, the best first, by shrunken reliability and forecast arrival."""
        wanted = select(suppliers.c.backups).where(suppliers.c.id == supplier)
        names = [name for name in json.loads(connection.execute(wanted).scalar_one()) if name != supplier]
        rates = select(suppliers.c.id, suppliers.c.lead_days).where(suppliers.c.id.in_(names))
        known = {row.id: row.lead_days for row in connection.execute(rates)}
        model = self._outlook.model
        if model is None or not known:
            return []
        promised = dues(past_orders(connection), known)
        return rank_backups(
            [name for name in names if name in known], row.destination, model, promised, known
        )

    # --- the buyer

    def reassign(self, order: str, line: str, supplier: str, new_order: str, at: datetime) -> After:
        """Order what is outstanding from another supplier: the old line is cancelled, a new order takes over.

        What the lines were pegged to before stays on record. Raises RefusedError.
        """
        with reading(self._engine) as connection:
            row = find_line(connection, order, line)
            if row is None or not _is_open(row):
                raise RefusedError([f"line {line} of {order} is not open"])
            missing = row.quantity - row.received
            taken = connection.execute(
                select(purchase_orders.c.id).where(purchase_orders.c.id == new_order)
            ).first()
        if taken is not None:
            raise RefusedError([f"there is a purchase order {new_order} already"])
        # The new order first: if anything fails in between there is too much on order for a moment, never
        # too little, and nobody is told that there is no date.
        fresh = PurchaseOrder(
            id=new_order,
            supplier=supplier,
            ordered_at=at,
            lines=(PurchaseOrderLine(line=line, sku=row.sku, quantity=missing, destination=row.destination),),
        )
        placed = self._supply.put_purchase_order(fresh, at)
        return placed.and_also(self._supply.cancel_purchase_order(order, line, at))


def _is_open(row: Any) -> bool:
    return row.cancelled_at is None and row.received < row.quantity


def _order(connection: Connection, id: str) -> Any:
    return connection.execute(select(purchase_orders).where(purchase_orders.c.id == id)).one()


def _note(connection: Connection, row: Any, values: Mapping[str, Any]) -> None:
    key = and_(pursuits.c.purchase_order == row.purchase_order, pursuits.c.line == row.line)
    if connection.execute(select(pursuits.c.line).where(key)).first() is None:
        start = {"purchase_order": row.purchase_order, "line": row.line}
        connection.execute(insert(pursuits), start | dict(_NOTHING) | dict(values))
    else:
        connection.execute(update(pursuits).where(key).values(dict(values)))


def _once(
    connection: Connection, about: str, step: str, person: str, kind: Kind, facts: Facts, at: datetime
) -> bool:
    """Plan a message to a supplier unless that step was written before. Returns whether it is new."""
    known = and_(message_items.c.backorder == about, message_items.c.step == step)
    if connection.execute(select(message_items.c.message).where(known)).first() is not None:
        return False
    message = secrets.token_hex(12)
    row: dict[str, Any] = {"id": message, "person": person, "kind": kind.value, "state": "planned"}
    connection.execute(insert(messages), row | {"not_before": at, "created_at": at})
    item = {"backorder": about, "step": step, "message": message, "facts": dump_facts(facts)}
    connection.execute(insert(message_items), item)
    return True


def _backup(backup: Backup) -> dict[str, Any]:
    forecast = backup.forecast
    return {
        "supplier": backup.supplier,
        "on_time": round(backup.reliability.rate, 3),
        "likely": forecast.p50.isoformat() if forecast else None,
        "by": forecast.p90.isoformat() if forecast else None,
        "words": backup.reliability.words,
    }
