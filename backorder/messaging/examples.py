"""One believable message of each kind, to see how it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from backorder.domain.money import Money
from backorder.domain.notifications import SUPPLIER_KINDS, Alternative, Facts, Kind, Why
from backorder.messaging.message_content import ContentItem, MessageContent, Shop

PRODUCT, ORDER, PURCHASE_ORDER = "Oak desk lamp, brass", "A-1001", "PO-7731"
TOKEN = "Zk3vQ9rT1mXw8yHc2LpNbA"  # noqa: S105 - it opens nothing
"""The end of a link, as long as one is."""
_ELSEWHERE = {"en": "IE"}
"""Where a language that names no country is read as its readers write numbers, and pay in euros."""
CUSTOMER, SUPPLIER = "Ann Lee", "Lumen Works"


def example(kind: Kind, shop: Shop, *, today: date, locale: str = "en") -> MessageContent:
    """A message of a kind, as if its line had been decided about on that day."""
    supplier = kind in SUPPLIER_KINDS
    order = PURCHASE_ORDER if supplier else ORDER
    facts = _facts(today)
    return MessageContent(
        kind=kind,
        locale=locale,
        shop=shop,
        name=SUPPLIER if supplier else CUSTOMER,
        link="",
        items=(ContentItem(order=order, product=PRODUCT, facts=facts.get(kind, facts[Kind.CONFIRMED])),),
        region=_ELSEWHERE.get(locale, "DE"),
    )


def _facts(today: date) -> Mapping[Kind, Facts]:
    """What each kind states, told today; one without a row states a date."""

    def ahead(days: int) -> date:
        return today + timedelta(days=days)

    window = Facts(quantity=2, likely=ahead(12), by=ahead(16))
    other = Alternative(sku="LAMP-2", name="Ash desk lamp, steel", price=Money(Decimal("79.00"), "EUR"))
    owed = Facts(quantity=2, refund=Money(Decimal("178.00"), "EUR"), refund_by=ahead(10))
    parcel = Facts(quantity=2, carrier="DHL", tracking="00340434161094042557")
    ordered = Facts(quantity=40, purchase_order=PURCHASE_ORDER, po_line="1", due=ahead(3))
    return {
        Kind.CONFIRMED: window,
        Kind.STILL_WAITING: replace(window, since=ahead(-14)),
        Kind.LAST_DAY_REMINDER: replace(window, last_day=ahead(2), ends_on=ahead(3)),
        Kind.DELAYED: replace(window, previous_by=ahead(5), why=Why.SUPPLY_MOVED),
        Kind.EARLIER: replace(window, previous_by=ahead(30)),
        Kind.APOLOGY: replace(window, previous_by=ahead(2), why=Why.WITHDRAWN),
        Kind.CONSENT_REQUEST: replace(
            window,
            previous_by=ahead(5),
            why=Why.SUPPLY_MOVED,
            answer_by=ahead(7),
            ends_on=ahead(8),
            silence="cancelled",
            refund=owed.refund,
        ),
        Kind.ANSWER_RECEIVED: replace(window, choice="keep", until=ahead(16)),
        Kind.ALTERNATIVES: Facts(quantity=2, alternatives=(other,)),
        Kind.COUPON: Facts(quantity=2, percent=Decimal(10), code="BK-7QX2M4TA", valid_until=ahead(90)),
        Kind.COUPON_RESTORED: Facts(quantity=2, valid_until=ahead(90)),
        Kind.PART_SHIPPED: replace(window, quantity=1, remaining=1, carrier="DHL", tracking=parcel.tracking),
        Kind.SHIPPED: parcel,
        Kind.SHIPPING_UPGRADE: Facts(quantity=2, upgrade="free", shipping=Money(Decimal("4.90"), "EUR")),
        Kind.PAYMENT_DUE: Facts(
            quantity=2,
            amount=Money(Decimal("178.00"), "EUR"),
            pay_url="https://shop.example/pay/7QX2",
            until=ahead(3),
        ),
        Kind.SWAP_FAILED: replace(window, chosen=other),
        Kind.CANCELLED: replace(owed, reason="shop"),
        Kind.REFUNDED: replace(owed, refund_by=None, refund_sent_on=today, means="card"),
        Kind.SUBSTITUTED: replace(owed, refund=Money(Decimal("20.00"), "EUR"), chosen=other),
        Kind.COMPLAINT_RECEIVED: Facts(quantity=2, ticket="C-20417", due=ahead(14)),
        Kind.COMPLAINT_CLOSED: Facts(
            quantity=2, ticket="C-20417", text="The lamp was scratched. A new shade is on its way to you."
        ),
        Kind.CONFIRM_DATE: ordered,
        Kind.SUPPLIER_OVERDUE: replace(ordered, due=ahead(-4)),
    }
