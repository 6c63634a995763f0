"""Who a customer is and how they are reached, and what a correction sets in motion."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, select, update

from backorder.domain.calendar import Calendar
from backorder.domain.contacts import ADDRESS_FIELDS, is_same
from backorder.domain.keys import joined
from backorder.domain.line.commands import Tell
from backorder.domain.line.events import ContactChanged
from backorder.domain.line.next_review import next_review
from backorder.domain.page_limits import STILL_OF_USE
from backorder.domain.policy.policy import CHANNELS
from backorder.errors import ErasedError, RefusedError, UnknownCustomerError
from backorder.ports import Notify
from backorder.services.decide_event import decide_event
from backorder.services.lock_messages import lock_every_line, lock_messages_of
from backorder.services.lock_units import lock_units_of
from backorder.services.new_line_rows import given_by
from backorder.services.waiting_messages import ask_the_hour_anew, say_anew, try_at_once, unsaid
from backorder.storage import asked_addresses, dispatchers, marketing_consents
from backorder.storage.asked_of_lines import add_request
from backorder.storage.codec import digest, dump_request
from backorder.storage.engine import reading, writing
from backorder.storage.failed_messages import FAILED, failed_lately
from backorder.storage.isolation import Apart, Failure, known, line, note
from backorder.storage.keep_terms import keep_person
from backorder.storage.known_addresses import customers_at
from backorder.storage.lines import LineRecord
from backorder.storage.policies import PolicyRepository
from backorder.storage.tables import backorders, customers, message_items, messages

if TYPE_CHECKING:
    from backorder.schemas import Customer

_CONSENT = "marketing_consent"
WAYS = frozenset({"email", "phone", "contact", "sms_consent"})
"""Fields that decide how somebody is reached."""
HOURS = frozenset({"time_zone", "region"})
"""Fields that decide at which hours."""
Also = Callable[[Connection, Mapping[str, object]], Notify]
"""Something that is written with a change of a customer, who is handed over as they were before."""
First = Callable[[Connection], None]
"""Something without which a customer, who is locked, is not changed: it raises."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """customer: as it is now. fields: names of what changed. again: messages that go out once more."""

    customer: Customer
    fields: tuple[str, ...]
    again: int
    after: Notify


class Contacts:
    """The customers of one database."""

    def __init__(self, engine: Engine, policies: PolicyRepository) -> None:
        self._engine = engine
        self._policies = policies

    def read(self, id: str) -> Customer:
        """A customer as on record. Raises UnknownCustomerError."""
        with reading(self._engine) as connection:
            return customer_on_record(connection, id, self._policies.calendar)

    def faults(
        self, id: str, changes: Mapping[str, object], at: datetime, *, as_json: bool = False
    ) -> Sequence[str]:
        """What is wrong with a correction. as_json: see `parse`. Raises UnknownCustomerError."""
        with reading(self._engine) as connection:
            before = _row(connection, id, self._policies.calendar, lock=False)
        try:
            _corrected(id, before, changes, at, as_json=as_json)
        except RefusedError as error:
            return error.faults
        return ()

    def change(
        self,
        id: str,
        changes: Mapping[str, object],
        at: datetime,
        *,
        by: str,
        first: First | None = None,
        also: Also | None = None,
        as_json: bool = False,
    ) -> Changed:
        """Correct some fields; what waits or failed and still matters goes to where they are reached now.

        by: who says so. first: what has to hold of it; else it raises. also: written with it, also where
        nothing changes. as_json: see `parse`. Raises UnknownCustomerError, and RefusedError with every fault.
        """
        with writing(self._engine) as connection:
            before = _row(connection, id, self._policies.calendar, lock=True)
            if first is not None:
                first(connection)
            customer = _corrected(id, before, changes, at, as_json=as_json)
            customer = _with_own_consents(customer, before)
            fields = tuple(name for name, value in before.items() if getattr(customer, name) != value)
            if not fields:
                after = dispatchers.wake(connection, also(connection, before) if also else Notify())
                return Changed(customer=customer, fields=(), again=0, after=after)
            _write(connection, customer, fields, before, at, by)
            person, reached = joined("customer", id), bool(WAYS & set(fields))
            # What is written with it may reach all who have the number once more.
            there = customers_at(connection, "sms", customer.phone) if also and customer.phone else []
            _lock(connection, sorted({id, *there}))
            sooner = reached or bool(HOURS & set(fields))
            again = _send_anew(connection, person, at, reached=reached, sooner=sooner)
            after = Notify(due=((dispatchers.shard_of(connection, person), at),)) if sooner else Notify()
            event = Change(fields=fields, reached=reached, by=by, channel=_new_way(before, customer))
            count, woken = tell_lines(connection, self._policies, id, event, at)
            again, after = again + count, after.and_also(woken)
            more = also(connection, before) if also is not None else Notify()
            after = dispatchers.wake(connection, after.and_also(more))
        return Changed(customer=customer, fields=fields, again=again, after=after)


def _write(
    connection: Connection,
    customer: Customer,
    fields: Sequence[str],
    before: Mapping[str, object],
    at: datetime,
    by: str,
) -> None:
    """The row of a customer as it is now, and what goes with some of its fields."""
    values = {name: getattr(customer, name) for name in fields} | {"updated_at": at}
    if _CONSENT in values:
        values[_CONSENT] = _keep_consents(connection, customer, before[_CONSENT], at, by)
    if "email" in values:
        values["address_asked"] = asked_addresses.NONE_ASKED
    connection.execute(update(customers).where(customers.c.id == customer.id).values(values))
    keep_person(connection, customer)


def _send_anew(connection: Connection, person: str, at: datetime, *, reached: bool, sooner: bool) -> int:
    """Send what waits for a person, as they are reached now. Returns how many go out again."""
    again = try_at_once(connection, person, at) if reached else 0
    if not reached:
        say_anew(connection, person)
    if sooner:
        ask_the_hour_anew(connection, person, at)
    return again


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What changed about a customer: see `ContactChanged`."""

    fields: tuple[str, ...]
    reached: bool
    by: str
    channel: str = ""


def _new_way(before: Mapping[str, object], now: Customer) -> str:
    """The channel by which a customer is reached at an address that is new; "" for none."""
    if now.contact == "none":
        return ""
    if now.email and now.email != before["email"]:
        return "email"
    phone = (now.phone, now.sms_consent)
    is_new = phone != (before["phone"], before["sms_consent"])
    return "sms" if all(phone) and is_new else ""


def tell_lines(
    connection: Connection,
    policies: PolicyRepository,
    id: str,
    change: Change,
    at: datetime,
    *,
    lines: Sequence[str] | None = None,
) -> tuple[int, Notify]:
    """Let the lines of a customer hear it: what they could not say before is said now. None stops another.

    lines: those that it concerns; None for all of which something is still to be said. Returns how many
    messages go out once more, and whom to wake.
    """
    day, after, again = policies.calendar.day(at), Notify(), 0
    event = ContactChanged(
        at=at,
        day=day,
        fields=change.fields,
        reached=change.reached,
        by=change.by,
        channel=change.channel,
    )
    failures: list[Failure] = []
    for backorder in _lines(connection, id) if lines is None else lines:
        failed = len(failures)
        with Apart(failures, *line(backorder), connection=connection):
            count, woken = _apply_to_line(connection, policies, backorder, event)
            again, after = again + count, after.and_also(woken)
        if len(failures) > failed:
            _apply_later(connection, backorder, event)
    note(connection, failures)
    return again, after


def reach_again(
    connection: Connection, policies: PolicyRepository, ids: Sequence[str], change: Change, at: datetime
) -> Notify:
    """What failed and still matters goes once more, since some customers can be reached as they were."""
    _lock(connection, ids)
    after = Notify()
    for id in ids:
        person = joined("customer", id)
        try_at_once(connection, person, at)
        after = after.and_also(Notify(due=((dispatchers.shard_of(connection, person), at),)))
        after = after.and_also(tell_lines(connection, policies, id, change, at)[1])
    return after


def _lock(connection: Connection, ids: Sequence[str]) -> None:
    """Lock what some customers may hear of, in the order of all locks: lines, units, messages."""
    lines = [each for id in ids for each in _lines(connection, id)]
    lock_every_line(connection, lines)
    lock_units_of(connection, lines)
    lock_messages_of(connection, unsaid(connection, [joined("customer", id) for id in ids]), lines)


def _apply_to_line(
    connection: Connection, policies: PolicyRepository, backorder: str, event: ContactChanged
) -> tuple[int, Notify]:
    case = LineRecord(connection, policies, backorder, units=True)
    if event.reached:
        event = replace(event, failed=failed_lately(connection, backorder))
    decision = decide_event(case, event)
    case.record(event, decision)
    coming = next_review(case.policy, case.state, event.at)
    failed = {each.key for each in event.failed}
    again = sum(isinstance(each, Tell) and each.key in failed for each in decision.commands)
    return again, case.finish(None, coming)


def customer_on_record(connection: Connection, id: str, calendar: Calendar) -> Customer:
    """A customer as on record. Raises UnknownCustomerError; its day of an erasure is the shop's."""
    from backorder.schemas import Customer

    return Customer.model_construct(None, **_row(connection, id, calendar, lock=False))


def _corrected(
    id: str, before: Mapping[str, object], changes: Mapping[str, object], at: datetime, *, as_json: bool
) -> Customer:
    """A customer with some fields corrected. Raises RefusedError with every fault."""
    from backorder.schemas import Customer, parse, sound

    raw = _merged(before, changes) | {"id": id}
    try:
        customer = parse(Customer, raw, now=at, as_json=as_json)
    except RefusedError as error:
        left = sound(Customer, raw, now=at, as_json=as_json)
        raise RefusedError([*error.faults, *(_unusable(left, changes) if left else ())]) from None
    if faults := _unusable(customer, changes):
        raise RefusedError(faults)
    return customer


def _unusable(customer: Customer, changes: Mapping[str, object]) -> list[str]:
    """A number that nothing can be sent to is no correction; an order with one is taken with a warning."""
    warnings = customer.warnings if "phone" in changes else ()
    return [each.removeprefix("customer.").partition(";")[0] for each in warnings]


def _row(connection: Connection, id: str, calendar: Calendar, *, lock: bool) -> dict[str, object]:
    from backorder.schemas import Customer
    from backorder.schemas.order_lines import consent_of

    query = select(customers).where(customers.c.id == id)
    row = connection.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise UnknownCustomerError(id)
    if erased_at := known(row.erased_at):
        raise ErasedError(id, calendar.day(erased_at))
    agreed = marketing_consents.consents_of(connection, [id]).get(id, {})
    return {name: getattr(row, name) for name in Customer.model_fields} | {_CONSENT: consent_of(agreed)}


def _merged(before: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """What is on record with what is said anew; of consents, those of the channels that are named."""
    consent = changes.get(_CONSENT)
    stands = {channel: getattr(before[_CONSENT], channel) for channel in CHANNELS}
    both = stands | consent if isinstance(consent, dict) else consent
    return {**before, **changes} | ({_CONSENT: both} if _CONSENT in changes else {})


def _with_own_consents(customer: Customer, before: Mapping[str, object]) -> Customer:
    """At an address or number that is new no promotion was agreed to: it needs a consent of its own."""
    consent, known = customer.marketing_consent, before[_CONSENT]
    ended = {
        channel: None
        for channel, field in ADDRESS_FIELDS.items()
        if not is_same(channel, getattr(customer, field), _text(before[field]))
        and getattr(consent, channel) == getattr(known, channel)
    }
    return customer.model_copy(update={_CONSENT: consent.model_copy(update=ended)}) if ended else customer


def _text(value: object) -> str | None:
    return str(value) if value else None


def _keep_consents(connection: Connection, customer: Customer, before: object, at: datetime, by: str) -> bool:
    """End the consents that differ, and keep those that are new. Returns whether any stands."""
    new = customer.marketing_consent
    for channel in CHANNELS:
        if getattr(new, channel) != getattr(before, channel):
            marketing_consents.end(connection, [customer.id], channel, at, by)
            marketing_consents.give(connection, [each for each in given_by(customer) if each[1] == channel])
    return any(getattr(new, channel) for channel in CHANNELS)


def _lines(connection: Connection, id: str) -> list[str]:
    """Lines of a customer that go on, that wait for a person, or that said what did not arrive."""
    going_on = backorders.c.phase.in_(("open", "closing")) | backorders.c.needs
    since = datetime.now(UTC) - STILL_OF_USE
    unapplied = backorders.c.id.in_(
        select(message_items.c.backorder)
        .join(messages, messages.c.id == message_items.c.message)
        .where(messages.c.person == joined("customer", id), *FAILED, messages.c.recorded_at > since)
    )
    mine = (backorders.c.customer == id) & backorders.c.erased_at.is_(None)
    found = select(backorders.c.id).where(mine, going_on | unapplied).order_by(backorders.c.id)
    return list(connection.execute(found).scalars())


def _apply_later(connection: Connection, backorder: str, event: ContactChanged) -> None:
    """Keep it for a line that cannot be looked at, as a request that it hears once it can be."""
    content = dump_request("contact", event)
    row = {"backorder": backorder, "id": f"contact-{secrets.token_hex(8)}", "kind": "contact"}
    row |= {"content": content, "content_hash": digest(content)}
    add_request(connection, row | {"requested_at": event.at})
