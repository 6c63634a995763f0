"""Products, suppliers, purchase orders, and what becomes of stock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import (
    Field,
    ValidationInfo,
    field_validator,
)

from backorder.domain.supply.approval import is_the_engines_own
from backorder.domain.texts import shown
from backorder.fields import (
    MOST_UNITS,
    Change,
    Currency,
    Day,
    Days,
    Email,
    Flag,
    Id,
    Instant,
    Label,
    Level,
    LineName,
    LocaleName,
    Name,
    Price,
    Reason,
    Sku,
    Units,
    Words,
)
from backorder.schemas.incoming import Incoming, Rule, Wrong, before, exact


def _orderable(product: Product | SupplierPrice, _usual: frozenset[str]) -> Iterator[Wrong]:
    """Terms that no line of a purchase order can meet."""
    pack = product.pack_size or 1
    if -(-(product.minimum_order or 1) // pack) * pack > MOST_UNITS:
        words = f"the least order, in packs of {pack}, is more than {MOST_UNITS} units"
        yield Wrong("pack_size, minimum_order", words)


_ORDERABLE = Rule(("pack_size", "minimum_order"), _orderable)


def _others(what: str, own: str | None, others: Sequence[str], who: str) -> Iterator[Wrong]:
    """Products or suppliers in the place of another: each once, and never itself. who: what they are."""
    counts = Counter(each for each in others if each)
    if own and own in counts:
        yield Wrong(what, f"{own} cannot stand in for itself: name other {who}")
    if twice := sorted(name for name, count in counts.items() if count > 1):
        yield Wrong(what, f"named twice: {', '.join(twice)}")


def _alternatives(product: Product, _usual: frozenset[str]) -> Iterator[Wrong]:
    return _others("alternatives", product.sku, product.alternatives, "products")


def _backups(supplier: Supplier, _usual: frozenset[str]) -> Iterator[Wrong]:
    return _others("backups", supplier.id, supplier.backups, "suppliers")


class Product(Incoming):
    """A product. lead_days: the supplier's stated lead time for it, where it differs.

    backorder_limit: units that may wait for it at most; None: any number, 0: it is not sold on backorder.
    sell_without_date: whether it is sold while nobody can say when it comes. Both decide what is offered; an
    order that is placed all the same is taken and flagged.

    pack_size, minimum_order: it is bought in packs of so many units, and so many units at least; None: one by
    one. A supplier's own terms (`SupplierPrice`) win.
    """

    sku: Sku
    name: Name
    category: Label = ""
    currency: Currency
    price: Price
    supplier: Id
    lead_days: Days | None = None
    alternatives: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    backorder_limit: Level | None = None
    sell_without_date: Flag = True
    pack_size: Units | None = None
    minimum_order: Units | None = None
    rules = (_ORDERABLE, Rule(("sku", "alternatives"), _alternatives))

    @field_validator("price", mode="after")
    @classmethod
    def _in_minor_units(cls, amount: Decimal, info: ValidationInfo) -> Decimal | None:
        return exact(amount, info)


def _price_in_currency(said: SupplierPrice, _usual: frozenset[str]) -> Iterator[Wrong]:
    if (said.price is None) != (said.currency is None):
        yield Wrong("price, currency", "say both or neither: a price is an amount in a currency")


class SupplierPrice(Incoming):
    """What a supplier asks for a unit of a product, and in which packs and how many at least it sells it.

    None: nothing is known of that; the terms are then those of the product.
    """

    supplier: Id
    sku: Id
    currency: Currency | None = None
    price: Price | None = None
    pack_size: Units | None = None
    minimum_order: Units | None = None
    rules = (Rule(("price", "currency"), _price_in_currency), _ORDERABLE)

    @field_validator("price", mode="after")
    @classmethod
    def _in_minor_units(cls, amount: Decimal | None, info: ValidationInfo) -> Decimal | None:
        return exact(amount, info)


class Supplier(Incoming):
    """A supplier. lead_days: the stated lead time. backups: suppliers that could step in.

    locale: in which they are written to, like de_CH; None: in English.
    """

    id: Id
    name: Name
    email: Email | None = None
    locale: LocaleName | None = None
    lead_days: Days
    backups: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    rules = (Rule(("id", "backups"), _backups),)


class PurchaseOrderLine(Incoming):
    """Units of one SKU on a purchase order."""

    line: LineName
    sku: Id
    quantity: Units
    destination: Label = ""
    stated_date: Day | None = None


def _lines_once(order: PurchaseOrder, _usual: frozenset[str]) -> Iterator[Wrong]:
    counts = Counter(line.line for line in order.lines if line.line)
    if twice := sorted(name for name, count in counts.items() if count > 1):
        yield Wrong("lines", f"named twice: {', '.join(twice)}")
    numbers = Counter(name.lstrip("0") for name in counts if name.isdecimal())
    if alike := sorted(name for name in counts if numbers.get(name.lstrip("0"), 0) > 1):
        yield Wrong("lines", f"{' and '.join(alike)} are one number written in several ways")


def _stated_later(order: PurchaseOrder, usual: frozenset[str]) -> Iterator[Wrong]:
    if "ordered_at" in usual:
        return  # it may be on record since long ago; who keeps it knows
    for place, line in enumerate(order.lines):
        if line.stated_date and before(line.stated_date, order.ordered_at):
            yield Wrong(f"lines.{place}.stated_date", f"{line.stated_date} is before the order")


class PurchaseOrder(Incoming):
    """A purchase order with all its lines."""

    id: Id
    supplier: Id
    ordered_at: Instant
    lines: Annotated[tuple[PurchaseOrderLine, ...], Field(min_length=1, max_length=1000)]
    rules = (Rule(("lines",), _lines_once), Rule(("lines", "ordered_at"), _stated_later))


class Split(Incoming):
    """Some units and the day the supplier states for them; None: the supplier cannot say."""

    quantity: Units
    date: Day | None


def _dates_or_none(said: StatedDates, _usual: frozenset[str]) -> Iterator[Wrong]:
    if bool(said.splits) == said.cannot_supply:
        words = "say one of them: dates for the units, or that there are none"
        yield Wrong("splits, cannot_supply", words)


def _said_by_somebody(said: StatedDates, _usual: frozenset[str]) -> Iterator[Wrong]:
    if is_the_engines_own(said.source):
        words = (
            f"{shown(said.source)} is the engine's own; say how the supplier said it, such as mail or phone"
        )
        yield Wrong("source", words)


class StatedDates(Incoming):
    """What a supplier says about a purchase-order line: dates for its units, or that they cannot be had.

    source: how it was said, in the shop's words; those by which the engine knows a date of the order itself,
    and one that came by a supplier's link, are refused.
    """

    purchase_order: Id
    line: LineName
    splits: Annotated[tuple[Split, ...], Field(max_length=100)] = ()
    cannot_supply: Flag = False
    source: Reason
    note: Words = ""
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(("splits", "cannot_supply"), _dates_or_none),
        Rule(("source",), _said_by_somebody),
    )


class DatesByLink(StatedDates):
    """What a supplier says on their page. source: of the link and the answer; no one else's."""

    rules = (Rule(("splits", "cannot_supply"), _dates_or_none),)


class Receipt(Incoming):
    """Goods that arrived on a purchase-order line."""

    receipt_id: Id
    purchase_order: Id
    line: LineName
    quantity: Units
    received_at: Instant


class SupplyReturn(Incoming):
    """Goods of a receipt that went back to the supplier, or never came: a receipt reversed, in full or part.

    replacement: others are due for them, so that the order line is open again. returned_at: now, if not said.
    """

    return_id: Id
    receipt_id: Id
    purchase_order: Id
    line: LineName
    quantity: Units
    replacement: Flag = False
    returned_at: Instant | None = None


def _moves(adjustment: Adjustment, _usual: frozenset[str]) -> Iterator[Wrong]:
    if adjustment.quantity == 0:
        yield Wrong("quantity", "must not be 0")


class Adjustment(Incoming):
    """A change of what is on hand for any other reason; below zero for units that vanished.

    at: when it happened; now, if not said.
    """

    adjustment_id: Id
    sku: Id
    quantity: Change
    reason: Reason
    at: Instant | None = None
    rules = (Rule(("quantity",), _moves),)


class StockCount(Incoming):
    """What somebody counted on hand at an instant; what moved after it comes on top."""

    sku: Id
    on_hand: Level
    as_of: Instant
