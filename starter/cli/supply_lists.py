"""`backorder supply list|show`: purchase orders, stock and queues as buyers look them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from starter.cli.buyers import print_table
from starter.cli.output import as_json_option, console, say_json

if TYPE_CHECKING:
    from backorder.storage.reporting import OpenOrder
    from backorder.storage.supply_lists import InQueue, Order, Stock


@click.command("list")
@click.option("--supplier", default="", help="The supplier's ID.")
@click.option("--sku", default="", help="The product.")
@click.option("--late", is_flag=True, help="The day is over.")
@click.option("--stock", "of_stock", is_flag=True, help="Products with their units, and not purchase orders.")
@click.option("--after", default="", help="With --stock: the SKU behind which the page begins.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="Rows on a page.")
@as_json_option
def list_supply(
    supplier: str, sku: str, late: bool, of_stock: bool, after: str, limit: int, as_json: bool
) -> None:
    """List open purchase orders line by line; with --stock, what there is of each product."""
    from backorder.storage import supply_lists
    from backorder.storage.engine import reading
    from starter.cli.session import opened

    with opened() as session, reading(session.store.engine) as connection:
        today = session.store.calendar.day(session.now())
        if of_stock:
            stocks = supply_lists.stocks(connection, sku=sku, after=after, limit=limit)
        else:
            orders = supply_lists.late_or_open(connection, today, supplier=supplier, sku=sku, late=late)
    if of_stock:
        say_json([asdict(each) for each in stocks]) if as_json else _print_stock(stocks)
        return
    if as_json:
        say_json([asdict(each) | {"late": _is_late(each, today)} for each in orders[:limit]])
        return
    _print_orders(orders[:limit], today)
    if len(orders) > limit:
        console().print(f"[dim]{len(orders) - limit} more: add --limit, --supplier or --sku[/]")


def _is_late(each: OpenOrder, today: date) -> bool:
    return each.due is not None and each.due < today


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _print_orders(orders: Sequence[OpenOrder], today: date) -> None:
    rows = []
    for each in orders:
        due = f"[red]{each.due}[/]" if _is_late(each, today) else str(each.due or "no date")
        cells = (
            _plain(each.supplier),
            _plain(each.sku),
            str(each.outstanding),
            due,
            str(each.by or "no date"),
        )
        rows.append((_plain(f"{each.purchase_order} {each.line}"), *cells))
    print_table("Purchase orders", ("order", "supplier", "sku", "outstanding", "due", "forecast by"), rows)


def _print_stock(stocks: Sequence[Stock]) -> None:
    numbers = ("on_hand", "allocated", "free", "incoming", "waiting")
    rows = [
        (_plain(each.sku), _plain(each.name), *(str(getattr(each, name)) for name in numbers))
        for each in stocks
    ]
    print_table("Stock", ("sku", "product", "on hand", "allocated", "free", "incoming", "waiting"), rows)


@click.command("show")
@click.argument("id", metavar="ORDER|SKU")
@click.option(
    "--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="Lines of the queue."
)
@as_json_option
def show_supply(id: str, limit: int, as_json: bool) -> None:
    """Show a purchase order with its lines, or a product with its stock and its queue."""
    from backorder.storage import supply_lists
    from backorder.storage.engine import reading
    from starter.cli.session import opened

    with opened() as session, reading(session.store.engine) as connection:
        stocks = supply_lists.stocks(connection, sku=id)
        if not stocks:
            order = supply_lists.order(connection, id)
        else:
            today = session.store.calendar.day(session.now())
            coming = supply_lists.late_or_open(connection, today, sku=id)
            queue = supply_lists.queue(connection, id, limit=limit)
    if not stocks:
        say_json(asdict(order)) if as_json else _print_order(order)
        return
    if as_json:
        orders = [asdict(each) for each in coming]
        say_json(asdict(stocks[0]) | {"orders": orders, "queue": [asdict(each) for each in queue]})
        return
    _print_stock(stocks)
    _print_orders(coming, today)
    _print_queue(queue)


def _print_order(order: Order) -> None:
    console().print(f"[bold]{_plain(order.id)}[/] {_plain(order.supplier)}, ordered {order.ordered_on}\n")
    rows: list[tuple[Any, ...]] = [
        (
            _plain(each.line),
            _plain(each.sku),
            str(each.ordered),
            str(each.received),
            "cancelled" if each.cancelled else str(each.outstanding),
            str(each.stated or "–"),
            str(each.likely or "–"),
            str(each.by or "–"),
        )
        for each in order.lines
    ]
    names = ("line", "sku", "ordered", "received", "outstanding", "stated", "likely", "by")
    print_table("Lines", names, rows)


def _print_queue(queue: Sequence[InQueue]) -> None:
    rows = [
        (
            str(each.position or "–"),
            _plain(each.backorder),
            str(each.waiting),
            str(each.allocated),
            str(each.priority),
        )
        for each in queue
    ]
    print_table("Queue", ("position", "backorder", "waiting", "allocated", "priority"), rows)
