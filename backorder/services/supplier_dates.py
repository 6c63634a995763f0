"""What suppliers state, kept word for word; what a large move waits for before customers hear of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Generic

from sqlalchemy import Connection, and_, func, insert, select, update

from backorder.domain.keys import joined
from backorder.domain.supply.approval import FROM_LINK, FROM_ORDER, Limits, asked_until, doubt, repeats
from backorder.domain.supply.expected_receipts import Stated as OrderFacts
from backorder.domain.supply.expected_receipts import expect_receipts
from backorder.errors import RefusedError, RejectedError
from backorder.ports import Notify
from backorder.services.expected_receipts import ExpectedReceipts, ReceiptPart
from backorder.services.record_faults import of_dates
from backorder.services.supply_effects import Effect, SkuQueue
from backorder.storage import stated_chain, stock_units, tasks
from backorder.storage.asked_of_lines import UNSAID, note_stated
from backorder.storage.policies import PolicyRepository
from backorder.storage.purchase_order_lines import (
    find_line,
    follow_up_again,
    is_line,
    is_open,
    known_line,
    no_line,
    ordered_line,
    received_ever,
    tranches_of,
)
from backorder.storage.replans import mark_for_replanning
from backorder.storage.stated_dates import (
    WaitingRow,
    about,
    agreed_day,
    buyer_asked,
    last_day,
    last_decision,
    waiting_date,
    waits_already,
)
from backorder.storage.tables import approvals, purchase_order_lines, stated_dates
from backorder.storage.transactions import TransactionsT

if TYPE_CHECKING:
    from backorder.schemas import StatedDates
    from backorder.storage.rows import OrderedLineRow

Split = tuple[int, date | None]
"""Units, and the day stated for them; None where the supplier cannot say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DatesEffect:
    """What a stated date leads to.

    effects: the lines that would have another date, in queue order. waits_for_buyer: why customers do not
    hear of it yet; "" if they do. after: whom to wake.
    """

    effects: tuple[Effect, ...]
    waits_for_buyer: str
    after: Notify


class SupplierDates(Generic[TransactionsT]):
    """Takes suppliers' dates, each in a transaction of its own or as a part of one, as its type says."""

    def __init__(
        self,
        transactions: TransactionsT,
        policies: PolicyRepository,
        expected_receipts: ExpectedReceipts,
        limits: Limits,
    ) -> None:
        self._transactions = transactions
        self._policies = policies
        self._expected_receipts = expected_receipts
        self._limits = limits

    def preview(self, stated: StatedDates, at: datetime) -> DatesEffect:
        """What the dates would lead to; nothing of it stays. Raises RefusedError."""
        return replace(self.state(stated, at, preview=True), after=Notify())

    def state(
        self, stated: StatedDates, at: datetime, *, by_link: bool = False, preview: bool = False
    ) -> DatesEffect:
        """Write down what a supplier says; what was said before stays on record.

        A move longer or wider than the limits, and what comes by the supplier's own link, waits for
        the buyer for a day at most, and no longer than the law lets customers wait for it; by link all but a
        word that leaves things as they stand. The same word again while it waits changes nothing, unless it
        has another note. With `preview` nothing is kept. Raises RefusedError.
        """
        self._expected_receipts.prepare(at)
        with self._transactions.trying(keep=not preview) as connection:
            line, expired = self.ready(connection, stated, at)
            queue = SkuQueue(connection, self._policies, line.sku, at)
            parts = self._parts(connection, line, _splits(stated), at)
            effects = queue.effects(connection, _key(line), parts)
            if by_link:
                doubt = self._doubt_link(connection, line, _splits(stated), effects)
            else:
                moves = [effect.days for effect in effects]
                doubt = self._doubt(connection, line, _splits(stated), moves)
            if doubt and (why := waits_already(connection, line, _splits(stated), stated.note)):
                return DatesEffect(effects=effects, waits_for_buyer=why, after=expired)
            after = self._written(connection, line, stated, doubt, at)
            waits = doubt if self.waits(connection, line) else ""
            return DatesEffect(effects=effects, waits_for_buyer=waits, after=expired.and_also(after))

    def as_it_stands(self, stated: StatedDates) -> DatesEffect:
        """What became of a word that was written down before: whether it still waits for the buyer."""
        with self._transactions.reading() as connection:
            line = find_line(connection, stated.purchase_order, stated.line)
            waits = waits_already(connection, line, _splits(stated)) if line is not None else ""
        return DatesEffect(effects=(), waits_for_buyer=waits, after=Notify())

    def ready(
        self, connection: Connection, stated: StatedDates, at: datetime
    ) -> tuple[OrderedLineRow, Notify]:
        """The line of a word, its SKU's units locked; what waited long enough counts, whoever looks first.

        Raises RefusedError for a word that cannot be.
        """
        line = self._checked(connection, stated)
        stock_units.lock(connection, line.sku)
        expired = self.expire(connection, line, at)
        return self._checked(connection, stated), expired

    def asked_first(
        self,
        connection: Connection,
        line: OrderedLineRow,
        stated: StatedDates,
        queue: SkuQueue,
        at: datetime,
    ) -> str:
        """Why the buyer is asked before customers hear a word; "" if that is not so."""
        splits = _splits(stated)
        why = self._doubt(connection, line, splits, self._moves(connection, line, splits, queue, at))
        return (waits_already(connection, line, splits) or why) if why else ""

    def take(self, connection: Connection, line: OrderedLineRow, stated: StatedDates, at: datetime) -> Notify:
        """Write a word down that takes effect at once, whoever would be asked first."""
        return self._written(connection, line, stated, "", at)

    def put(
        self, connection: Connection, line: OrderedLineRow, day: date, at: datetime, *, moved: bool
    ) -> Notify:
        """The order itself states a day for all that is outstanding; its SKU's units are locked already.

        moved: it stated another one before, so that a large move waits for the buyer.
        """
        splits = [(line.quantity - line.received, day)]
        expired = self.expire(connection, line, at)
        line = known_line(connection, line.purchase_order, line.line)
        doubt = ""
        if moved:
            queue = SkuQueue(connection, self._policies, line.sku, at)
            doubt = self._doubt(connection, line, splits, self._moves(connection, line, splits, queue, at))
        revision = write_down(connection, line, splits, source=FROM_ORDER, note="", at=at)
        return expired.and_also(self._take_effect(connection, line, revision, doubt, splits, at))

    def waiting_for_buyer(self, order: str) -> list[str]:
        """What of an order waits for the buyer, and why, line by line."""
        with self._transactions.reading() as connection:
            found = buyer_asked(connection, order)
        return [f"the new date of line {line} waits for the buyer: {why}" for line, why in found.items()]

    def decide(
        self, order: str, line: str, *, approve: bool, by: str, at: datetime, revision: int | None = None
    ) -> Notify:
        """The buyer approves or rejects what waits. The same again changes nothing.

        revision: the word that they saw; None takes the one that waits. Raises RefusedError for what is no
        line, RejectedError if nothing waits, or another word than that. What waited for its day has taken
        effect by then, whoever looks first, and cannot be rejected.
        """
        state = "approved" if approve else "rejected"
        self._expected_receipts.prepare(at)
        with self._transactions.trying(keep=True) as connection:
            row = self._locked(connection, order, line)
            waiting = waiting_date(connection, order, line)
            if waiting is None:
                if last_decision(connection, row, revision) == state:
                    return Notify()
                raise RejectedError(f"no date of line {line} of {order} waits for approval")
            if revision not in (None, waiting.revision):
                other = f"{waiting.revision} and not {revision}: look at it again"
                raise RejectedError(f"another date of line {line} of {order} waits by now, {other}")
            over: bool = waiting.until <= at
            if over:
                after = self.expire(connection, row, at)
            else:
                after = self._decide(connection, row, waiting, state, by, at)
        if over and not approve:
            # Its SKU stays marked: a sweep wakes whoever it concerns.
            raise RejectedError(
                f"the date of line {line} of {order} waited for its time and has taken effect"
            )
        return after

    def expire(self, connection: Connection, line: OrderedLineRow, at: datetime) -> Notify:
        """Let what waited long enough take effect. The SKU's units are locked already."""
        waiting = waiting_date(connection, line.purchase_order, line.line)
        if waiting is None or waiting.until > at:
            return Notify()
        return self._decide(connection, line, waiting, "expired", "engine", at)

    def waits(self, connection: Connection, line: OrderedLineRow) -> bool:
        """Whether a word of the supplier's waits for the buyer."""
        return waiting_date(connection, line.purchase_order, line.line) is not None

    def grace_period(self, connection: Connection, order: str) -> datetime | None:
        """When the first word about an order that waits for the buyer takes effect all the same."""
        mine = and_(approvals.c.purchase_order == order, approvals.c.state == "waiting")
        until: datetime | None = connection.execute(select(func.min(approvals.c.until)).where(mine)).scalar()
        return until

    # --- inside

    def _locked(self, connection: Connection, order: str, line: str) -> OrderedLineRow:
        """A line, as it is once its SKU's units are locked. Raises RefusedError for what is none."""
        row = find_line(connection, order, line)
        if row is None:
            raise RefusedError([no_line(order, line)])
        stock_units.lock(connection, row.sku)
        return known_line(connection, order, line)

    def _checked(self, connection: Connection, stated: StatedDates) -> OrderedLineRow:
        if faults := of_dates(connection, stated):
            raise RefusedError(faults)
        return known_line(connection, stated.purchase_order, stated.line)

    def _parts(
        self, connection: Connection, line: OrderedLineRow, splits: Sequence[Split], at: datetime
    ) -> Sequence[ReceiptPart]:
        """What would be to come of a line if the supplier said this."""
        stated = [OrderFacts(units=quantity, day=day) for quantity, day in splits]
        return self._expected_receipts.expected(connection, line, at, stated) if stated else []

    def _written(
        self, connection: Connection, line: OrderedLineRow, stated: StatedDates, doubt: str, at: datetime
    ) -> Notify:
        revision = write_down(
            connection, line, _splits(stated), source=stated.source, note=stated.note, at=at
        )
        return self._take_effect(connection, line, revision, doubt, _splits(stated), at, stated.note)

    def _take_effect(
        self,
        connection: Connection,
        line: OrderedLineRow,
        revision: int,
        doubt: str,
        splits: Sequence[Split],
        at: datetime,
        note: str = "",
    ) -> Notify:
        """A word that was written down takes effect, or waits for the buyer."""
        before = self._overtake(connection, line, at)
        if not doubt:
            return self._apply(connection, line, revision, at)
        queue = SkuQueue(connection, self._policies, line.sku, at)
        limits = queue.limits(connection, _key(line), self._parts(connection, line, splits, at))
        until = asked_until(self._policies.calendar, at, limits)
        until = min(until, before or until)
        if until <= at:  # there is no time left to ask in
            return self._apply(connection, line, revision, at)
        said = {"stated": [{"quantity": units, "date": _iso(day)} for units, day in splits]}
        asked = {"why": doubt, **said, "supplier_note": note}
        self._ask_the_buyer(connection, line, revision, asked, until, at)
        return self._follow_up_again(connection, line, at)

    def _moves(
        self,
        connection: Connection,
        line: OrderedLineRow,
        splits: Sequence[Split],
        queue: SkuQueue,
        at: datetime,
    ) -> list[int | None]:
        """By how many days the lines of a queue would move if the supplier said this."""
        return queue.days(_key(line), self._parts(connection, line, splits, at))

    def _doubt(
        self,
        connection: Connection,
        line: OrderedLineRow,
        splits: Sequence[Split],
        moves: Sequence[int | None],
    ) -> str:
        """Why the buyer should see a word first; "" if there is no need. moves: as in `doubt`."""
        agreed, last = agreed_day(connection, line), last_day(day for _, day in splits)
        return doubt(self._limits, moves, agreed, last)

    def _doubt_link(
        self,
        connection: Connection,
        line: OrderedLineRow,
        splits: Sequence[Split],
        effects: Sequence[Effect],
    ) -> str:
        """Why the buyer should see first what came by link; "" for what leaves things as they stand.

        Another word that waits is something that it changes. effects: as in `DatesEffect`.
        """
        stands = expect_receipts(ordered_line(connection, line))
        unsaid = not any(each.is_stated for each in stands)
        usual = line.due if unsaid and not effects else None
        as_it_is = repeats(stands, splits, usual) and not self.waits(connection, line)
        return "" if as_it_is else FROM_LINK

    def _ask_the_buyer(
        self,
        connection: Connection,
        line: OrderedLineRow,
        revision: int,
        asked: Mapping[str, object],
        until: datetime,
        at: datetime,
    ) -> None:
        """asked: why, and what they are to approve: whoever decides need not have written it down."""
        key = {"purchase_order": line.purchase_order, "line": line.line, "revision": revision}
        row = {"state": "waiting", "why": asked["why"], "until": until}
        connection.execute(insert(approvals), key | row)
        name = joined(line.purchase_order, line.line)
        tasks.add(
            connection,
            key=f"approve/{name}/{revision}",
            kind="approve_date",
            subject=name,
            detail={**asked, "revision": revision},
            at=at,
        )

    def _overtake(self, connection: Connection, line: OrderedLineRow, at: datetime) -> datetime | None:
        """A newer word takes the place of one that still waits. Returns how long that would have waited.

        The newer one waits no longer: a supplier who says something else every day would never be heard.
        """
        waiting = waiting_date(connection, line.purchase_order, line.line)
        if waiting is None:
            return None
        _close(connection, waiting, "rejected", "a newer date", at)
        until: datetime = waiting.until
        return until

    def _decide(
        self,
        connection: Connection,
        line: OrderedLineRow,
        waiting: WaitingRow,
        state: str,
        by: str,
        at: datetime,
    ) -> Notify:
        _close(connection, waiting, state, by, at)
        if state == "rejected":
            return self._follow_up_again(connection, line, at)
        return self._apply(connection, line, waiting.revision, at)

    def _follow_up_again(self, connection: Connection, line: OrderedLineRow, at: datetime) -> Notify:
        follow_up_again(connection, line.purchase_order, at)
        return Notify(orders=(line.purchase_order,))

    def _apply(self, connection: Connection, line: OrderedLineRow, revision: int, at: datetime) -> Notify:
        apply_date(connection, line, revision)
        mine = and_(about(line), stated_dates.c.revision == revision)
        if not connection.execute(select(func.sum(stated_dates.c.quantity)).where(mine)).scalar_one():
            # The supplier cannot supply the rest.
            wanted = is_line(line.purchase_order, line.line)
            connection.execute(update(purchase_order_lines).where(wanted).values(cancelled_at=at))
        self._expected_receipts.expect(connection, line, at)
        mark_for_replanning(connection, line.sku, "stated_date", at)
        return self._follow_up_again(connection, line, at).and_also(Notify(skus=(line.sku,)))


def write_down(
    connection: Connection,
    line: OrderedLineRow,
    splits: Sequence[Split],
    *,
    source: str,
    note: str,
    at: datetime,
) -> int:
    """Keep a supplier's word as the next revision, without it counting yet. Returns the revision.

    No splits at all: the supplier cannot supply the rest.
    """
    newest = select(func.coalesce(func.max(stated_dates.c.revision), 0)).where(about(line))
    revision = int(connection.execute(newest).scalar_one()) + 1
    key = {"purchase_order": line.purchase_order, "line": line.line, "revision": revision}
    key |= {"source": source, "note": note, "at": at}
    key["received"] = received_ever(line, tranches_of(connection, line))
    rows = [
        key | {"split": split, "quantity": units_, "day": day} for split, (units_, day) in enumerate(splits)
    ]
    rows = rows or [key | {"split": 0, "quantity": 0, "day": None}]
    connection.execute(insert(stated_dates), stated_chain.bound(connection, line, rows))
    said = {"line": line.line, "revision": revision, "source": source, "note": UNSAID if note else ""}
    said["splits"] = [{"quantity": units, "date": _iso(day)} for units, day in splits]
    note_stated(connection, "purchase_order", line.purchase_order, f"{line.line}/{revision}", "date", said)
    return revision


def _key(line: OrderedLineRow) -> dict[str, str]:
    return {"purchase_order": line.purchase_order, "line": line.line}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _splits(stated: StatedDates) -> list[Split]:
    return [(split.quantity, split.date) for split in stated.splits]


def drop_pointless(connection: Connection, order: str, line: str, at: datetime) -> None:
    """Where nothing of a line is outstanding any more, what waits for the buyer has become pointless."""
    waiting = waiting_date(connection, order, line)
    if waiting is not None and not is_open(known_line(connection, order, line)):
        _close(connection, waiting, "rejected", "nothing is outstanding", at)


def forget_stated(connection: Connection, line: OrderedLineRow, note: str, at: datetime) -> None:
    """Another supplier supplies a line: what was stated of it counts no more, and stays on record.

    That is written down also where nothing was: the one of now has not been asked, whatever the one of before
    was; see `of_this_supplier`. note: kept with that.
    """
    waiting = waiting_date(connection, line.purchase_order, line.line)
    if waiting is not None:
        _close(connection, waiting, "rejected", "another supplier", at)
    splits = [(max(0, line.quantity - line.received), None)]
    write_down(connection, line, splits, source=FROM_ORDER, note=note, at=at)
    apply_date(connection, line, 0)


def apply_date(connection: Connection, line: OrderedLineRow, revision: int) -> None:
    """From now on this revision counts; 0: nothing that was stated does."""
    wanted = is_line(line.purchase_order, line.line)
    connection.execute(update(purchase_order_lines).where(wanted).values(revision=revision))


def _close(connection: Connection, waiting: WaitingRow, state: str, by: str, at: datetime) -> None:
    """Nobody is asked any more. The SKU's units are locked already, so that it still waits."""
    wanted = and_(
        approvals.c.purchase_order == waiting.purchase_order,
        approvals.c.line == waiting.line,
        approvals.c.revision == waiting.revision,
    )
    decided = {"state": state, "decided_by": by, "decided_at": at}
    connection.execute(update(approvals).where(wanted).values(decided))
    name = joined(waiting.purchase_order, waiting.line)
    tasks.finish(connection, f"approve/{name}/{waiting.revision}", at)
