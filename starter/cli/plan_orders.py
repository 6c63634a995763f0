"""`backorder plan orders`: what to order today, from whom and why."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from typing import IO, TYPE_CHECKING

import click

from backorder.domain.texts import how_many
from starter.cli.files import FileSaid, says_file
from starter.cli.output import as_json_option, console, say_json, well
from starter.cli.params import Decimal, Whole
from starter.cli.sales import leave, period_option, sales_option

if TYPE_CHECKING:
    from datetime import date

    from backorder.services.plan_orders import PlannedOrder

_HEADER = ("id", "supplier", "line", "sku", "quantity")


@click.command()
@sales_option
@says_file
@period_option
@click.option(
    "--service", type=Decimal(0.5, 0.999), default=0.95, show_default=True, help="Share that lasts."
)
@click.option(
    "--review-days", type=Whole(1, 365), default=7, show_default=True, help="Days between two orders."
)
@click.option("--out", metavar="FILE", help="Write purchase orders, one a supplier, as CSV.")
@as_json_option
def orders(
    given: FileSaid, period: str, service: float, review_days: int, out: str | None, as_json: bool
) -> None:
    """What to order today, from whom and why: for the lines that wait, what is expected to be sold until the
    order after this one arrives, and safety, less what is free and what is coming.

    Products, suppliers, stock, the queue and lead times are this database's. Of a supplier and its backups
    the one is taken that is expected first, an unreliable one later. Nothing is written to the database: put
    --out on record with `backorder supply purchase-order --file FILE`.
    """
    from backorder.forecasting.demand.periods import PERIODS
    from starter.cli.sales import read_sales
    from starter.cli.session import opened
    from starter.cli.verdicts import writable

    read = read_sales(given)
    with opened() as session, writable(out, "--out") if out else nullcontext() as file:
        day = session.services.calendar.day(session.now())
        found = session.services.order_planning.orders(read.sales, PERIODS[period], day, service, review_days)
        if file:
            _write(found, day, file)
    if as_json:
        say_json({"day": day, "orders": [asdict(each) for each in found], "refused": read.refused})
    else:
        _print(found)
        if out:
            well(
                f"the orders are in {out}; `backorder supply purchase-order --file {out}` puts them on record"
            )
    leave(read.count)


def _write(found: Sequence[PlannedOrder], day: date, file: IO[str]) -> None:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(_HEADER)
    for supplier in sorted({each.supplier for each in found}):
        lines = (each for each in found if each.supplier == supplier)
        for number, each in enumerate(lines, start=1):
            rows.writerow((f"{supplier}-{day}", supplier, number, each.sku, each.quantity))


def _print(found: Sequence[PlannedOrder]) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    out = console()
    if not found:
        out.print("[dim]there is enough of everything: nothing to order today[/]")
        return
    out.print(f"[bold]{how_many(len(found), 'product')}[/] to order today")
    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
    table.add_column("sku")
    table.add_column("units", justify="right")
    table.add_column("from")
    table.add_column("why")
    for each in found:
        table.add_row(
            escape(each.sku), f"[bold]{each.quantity:,}[/]", escape(each.supplier), escape(each.words)
        )
    out.print(table)
