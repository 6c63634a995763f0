"""`backorder plan orders`: what to order today, from whom and why."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Unpack

import click

from backorder.domain.texts import how_many
from starter.cli.files import FileOptions, file_options
from starter.cli.output import REFUSED, as_json_option, console, heed, say_json, well
from starter.cli.plan_stock import review_option, say_unknown, service_option
from starter.cli.planning import PlanningOptions, budget_option, day_worth_option, planned_period_option
from starter.cli.sales import leave, sales_option
from starter.cli.who_asks import audited
from starter.files.csvfiles import Writer

if TYPE_CHECKING:
    from backorder.domain.supply.order_plan import PlanningRules
    from backorder.services.place_orders import PlacedOrder
    from backorder.services.plan_orders import OrderPlan

_HEADER = ("id", "supplier", "line", "sku", "quantity")


@click.command()
@sales_option
@file_options
@planned_period_option
@service_option
@review_option
@budget_option
@day_worth_option
@click.option("--out", metavar="FILE", help="Write purchase orders, one a supplier, as CSV.")
@click.option("--write", is_flag=True, help="Put the purchase orders on record.")
@as_json_option
def orders(
    given: FileOptions, out: str | None, write: bool, as_json: bool, **asked: Unpack[PlanningOptions]
) -> None:
    """What to order today, from whom and why: for the lines that wait, what is expected to be sold until the
    order after this one arrives, and safety, less what is free and what is coming; in the packs and minimums
    of the product and its supplier.

    Products, suppliers, stock, the queue and lead times are this database's. Of a product's suppliers the one
    is taken that is best by learnt lead time, reliability and price; --day-worth weighs a day against the
    price. Where a budget does not reach, what avoids most shortage for its money comes first. Without --write
    nothing is written to the database; `backorder supply purchase-order --file FILE` takes what --out wrote.
    """
    from starter.cli.sales import read_sales
    from starter.cli.session import opened
    from starter.cli.verdicts import writable

    read = read_sales(given, required=False)
    placed: Sequence[PlacedOrder] = ()
    with opened() as session, writable(out, "--out") if out else nullcontext() as file:
        rules = session.services.planning.said(**asked)
        day = session.services.calendar.day(session.now())
        remarks = (*read.sales.remarks, *say_unknown(session.services.engine, read.sales))
        plan = session.services.order_planning.orders(read.sales, day, rules)
        if file:
            _write(plan, file)
        if write and plan.orders:
            ids = dict.fromkeys(each.purchase_order for each in plan.orders)
            with audited(*(("purchase_order", id) for id in ids)):
                placed = session.ask(lambda client: client.place_orders(plan.orders))
    if as_json:
        say_json(_as_json(plan, rules, placed) | {"remarks": remarks, "refused": read.refused})
    else:
        _print(plan, rules)
        _say(plan, out, placed, write=write)
    if any(each.fault for each in placed):
        click.get_current_context().exit(REFUSED)
    leave(read.count)


def _as_json(plan: OrderPlan, rules: PlanningRules, placed: Sequence[PlacedOrder]) -> dict[str, object]:
    written = [
        {name: getattr(each, name) for name in ("id", "supplier", "lines", "units", "fault")}
        for each in placed
    ]
    counted = {name: getattr(rules, name) for name in ("period", "service", "review_days", "day_worth")}
    return {"day": plan.day, **counted, **_parts(plan), "written": written}


def _parts(plan: OrderPlan) -> dict[str, object]:
    return {
        "orders": [asdict(each) for each in plan.orders],
        "left_out": [asdict(each) for each in plan.left_out],
        "budget": asdict(plan.budget) if plan.budget else None,
    }


def _write(plan: OrderPlan, file: IO[str]) -> None:
    rows = Writer(file)
    rows.write(*_HEADER)
    for each in sorted(plan.orders, key=lambda each: (each.purchase_order, int(each.line))):
        rows.write(each.purchase_order, each.supplier, each.line, each.sku, each.quantity)
    file.flush()  # before they are put on record, which cannot be taken back


def _say(plan: OrderPlan, out: str | None, placed: Sequence[PlacedOrder], *, write: bool) -> None:
    """What became of the orders."""
    for each in placed:
        many = f"{how_many(each.lines, 'product')}, {how_many(each.units, 'unit')}"
        if each.fault:
            heed(f"{each.id} is not on record ({many} of {each.supplier}): {each.fault}", err=True)
        else:
            well(f"purchase order {each.id} is on record: {many} of {each.supplier}")
    if out and not plan.orders:
        well(f"{out} has no orders")
    elif out and not write:
        well(f"the orders are in {out}; `backorder supply purchase-order --file {out}` puts them on record")
    elif out:
        well(f"the orders are in {out}")


def _print(plan: OrderPlan, rules: PlanningRules) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    out = console()
    if not plan.orders and not plan.left_out:
        out.print("[dim]there is enough of everything: nothing to order today[/]")
        return
    asked = f"{rules.service:.1%} not to run out, ordered every {how_many(rules.review_days, 'day')}"
    out.print(f"[bold]{how_many(len(plan.orders), 'product')}[/] to order today; {asked}")
    if plan.orders:
        table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
        table.add_column("sku")
        table.add_column("units", justify="right")
        table.add_column("from")
        table.add_column("cost", justify="right")
        table.add_column("why")
        for each in plan.orders:
            cost = f"{each.cost:,} {each.currency}" if each.cost is not None else "[dim]–[/]"
            units = f"[bold]{each.quantity:,}[/]"
            table.add_row(escape(each.sku), units, escape(each.supplier), cost, escape(each.words))
        out.print(table)
    if plan.budget:
        use = plan.budget
        before = f"{use.before:,} ordered today already, " if use.before else ""
        out.print(
            f"of the budget of {use.amount:,} {use.currency}: {before}{use.spent:,} for these, "
            f"{use.left:,} left; most shortage avoided for the money first"
        )
    for left in plan.left_out:
        of = f": {left.quantity:,} of {escape(left.supplier)}" if left.supplier else ""
        out.print(f"[yellow]left out[/] {escape(left.sku)}{of}; {escape(left.why)}", soft_wrap=True)
