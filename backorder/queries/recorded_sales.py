"""What was sold, from what is on record: imported sales, and the lines that waited here."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, Select, exists, select

from backorder.domain.texts import how_many
from backorder.errors import RefusedError
from backorder.queries.stock_record import stock_record
from backorder.storage.codec import plain_state
from backorder.storage.isolation import line, sound
from backorder.storage.tables import backorders, products, sales

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from backorder.domain.calendar import Calendar
    from backorder.forecasting.demand.sales import Sales

_Row = tuple[str, date, int, bool, int]
"""SKU, day, units, whether it was out of stock, and the kind of row."""
_OF_AN_ORDER, _WITHOUT_ORDER, _LINE = range(3)
CHUNK = 5000
"""Rows that are held at once."""
_IMPORTED: Select[str, date, str, int, int, bool] = select(
    sales.c.sku, sales.c.day, sales.c.order_id, sales.c.quantity, sales.c.returned, sales.c.in_stock
)
_ALSO_IMPORTED = exists().where(
    sales.c.order_id == backorders.c.order_id,
    sales.c.sku == backorders.c.sku,
    sales.c.quantity + sales.c.returned > 0,
)
_CATEGORIES: Select[str, str] = select(products.c.sku, products.c.category)
_OWN: Select[str, str, datetime, str] = select(
    backorders.c.id, backorders.c.sku, backorders.c.ordered_at, backorders.c.state
).where(~_ALSO_IMPORTED)


class _LineRow(Protocol):
    state: str
    sku: str
    ordered_at: datetime


def recorded_sales(
    connection: Connection, calendar: Calendar, skus: Sequence[str] | None = None, *, required: bool = True
) -> Sales:
    """Imported sales and this database's own lines, by SKU in the order of their names.

    Products on record that have sold nothing are among the SKUs.

    A line counts on the day on which it was ordered at the shop, its cancelled units not at all. Where a sale
    of its order and SKU was imported, that alone counts: it is about all units, also those that never waited.
    Beside a row without an order it counts as `own_lines` has it.
    With them go the days without stock of this database's own record, and what of that is missing. A row that
    cannot be read is left out and logged. skus: of these alone. Raises RefusedError where nothing is on
    record and something is required.
    """
    columns = _Columns()

    def own(row: _LineRow) -> list[_Row]:
        units = plain_state(row.state)["quantity"]
        sold = units["ordered"] - units.get("cancelled", 0)
        return [(row.sku, calendar.day(row.ordered_at), sold, False, _LINE)]

    imported = _IMPORTED if skus is None else _IMPORTED.where(sales.c.sku.in_(skus))
    mine = _OWN if skus is None else _OWN.where(backorders.c.sku.in_(skus))
    for part in connection.execute(imported, execution_options={"yield_per": CHUNK}).partitions():
        columns.take(sound(part, _imported, lambda row: (f"sku/{row.sku}", ""))[0])
    for rows_ in connection.execute(mine, execution_options={"yield_per": CHUNK}).partitions():
        columns.take(sound(rows_, own, lambda row: line(row.id))[0])
    if required and not columns.items:
        raise RefusedError(["there are no sales on record; import them with `backorder demand import FILE`"])
    rows = connection.execute(_CATEGORIES if skus is None else _CATEGORIES.where(products.c.sku.in_(skus)))
    found, _ = sound(rows, lambda row: (row.sku, row.category), lambda row: (f"sku/{row.sku}", ""))
    return _with_stock(connection, calendar, columns.sales(dict(found)), few=skus is not None)


def _with_stock(connection: Connection, calendar: Calendar, found: Sales, *, few: bool) -> Sales:
    """The sales with the days without stock, and a word on products of which these are not known."""
    import numpy as np

    record = stock_record(connection, calendar, {sku: place for place, sku in enumerate(found.skus)}, few=few)
    first = np.full(len(found.skus), date.max.toordinal())
    np.minimum.at(first, found.item, found.day)
    since = np.array([record.since.get(sku, date.max).toordinal() for sku in found.skus])
    none = (since == date.max.toordinal()) & (first < since)
    late = (since > first) & (since < date.max.toordinal())
    gaps = (
        (none, "no stock is on record; all of their days count as days with stock"),
        (late, "stock is on record only from after the first sale on; days before count as with stock"),
    )
    parts = tuple(f"of {how_many(int(some.sum()), 'product')} {words}" for some, words in gaps if some.any())
    outs = record.outs.moved(np.arange(len(found.skus), dtype=np.int32))
    return replace(found, outs=outs, remarks=(*found.remarks, *parts))


class _SoldRow(Protocol):
    returned: int
    order_id: str
    sku: str
    day: date
    quantity: int
    in_stock: bool


def _imported(row: _SoldRow) -> list[_Row]:
    """What was sold, and what of it came back, as a file has them in two rows."""
    kind = _OF_AN_ORDER if row.order_id else _WITHOUT_ORDER
    found = [(row.sku, row.day, row.quantity + row.returned, not row.in_stock, kind)]
    if row.returned:
        found.append((row.sku, row.day, -row.returned, not row.in_stock, kind))
    return found


class _Columns:
    """Sales as they are read, row by row."""

    def __init__(self) -> None:
        self._skus: dict[str, int] = {}
        self.items = array("i")
        self._days = array("i")
        self._units = array("q")
        self._out = array("b")
        self._kind = array("b")

    def take(self, found: list[list[_Row]]) -> None:
        """Take rows in."""
        for sku, day, units, out, kind in chain.from_iterable(found):
            self.items.append(self._skus.setdefault(sku, len(self._skus)))
            self._days.append(day.toordinal())
            self._units.append(units)
            self._out.append(out)
            self._kind.append(kind)

    def sales(self, category: dict[str, str]) -> Sales:
        """All that was taken. category: of the SKUs on record."""
        import numpy as np

        from backorder.forecasting.demand.sales import Sales

        names = sorted({*self._skus, *category})
        where = {name: number for number, name in enumerate(names)}
        place = np.array([where[name] for name in self._skus], dtype=np.int32)
        found = Sales(
            skus=names,
            category=[category.get(name, "") for name in names],
            item=place[np.array(self.items)],
            day=np.array(self._days),
            quantity=np.array(self._units, dtype=np.float32),
            out=np.array(self._out) != 0,
            until=date.max.toordinal(),
        )
        return _counted_once(found, np.array(self._kind))


def _counted_once(found: Sales, kind: NDArray[np.intp]) -> Sales:
    """The same where a line that rows without an order hold already is not counted beside them.

    Later lines than the last import are a part of what was sold since.
    """
    import numpy as np

    from backorder.forecasting.demand.own_lines import Reach, SoldUnits, beside

    imported, lines = kind != _LINE, kind == _LINE
    if not imported.any():
        return found
    reach = Reach.of(found.day[imported])
    own, rows = (
        SoldUnits(item=found.item[some], day=found.day[some], units=found.quantity[some])
        for some in (lines, kind == _WITHOUT_ORDER)
    )
    counted, held = beside(own, rows, reach)
    quantity = found.quantity.copy()
    quantity[lines] = counted.units
    parts = (
        f"{how_many(held, 'unit')} of lines that waited here are taken for a part of imported sales of the "
        f"same product and {reach.period.name} that name no order; name the orders where they are not"
    )
    until = reach.last_day(int(found.day[imported].max()))
    return replace(found, quantity=np.asarray(quantity), until=until, remarks=(parts,) if held else ())
