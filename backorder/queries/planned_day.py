"""What is ordered on a day already: the names that are taken, and what it costs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import Connection, and_, select

from backorder.domain.money import rounded
from backorder.domain.texts import fault_of_id
from backorder.storage.isolation import sound
from backorder.storage.tables import purchase_order_lines, purchase_orders, supplier_prices


@dataclass(kw_only=True)
class PlannedDay:
    """spent: by currency, what was ordered on the day, at the prices on record; what has none is left out."""

    spent: dict[str, Decimal]
    _taken: set[str] = field(default_factory=set)

    def before(self, currency: str) -> Decimal:
        """What was ordered on the day in a currency."""
        return self.spent.get(currency, rounded(Decimal(0), currency))

    def new_id(self, supplier: str, day: date) -> str:
        """The name of another order of a supplier on that day, which no purchase order has."""
        base = f"{supplier}-{day}"
        if fault_of_id(f"{base}-9999"):  # the supplier's own name takes all the room
            base = f"{sha256(supplier.encode()).hexdigest()[:16]}-{day}"
        number, id = 1, base
        while id in self._taken:
            number += 1
            id = f"{base}-{number}"
        self._taken.add(id)
        return id


def planned_day(connection: Connection, day: date) -> PlannedDay:
    """What is on record of a day's orders."""
    named = select(purchase_orders.c.id).where(purchase_orders.c.id.contains(f"-{day}"))
    taken = set(connection.execute(named).scalars())
    line, price = purchase_order_lines.c, supplier_prices.c
    query = (
        select(line.purchase_order, line.line, line.quantity, price.price, price.currency)
        .join(purchase_orders, purchase_orders.c.id == line.purchase_order)
        .join(supplier_prices, and_(price.sku == line.sku, price.supplier == purchase_orders.c.supplier))
        .where(purchase_orders.c.ordered_on == day, line.cancelled_at.is_(None), price.price.is_not(None))
    )
    spent: dict[str, Decimal] = defaultdict(Decimal)
    rows, _ = sound(
        connection.execute(query),
        lambda row: (row.currency, rounded(row.quantity * row.price, row.currency)),
        lambda row: (f"purchase-order/{row.purchase_order}", ""),
    )
    for currency, cost in rows:
        spent[currency] += cost
    return PlannedDay(spent=dict(spent), _taken=taken)
