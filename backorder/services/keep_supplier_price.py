"""What a supplier asks for a product, put on record."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine, update

from backorder.domain.keys import joined
from backorder.errors import RefusedError
from backorder.ports import Notify
from backorder.services.record_faults import of_supplier_price
from backorder.storage.engine import add, writing
from backorder.storage.object_locks import hold
from backorder.storage.tables import supplier_prices

if TYPE_CHECKING:
    from backorder.schemas import SupplierPrice


def keep_supplier_price(engine: Engine, price: SupplierPrice, at: datetime) -> Notify:
    """Keep it, in place of what was known before. Raises RefusedError with every fault.

    Nobody is woken: what is ordered next is planned with it.
    """
    values = price.model_dump(mode="python") | {"updated_at": at}
    mine = (supplier_prices.c.sku == price.sku) & (supplier_prices.c.supplier == price.supplier)
    with writing(engine) as connection:
        hold(connection, "supplier_price", joined(price.supplier, price.sku))
        if faults := of_supplier_price(connection, price):
            raise RefusedError(faults)
        if not add(connection, supplier_prices, values):
            connection.execute(update(supplier_prices).where(mine).values(values))
    return Notify()
