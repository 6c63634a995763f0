"""Erasing a customer: at once, or as soon as nothing of theirs is open any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, exists, select, text, update

from backorder.domain.calendar import Calendar
from backorder.domain.erasure import answer_by, may_keep
from backorder.domain.keys import joined
from backorder.domain.line.free_shipping import asks_for_free_shipping, shipping_failed
from backorder.domain.line.ledger import outstanding
from backorder.domain.line.legal_flags import TELL
from backorder.domain.line.state import CLOSED
from backorder.domain.tasks import still_to_decide
from backorder.errors import BackorderError, ConflictError, UnknownCustomerError
from backorder.failures import in_words, passes
from backorder.storage import tasks
from backorder.storage.codec import dump_json, load_state
from backorder.storage.engine import reading, writing
from backorder.storage.erasing import ERASURE_WAITS, empty_lines, empty_messages, empty_person
from backorder.storage.failed_messages import OWED
from backorder.storage.isolation import Apart, Failure, failed, note
from backorder.storage.known_addresses import ways_of
from backorder.storage.tables import backorders, customers, messages
from backorder.storage.tables import tasks as worklist
from backorder.storage.untaken_events import lines_of_untaken_codes

if TYPE_CHECKING:
    from backorder.storage.rows import BackorderRow


AT_MOST = 20
"""Customers whose wish one sweep looks at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasure:
    """What became of the wish to be erased.

    erased_at: when it was done, None while it waits. lines: how many of theirs were emptied by it. waits_for:
    why it waits, each in words. asked_at, answer_by: of a wish that waits, and the last day for telling the
    customer what becomes of it.
    """

    customer: str
    erased_at: datetime | None = None
    lines: int = 0
    waits_for: tuple[str, ...] = ()
    asked_at: datetime | None = None
    answer_by: date | None = None


class Erasures:
    """Erases the customers of one database."""

    def __init__(self, engine: Engine, calendar: Calendar) -> None:
        self._engine = engine
        self._calendar = calendar

    def ask(self, id: str, at: datetime) -> Erasure:
        """A customer wishes to be erased. Done at once unless something of theirs is open: then it is kept.

        Repeated it changes nothing. Raises UnknownCustomerError.
        """
        with writing(self._engine) as connection:
            return self._ask(connection, id, at)

    def ask_again(self, id: str, at: datetime) -> Erasure:
        """The same wish, said once more. Raises ConflictError where it was done, and they came back since."""
        asked = select(customers.c.erased_at, customers.c.erasure_asked_at).where(customers.c.id == id)
        with reading(self._engine) as connection:
            row = connection.execute(asked).one_or_none()
        if row is not None and row.erased_at is None and row.erasure_asked_at is None:
            raise ConflictError(f"customer {id} was erased as asked, and ordered again since")
        return self.ask(id, at)

    def carry_out(self, at: datetime) -> int:
        """Erase some who waited and can be by now. One customer stops no other. Returns how many."""
        asked_at = customers.c.erasure_asked_at
        mine = (backorders.c.customer == customers.c.id) & backorders.c.phase.not_in(sorted(CLOSED))
        # The condition of a partial index stands in the text: a parameter would not match it.
        waits = select(customers.c.id, asked_at).where(
            text("erasure_asked_at IS NOT NULL"), ~exists().where(mine)
        )
        done, failures, ids = 0, list[Failure](), list[str]()
        with reading(self._engine) as connection:
            # Nobody waits for a look at those of whom something is open still.
            for id, asked in connection.execute(waits.order_by(asked_at)).all():
                with Apart(failures, f"customer/{id}"):
                    if not self._open(connection, id, asked, at):
                        ids.append(id)
        for id in ids[:AT_MOST]:
            try:
                done += self.ask(id, at).erased_at is not None
            except Exception as error:
                if passes(error):
                    raise
                failures.append(failed(f"customer/{id}", error, ""))
        if failures:
            with writing(self._engine) as connection:
                note(connection, failures)
        return done

    def _ask(self, connection: Connection, id: str, at: datetime) -> Erasure:
        mine = customers.c.id == id
        row = connection.execute(select(customers).where(mine).with_for_update()).one_or_none()
        if row is None:
            raise UnknownCustomerError(id)
        if row.erased_at is not None:
            return Erasure(customer=id, erased_at=row.erased_at)
        lines = _locked(connection, id)
        asked_at = row.erasure_asked_at or at
        at = max(at, asked_at)  # a sweep looks from a little before the present
        waits_for = self._open(connection, id, asked_at, at)
        until = answer_by(self._calendar.day(asked_at))
        if waits_for:
            connection.execute(update(customers).where(mine).values(erasure_asked_at=asked_at))
            detail = {"answer_by": until.isoformat(), "waits_for": list(waits_for)}
            tasks.add(
                connection,
                key=_key(id, asked_at),
                kind=ERASURE_WAITS,
                subject=id,
                detail=detail,
                at=asked_at,
            )
            return Erasure(customer=id, waits_for=waits_for, asked_at=asked_at, answer_by=until)
        ways = ways_of(connection, id, row.email, row.phone)
        empty_lines(connection, lines, at)
        empty_messages(connection, id)
        empty_person(connection, row, ways, at)
        # Who asked for it is still to be told; the task says so until somebody has.
        _say_done(connection, _key(id, asked_at), until, self._calendar.day(at))
        return Erasure(customer=id, erased_at=at, lines=len(lines))

    def _open(self, connection: Connection, id: str, asked_at: datetime, at: datetime) -> tuple[str, ...]:
        said = may_keep(self._calendar.day(asked_at), self._calendar.day(at))
        return _open(connection, id, self._calendar, said=said)


def _key(customer: str, asked_at: datetime) -> str:
    return f"erasure/{customer}/{asked_at.isoformat()}"


def _say_done(connection: Connection, key: str, until: date, day: date) -> None:
    detail = dump_json({"answer_by": until.isoformat(), "erased_on": day.isoformat()})
    connection.execute(update(worklist).where(worklist.c.key == key).values(detail=detail))


def _locked(connection: Connection, customer: str) -> Sequence[str]:
    """The customer's lines, and what was written to them: nobody else writes to those now."""
    lines = select(backorders.c.id).where(backorders.c.customer == customer).order_by(backorders.c.id)
    found = connection.execute(lines.with_for_update(key_share=True)).scalars().all()
    mine = messages.c.person == joined("customer", customer)
    wanted = select(messages.c.id).where(mine).order_by(messages.c.id)
    connection.execute(wanted.with_for_update(key_share=True)).all()
    return found


def _open(connection: Connection, customer: str, calendar: Calendar, *, said: bool) -> tuple[str, ...]:
    """What keeps a customer from being erased, in words.

    said: what came to pass is said to them first, and the order system hears of their coupons' codes.
    """
    query = select(backorders.c.id, backorders.c.phase, backorders.c.state)
    rows = connection.execute(query.where(backorders.c.customer == customer).order_by(backorders.c.id)).all()
    found = [words for row in rows if (words := _of_line(row, calendar, said=said))]
    mine = messages.c.person == joined("customer", customer)
    sending = mine & messages.c.state.in_(("claimed", "unknown"))
    if connection.execute(select(messages.c.id).where(sending).limit(1)).first() is not None:
        found.append("a message to them is on its way")
    # Nothing but what came to pass: who holds a link can have mails about the way to a customer written.
    planned = mine & (messages.c.state == "planned") & messages.c.kind.in_(OWED)
    if said and connection.execute(select(messages.c.id).where(planned).limit(1)).first() is not None:
        found.append("a message to them has still to go")
    if said:
        found += [
            f"an event about a coupon of {each} has still to be taken"
            for each in lines_of_untaken_codes(connection, customer)
        ]
    return tuple(found)


def _of_line(row: BackorderRow, calendar: Calendar, *, said: bool) -> str | None:
    if row.phase not in CLOSED:
        return f"{row.id} is {'not settled' if row.phase == 'closing' else 'open'}"
    try:
        state = load_state(row.state)
    except BackorderError as error:
        return f"{row.id} cannot be read: {in_words(error)}"
    if any(each.is_open for each in state.complaints):
        return f"{row.id} has a complaint that nobody has ended"
    if outstanding(state) or shipping_failed(state) or asks_for_free_shipping(calendar, state):
        return f"{row.id} has a refund that was not sent"
    if undecided := still_to_decide(state):
        return f"{row.id} waits for a person: {'; '.join(undecided)}"
    return f"a person has still to tell them of {row.id}" if said and TELL in state.needs else None
