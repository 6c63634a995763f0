"""What a crash left behind: rows that nobody was woken for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, Select, literal_column, select, text, update

from backorder.domain.calendar import Calendar
from backorder.domain.line.request_kinds import REQUEST_KINDS
from backorder.domain.line.state import CLOSED
from backorder.ports import Notify, Orphaned
from backorder.services.acknowledge_events import release
from backorder.services.erase_customer import Erasures
from backorder.services.forecasts import ForecastService
from backorder.services.pause_channel import end_pauses
from backorder.services.remind_of_complaints import remind_of_complaints
from backorder.services.remind_of_shortages import ShortageReminders
from backorder.services.retention import Retention
from backorder.services.tell_lines import IS_UNTOLD
from backorder.storage import dispatchers, event_dispatcher, stock_units, unapplied_outcomes
from backorder.storage.complaint_tasks import rename_old
from backorder.storage.counting_once import forget_old
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import Apart, Failure, not_aside, note
from backorder.storage.replans import mark_for_replanning
from backorder.storage.tables import (
    backorders,
    demands,
    message_items,
    messages,
    purchase_orders,
    replans,
    requests,
    reservations,
)

AT_MOST = 1000
COMMITS = timedelta(seconds=15)
"""Machine time in which the commit of an event is normally followed by its call."""
UNTOLD = timedelta(seconds=30)
"""Machine time in which a line's workflow is normally told; of ten thousand it takes some minutes."""
A_DAY = timedelta(days=1)


class Reconciler:
    """See `activities.sweeps.Floor`."""

    def __init__(
        self,
        engine: Engine,
        calendar: Calendar,
        forecasts: ForecastService,
        erasures: Erasures,
        retention: Retention,
        shortages: ShortageReminders,
    ) -> None:
        self._engine = engine
        self._calendar = calendar
        self._forecasts = forecasts
        self._erasures = erasures
        self._retention = retention
        self._shortages = shortages

    def retune(self, now: datetime) -> None:
        """Choose the forecast's parameters anew once a month."""
        self._forecasts.retune(now, self._calendar.day(now))

    def remind_of_shortages(self, now: datetime) -> int:
        """Plan the next products of the day, and ask the buyer for those that are short."""
        return self._shortages.remind(now)

    def expire(self, now: datetime) -> Notify:
        """Give back the alternatives that no order took over in time; the queue gets them at once. Those that
        the order system has not acknowledged are given back by their lines.

        Channels that a person paused until now go on, and messages that nobody's acknowledgement holds back.
        Tasks that an older worker put on the list are called as they are now, and people are reminded of
        complaints. Idempotency keys whose day is over are forgotten, customers whose
        last line has ended are erased if they wished it, and lines that ended long ago are deleted.
        """
        over = (reservations.c.until < now) & (reservations.c.quantity > 0) & reservations.c.event.is_(None)
        with writing(self._engine) as connection:
            skus = sorted(connection.execute(select(reservations.c.sku).where(over).distinct()).scalars())
            failures: list[Failure] = []
            for sku in skus:
                with Apart(failures, f"sku/{sku}", connection=connection):
                    self._give_back(connection, sku, over, now)
            note(connection, failures)
        forget_old(self._engine, datetime.now(UTC))
        rename_old(self._engine)
        remind_of_complaints(self._engine, self._calendar, now)
        self._erasures.carry_out(now)
        self._retention.delete_old(now)
        resumed = end_pauses(self._engine, at=now, now=datetime.now(UTC))
        return resumed.and_also(release(self._engine, now)).and_also(Notify(skus=tuple(skus)))

    def _give_back(self, connection: Connection, sku: str, over: ColumnElement[bool], now: datetime) -> None:
        stock_units.lock(connection, sku)
        mine = over & (reservations.c.sku == sku)
        connection.execute(update(reservations).where(mine).values(quantity=0))
        day = self._calendar.day(now)
        stock_units.hand_out(connection, sku, cause="reservation expired", at=now, day=day)
        mark_for_replanning(connection, sku, "reservation_expired", now)

    def stalled(self, before: datetime) -> tuple[str, ...]:
        """Lines that were to be looked at before an instant and were not; a thousand at most."""
        query = (
            select(backorders.c.id)
            .where(text("backorders.wake_at IS NOT NULL"), backorders.c.wake_at < before)
            .where(not_aside("backorder/", backorders.c.id))
            .order_by(backorders.c.wake_at)
            .limit(AT_MOST)
        )
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())

    def open_lines(self, after: str, limit: int) -> tuple[str, ...]:
        """Open lines in the order of their IDs, those that come after one."""
        query = (
            select(backorders.c.id)
            .where(backorders.c.phase.in_(("open", "closing")), backorders.c.id > after)
            .order_by(backorders.c.id)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())

    def orphaned(self, before: datetime) -> Orphaned:
        """What was left behind before an instant, a thousand of each kind at most."""
        # The conditions of partial indexes stand in the text: a parameter would not match them.
        never = backorders.c.seq == literal_column("0")
        awake = not_aside("backorder/", backorders.c.id)
        unstarted = select(backorders.c.id).where(never, backorders.c.opened_at < before, awake)
        # In the order of the index of such lines: PostgreSQL would read all others too, to find a thousand.
        unapplied = (
            select(demands.c.backorder)
            .where(
                demands.c.supply_version > demands.c.acknowledged,
                # Who was notified is reviewed sooner or later; behind ten thousand others that takes time.
                demands.c.supply_version > demands.c.notified,
                demands.c.since < before,
                demands.c.open > 0,
                not_aside("backorder/", demands.c.backorder),
            )
            .order_by(demands.c.sku, demands.c.backorder)
        )
        undecided = select(requests.c.backorder).where(
            requests.c.verdict.is_(None),
            requests.c.kind.in_(REQUEST_KINDS),
            requests.c.requested_at < before,
            not_aside("backorder/", requests.c.backorder),
        )
        untold = select(backorders.c.id).where(
            text("backorders.look_at IS NOT NULL"),
            backorders.c.look_at < before,
            # A line that has ended may have no workflow any more that could be told.
            backorders.c.phase.in_(("open", "closing")) | (backorders.c.look_at > before - A_DAY),
        )
        unpegged = select(replans.c.sku).where(replans.c.at < before, not_aside("sku/", replans.c.sku))
        # A replanning that has nothing to peg tells them, and one that is telling goes on with it.
        long_untold = select(backorders.c.sku).where(
            IS_UNTOLD,
            backorders.c.untold_since < datetime.now(UTC) - UNTOLD,
            not_aside("sku/", backorders.c.sku),
        )
        not_followed_up = select(purchase_orders.c.id).where(
            purchase_orders.c.look_at < before, not_aside("purchase-order/", purchase_orders.c.id)
        )
        with reading(self._engine) as connection:

            def some(query: Select[str]) -> tuple[str, ...]:
                found = connection.execute(query.limit(AT_MOST)).scalars()
                return tuple(each for each in found if isinstance(each, str))  # a name that is one

            new = some(unstarted)
            asked = set(some(undecided.distinct())) | set(some(_unapplied()))
            ended = _ended(connection, asked - set(new))
            lines = (asked | set(some(unapplied) + some(untold))) - set(new) - set(ended)
            after = Notify(
                shards=dispatchers.overdue(connection, before),
                events=event_dispatcher.is_overdue(connection, datetime.now(UTC) - COMMITS, before),
                backorders=tuple(sorted(lines)),
                skus=tuple(sorted({*some(unpegged.distinct()), *some(long_untold.distinct())})),
                orders=some(not_followed_up),
            )
        return Orphaned(unstarted=new, after=after, ended=ended)


def _unapplied() -> Select[str]:
    """Lines that have to hear what became of a message while they could not be read."""
    return (
        select(message_items.c.backorder)
        .join(messages, messages.c.id == message_items.c.message)
        .where(text("message_items.unapplied IS NOT NULL"), unapplied_outcomes.UNDERSTOOD)
        .where(not_aside("backorder/", message_items.c.backorder))
        .distinct()
    )


def _ended(connection: Connection, lines: Collection[str]) -> tuple[str, ...]:
    """Those of the lines that have ended: a call would reach no workflow."""
    over = backorders.c.id.in_(sorted(lines)) & backorders.c.phase.in_(sorted(CLOSED))
    return tuple(connection.execute(select(backorders.c.id).where(over).order_by(backorders.c.id)).scalars())
