"""Rows of sales gathered into columns: millions of them, each text of a cell looked at once."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from backorder.errors import RefusedError
from backorder.forecasting.demand.sale import COLUMNS, REQUIRED, Sale, sale_of
from starter.files import csvfiles
from starter.files.cells import DAY, FLAG, UNITS
from starter.files.nested import as_texts, faults_of_cells
from starter.files.tables import Broken, Columns, Entry, Header, Read, Row, entry_of
from starter.files.verdict import REFUSED, EntryVerdict, with_others

if TYPE_CHECKING:
    from backorder.forecasting.demand.sales import Sales

SALES = Columns(
    known=COLUMNS,
    required=REQUIRED,
    kinds={"day": DAY, "quantity": UNITS, "in_stock": FLAG},
    aliases={"qty": "quantity", "date": "day", "product": "sku"},
)
AHEAD = timedelta(days=1)
"""How far ahead of the shop's day a sale may be dated."""
_MOST_TEXTS = 200_000
"""Different texts of a column that are remembered."""


def sale_in(entry: Entry) -> Sale:
    """The sale that an entry says. Raises RefusedError with every fault."""
    if entry.loose or entry.lost:
        raise RefusedError(list(entry.faults))
    unknown = [f'there is no column "{name}"' for name in entry.raw if name not in COLUMNS]
    faults = [*entry.faults, *unknown, *faults_of_cells(entry.raw)]
    try:
        sale = sale_of(as_texts(entry.raw))
    except RefusedError as error:
        raise RefusedError(with_others(faults, error.faults)) from None
    if faults:
        raise RefusedError(faults)
    return sale


def sale_by(entry: Entry, latest: date) -> Sale:
    """The sale that an entry says. latest: a later one cannot have happened yet. Raises RefusedError."""
    sale = sale_in(entry)
    if sale.day > latest:
        raise RefusedError([f"day: {sale.day} is more than a day ahead, so it must be a mistake"])
    return sale


class RefusedSkus:
    """The SKUs of rows that say no sale: a part of their sales would mislead.

    named: those that such rows name. A row whose cells cannot be told apart may be about any that it holds.
    """

    def __init__(self) -> None:
        self.named: set[str] = set()
        self._held: set[str] = set()

    def note(self, entry: Entry, error: RefusedError) -> EntryVerdict:
        """The verdict on such a row. Raises RefusedError where what follows it could not be read."""
        if csvfiles.OPEN_QUOTE in entry.faults:
            raise RefusedError(
                [f"row {entry.number}: {csvfiles.OPEN_QUOTE}, so none of its sales can be used"]
            )
        column, text = entry.first
        named = text if column == "sku" else entry.raw.get("sku")
        sku = "" if named is None else str(named).strip()
        if entry.loose and not sku:
            self._held.update(entry.loose)
        self.named.add(sku)
        return EntryVerdict(line=entry.number, id=sku, verdict=REFUSED, faults=tuple(error.faults))

    def __contains__(self, sku: str) -> bool:
        return sku in self.named or sku in self._held


class SalesFile:
    """Sales from a file. A SKU with a faulty row is refused whole."""

    def __init__(self) -> None:
        self._items: dict[str, int] = {}
        self._category: list[str] = []
        self._columns = (array("i"), array("i"), array("i"), array("b"))
        self._texts: Mapping[str, dict[object, int]] = {"sku": {}, "day": {}, "quantity": {}, "in_stock": {}}
        self._refused = RefusedSkus()

    def rows(self, rows: Iterator[Row], header: Header, read: Read) -> Iterator[EntryVerdict]:
        """Take rows of a text in. Yields those that are refused."""
        places = [header.names.index(name) if name in header.names else -1 for name in self._texts]
        skus, days, quantities, flags = (self._texts[name] for name in self._texts)
        items, ordinals, units, out = self._columns
        width, (sku, day, quantity, flag) = header.width, places
        plain = not {"order", "category"} & set(header.names) and not header.left_out
        for row in rows:
            try:
                # A row of which each text has been seen before says nothing new.
                _, cells = row
                if not plain or isinstance(cells, Broken) or len(cells) != width:
                    raise KeyError
                found = skus[cells[sku]], days[cells[day]], quantities[cells[quantity]]
                empty = flags[cells[flag]] if flag >= 0 else 0
            except (KeyError, TypeError):
                entry = entry_of(row, header, SALES, read)
                if entry is not None and (refused := self.entry(entry)):
                    yield refused
                elif entry is not None and plain:
                    self._remember(row, places)
                continue
            items.append(found[0])
            ordinals.append(found[1])
            units.append(found[2])
            out.append(empty)

    def _remember(self, row: Row, places: list[int]) -> None:
        _, cells = row
        if isinstance(cells, Broken):
            return
        values = [column[-1] for column in self._columns]
        for texts, place, value in zip(self._texts.values(), places, values, strict=True):
            if place >= 0 and len(texts) < _MOST_TEXTS:
                texts[cells[place]] = value

    def entry(self, entry: Entry) -> EntryVerdict | None:
        """Take an entry in; the verdict if it is refused."""
        try:
            self._add(sale_in(entry))
        except RefusedError as error:
            return self._refused.note(entry, error)
        return None

    def _add(self, sale: Sale) -> None:
        item = self._items.setdefault(sale.sku, len(self._items))
        if item == len(self._category):
            self._category.append("")
        if sale.category:
            self._category[item] = sale.category
        items, ordinals, units, out = self._columns
        items.append(item)
        ordinals.append(sale.day.toordinal())
        units.append(sale.quantity)
        out.append(not sale.in_stock)

    @property
    def refused(self) -> frozenset[str]:
        """The SKUs of which a row was refused; "" where a row named none."""
        return frozenset(self._refused.named.union(name for name in self._items if name in self._refused))

    def sales(self) -> Sales:
        """What was taken, by SKU in the order of their names, without the SKUs that were refused."""
        import numpy as np

        from backorder.forecasting.demand.sales import Sales

        names = sorted(name for name in self._items if name not in self._refused)
        place = np.full(len(self._items), -1, dtype=np.int32)
        place[[self._items[name] for name in names]] = np.arange(len(names))
        items, ordinals, units, out = (
            np.frombuffer(column, dtype=column.typecode) for column in self._columns
        )
        item = place[items]
        kept = item >= 0
        return Sales(
            skus=names,
            category=[self._category[self._items[name]] for name in names],
            item=item[kept],
            day=ordinals[kept],
            quantity=units[kept].astype(np.float32),
            out=out[kept] != 0,
        )
