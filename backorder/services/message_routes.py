"""To whom a message goes, by which way, and what it is about."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select

from backorder.domain.keys import parts
from backorder.domain.notifications import LEGAL_KINDS, SUPPLIER_KINDS, Kind
from backorder.messaging.letter import Letter, LetterItem, Shop
from backorder.ports import Channel
from backorder.storage.codec import load_facts
from backorder.storage.policies import PolicyRepository
from backorder.storage.tables import (
    backorders,
    customers,
    message_items,
    products,
    purchase_order_lines,
    sends,
    suppliers,
)

ABOUT = (
    select(message_items)
    .where(message_items.c.message == bindparam("message"))
    .order_by(message_items.c.backorder)
)
"""The items of a message, in the order in which lines are locked."""
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
_CUSTOMER = select(customers).where(customers.c.id == bindparam("id"))
_REFUSED = (
    select(sends.c.channel, sends.c.address)
    .where(sends.c.message == bindparam("message"), sends.c.state == "failed")
    .distinct()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where a text goes."""

    channel: Channel
    to: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """The usable ways to somebody, the first one preferred; empty where nobody can be reached.

    patience: how long a message waits for the first way while that is in trouble, business time.
    """

    ways: tuple[Address, ...]
    grace_period: timedelta = timedelta(0)


class Addressing:
    """Finds the address of a message and gathers what its text needs."""

    def __init__(self, policies: PolicyRepository, shop: Shop) -> None:
        self._policies = policies
        self._shop = shop

    def letter(self, connection: Connection, row: Any) -> tuple[Route, Letter]:
        """By which ways a message can go, and what is in it. row: of the message."""
        kind = Kind(row.kind)
        if kind in SUPPLIER_KINDS:
            return self._to_supplier(connection, row, kind)
        return self._to_customer(connection, row, kind)

    def _to_customer(self, connection: Connection, row: Any, kind: Kind) -> tuple[Route, Letter]:
        customer = connection.execute(_CUSTOMER, {"id": parts(row.person)[1]}).one()
        items = connection.execute(_LINES, {"message": row.id}).all()
        policy = self._policies.get(connection, items[0].policy, items[0].policy_version)
        letter = Letter(
            kind=kind,
            locale=customer.locale or "",
            region=customer.region,
            shop=self._shop,
            name=customer.name,
            business=customer.kind == "business",
            link="",
            items=tuple(
                LetterItem(order=item.order_id, product=item.product, facts=load_facts(item.facts))
                for item in items
            ),
        )
        refused: Collection[tuple[str, str]] = ()
        if row.attempts:
            found = connection.execute(_REFUSED, {"message": row.id})
            refused = [(each.channel, each.address) for each in found]
        ways = tuple(_usable(customer, policy.updates.channels, refused))
        grace_period = timedelta(0) if kind in LEGAL_KINDS else policy.updates.fallback_after
        return Route(ways=ways, grace_period=grace_period), letter

    def _to_supplier(self, connection: Connection, row: Any, kind: Kind) -> tuple[Route, Letter]:
        supplier = connection.execute(_SUPPLIER, {"id": parts(row.person)[1]}).one()
        items = []
        for item in connection.execute(ABOUT, {"message": row.id}):
            facts = load_facts(item.facts)
            key = {"order": facts.purchase_order, "line": facts.po_line}
            product = connection.execute(_ORDERED, key).scalar_one()
            items.append(LetterItem(order=facts.purchase_order, product=product, facts=facts))
        letter = Letter(
            kind=kind, locale="en", shop=self._shop, name=supplier.name, link="", items=tuple(items)
        )
        ways = (Address(channel="email", to=supplier.email),) if supplier.email else ()
        return Route(ways=ways), letter


def _usable(
    customer: Any, channels: tuple[str, ...], refused: Collection[tuple[str, str]]
) -> Iterator[Address]:
    """The usable channels of the policy that have not refused the message. A text needs consent."""
    if customer.contact == "none":
        return
    for channel in channels:
        if channel == "email" and customer.email and ("email", customer.email) not in refused:
            yield Address(channel="email", to=customer.email)
        texts = customer.phone and customer.sms_consent
        if channel == "sms" and texts and ("sms", customer.phone) not in refused:
            yield Address(channel="sms", to=customer.phone)
