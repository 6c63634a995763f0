"""Entries of a file as orders: those of one order that stand together are taken together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from backorder.domain.keys import joined
from starter.files.tables import Entry

BATCH = 100
"""Lines of one transaction, but for a longer order; other writers wait for no more than that."""
LONGEST_ORDER = 1_000
"""Lines of one order that stand together, at most: they are one transaction."""
Order = Sequence[Entry]
"""Entries of one order that stand together; one of which nobody knows the order is with those around it."""


class BrokenOffError(Exception):
    """The entries ended before they were all there. The words say why."""


class OrderBatch:
    """Orders of one transaction. broken: what their source broke off with, after them."""

    def __init__(self, orders: Sequence[Order], broken: BrokenOffError | None = None) -> None:
        self.orders = orders
        self.broken = broken


def in_batches(entries: Iterator[Entry], ready: Callable[[], bool]) -> Iterator[OrderBatch]:
    """Orders until they are enough for a transaction, or until the next entry is not there yet."""
    found: list[Order] = []
    broken: BrokenOffError | None = None
    try:
        for order in orders(entries, ready):
            found += [order] if order else []
            if found and (not order or sum(map(len, found)) >= BATCH):
                yield OrderBatch(found)
                found = []
    except BrokenOffError as error:
        broken = error
    if found or broken:
        yield OrderBatch(found, broken)


def orders(entries: Iterable[Entry], ready: Callable[[], bool] = lambda: True) -> Iterator[Order]:
    """The entries of each order that stand together; an empty one where the next entry is not there yet.

    Raises BrokenOffError where the entries do; the order that was being read is refused before that.
    """
    found: list[Entry] = []
    lost: list[Entry] = []
    try:
        for entry in entries:
            if not order_of(entry):
                lost.append(entry)
                continue
            if found and order_of(entry) != order_of(found[-1]):
                yield found
                found = []
                yield from ([each] for each in lost)
            elif len(found) + len(lost) >= LONGEST_ORDER:
                words = f"an order of more than {LONGEST_ORDER:,} lines is not taken"
                yield [_faulty(each, words) for each in (*found, *lost)]
                entry, found = _faulty(entry, words), []
            elif found:
                found += lost
            else:
                yield from ([each] for each in lost)
            found.append(entry)
            lost = []
            if not ready():
                yield []
    except BrokenOffError as error:
        if found:
            words = f"{error}; whether this order is whole nobody knows, so that nothing of it is taken"
            yield [_faulty(each, words) for each in found]
        yield from ([each] for each in lost)
        raise
    if found:
        yield found
    yield from ([each] for each in lost)


def _faulty(entry: Entry, words: str) -> Entry:
    return replace(entry, faults=(*entry.faults, words))


def order_of(entry: Entry) -> str:
    """The order that an entry names; "" where it names none, or may not mean it."""
    column, text = entry.first
    order = text if column == "order_id" and not entry.raw else entry.raw.get("order_id")
    return order.strip() if isinstance(order, str) else ""


def repeated(order: Order) -> Mapping[str, tuple[int, int]]:
    """The IDs that stand in an order more than once, each with its first two numbers."""
    first: dict[str, int] = {}
    found: dict[str, tuple[int, int]] = {}
    for entry in order:
        if (id := id_of(entry.raw)) and first.setdefault(id, entry.number) != entry.number:
            found.setdefault(id, (first[id], entry.number))
    return found


def named(entry: Entry) -> str:
    """What an entry is about, as far as that can be read: its line, or its order alone; "" for neither."""
    raw = entry.raw or entry.about
    order = raw.get("order_id")
    return id_of(raw) or (joined(order.strip()) if isinstance(order, str) else "")


def id_of(raw: Mapping[str, object]) -> str:
    """The ID of the line that fields name; "" where they do not."""
    order, line = raw.get("order_id"), raw.get("line_id")
    if not (isinstance(order, str) and isinstance(line, str) and order and line):
        return ""
    return joined(order.strip(), line.strip())
