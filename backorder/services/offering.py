"""Lines that were placed although their product was not for sale on backorder like that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, func, select

from backorder.domain.supply.offering import not_for_sale
from backorder.storage import stock_units
from backorder.storage.isolation import known
from backorder.storage.tables import demands

if TYPE_CHECKING:
    from backorder.storage.rows import ProductRow


_QUEUE = select(func.coalesce(func.sum(demands.c.open - demands.c.allocated), 0)).where(
    stock_units.queued(bindparam("sku"))
)
_MINE = (
    select(demands.c.backorder, (demands.c.open - demands.c.allocated).label("waits"), demands.c.why)
    .where(demands.c.backorder.in_(bindparam("ids", expanding=True)))
    .order_by(demands.c.ordered_at, demands.c.backorder)
)


def flags_of(connection: Connection, placed: Mapping[str, ProductRow]) -> dict[str, tuple[str, ...]]:
    """The flags of lines that have just joined their queues, by ID; those without any are left out.

    placed: each line's product. The units of the SKUs are locked already.
    """
    by_sku: dict[str, list[str]] = {}
    for id, product in placed.items():
        if known(product.backorder_limit) is not None or not product.sell_without_date:
            by_sku.setdefault(product.sku, []).append(id)
    found: dict[str, tuple[str, ...]] = {}
    for sku, ids in by_sku.items():
        found |= _of_sku(connection, placed[ids[0]], sku, ids)
    return found


def _of_sku(
    connection: Connection, product: ProductRow, sku: str, ids: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    rows = connection.execute(_MINE, {"ids": list(ids)}).all()
    queue = int(connection.execute(_QUEUE, {"sku": sku}).scalar_one()) - sum(row.waits for row in rows)
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        queue += row.waits
        flags = not_for_sale(
            waits=row.waits,
            queue=queue,
            dated=row.why is None,
            limit=known(product.backorder_limit),
            sell_without_date=product.sell_without_date,
        )
        if flags:
            found[row.backorder] = flags
    return found
