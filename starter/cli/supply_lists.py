"""`backorder supply list|show`: purchase orders, stock and queues as buyers look them up."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, TypeVar

import click

from backorder.errors import RefusedError
from starter.cli.buyers import print_table
from starter.cli.output import as_json_option, console, heed, say_json
from starter.cli.params import Whole

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from backorder.queries.supply_lists import InQueue, Stock, SupplyLine, SupplyPage

RowT = TypeVar("RowT")


def _paged(command: Callable[..., object]) -> Callable[..., object]:
    cursor = click.option("--cursor", help="Where the next page begins, as the page before said.")
    limit = click.option("--limit", type=Whole(1, 500), default=50, show_default=True, help="Rows on a page.")
    return cursor(limit(as_json_option(command)))


@contextmanager
def _looking() -> Iterator[tuple[Connection, date]]:
    """A connection that only reads, and the day it is at the shop."""
    from backorder.storage.engine import reading
    from starter.cli.session import opened

    with opened() as session, reading(session.services.engine) as connection:
        yield connection, session.services.calendar.day(session.now())


@click.command("list")
@click.option("--supplier", default="", help="The supplier's ID.")
@click.option("--sku", default="", help="The product.")
@click.option("--late", is_flag=True, help="The day is over and units are still to come; the longest first.")
@click.option("--open/--all", "open_", default=True, help="Also what came in or was cancelled.")
@click.option("--stock", "of_stock", is_flag=True, help="Products with their units, and not purchase orders.")
@_paged
def list_supply(
    supplier: str,
    sku: str,
    late: bool,
    open_: bool,
    of_stock: bool,
    cursor: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List purchase orders line by line, those that are open; with --stock, what there is of each product."""
    from backorder.queries import supply_lists

    if of_stock:
        if late or not open_:
            raise RefusedError(["--stock: lists products, which are neither late nor open"])
        with _looking() as (connection, _):
            stocks = supply_lists.stocks(connection, supplier=supplier, sku=sku, cursor=cursor, limit=limit)
        _say_page("products", stocks, _print_stock, as_json=as_json)
        return
    wanted = supply_lists.Lines(supplier=supplier, sku=sku, late=late, open=open_)
    with _looking() as (connection, today):
        lines = supply_lists.supply_lines(connection, wanted, today, cursor=cursor, limit=limit)
    _say_page("lines", lines, lambda rows: _print_lines("Purchase orders", rows), as_json=as_json)


def _say_page(
    name: str, page: SupplyPage[RowT], show: Callable[[Sequence[RowT]], None], *, as_json: bool
) -> None:
    if as_json:
        say_json({name: page.rows, "next": page.next})
        return
    show(page.rows)
    _more(page.next)


def _more(cursor: str | None) -> None:
    if cursor:
        console().print(f"[dim]there are more: add --cursor {cursor}[/]", soft_wrap=True)


@click.command("show")
@click.argument("id", metavar="ORDER|SKU")
@click.argument("line", required=False)
@_paged
def show_supply(id: str, line: str | None, cursor: str | None, limit: int, as_json: bool) -> None:
    """Show a purchase order with its lines, or a product with its stock and its queue.

    With LINE of a purchase order, show everybody who waits for it.
    """
    from backorder.queries import supply_lists

    with _looking() as (connection, today):
        product = supply_lists.stock_of(connection, id) if line is None else None
        if line is not None:
            _show_line(connection, id, line, today, cursor=cursor, limit=limit, as_json=as_json)
        elif product is not None:
            _show_product(connection, product, today, cursor=cursor, limit=limit, as_json=as_json)
        else:
            _show_order(connection, id, today, cursor=cursor, limit=limit, as_json=as_json)


def _show_product(
    connection: Connection, product: Stock, today: date, *, cursor: str | None, limit: int, as_json: bool
) -> None:
    """A product: its units, how it is bought, what is on order, and a page of its queue."""
    from backorder.queries import supply_lists
    from backorder.queries.supplier_prices import buying

    wanted = supply_lists.Lines(sku=product.sku)
    coming = supply_lists.supply_lines(connection, wanted, today, limit=limit)
    queue = supply_lists.queue(connection, product.sku, cursor=cursor, limit=limit)
    bought = buying(connection, product.sku)
    if as_json:
        lines, waiting = (page.rows for page in (coming, queue))
        rest = {"lines": lines, "queue": waiting, "next": queue.next}
        say_json(asdict(product) | asdict(bought) | rest)
        return
    if cursor is None:
        _print_stock([product])
        if bought.words:
            console().print(f"{_plain(bought.words)}\n", soft_wrap=True)
        _print_lines("Purchase orders", coming.rows)
        if coming.next:
            name = shlex.quote(product.sku)
            console().print(f"[dim]there are more: backorder supply list --sku {name}[/]\n")
    _print_queue("Queue", queue.rows)
    _more(queue.next)


def _show_order(
    connection: Connection, id: str, today: date, *, cursor: str | None, limit: int, as_json: bool
) -> None:
    """A purchase order: a page of its lines, each with the first of those who wait for it."""
    from backorder.queries import supply_lists
    from backorder.queries.ordered_lines import with_waiting

    order = supply_lists.order_named(connection, id)
    page = supply_lists.order_lines(connection, id, today, cursor=cursor, limit=limit)
    lines = with_waiting(connection, id, page.rows)
    if as_json:
        say_json(asdict(order) | {"lines": [asdict(each) for each in lines], "next": page.next})
        return
    out = console()
    out.print(f"[bold]{_plain(order.id)}[/] {_plain(order.supplier)}, ordered {order.ordered_on}\n")
    _print_lines("Lines", lines)
    for each in lines:
        if each.lines_waiting:
            named = ", ".join(f"{_plain(one.backorder)} ({one.units})" for one in each.waiting)
            others = each.lines_waiting - len(each.waiting)
            rest = f" and {others:,} more" if others else ""
            out.print(f"[bold]{_plain(each.line)}[/] is waited for by {named}{rest}", soft_wrap=True)
    for each in lines:
        if each.cancel_reason:
            why = f"[bold]{_plain(each.line)}[/] was cancelled: {_plain(each.cancel_reason)}"
            out.print(why, soft_wrap=True)
        if each.waits_for_buyer:
            heed(f"the new date of line {each.line} waits for the buyer: {each.waits_for_buyer}")
    _more(page.next)


def _show_line(
    connection: Connection,
    id: str,
    name: str,
    today: date,
    *,
    cursor: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """A line of a purchase order: a page of those who wait for it."""
    from backorder.queries import supply_lists
    from backorder.queries.expected_units import expected_units

    line = supply_lists.order_line(connection, id, name, today)
    expected = expected_units(connection, line)
    waiting = supply_lists.waiting_for(connection, line, cursor=cursor, limit=limit)
    if as_json:
        rows = [asdict(each) for each in waiting.rows]
        parts = [asdict(each) for each in expected]
        say_json(asdict(line) | {"expected": parts, "waiting": rows, "next": waiting.next})
        return
    _print_lines("Line", [line])
    if len(expected) > 1:
        comes = [
            tuple(map(str, (each.quantity, each.stated or "no date", each.likely or "–", each.by or "–")))
            for each in expected
        ]
        print_table("Comes in parts", ("units", "stated", "likely", "latest"), comes)
    _print_queue("Waiting for it", waiting.rows)
    _more(waiting.next)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _print_lines(title: str, lines: Sequence[SupplyLine]) -> None:
    rows = []
    for each in lines:
        numbers = (each.ordered, each.received, each.returned)
        days = (each.stated, each.likely, each.by)
        due = "–" if not each.open else str(each.due or "no date")
        rows.append(
            (
                _plain(f"{each.purchase_order} {each.line}"),
                _plain(each.supplier),
                _plain(each.sku),
                *map(str, numbers),
                "cancelled" if each.cancelled else str(each.open),
                f"[red]{due}[/]" if each.late else due,
                *(str(day or "–") for day in days),
            )
        )
    quantities = ("ordered", "received", "returned", "open")
    print_table(title, ("order", "supplier", "sku", *quantities, "due", "stated", "likely", "latest"), rows)


def _print_stock(stocks: Sequence[Stock]) -> None:
    numbers = ("on_hand", "allocated", "free", "incoming", "waiting")
    rows = [
        (_plain(each.sku), _plain(each.name), *(str(getattr(each, name)) for name in numbers))
        for each in stocks
    ]
    print_table("Stock", ("sku", "product", "on hand", "allocated", "free", "incoming", "waiting"), rows)


def _print_queue(title: str, queue: Sequence[InQueue]) -> None:
    rows = [
        (
            str(each.position or "–"),
            _plain(each.backorder),
            str(each.units),
            str(each.allocated),
            str(each.priority),
        )
        for each in queue
    ]
    print_table(title, ("position", "backorder", "waits for", "allocated", "priority"), rows)
