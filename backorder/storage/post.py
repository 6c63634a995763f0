"""Messages on their way: claimed, put into words, settled."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, text, update

from backorder.domain.events import Event, MessageFailed, MessageSent
from backorder.domain.keys import joined, parts
from backorder.domain.messages import COMMERCIAL_KINDS, SUPPLIER_KINDS, Kind
from backorder.messaging.letter import Letter, LetterItem, Rendered, Shop
from backorder.messaging.render import render, template_version
from backorder.ports import Case, Channel, Claimed, Elsewhere, Outgoing, Pause, Sent, Unsendable
from backorder.storage import tasks
from backorder.storage.cases import SqlCase
from backorder.storage.codec import load_facts, load_window
from backorder.storage.engine import writing
from backorder.storage.policies import PolicyShelf
from backorder.storage.tables import (
    backorders,
    customers,
    message_items,
    messages,
    products,
    purchase_order_lines,
    sends,
    suppliers,
)

LEASE = timedelta(minutes=5)
"""Machine time after which a claim that nobody settled is known to be lost; well above every time-out."""

_NEXT = (
    select(messages)
    # Word for word the partial index's condition, which a parameter would not match.
    .where(messages.c.person == bindparam("person"), text("messages.state IN ('planned', 'claimed')"))
    .order_by(messages.c.not_before, messages.c.number)
    .limit(1)
)
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:person, 0))")
_LOCK_LINES = (
    select(backorders.c.id)
    .join(message_items, message_items.c.backorder == backorders.c.id)
    .where(message_items.c.message == bindparam("message"))
    .order_by(backorders.c.id)
    .with_for_update(of=backorders)
)
_ABOUT = (
    select(message_items)
    .where(message_items.c.message == bindparam("message"))
    .order_by(message_items.c.backorder)
)
_LINES = (
    select(
        message_items.c.facts,
        backorders.c.order_id,
        backorders.c.policy,
        backorders.c.policy_version,
        products.c.name.label("product"),
    )
    .join(backorders, backorders.c.id == message_items.c.backorder)
    .join(products, products.c.sku == backorders.c.sku)
    .where(message_items.c.message == bindparam("message"))
    .order_by(message_items.c.backorder)
)
_ORDERED = (
    select(products.c.name)
    .join(purchase_order_lines, purchase_order_lines.c.sku == products.c.sku)
    .where(
        purchase_order_lines.c.purchase_order == bindparam("order"),
        purchase_order_lines.c.line == bindparam("line"),
    )
)
_SUPPLIER = select(suppliers).where(suppliers.c.id == bindparam("id"))
_LOCK_MESSAGE = select(messages).where(messages.c.id == bindparam("id")).with_for_update(key_share=True)
_CLAIM = (
    update(messages)
    .where(messages.c.id == bindparam("_id"))
    .values(state="claimed", attempts=bindparam("attempts"), template=bindparam("template"))
)
_SETTLE_MESSAGE = (
    update(messages)
    .where(messages.c.id == bindparam("_id"))
    .values({name: bindparam(name) for name in ("state", "settled_at", "channel")})
)
_SEND = insert(sends)
_SETTLE_SEND = (
    update(sends)
    .where(sends.c.id == bindparam("_id"), sends.c.state == "claimed")
    .values({name: bindparam(name) for name in ("state", "provider_id", "code", "reason", "settled_at")})
)
_CUSTOMER = select(customers).where(customers.c.id == bindparam("id"))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Address:
    channel: Channel
    to: str


class SqlPost:
    """See `backorder.ports.Post`."""

    def __init__(self, engine: Engine, shelf: PolicyShelf, shop: Shop, *, public_url: str = "") -> None:
        self._engine = engine
        self._shelf = shelf
        self._shop = shop
        self._public_url = public_url

    @contextmanager
    def round(self, person: str, at: datetime) -> Iterator[SqlRound]:
        """One transaction over one person's messages; see `backorder.ports.Post`."""
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                # A round goes through a person's lines in the order of the messages: two rounds for the same
                # person, such as an attempt and its repetition, would lock them crosswise.
                connection.execute(_ALONE, {"person": person})
            yield SqlRound(self, connection, person, at)

    def claim(self, person: str, at: datetime) -> Claimed | Unsendable | Pause | Elsewhere:
        """Claim the person's next message, in a transaction of its own."""
        with self.round(person, at) as turn:
            return turn.claim()

    @contextmanager
    def settling(
        self, letter: Claimed | Unsendable, sent: Sent, at: datetime
    ) -> Iterator[list[tuple[Case, Event]]]:
        """Settle a message in a transaction of its own, committed at the end of the block."""
        with self.round(letter.person, at) as turn:
            yield turn.settle(letter, sent)

    def next_claim(
        self, connection: Connection, person: str, at: datetime, only: Collection[Channel] | None
    ) -> Claimed | Unsendable | Pause | Elsewhere:
        """See `backorder.ports.Round.claim`."""
        row = self._next(connection, person)
        if row is None:
            return Pause(until=None)
        if row.not_before > at:
            return Pause(until=row.not_before)
        return self._claim(connection, row, only)

    def _next(self, connection: Connection, person: str) -> Any:
        """The person's next message, locked. A claim whose holder died is left for a person to look at."""
        while True:
            row = connection.execute(_NEXT, {"person": person}).one_or_none()
            if row is None:
                return None
            if connection.dialect.name != "sqlite":
                # The lines before the message, as a review locks them too; SQLite has one lock for all.
                connection.execute(_LOCK_LINES, {"message": row.id})
                locked = connection.execute(_LOCK_MESSAGE, {"id": row.id}).one()
                if locked.state != row.state:
                    continue
            if row.state == "planned":
                return row
            lease = select(func.max(sends.c.claimed_at)).where(sends.c.message == row.id)
            claimed_at = connection.execute(lease).scalar_one_or_none()
            if claimed_at is not None and claimed_at > datetime.now(UTC) - LEASE:
                return row
            _settle_message(connection, row.id, "unsettled")

    def _claim(
        self, connection: Connection, row: Any, only: Collection[Channel] | None
    ) -> Claimed | Unsendable | Pause | Elsewhere:
        if row.state == "claimed":
            return Pause(until=row.not_before)
        kind = Kind(row.kind)
        if kind in SUPPLIER_KINDS:
            address, letter = self._to_supplier(connection, row, kind)
        else:
            address, letter = self._to_customer(connection, row, kind)
        if address is None:
            reason = "no usable email address or phone number"
            return Unsendable(message=row.id, person=row.person, reason=reason)
        if only is not None and address.channel not in only:
            return Elsewhere()
        outgoing = _outgoing(address, render(letter), commercial=kind in COMMERCIAL_KINDS)
        attempt = row.attempts + 1
        template = template_version(kind, letter.locale)
        connection.execute(_CLAIM, {"_id": row.id, "attempts": attempt, "template": template})
        connection.execute(
            _SEND,
            {
                "id": outgoing.id,
                "message": row.id,
                "channel": address.channel,
                "attempt": attempt,
                "state": "claimed",
                "subject": outgoing.subject,
                "html": outgoing.html,
                "text": outgoing.text,
                "claimed_at": datetime.now(UTC),
            },
        )
        return Claimed(message=row.id, person=row.person, outgoing=outgoing)

    def _to_customer(self, connection: Connection, row: Any, kind: Kind) -> tuple[_Address | None, Letter]:
        customer = connection.execute(_CUSTOMER, {"id": parts(row.person)[1]}).one()
        items = connection.execute(_LINES, {"message": row.id}).all()
        policy = self._shelf.get(connection, items[0].policy, items[0].policy_version)
        letter = Letter(
            kind=kind,
            locale=customer.locale,
            shop=self._shop,
            name=customer.name,
            link="",
            items=tuple(
                LetterItem(order=item.order_id, product=item.product, facts=load_facts(item.facts))
                for item in items
            ),
        )
        return _address(customer, policy.updates.channels), letter

    def _to_supplier(self, connection: Connection, row: Any, kind: Kind) -> tuple[_Address | None, Letter]:
        supplier = connection.execute(_SUPPLIER, {"id": parts(row.person)[1]}).one()
        items = []
        for item in connection.execute(_ABOUT, {"message": row.id}):
            facts = load_facts(item.facts)
            key = {"order": facts.purchase_order, "line": facts.po_line}
            product = connection.execute(_ORDERED, key).scalar_one()
            items.append(LetterItem(order=facts.purchase_order, product=product, facts=facts))
        letter = Letter(
            kind=kind, locale="en", shop=self._shop, name=supplier.name, link="", items=tuple(items)
        )
        return _Address(channel="email", to=supplier.email) if supplier.email else None, letter

    def settle(
        self, connection: Connection, letter: Claimed | Unsendable, sent: Sent, at: datetime
    ) -> list[tuple[Case, Event]]:
        """See `backorder.ports.Round.settle`."""
        # The lines before the message, as a review locks them too.
        items = connection.execute(_ABOUT, {"message": letter.message}).all()
        if letter.person.startswith("supplier/"):
            items = []  # they speak for purchase orders, which hear nothing of it
        cases = [SqlCase(connection, self._shelf, item.backorder) for item in items]
        row = connection.execute(_LOCK_MESSAGE, {"id": letter.message}).one()
        if not _is_news(connection, letter, row, sent):
            return []
        if sent.outcome == "transient":
            again = {"state": "planned"}
            connection.execute(update(messages).where(messages.c.id == row.id).values(again))
            return []
        state = {"accepted": "sent", "permanent": "failed", "unknown": "unsettled"}[sent.outcome]
        _settle_message(
            connection, row.id, state, letter.outgoing.channel if isinstance(letter, Claimed) else None
        )
        if state == "unsettled":
            return []
        if state == "failed" and row.kind in SUPPLIER_KINDS:
            _have_called(connection, row, sent, at)
        heard = [self._heard(item, row, sent, at) for item in items]
        return list(zip(cases, heard, strict=True))

    def _heard(self, item: Any, row: Any, sent: Sent, at: datetime) -> Event:
        day = self._shelf.calendar.day(at)
        if sent.outcome != "accepted":
            return MessageFailed(at=at, day=day, key=item.step, reason=sent.reason)
        return MessageSent(
            at=at,
            day=day,
            key=item.step,
            kind=Kind(row.kind),
            revision=item.revision,
            window=load_window(item.window) if item.window else None,
        )


class SqlRound:
    """See `backorder.ports.Round`."""

    def __init__(self, post: SqlPost, connection: Connection, person: str, at: datetime) -> None:
        self._post = post
        self._connection = connection
        self._person = person
        self._at = at

    def claim(self, only: Collection[Channel] | None = None) -> Claimed | Unsendable | Pause | Elsewhere:
        """Claim the person's next message that is due, and put it into words."""
        return self._post.next_claim(self._connection, self._person, self._at, only)

    def settle(self, letter: Claimed | Unsendable, sent: Sent) -> list[tuple[Case, Event]]:
        """Write down what became of a message. Returns each line with what it hears."""
        return self._post.settle(self._connection, letter, sent, self._at)


def _have_called(connection: Connection, row: Any, sent: Sent, at: datetime) -> None:
    """A supplier cannot be reached by email: the buyer asks by other means."""
    for item in connection.execute(_ABOUT, {"message": row.id}):
        facts = load_facts(item.facts)
        detail = {
            "supplier": parts(row.person)[1],
            "why": sent.reason,
            "due": facts.due.isoformat() if facts.due else None,
            "outstanding": facts.quantity,
        }
        tasks.add(
            connection,
            key=f"unreachable/{row.id}/{item.step}",
            kind="supplier_unreachable",
            subject=joined(facts.purchase_order, facts.po_line),
            detail=detail,
            at=at,
        )


def _is_news(connection: Connection, letter: Claimed | Unsendable, row: Any, sent: Sent) -> bool:
    """Write down what became of an attempt, also after its claim was given up for lost.

    False if that was written down before.
    """
    if isinstance(letter, Unsendable):
        return bool(row.state == "planned")
    return row.state in ("claimed", "unsettled") and _settle_send(connection, letter.outgoing, sent)


def _settle_message(connection: Connection, id: str, state: str, channel: str | None = None) -> None:
    values = {"_id": id, "state": state, "settled_at": datetime.now(UTC), "channel": channel}
    connection.execute(_SETTLE_MESSAGE, values)


def _settle_send(connection: Connection, outgoing: Outgoing, sent: Sent) -> bool:
    states = {"accepted": "sent", "transient": "planned", "permanent": "failed", "unknown": "unsettled"}
    values = {
        "_id": outgoing.id,
        "state": states[sent.outcome],
        "provider_id": sent.provider_id or None,
        "code": sent.code or None,
        "reason": sent.reason or None,
        "settled_at": datetime.now(UTC),
    }
    return connection.execute(_SETTLE_SEND, values).rowcount > 0


def _address(customer: Any, channels: tuple[str, ...]) -> _Address | None:
    """The first usable channel of the policy. A text needs the customer's consent."""
    if customer.contact == "none":
        return None
    for channel in channels:
        if channel == "email" and customer.email:
            return _Address(channel="email", to=customer.email)
        if channel == "sms" and customer.phone and customer.sms_consent:
            return _Address(channel="sms", to=customer.phone)
    return None


def _outgoing(address: _Address, words: Rendered, *, commercial: bool) -> Outgoing:
    email = address.channel == "email"
    return Outgoing(
        id=secrets.token_hex(12),
        channel=address.channel,
        to=address.to,
        subject=words.subject if email else "",
        html=words.html if email else "",
        text=words.text if email else words.sms,
        commercial=commercial,
    )
