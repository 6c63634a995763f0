"""To whom messages go, by which ways, and what they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, func, select

from backorder.domain.contacts import canonical
from backorder.domain.keys import parts
from backorder.domain.law.notice_parts import ANSWER, DATE, SILENCE
from backorder.domain.notifications import (
    COMMERCIAL_KINDS,
    DIGIT_KINDS,
    LEGAL_KINDS,
    SUPPLIER_KINDS,
    Facts,
    Kind,
)
from backorder.domain.policy.policy import Policy
from backorder.domain.quiet_hours import zone_read
from backorder.domain.suppression import covered
from backorder.domain.text_answers import asks_for_digit, may_ask
from backorder.domain.ways import preferred, usable
from backorder.messaging.customer_links import OPT_OUT, PAGE, SUPPLIER, CustomerLinks
from backorder.messaging.dlt import is_registered
from backorder.messaging.message_content import ContentItem, MessageContent, Shop
from backorder.ports import Channel
from backorder.services.rest_of_orders import Orders
from backorder.services.texted_questions import waiting_at
from backorder.storage import marketing_consents, suppressions
from backorder.storage.codec import load_facts
from backorder.storage.compiled import fetch
from backorder.storage.isolation import Apart, Failure, known, readable
from backorder.storage.policies import PolicyRepository
from backorder.storage.second_way import copies_of, first_channels
from backorder.storage.tables import (
    backorders,
    customers,
    message_items,
    products,
    purchase_order_lines,
    sends,
    suppliers,
)

if TYPE_CHECKING:
    from backorder.storage.rows import CustomerRow, MessageRow, SaidRow


ABOUT = (
    select(message_items)
    .where(message_items.c.message == bindparam("message"))
    .order_by(message_items.c.backorder)
)
"""The items of a message, in the order in which lines are locked."""
_ITEMS = (
    select(
        message_items,
        backorders.c.order_id,
        backorders.c.policy,
        backorders.c.policy_version,
        backorders.c.erased_at,
        products.c.name.label("product"),
    )
    .outerjoin(backorders, backorders.c.id == message_items.c.backorder)
    .outerjoin(products, products.c.sku == backorders.c.sku)
    .where(message_items.c.message.in_(bindparam("messages", expanding=True)))
    .order_by(message_items.c.message, message_items.c.backorder)
)
_ORDERED = (
    select(products.c.name)
    .join(purchase_order_lines, purchase_order_lines.c.sku == products.c.sku)
    .where(
        purchase_order_lines.c.purchase_order == bindparam("order"),
        purchase_order_lines.c.line == bindparam("line"),
    )
)
_SUPPLIERS = select(suppliers).where(suppliers.c.id.in_(bindparam("ids", expanding=True)))
_CUSTOMERS = select(customers).where(customers.c.id.in_(bindparam("ids", expanding=True)))
_TRY = (sends.c.message, sends.c.channel, sends.c.address, sends.c.state)
_TRIED = (
    select(*_TRY, func.max(sends.c.recorded_at).label("at"))
    .where(sends.c.message.in_(bindparam("messages", expanding=True)), sends.c.state.in_(("failed", "lost")))
    .group_by(*_TRY)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where a text goes."""

    channel: Channel
    to: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """The usable ways to somebody, the first one preferred; empty where nobody can be reached.

    grace_period: how long a message waits for the first way while that is in trouble, business time.
    both: whether it goes by the second way as well.
    """

    ways: tuple[Address, ...]
    grace_period: timedelta = timedelta(0)
    both: bool = False

    def second(self, first: Address) -> Channel | None:
        """The channel by which a message goes as well, that goes by another one now."""
        others = (way.channel for way in self.ways if way.channel != first.channel)
        return next(others, None) if self.both else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Routed:
    """A message, before it is put into words. items: its rows, in the order of their lines.

    policy: the one that its lines keep; time_zone: the customer's own, if known. None for suppliers.
    unwanted: it is a promotion, and every way to the customer is closed to those. lacking: the parts that a
    text to them would lack, where nothing but texts reaches them: it goes no way, though the number works.
    unwritten: nothing can be written to the customer, and a person tells what has to be told.
    """

    route: Route
    content: MessageContent
    items: Sequence[SaidRow]
    policy: Policy | None = None
    time_zone: str | None = None
    unwanted: bool = False
    unwritten: bool = False
    lacking: tuple[str, ...] = ()


class Addressing:
    """Finds the addresses of messages and gathers what their texts need."""

    def __init__(self, policies: PolicyRepository, shop: Shop, links: CustomerLinks | None = None) -> None:
        """links: to the pages of customers and suppliers; without them messages ask for an answer by mail."""
        self._policies = policies
        self._shop = shop
        self._links = links

    def contents(
        self, connection: Connection, rows: Sequence[MessageRow], failures: list[Failure]
    ) -> Mapping[str, Routed]:
        """By which ways each message can go, and what is in it, by the message's ID. rows: of messages.

        One that cannot be read goes to `failures`, and stops no other.
        """
        if not rows:
            return {}
        found = _Found(connection, rows)
        routed: dict[str, Routed] = {}
        for row in rows:
            with Apart(failures, f"message/{row.id}"):
                routed[row.id] = self._routed(connection, row, found)
        return routed

    def unsayable(
        self, connection: Connection, row: MessageRow, say: Callable[[Routed], object]
    ) -> tuple[list[str], list[Failure]]:
        """The lines of a message, and those of them of which it cannot speak, even of one alone.

        say: puts it into words.
        """
        found = _Found(connection, [row])
        items, failures = found.items[row.id], list[Failure]()
        lines = list(dict.fromkeys(item.backorder for item in items))
        for line in lines:
            found.items[row.id] = [item for item in items if item.backorder == line]
            with Apart(failures, f"message/{row.id}", line):
                say(self._routed(connection, row, found))
        return lines, failures

    def ways(self, connection: Connection, row: MessageRow) -> tuple[Address, ...]:
        """By which ways a message can still go. Raises what reading it raises."""
        return self._routed(connection, row, _Found(connection, [row])).route.ways

    def _routed(self, connection: Connection, row: MessageRow, found: _Found) -> Routed:
        if Kind(row.kind) in SUPPLIER_KINDS:
            return self._to_supplier(connection, row, found)
        return self._to_customer(connection, row, found)

    def _to_customer(self, connection: Connection, row: MessageRow, found: _Found) -> Routed:
        customer = readable(found.people[row.person])
        items = [readable(item) for item in found.items[row.id]]
        policy = self._policies.get(connection, items[0].policy, items[0].policy_version)
        kind = Kind(row.kind)
        refused, first = found.refused.get(row.id, set()), found.firsts.get(row.id)
        channels = preferred(policy.updates.channels, legal=kind in LEGAL_KINDS)
        if kind in LEGAL_KINDS and not row.attempts:  # a new number is asked by a text, though mails go first
            channels = tuple(sorted(channels, key=lambda channel: channel != row.channel))
        named = [] if row.address is None else [Address(channel="email", to=row.address)]
        erased = any(item.erased_at for item in items)  # another may have the ID by now
        usual = () if erased else named or _ways(customer, channels)
        known = [
            way for way in usual if way not in refused and way.channel != first and not found.is_closed(way)
        ]
        lacking: tuple[str, ...] = ()
        if kind in DIGIT_KINDS and any(map(self._lacks, known)) and _asks(items):
            whole = [way for way in known if not self._lacks(way)]
            known, lacking = whole, () if whole else self._lacks(known[0])
        if kind in LEGAL_KINDS:  # where it was lost, it may be all the same: another way is better
            known.sort(key=lambda way: way in found.lost.get(row.id, ()))
        ways = tuple(way for way in known if found.may_go(way, kind, customer.id))
        grace_period = timedelta(0) if kind in LEGAL_KINDS else policy.updates.fallback_after
        return Routed(
            route=Route(ways=ways, grace_period=grace_period, both=kind in policy.updates.both),
            content=self._letter(row, customer, items, policy.calendar.zone, found),
            items=items,
            policy=policy,
            time_zone=customer.time_zone,
            unwanted=bool(known) and not ways,
            unwritten=customer.contact == "none" and row.address is None,
            lacking=lacking,
        )

    def _letter(
        self, row: MessageRow, customer: CustomerRow, items: Sequence[SaidRow], shop: str, found: _Found
    ) -> MessageContent:
        kind, zone = Kind(row.kind), zone_read(customer.time_zone, customer.region, shop)
        lines = tuple(
            found.orders.known_in(
                ContentItem(order=item.order_id, product=item.product, facts=_read_in(zone, item))
            )
            for item in items
        )
        digits = may_ask([item.backorder for item in items], found.waiting_at(customer)) and asks_for_digit(
            kind, [each.facts for each in lines], customer.phone or ""
        )
        return MessageContent(
            kind=kind,
            locale=customer.locale or "",
            region=customer.region,
            shop=self._shop,
            # Who reads at an address that is not on record need not be the customer.
            name=customer.name if row.address is None else "",
            business=customer.kind == "business",
            link=self._link(PAGE),
            unsubscribe=self._link(OPT_OUT) if kind in COMMERCIAL_KINDS else "",
            items=lines,
            digits=self._shop.two_way and digits,
            registered=is_registered(customer.phone or ""),
        )

    def _lacks(self, way: Address) -> tuple[str, ...]:
        """The parts that a text lacks of what a notice has to say.

        A registered short form leaves dates and deadline to the page, and without a link, a sender that can
        be answered and a number to call it says no way to answer.
        """
        if way.channel != "sms":
            return ()
        if is_registered(way.to):
            return (DATE, SILENCE)
        return () if self._links or self._shop.two_way or self._shop.phone else (ANSWER,)

    def _link(self, purpose: str) -> str:
        return self._links.in_words(purpose) if self._links else ""

    def _to_supplier(self, connection: Connection, row: MessageRow, found: _Found) -> Routed:
        supplier = readable(found.people[row.person])
        items = []
        for item in found.items[row.id]:
            facts = load_facts(readable(item).facts)
            key = {"order": facts.purchase_order, "line": facts.po_line}
            product = connection.execute(_ORDERED, key).scalar_one()
            items.append(ContentItem(order=facts.purchase_order, product=product, facts=facts))
        content = MessageContent(
            kind=Kind(row.kind),
            locale=supplier.locale or "",
            shop=self._shop,
            name=supplier.name,
            link=self._link(SUPPLIER),
            items=tuple(items),
        )
        way = Address(channel="email", to=supplier.email or "")
        refused = found.refused.get(row.id, set())
        ways = (way,) if way.to and way not in refused and not found.is_closed(way) else ()
        return Routed(route=Route(ways=ways), content=content, items=found.items[row.id])


def _read_in(zone: ZoneInfo, item: SaidRow) -> Facts:
    """What is said of a line, its instants as the reader's clocks show them."""
    facts = load_facts(item.facts)
    came = facts.received_at
    return facts.replace(received_at=came.astimezone(zone)) if came is not None else facts


class _Found:
    """What some messages are about, read at once. people: rows by the person's name.

    refused, lost: where each was refused, and where no provider knows it.
    firsts: by which channel went what a message is the copy of. orders: those of which a
    message says that something is cancelled. listed: the causes for which addresses are on the suppression
    list. agreed: to which promotions customers agreed, where any of the messages is one.
    """

    def __init__(self, connection: Connection, rows: Sequence[MessageRow]) -> None:
        self.items: dict[str, list[SaidRow]] = defaultdict(list)
        for item in fetch(connection, _ITEMS, {"messages": [row.id for row in rows]}):
            self.items[item.message].append(item)
        self.people = dict(_people(connection, {row.person for row in rows}))
        self.refused: dict[str, set[Address]] = {}
        self.lost: dict[str, set[Address]] = {}
        self._remember_tries(connection, [row for row in rows if row.attempts])
        promoted = [row.person for row in rows if Kind(row.kind) in COMMERCIAL_KINDS]
        self.agreed: Mapping[str, marketing_consents.Consents] = (
            marketing_consents.consents_of(connection, {parts(each)[1] for each in promoted})
            if promoted
            else {}
        )
        asked = {row.person for row in rows if Kind(row.kind) in DIGIT_KINDS} & self.people.keys()
        ways = _addresses(self.people[each] for each in asked)
        self._waiting = waiting_at(connection, [to for channel, to in ways if channel == "sms"])
        self.listed = suppressions.listed(connection, [*_addresses(self.people.values())])
        self.firsts = first_channels(connection, {row.copy_of: row.id for row in rows if row.copy_of})
        cancelled = [row.id for row in rows if Kind(row.kind) is Kind.CANCELLED]
        self.orders = Orders(connection, {item.order_id for id in cancelled for item in self.items[id]})

    def _remember_tries(self, connection: Connection, rows: Sequence[MessageRow]) -> None:
        """Where messages that were tried are not tried again, or not first."""
        if not rows:
            return
        whose = {row.id: row.id for row in rows} | _by_copy(connection, rows)
        tries = fetch(connection, _TRIED, {"messages": sorted(whose)})
        opened = suppressions.lifted(
            connection, {(each.channel, each.address) for each in tries if each.address}
        )
        for each in tries:
            at, lifted_at = known(each.at), opened.get((each.channel, each.address))
            if at is not None and lifted_at is not None and at < lifted_at:
                continue  # whatever was the matter, somebody says that it is not any more
            address = Address(channel=each.channel, to=each.address)
            found = self.refused if each.state == "failed" else self.lost
            found.setdefault(whose[each.message], set()).add(address)

    def waiting_at(self, customer: CustomerRow) -> frozenset[str]:
        """The lines of which a customer's number was asked by text and that wait for an answer."""
        return self._waiting.get(canonical("sms", customer.phone or ""), frozenset())

    def is_closed(self, way: Address, kind: Kind | None = None) -> bool:
        """Whether nothing goes that way any more, or nothing of a kind."""
        return covered(self.listed.get((way.channel, way.to), ()), commercial=kind in COMMERCIAL_KINDS)

    def may_go(self, way: Address, kind: Kind, customer: str) -> bool:
        """Whether a message of a kind may go that way to a customer: a promotion only where they agreed."""
        agreed = kind not in COMMERCIAL_KINDS or way.channel in self.agreed.get(customer, {})
        return agreed and not self.is_closed(way, kind)


def _by_copy(connection: Connection, rows: Iterable[MessageRow]) -> dict[str, str]:
    """The messages that may have gone by a second way too, by their copies; a refusal counts for both."""
    twice = [row.id for row in rows if row.also or row.kind in LEGAL_KINDS]
    return {copy: id for id, copies in copies_of(connection, twice).items() for copy in copies}


def _people(connection: Connection, people: set[str]) -> Iterator[tuple[str, CustomerRow]]:
    for role, query in (("customer", _CUSTOMERS), ("supplier", _SUPPLIERS)):
        names = {parts(person)[1]: person for person in people if person.startswith(f"{role}/")}
        if names:
            for row in fetch(connection, query, {"ids": sorted(names)}):
                yield names[row.id], row


def _asks(items: Iterable[SaidRow]) -> bool:
    """Whether no answer to what a message says means something."""
    return any(load_facts(item.facts).silence != "nothing" for item in items)


def _addresses(people: Iterable[CustomerRow]) -> Iterator[tuple[str, str]]:
    """Every address and number of some people."""
    for person in people:
        for channel, address in (("email", person.email), ("sms", getattr(person, "phone", None))):
            if isinstance(address, str) and address:
                yield channel, address


def _ways(customer: CustomerRow, channels: Sequence[str]) -> Iterator[Address]:
    reached = usable(
        channels,
        email=bool(customer.email),
        phone=bool(customer.phone),
        sms_consent=bool(customer.sms_consent),
        contact=customer.contact,
    )
    for channel in reached:
        yield Address(
            channel=cast(Channel, channel),
            to=(customer.email if channel == "email" else customer.phone) or "",
        )
