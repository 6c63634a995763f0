"""What a provider's webhook reports: each event once, in any order, and what it means for messages and lines.

A report can come before the send that it is about has returned. All of a call is one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, bindparam, select, update

from backorder.domain.contacts import canonical
from backorder.domain.delivery_reports import (
    MEANINGS,
    Delivery,
    Report,
    Reported,
    ReportedState,
    reported_state,
)
from backorder.domain.keys import joined
from backorder.domain.line.events import Event, MessageDelivered, MessageFailed, MessageSent
from backorder.domain.notifications import LEGAL_KINDS
from backorder.messaging.provider_reports import ProviderReport
from backorder.ports import Channel, Notify
from backorder.services.apply_outcomes import LineOutcomes
from backorder.services.ask_about_codes import ask_about_codes
from backorder.services.delays import Delays
from backorder.services.lock_messages import lock_lines, lock_messages, lock_messages_of
from backorder.services.message_routes import Addressing
from backorder.services.record_outcomes import Settling
from backorder.services.reported_ways import address_of, closes, entries_of, is_erased
from backorder.services.suppress_address import close_ways, lock_speakers, suppress_within
from backorder.services.waiting_messages import leave_way, waiting_there
from backorder.storage import dispatchers, report_chain, suppressions
from backorder.storage.engine import add_all, writing
from backorder.storage.isolation import note
from backorder.storage.known_addresses import customers_at, supplier_addresses
from backorder.storage.policies import PolicyRepository
from backorder.storage.second_way import copies_of, plan_copies
from backorder.storage.statements import AnySelect
from backorder.storage.tables import delivery_reports, message_items, messages, sends

if TYPE_CHECKING:
    from backorder.storage.rows import ItemRow, MessageRow, SendRow


REPORTS_A_QUERY = 1000
"""IDs that are looked up with one statement."""
_THERE = (Delivery.DELIVERED, Delivery.COMPLAINED)
"""Where a send stands that has arrived: who complains of it has it."""
_OPEN = ("claimed", "unknown", "lost")
"""States of a send that a report settles, whatever it says."""
_BY_ID = select(sends).where(sends.c.id.in_(bindparam("ids", expanding=True)))
_BY_PROVIDER = select(sends).where(sends.c.provider_id.in_(bindparam("ids", expanding=True)))
_FAMILY = select(messages.c.id, messages.c.kind, messages.c.copy_of, messages.c.also).where(
    messages.c.id.in_(bindparam("ids", expanding=True))
)
_ITEMS = (
    select(message_items)
    .where(message_items.c.message.in_(bindparam("ids", expanding=True)))
    .order_by(message_items.c.message, message_items.c.backorder)
)
_REPORTS = select(
    delivery_reports.c.id, delivery_reports.c.send, delivery_reports.c.said, delivery_reports.c.code
).where(delivery_reports.c.send.in_(bindparam("ids", expanding=True)))
_STANDS = (
    update(sends)
    .where(sends.c.id == bindparam("_id"))
    .values(delivery=bindparam("delivery"), provider_id=bindparam("provider_id"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What became of the reports of one call. new: recorded. known: had come before. foreign: about nothing
    of ours. after: whom to wake.
    """

    new: int = 0
    known: int = 0
    foreign: int = 0
    after: Notify = field(default_factory=Notify)


class ReportRecorder:
    """Takes in what providers report about the messages of one database."""

    def __init__(
        self, engine: Engine, policies: PolicyRepository, addressing: Addressing, delays: Delays
    ) -> None:
        self._engine = engine
        self._policies = policies
        self._addressing = addressing
        self._delays = delays

    def record(self, reports: Sequence[ProviderReport], *, at: datetime, now: datetime) -> Recorded:
        """Record the reports of one call. at: business time; now: machine time.

        Repeated it changes nothing. Raises what the database is to blame for; then nothing is recorded.
        """
        if not reports:
            return Recorded()
        asked = Notify()
        if any(map(closes, reports)):
            # Apart and first: it locks lines, whose messages the other locks; what it leaves comes again.
            with writing(self._engine) as connection:
                asked = self._call(connection, at, now).close(reports)
        with writing(self._engine) as connection:
            recorded = self._call(connection, at, now).record(reports)
        return replace(recorded, after=recorded.after.and_also(asked))

    def _call(self, connection: Connection, at: datetime, now: datetime) -> _Call:
        settling = Settling(connection, self._policies, self._addressing, self._delays, at=at, now=now)
        return _Call(settling)


class _Call:
    """One call's transaction."""

    def __init__(self, outcomes: Settling) -> None:
        self._outcomes = outcomes
        self._told_of = LineOutcomes(outcomes, careful=True)
        self._connection = outcomes.connection
        self._at = outcomes.at
        self._now = outcomes.now
        self._items: dict[str, list[ItemRow]] = defaultdict(list)
        self._copies: list[tuple[MessageRow, str]] = []
        self._legal: set[str] = set()
        self._due: list[tuple[int, datetime]] = []
        self._waits: dict[str, float] = {}

    def close(self, reports: Sequence[ProviderReport]) -> Notify:
        """Close the ways that take nothing any more, and ask by another way what is open there."""
        ours = self._ours(reports)
        entries = entries_of((each, send) for each, send in ours if closes(each))[0]
        leaving = {send.id for each, send in ours if send and MEANINGS[each.said].puts is Delivery.BOUNCED}
        policies = self._outcomes.policies
        asked = close_ways(self._connection, policies, entries, self._at, leaving=leaving)
        return dispatchers.wake(self._connection, asked)

    def record(self, reports: Sequence[ProviderReport]) -> Recorded:
        ours = self._ours(reports)
        self._waits = {send.id: each.wait for each, send in ours if send and each.wait is not None}
        lock_speakers(self._connection, entries_of(ours)[0])
        family = self._family({send.message for _, send in ours if send is not None})
        phases = self._lock_lines(ours, family)
        wanted = family.keys() | {id for each in family.values() for id in each}
        waiting = self._waiting(ours)
        wanted = wanted.union(*waiting.values())
        lock_messages_of(self._connection, wanted, phases)
        self._lock_channels(ours)
        new = self._keep(ours)
        self._suppress((each, send) for each, send in ours if each.id in new)
        for channel, ids in waiting.items():
            self._due += leave_way(self._connection, ids, channel, self._at).due
        self._record({send.id for each, send in ours if send is not None and each.id in new}, new, family)
        after = self._told_of.tell(phases).and_also(plan_copies(self._connection, self._copies, self._at))
        note(self._connection, [*self._told_of.failures, *self._outcomes.failures])
        ask_about_codes(self._connection, (each for each, _ in ours if each.id in new), self._at)
        if self._outcomes.breakers.resumed:
            after = after.and_also(dispatchers.everybody(self._connection, self._at))
        after = dispatchers.wake(self._connection, after.and_also(Notify(due=tuple(self._due))))
        return Recorded(
            new=len(new),
            known=len(ours) - len(new),
            foreign=len(reports) - len(ours),
            after=after,
        )

    # --- whose they are

    def _ours(self, reports: Sequence[ProviderReport]) -> list[tuple[ProviderReport, SendRow | None]]:
        about = self._find(reports)
        found = ((each, about.get(each.id)) for each in reports)
        return [(each, send) for each, send in found if send is not None or self._is_about_an_address(each)]

    def _find(self, reports: Sequence[ProviderReport]) -> Mapping[str, SendRow]:
        """The send that each report is about, by the report's ID: by our own ID, else by the provider's."""
        named = dict(self._sends(_BY_ID, {each.send for each in reports if each.send}, "id"))
        theirs = {each.provider_id for each in reports if not each.send and each.provider_id}
        known = dict(self._sends(_BY_PROVIDER, theirs, "provider_id"))
        found = {}
        for each in reports:
            send = named.get(each.send) if each.send else known.get(each.provider_id)
            if send is not None and send.channel == each.channel:
                found[each.id] = send
        return found

    def _sends(self, query: AnySelect, ids: Iterable[str], key: str) -> Iterator[tuple[str, SendRow]]:
        for some in _some(ids):
            for row in self._connection.execute(query, {"ids": some}):
                yield getattr(row, key), row

    def _is_about_an_address(self, report: ProviderReport) -> bool:
        """Whether a report without any of our IDs says something about somebody whom we know."""
        meaning = MEANINGS[report.said]
        if report.send or not report.address or not (meaning.suppresses or meaning.lifts):
            return False
        if customers_at(self._connection, report.channel, report.address):
            return True
        return report.channel == "email" and canonical("email", report.address) in self._suppliers

    @cached_property
    def _suppliers(self) -> frozenset[str]:
        """Read once a call, which may name a thousand strangers."""
        return supplier_addresses(self._connection)

    # --- locks

    def _family(self, ids: Iterable[str]) -> dict[str, list[str]]:
        """The messages themselves, of a copy what it is one of, and the copies of each."""
        family: dict[str, list[str]] = {}
        double = []
        for some in _some(ids):
            for row in self._connection.execute(_FAMILY, {"ids": some}):
                family[row.id] = []
                if row.copy_of is not None:
                    family[row.copy_of] = []
                if row.kind in LEGAL_KINDS:
                    self._legal |= {row.id, row.copy_of or row.id}
                twice = row.copy_of or row.also or row.kind in LEGAL_KINDS
                double += [row.copy_of or row.id] if twice else []
        return family | copies_of(self._connection, double)

    def _lock_lines(
        self, ours: Sequence[tuple[ProviderReport, SendRow | None]], family: Mapping[str, Sequence[str]]
    ) -> Mapping[str, str]:
        """Lock the lines that may have something to hear."""
        open_ = {
            send.message
            for each, send in ours
            if send is not None
            and (
                send.state in _OPEN or MEANINGS[each.said].puts is Delivery.BOUNCED or self._tells(each, send)
            )
        }
        concerned = {
            id for id, copies in family.items() if id in open_ or any(each in open_ for each in copies)
        }
        for some in _some(concerned | open_):
            for item in self._connection.execute(_ITEMS, {"ids": some}):
                self._items[item.message].append(item)
        return lock_lines(
            self._connection, {item.backorder for each in self._items.values() for item in each}
        )

    def _lock_channels(self, ours: Sequence[tuple[ProviderReport, SendRow | None]]) -> None:
        """Lock those about which a report says something."""
        about = [(each.channel, MEANINGS[each.said]) for each, send in ours if send is not None]
        refused = {channel for channel, meaning in about if meaning.account}
        there = {channel for channel, meaning in about if meaning.puts in _THERE}
        self._outcomes.breakers.lock_reported(refused, there)

    def _waiting(
        self, ours: Sequence[tuple[ProviderReport, SendRow | None]]
    ) -> Mapping[str, Mapping[str, int]]:
        """By channel, what waits to go where nothing goes any more: see `waiting_there`."""
        people: dict[str, set[str]] = defaultdict(set)
        for channel, address in self._closed(ours):
            found = customers_at(self._connection, channel, address)
            people[channel] |= {joined("customer", customer) for customer in found}
        return {channel: waiting_there(self._connection, mine, channel) for channel, mine in people.items()}

    def _closed(self, ours: Iterable[tuple[ProviderReport, SendRow | None]]) -> Iterator[tuple[Channel, str]]:
        """Ways that are said to take nothing any more."""
        for each, send in ours:
            if closes(each) and (address := address_of(each, send)):
                yield each.channel, address

    def _tells(self, report: ProviderReport, send: SendRow) -> bool:
        """Whether lines hear that it arrived: of what the law wants told they do."""
        return MEANINGS[report.said].puts in _THERE and send.message in self._legal

    # --- what they say

    def _keep(self, ours: Sequence[tuple[ProviderReport, SendRow | None]]) -> set[str]:
        """Write down what is new, each bound to what its send's provider said before. Returns the IDs."""
        found: dict[str, report_chain.Bound] = {
            each.id: {
                "id": each.id,
                "says": each.says,
                "send": send.id if send is not None else None,
                "said": each.said.value,
                "code": each.code,
                "reason": each.reason,
                "at": each.at,
                "received_at": self._now,
                **report_chain.of_report(each.reason),
            }
            for each, send in ours
        }
        rows = [found[id] for id in sorted(found)]
        new = {row.id for row in add_all(self._connection, delivery_reports, rows)}
        report_chain.bind(self._connection, (found[id] for id in new))
        return new

    def _record(self, ids: Iterable[str], new: Collection[str], family: Mapping[str, Sequence[str]]) -> None:
        """Where each send stands after all of its reports, and what its message makes of that.

        new: the reports of this call.
        """
        reports: dict[str, list[Report]] = defaultdict(list)
        known = {kind.value for kind in Reported}
        theirs: dict[str, str] = {}
        for some in _some(ids):
            for row in self._connection.execute(_REPORTS, {"ids": some}):
                if row.said in known:  # what a newer version understands is left to that
                    reports[row.send].append(Report(id=row.id, said=Reported(row.said), code=row.code))
                    if row.id.startswith("twilio/"):
                        theirs[row.send] = row.id.split("/")[1]
        stands = []
        for id, send in self._sends(_BY_ID, ids, "id"):
            found = reported_state(reports[id])
            before = reported_state(each for each in reports[id] if each.id not in new)
            provider_id = send.provider_id or theirs.get(id)
            stands.append({"_id": id, "delivery": found.state.value, "provider_id": provider_id})
            # Of somebody who was erased meanwhile nobody tries another way.
            if (send.state in _OPEN or found.state is Delivery.BOUNCED) and not is_erased(send):
                self._apply(send, before, found, family)
            if found.state in _THERE:
                self._outcomes.breakers.arrived(send)
            if found.state in _THERE and send.message in self._legal and not is_erased(send):
                self._is_there(send, family)
        if stands:
            self._connection.execute(_STANDS, stands)

    def _apply(
        self,
        send: SendRow,
        before: ReportedState,
        found: ReportedState,
        family: Mapping[str, Sequence[str]],
    ) -> None:
        row = lock_messages(self._connection, [send.message])[send.message]
        copies = list(lock_messages(self._connection, family.get(row.id, ())).values())
        wait = self._waits.get(send.id)
        outcome = self._outcomes.reported(row, send, found, before=before, copies=copies, wait=wait)
        original = lock_messages(self._connection, [row.copy_of])[row.copy_of] if row.copy_of else None
        self._add(row, outcome, found.reason, original=original)

    def _is_there(self, send: SendRow, family: Mapping[str, Sequence[str]]) -> None:
        """A legal notice has arrived, by the first way or as its copy.

        A copy that waits because nobody had said so goes no more; what the policy wants said twice does.
        """
        row = lock_messages(self._connection, [send.message])[send.message]
        if row.also is None and row.state == "sent":
            for copy in lock_messages(self._connection, family.get(row.id, ())).values():
                if copy.state == "planned":
                    self._outcomes.refused(copy, "what it is the copy of has arrived")
        if row.copy_of is not None:
            row = lock_messages(self._connection, [row.copy_of])[row.copy_of]
        if row.state == "sent":
            self._add(row, MessageDelivered, "")

    def _add(
        self,
        row: MessageRow,
        outcome: type[Event] | None,
        reason: str,
        *,
        original: MessageRow | None = None,
    ) -> None:
        self._due.append((row.shard, self._at))
        if outcome is MessageSent and row.also is not None and not (row.state == "failed" and reason):
            self._copies.append((row, row.also))
        if outcome is not None:
            why = reason if outcome is MessageFailed else ""
            self._told_of.add(row, self._items, outcome, why, original=original)

    # --- the list

    def _suppress(self, new: Iterable[tuple[ProviderReport, SendRow | None]]) -> None:
        """Each as of its own instant, whatever comes first."""
        on, off = entries_of(new)
        suppress_within(self._connection, on)
        suppressions.lift_as_reported(self._connection, off)


def _some(ids: Iterable[str]) -> Iterator[list[str]]:
    every = sorted(ids)
    for first in range(0, len(every), REPORTS_A_QUERY):
        yield every[first : first + REPORTS_A_QUERY]
