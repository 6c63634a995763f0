"""Looking after open purchase orders: the day's forecast, the supplier's confirmation, the buyer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypedDict

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, insert, or_, select, text, update

from backorder.domain.calendar import ONE_DAY, Calendar
from backorder.domain.keys import joined
from backorder.domain.notifications import Facts, Kind
from backorder.domain.supply.approval import FROM_ORDER
from backorder.domain.supply.expected_receipts import is_cut
from backorder.domain.supply.purchase_order_follow_up import (
    FollowUpRules,
    FollowUpStep,
    OpenLine,
    asked_step,
    due_follow_up,
)
from backorder.forecasting.reliability import Backup, dues, rank_backups
from backorder.ports import FollowedUp, Notify
from backorder.services.expected_receipts import ExpectedReceipts
from backorder.services.forecasts import ForecastService
from backorder.services.put_aside import pause
from backorder.services.record_supply import SupplyRecorder
from backorder.services.supplier_dates import SupplierDates, drop_pointless
from backorder.storage import dispatchers, isolation, stock_units, tasks
from backorder.storage.alternatives import named as listed_ids
from backorder.storage.asked_suppliers import asked
from backorder.storage.codec import dump_facts
from backorder.storage.engine import add, writing
from backorder.storage.isolation import Apart, Failure, known, sound
from backorder.storage.purchase_order_lines import (
    follow_up_again,
    is_open,
    known_line,
    ordered_line,
    stated_date_about,
)
from backorder.storage.replans import mark_for_replanning
from backorder.storage.stated_dates import of_this_supplier
from backorder.storage.statements import AnyRow
from backorder.storage.tables import (
    follow_ups,
    message_items,
    messages,
    purchase_order_lines,
    purchase_orders,
    receipts,
    replans,
    stated_dates,
    suppliers,
)
from backorder.storage.transactions import OwnTransaction

if TYPE_CHECKING:
    from backorder.storage.rows import OrderedLineRow


MORNING = time(6)
"""When open purchase orders are looked at each day, at the shop."""
GATHERED = timedelta(minutes=30)
"""How long after that a supplier is written to, so that one message names all that is to be said."""
SILENT, UNREACHABLE = "supplier_silent", "supplier_unreachable"


class _Done(TypedDict, total=False):
    """What was done about a supplier's word."""

    asked_on: date | None
    expedited_on: date | None
    times_expedited: int
    escalated_on: date | None


_NOTHING: _Done = {"asked_on": None, "expedited_on": None, "times_expedited": 0, "escalated_on": None}
_COLUMNS = {"expedited_on": "chased_on", "times_expedited": "chases"}
"""What the columns are called that have another name than in the rules."""


class PurchaseOrderFollowUp:
    """Follows purchase orders up; see `activities.purchase_orders.Purchases`."""

    def __init__(
        self,
        engine: Engine,
        calendar: Calendar,
        expected_receipts: ExpectedReceipts,
        dates: SupplierDates[OwnTransaction],
        forecasts: ForecastService,
        supply: SupplyRecorder,
        rules: FollowUpRules,
    ) -> None:
        self._engine = engine
        self._calendar = calendar
        self._expected_receipts = expected_receipts
        self._dates = dates
        self._forecasts = forecasts
        self._supply = supply
        self._rules = rules

    def follow_up(self, order: str, at: datetime) -> tuple[FollowedUp, Notify]:
        """Do what is due on an order's open lines, in one transaction.

        Each line is forecast anew, what waited for the buyer long enough takes effect, and the supplier is
        asked, expedited, or the buyer told. Repeating it does nothing twice.
        """
        self._expected_receipts.prepare(at)
        with writing(self._engine) as connection:
            wanted = (
                select(purchase_order_lines)
                .where(purchase_order_lines.c.purchase_order == order)
                .order_by(purchase_order_lines.c.line)
            )
            stock_units.lock_all(connection, {row.sku for row in connection.execute(wanted)})
            after = Notify()
            failures: list[Failure] = []
            rows, _ = sound(connection.execute(wanted), lambda row: row, _named)
            for row in rows:
                with Apart(failures, *_named(row), connection=connection):
                    after = after.and_also(self._follow_up(connection, row, at))
            rows, unread = sound(connection.execute(wanted), lambda row: row, _named)
            failures += unread
            still_open = sum(map(is_open, rows)) + len(unread)
            if failures:
                isolation.note(connection, failures, again=True)
            else:
                isolation.clear(connection, f"purchase-order/{order}")
            wake = self._next_follow_up(connection, order, at) if still_open else None
            follow_up_again(connection, order, wake)
            after = dispatchers.wake(connection, after.and_also(self._left_behind(connection, order)))
            return FollowedUp(wake=wake, closed=not still_open, open=still_open), after

    def put_aside(self, order: str, error: Exception, at: datetime) -> FollowedUp:
        """Note that an order cannot be followed up; see `activities.purchase_orders.Purchases`."""
        return FollowedUp(
            wake=at + pause(self._engine, f"purchase-order/{order}", error), closed=False, open=0
        )

    def _left_behind(self, connection: Connection, order: str) -> Notify:
        """Whom an earlier look would have woken if it had not died after its commit."""
        supplier = select(purchase_orders.c.supplier).where(purchase_orders.c.id == order)
        person = f"supplier/{connection.execute(supplier).scalar_one_or_none()}"
        # The partial index's own words, which a parameter would not match.
        waiting = text("messages.state IN ('planned', 'claimed', 'unknown')")
        unsent = select(messages.c.id).where(
            waiting, messages.c.person == person, messages.c.state == "planned"
        )
        mine = purchase_order_lines.c.purchase_order == order
        unpegged = (
            select(replans.c.sku).join(purchase_order_lines, purchase_order_lines.c.sku == replans.c.sku)
        ).where(mine)
        return Notify(
            shards=(dispatchers.shard_of(connection, person),) if connection.execute(unsent).first() else (),
            skus=tuple(sorted(connection.execute(unpegged.distinct()).scalars())),
        )

    def _next_follow_up(self, connection: Connection, order: str, at: datetime) -> datetime:
        """The next morning, or the end of a wait for the buyer, if that comes first."""
        today = self._calendar.day(at)
        next_day = self._calendar.instant(today, MORNING)
        if next_day <= at:
            next_day = self._calendar.instant(today + ONE_DAY, MORNING)
        grace_period = isolation.known(self._dates.grace_period(connection, order))
        return min(next_day, grace_period) if grace_period is not None and grace_period > at else next_day

    def _follow_up(self, connection: Connection, row: OrderedLineRow, at: datetime) -> Notify:
        if not is_open(row):
            drop_pointless(connection, row.purchase_order, row.line, at)
            _answered(connection, row, at)
            return Notify()
        after = self._dates.expire(connection, row, at)
        if self._expected_receipts.expect(connection, row, at):
            mark_for_replanning(connection, row.sku, "forecast", at, moved_by_time_alone=True)
            after = after.and_also(Notify(skus=(row.sku,)))
        row = known_line(connection, row.purchase_order, row.line)
        if not is_open(row) or self._dates.waits(connection, row):
            return after
        return after.and_also(self._expedite(connection, row, at))

    # --- the supplier

    def _expedite(self, connection: Connection, row: OrderedLineRow, at: datetime) -> Notify:
        today = self._calendar.day(at)
        about, line = self._open_line(connection, row, at)
        due = due_follow_up(self._rules, line, today)
        if due is None or due[0] > today:
            return Notify()
        order = _order(connection, row.purchase_order)
        if due[1] is FollowUpStep.ESCALATE:
            went = asked(connection, row.purchase_order, row.line, about, line.times_expedited).any_went
            why = "does not answer" if went else "was not reached"
            self._escalate(connection, row, line, about, order.supplier, why, at)
        elif order.email is not None:
            return self._write(connection, row, line, about, due[1], at)
        elif due[1] is FollowUpStep.ASK:
            self._have_called(connection, row, line, about, order.supplier, at)
        else:
            why = "has no email address and was not asked"
            self._escalate(connection, row, line, about, order.supplier, why, at)
        return Notify()

    def _open_line(self, connection: Connection, row: OrderedLineRow, at: datetime) -> tuple[str, OpenLine]:
        """The line as the rules see it, and the word it is about: a new one begins the follow-up anew."""
        ordered = ordered_line(connection, row)
        about = stated_date_about(connection, row, ordered)
        known = connection.execute(select(follow_ups).where(_is_follow_up(row))).one_or_none()
        done, last = _NOTHING, None
        if known is not None and known.about == about:
            last = asked(connection, row.purchase_order, row.line, about, known.chases)
            went_on = self._calendar.day(last.went_at) if last.went_at is not None else known.chased_on
            done = {
                "asked_on": known.asked_on,
                "expedited_on": went_on if known.chases else known.chased_on,
                "times_expedited": known.chases,
                "escalated_on": known.escalated_on,
            }
        elif known is not None:
            _answered(connection, row, at)
        return about, OpenLine(
            due=isolation.known(row.due),
            stated_on=self._stated_on(connection, row),
            part_on=self._part_on(connection, row) if is_cut(ordered) else None,
            still_to_go=last is not None and last.still_to_go,
            **done,
        )

    def _stated_on(self, connection: Connection, row: OrderedLineRow) -> date | None:
        """When the supplier itself last said something; what stood in the order is no answer."""
        mine = and_(
            stated_dates.c.purchase_order == row.purchase_order,
            stated_dates.c.line == row.line,
            stated_dates.c.source != FROM_ORDER,
            of_this_supplier(),
        )
        at = connection.execute(
            select(stated_dates.c.at).where(mine).order_by(stated_dates.c.revision.desc()).limit(1)
        ).scalar_one_or_none()
        return self._calendar.day(at) if at is not None else None

    def _part_on(self, connection: Connection, row: OrderedLineRow) -> date | None:
        came = and_(receipts.c.purchase_order == row.purchase_order, receipts.c.line == row.line)
        last = select(func.max(receipts.c.received_on)).where(came)
        found: date | None = connection.execute(last).scalar_one()
        return found

    def _write(
        self,
        connection: Connection,
        row: OrderedLineRow,
        line: OpenLine,
        about: str,
        deed: FollowUpStep,
        at: datetime,
    ) -> Notify:
        """Put a message to the supplier on its way, and note that it was."""
        today = self._calendar.day(at)
        times_expedited = line.times_expedited + (deed is FollowUpStep.EXPEDITE)
        order = _order(connection, row.purchase_order)
        overdue = deed is FollowUpStep.EXPEDITE and line.due is not None and line.due < today
        facts = Facts(
            quantity=row.quantity - row.received,
            purchase_order=row.purchase_order,
            po_line=row.line,
            due=line.due,
        )
        sending = _SupplierMessage(
            about=joined("purchase-order", row.purchase_order, row.line),
            step=asked_step(deed, about, times_expedited),
            person=joined("supplier", order.supplier),
            kind=Kind.SUPPLIER_OVERDUE if overdue else Kind.CONFIRM_DATE,
            facts=facts,
        )
        due = self._due(connection, sending, at)
        _put_on_its_way(connection, sending, at, due)
        done: _Done = (
            {"asked_on": today}
            if deed is FollowUpStep.ASK
            else {"expedited_on": today, "times_expedited": times_expedited}
        )
        _note(connection, row, about, line, done)
        return Notify(due=((dispatchers.shard_of(connection, sending.person), due),))

    def _due(self, connection: Connection, sending: _SupplierMessage, at: datetime) -> datetime:
        """When a supplier is written to: once a day for each kind, when all of the day's orders are in."""
        today = self._calendar.day(at)
        begun = self._calendar.instant(today, time())
        # Each condition has the words of its partial index, which a parameter would not match.
        went = or_(
            text("messages.state = 'sent'") & (messages.c.done_at >= begun),
            text("messages.state IN ('planned', 'claimed', 'unknown')") & (messages.c.state != "planned"),
        )
        same = (messages.c.person == sending.person) & (messages.c.kind == sending.kind.value)
        if connection.execute(select(messages.c.id).where(same, went).limit(1)).first() is not None:
            today += ONE_DAY
        return max(at, self._calendar.instant(today, MORNING) + GATHERED)

    def _have_called(
        self,
        connection: Connection,
        row: OrderedLineRow,
        line: OpenLine,
        about: str,
        supplier: str,
        at: datetime,
    ) -> None:
        """Nobody can be written to: the buyer asks the supplier."""
        name = joined(row.purchase_order, row.line)
        detail = {
            "supplier": supplier,
            "why": "no email address is known",
            "due": line.due.isoformat() if line.due else None,
            "outstanding": row.quantity - row.received,
        }
        key = f"unreachable/{name}/{about}"
        tasks.add(connection, key=key, kind=UNREACHABLE, subject=name, detail=detail, at=at)
        _note(connection, row, about, line, {"asked_on": self._calendar.day(at)})

    def _escalate(
        self,
        connection: Connection,
        row: OrderedLineRow,
        line: OpenLine,
        about: str,
        supplier: str,
        why: str,
        at: datetime,
    ) -> None:
        name = joined(row.purchase_order, row.line)
        ranked = [_backup(each) for each in self.backups(connection, row, supplier)]
        detail = {
            "supplier": supplier,
            "why": f"{supplier} {why}",
            "chases": line.times_expedited,
            "due": line.due.isoformat() if line.due else None,
            "outstanding": row.quantity - row.received,
            "backups": ranked,
        }
        _answered(connection, row, at)
        tasks.add(connection, key=f"silent/{name}/{about}", kind=SILENT, subject=name, detail=detail, at=at)
        _note(connection, row, about, line, {"escalated_on": self._calendar.day(at)})

    def backups(self, connection: Connection, row: OrderedLineRow, supplier: str) -> list[Backup]:
        """The suppliers that could step in, the best first, by shrunken reliability and forecast arrival."""
        found = connection.execute(select(suppliers.c.id, suppliers.c.lead_days, suppliers.c.backups)).all()
        usual = {each.id: each.lead_days for each in found if known(each.lead_days) is not None}
        own = next(each.backups for each in found if each.id == supplier)
        named = listed_ids(own, f"supplier/{supplier}")
        names = [name for name in named if name in usual and name != supplier]
        model = self._forecasts.model
        if model is None or not names:
            return []
        return rank_backups(names, row.destination, model, dues(model.table.orders, usual), usual)

    # --- the buyer

    def reassign(self, order: str, line: str, supplier: str, new_order: str, at: datetime) -> Notify:
        """Order what is outstanding from another supplier: the old line is cancelled, a new order takes over.

        What the lines were pegged to before stays on record. Raises as SupplyRecorder.replace_line does.
        """
        return self._supply.replace_line(order, line, supplier, new_order, at)


@dataclass(frozen=True, kw_only=True, slots=True)
class _SupplierMessage:
    """A message to a supplier. about: the purchase-order line; step: what is sent once about it."""

    about: str
    step: str
    person: str
    kind: Kind
    facts: Facts


def _order(connection: Connection, id: str) -> AnyRow:
    query = select(purchase_orders, suppliers.c.email).join(
        suppliers, suppliers.c.id == purchase_orders.c.supplier
    )
    return connection.execute(query.where(purchase_orders.c.id == id)).one()


def _named(row: OrderedLineRow) -> tuple[str, str]:
    """What a line of an order is called where it cannot be followed up."""
    return f"purchase-order/{row.purchase_order}", ""


def _is_follow_up(row: OrderedLineRow) -> ColumnElement[bool]:
    return and_(follow_ups.c.purchase_order == row.purchase_order, follow_ups.c.line == row.line)


def _note(connection: Connection, row: OrderedLineRow, about: str, line: OpenLine, values: _Done) -> None:
    """Keep what was done about the supplier's word."""
    found = {name: getattr(line, name) for name in _NOTHING} | dict(values)
    done = {"about": about} | {_COLUMNS.get(name, name): value for name, value in found.items()}
    key = {"purchase_order": row.purchase_order, "line": row.line}
    if not add(connection, follow_ups, key | done):
        connection.execute(update(follow_ups).where(_is_follow_up(row)).values(done))


def _answered(connection: Connection, row: OrderedLineRow, at: datetime) -> None:
    """The supplier spoke, or the goods came: nobody has to call any more."""
    tasks.finish_about(connection, joined(row.purchase_order, row.line), (SILENT, UNREACHABLE), at)


def _put_on_its_way(connection: Connection, sending: _SupplierMessage, at: datetime, due: datetime) -> None:
    message = secrets.token_hex(12)
    row: dict[str, object] = {"id": message, "person": sending.person, "kind": sending.kind.value}
    row |= {"state": "planned", "not_before": due, "created_at": at}
    row |= {"shard": dispatchers.shard_of(connection, sending.person), "channel": "email"}
    connection.execute(insert(messages), row)
    item = {"backorder": sending.about, "step": sending.step, "message": message}
    connection.execute(insert(message_items), item | {"facts": dump_facts(sending.facts)})


def _backup(backup: Backup) -> dict[str, object]:
    forecast = backup.forecast
    return {
        "supplier": backup.supplier,
        "on_time": round(backup.reliability.rate, 3),
        "likely": forecast.p50.isoformat() if forecast else None,
        "by": forecast.p90.isoformat() if forecast else None,
        "words": backup.reliability.words,
    }
