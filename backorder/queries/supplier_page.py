"""What a supplier's page shows: the lines that one mail asked about, as far as units of them are to come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Protocol

from sqlalchemy import Connection, bindparam, exists, func, select

from backorder.domain.keys import parts
from backorder.domain.notifications import SUPPLIER_KINDS
from backorder.domain.page_limits import SUPPLIER_OPENS_FOR
from backorder.domain.supply.approval import BY_LINK
from backorder.domain.supply.expected_receipts import expect_receipts
from backorder.storage.isolation import readable
from backorder.storage.purchase_order_lines import is_line, is_open, ordered_line
from backorder.storage.rows import OrderedLineRow
from backorder.storage.stated_dates import about
from backorder.storage.tables import (
    approvals,
    message_items,
    messages,
    products,
    purchase_order_lines,
    purchase_orders,
    sends,
    stated_dates,
    suppliers,
)

StatedPart = tuple[int, date | None]
"""Units, and the day that is named for them; None where nobody can name one."""
_SENT = (
    select(messages.c.id, messages.c.kind, messages.c.person, sends.c.address)
    .add_columns(func.coalesce(messages.c.done_at, messages.c.created_at).label("went_at"))
    .join(messages, messages.c.id == sends.c.message)
    .where(sends.c.id == bindparam("send"))
)
_ITEMS = (
    select(message_items.c.backorder)
    .where(message_items.c.message == bindparam("message"))
    .order_by(message_items.c.backorder)
)
_LINE = (
    select(purchase_order_lines, purchase_orders.c.ordered_on, products.c.name.label("product"))
    .join(purchase_orders, purchase_orders.c.id == purchase_order_lines.c.purchase_order)
    .join(products, products.c.sku == purchase_order_lines.c.sku)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StatedByLink:
    """What a supplier said last of a line, by link. parts: none where they cannot supply it.

    state: "counts", or as an approval has it: waiting, approved, expired or rejected.
    """

    at: datetime
    parts: tuple[StatedPart, ...]
    note: str
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedLine:
    """A purchase-order line of which units are to come. number: its place in the mail, from 1 on.

    parts: the units that are to come with the days named for them. stated: somebody named one; else the day
    is what the usual lead time makes of it. whole: nothing is unsaid of any unit. due: the earliest of the
    days; late: by how many days it is over. earliest: the first day that can be named now. answered: what was
    said last came by link, and after the mail or waits. shown: stands for all that a page shows of it.
    """

    number: int
    order: str
    line: str
    product: str
    units: int
    due: date | None
    late: int
    parts: tuple[StatedPart, ...]
    stated: bool
    whole: bool
    earliest: date
    said: StatedByLink | None
    answered: bool
    shown: str

    @property
    def may_hold(self) -> bool:
        """Whether it makes sense to say that the days hold: there is one, and none is over."""
        days = [day for _, day in self.parts if day is not None]
        return self.whole and bool(days) and min(days) >= self.earliest


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplierPage:
    """What a link of a supplier's opens. send: of the mail with it.

    named: every line of the mail, by order and line. lines: those that are open; without any the link has
    ended.
    """

    send: str
    supplier: str
    locale: str
    named: tuple[tuple[str, str], ...]
    lines: tuple[AskedLine, ...]


def supplier_page(connection: Connection, send: str, at: datetime, today: date) -> SupplierPage | None:
    """What the link of a send opens at a business instant; None where it is no supplier's.

    It has ended, and shows no line, where all of them are settled, after a while, and where the supplier's
    address is another one by now: whoever reads the old one may have nothing to do with them any more.
    """
    sent = connection.execute(_SENT, {"send": send}).one_or_none()
    role, *ids = parts(sent.person) if sent is not None else ("",)
    if sent is None or role != "supplier" or sent.kind not in SUPPLIER_KINDS:
        return None
    row = readable(connection.execute(select(suppliers).where(suppliers.c.id == ids[0])).one())
    opens = readable(sent).went_at + SUPPLIER_OPENS_FOR >= at
    same = bool(sent.address) and sent.address.casefold() == (row.email or "").casefold()
    keys = dict.fromkeys(connection.execute(_ITEMS, {"message": sent.id}).scalars())
    named = tuple((order, line) for _, order, line in map(parts, keys))
    return SupplierPage(
        send=send,
        supplier=row.id,
        locale=row.locale or "",
        named=named,
        lines=tuple(_lines(connection, named, row.id, sent.went_at, today)) if opens and same else (),
    )


def is_on_record(connection: Connection, source: str, lines: Iterable[tuple[str, str]]) -> bool:
    """Whether something was said with this very source of any of these lines, named by order and line."""
    stated = stated_dates.c
    return any(
        connection.execute(
            select(
                exists().where(stated.purchase_order == order, stated.line == line, stated.source == source)
            )
        ).scalar_one()
        for order, line in lines
    )


def _lines(
    connection: Connection, named: Iterable[tuple[str, str]], supplier: str, went_at: datetime, today: date
) -> Iterator[AskedLine]:
    for number, (order, line) in enumerate(named, start=1):
        mine = is_line(order, line), purchase_orders.c.supplier == supplier
        row = connection.execute(_LINE.where(*mine)).one_or_none()
        if row is not None and is_open(row):
            yield _line(connection, number, readable(row), went_at, today)


def _line(connection: Connection, number: int, row: AskedRow, went_at: datetime, today: date) -> AskedLine:
    expected = expect_receipts(ordered_line(connection, row))
    stated = any(each.is_stated for each in expected)
    usual = None if stated else row.due
    parts = tuple((each.units, each.stated or usual) for each in expected)
    newest = _newest_revision(connection, row)
    revision = newest[0].revision if newest else 0
    said = _stated_by_link(connection, row, newest)
    what = row.purchase_order, row.line, row.quantity, row.received, row.due, row.revision, revision, parts
    return AskedLine(
        number=number,
        order=row.purchase_order,
        line=row.line,
        product=row.product,
        units=row.quantity - row.received,
        due=row.due,
        late=max(0, (today - row.due).days) if row.due else 0,
        parts=parts,
        stated=stated,
        whole=all(each.is_stated or usual for each in expected),
        earliest=max(today, row.ordered_on),
        said=said,
        answered=said is not None and _answers(said, went_at),
        shown=sha256(repr(what).encode()).hexdigest()[:16],
    )


def _newest_revision(connection: Connection, row: OrderedLineRow) -> Sequence[_RevisionRow]:
    """What was said last of a line, whoever wrote it down."""
    newest = select(func.max(stated_dates.c.revision)).where(about(row)).scalar_subquery()
    query = select(stated_dates).where(about(row), stated_dates.c.revision == newest)
    return [readable(each) for each in connection.execute(query.order_by(stated_dates.c.split))]


def _stated_by_link(
    connection: Connection, row: OrderedLineRow, newest: Sequence[_RevisionRow]
) -> StatedByLink | None:
    """The newest revision, if it came by link: what a buyer wrote down is none of the supplier's business."""
    if not newest or not newest[0].source.startswith(BY_LINK):
        return None
    asked = select(approvals.c.state).where(
        approvals.c.purchase_order == row.purchase_order,
        approvals.c.line == row.line,
        approvals.c.revision == newest[0].revision,
    )
    return StatedByLink(
        at=newest[0].at,
        parts=tuple((each.quantity, each.day) for each in newest if each.quantity),
        note=newest[0].note,
        state=connection.execute(asked).scalar_one_or_none() or "counts",
    )


def _answers(said: StatedByLink, went_at: datetime) -> bool:
    """Whether a word is an answer to a mail: given since, and not rejected, or still with the buyer."""
    return said.state == "waiting" or (said.state != "rejected" and said.at >= went_at)


class AskedRow(OrderedLineRow, Protocol):
    """A line of a purchase order with its product, and the day of the order."""

    ordered_on: date
    product: str


class _RevisionRow(Protocol):
    revision: int
    quantity: int
    day: date | None
    source: str
    note: str
    at: datetime
