"""What suppliers ask for products, and how they sell them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from sqlalchemy import Connection, select

from backorder.domain.money import rounded
from backorder.errors import UnknownError
from backorder.storage.isolation import known, readable, sound
from backorder.storage.tables import products, supplier_prices


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplierPriceView:
    """What a supplier asks for a unit of a product. pack_size, minimum_order: how it sells it. None: not
    known; the terms are then the product's.
    """

    sku: str
    supplier: str
    price: Decimal | None
    currency: str | None
    pack_size: int | None
    minimum_order: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Buying:
    """How a product is bought. pack_size, minimum_order: None for one by one. prices: of its suppliers."""

    pack_size: int | None
    minimum_order: int | None
    prices: tuple[SupplierPriceView, ...]

    @property
    def words(self) -> str:
        """The same in a sentence; "" where nothing is on record."""
        parts = [f"in packs of {self.pack_size:,}"] if self.pack_size else []
        parts += [f"at least {self.minimum_order:,}"] if self.minimum_order else []
        asked = [f"{each.supplier} {_asks(each)}" for each in self.prices]
        whole = [f"bought {', '.join(parts)}"] if parts else []
        return "; ".join([*whole, *asked])


def _asks(price: SupplierPriceView) -> str:
    parts = [f"asks {price.price} {price.currency} a unit"] if price.price is not None else []
    parts += [f"sells packs of {price.pack_size:,}"] if price.pack_size else []
    parts += [f"sells at least {price.minimum_order:,}"] if price.minimum_order else []
    return ", ".join(parts) or "sells it, and nothing else is known"


def buying(connection: Connection, sku: str) -> Buying:
    """How a product is bought; nothing of an unknown one."""
    columns = (products.c.pack_size, products.c.minimum_order)
    row = connection.execute(select(*columns).where(products.c.sku == sku)).one_or_none()
    return Buying(
        pack_size=known(row.pack_size) if row is not None else None,
        minimum_order=known(row.minimum_order) if row is not None else None,
        prices=tuple(prices_by_sku(connection, [sku]).get(sku, ())),
    )


def supplier_price(connection: Connection, supplier: str, sku: str) -> SupplierPriceView:
    """What a supplier asks for a product. Raises UnknownError."""
    price = supplier_prices.c
    row = connection.execute(_ALL.where(price.supplier == supplier, price.sku == sku)).one_or_none()
    if row is None:
        raise UnknownError(f"no price of supplier {supplier} for product {sku} is on record")
    return _view(readable(row))


def prices_by_sku(
    connection: Connection, skus: Sequence[str] | None = None
) -> dict[str, list[SupplierPriceView]]:
    """What is asked for each product, or for some, by supplier; a row that cannot be read is left out."""
    query = _ALL if skus is None else _ALL.where(supplier_prices.c.sku.in_(skus))
    rows, _ = sound(
        connection.execute(query), _view, lambda row: (f"supplier-price/{row.supplier}/{row.sku}", "")
    )
    found: dict[str, list[SupplierPriceView]] = defaultdict(list)
    for each in rows:
        found[each.sku].append(each)
    return found


_ALL = select(
    supplier_prices.c.sku,
    supplier_prices.c.supplier,
    supplier_prices.c.price,
    supplier_prices.c.currency,
    supplier_prices.c.pack_size,
    supplier_prices.c.minimum_order,
).order_by(supplier_prices.c.sku, supplier_prices.c.supplier)


class _PriceRow(Protocol):
    price: Decimal | None
    currency: str | None
    sku: str
    supplier: str
    pack_size: int | None
    minimum_order: int | None


def _view(row: _PriceRow) -> SupplierPriceView:
    price = rounded(row.price, row.currency) if row.price is not None and row.currency is not None else None
    return SupplierPriceView(
        sku=row.sku,
        supplier=row.supplier,
        price=price,
        currency=row.currency,
        pack_size=row.pack_size,
        minimum_order=row.minimum_order,
    )
