"""`backorder plan stock` and `plan backtest --stock`: how much stock a service takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from backorder.domain.texts import how_many
from backorder.errors import RefusedError
from starter.cli.files import FileOptions, file_options
from starter.cli.history import read_orders
from starter.cli.output import as_json_option, console, heed, say_json
from starter.cli.params import Day, Decimal, Whole
from starter.cli.pictures import chosen, draw_stock, picture, say_where, sku_option, svg_option
from starter.cli.planning import planned_period_option
from starter.cli.sales import leave, sales_option

if TYPE_CHECKING:
    from rich.table import Table
    from sqlalchemy import Engine

    from backorder.domain.supply.order_plan import PlanningRules
    from backorder.forecasting.demand.lead_times import Leads
    from backorder.forecasting.demand.sales import Sales
    from backorder.forecasting.demand.stock import StockLevel
    from backorder.forecasting.demand.stock_backtest import Attained, StockBacktest
    from backorder.forecasting.history import PastOrder
    from backorder.forecasting.table import Days

_SHOWN = 60
_COLUMNS = ("reorder at", "of it safety", "usual order", "textbook: reorder at", "of it safety", "lead days")
Command = Callable[..., object]


class Cover(TypedDict):
    """What is said of the stock that is wanted, see `says_stock`; None: nothing is."""

    service: float | None
    review_days: int | None
    lead_days: int | None
    orders: str | None


service_option = click.option(
    "--service",
    type=Decimal(0.5, 0.999),
    help="Share that does not run out. Default: the setting planning_service, 0.95.",
)
review_option = click.option(
    "--review-days",
    type=Whole(1, 365),
    help="Days between two orders. Default: the setting planning_review_days, 7.",
)
_OPTIONS = (
    service_option,
    review_option,
    click.option(
        "--lead-days", type=Whole(0, 3650), help="Days from the order to its arrival, always the same."
    ),
    click.option("--orders", metavar="FILE", help="Past purchase orders, from which lead times are learnt."),
)


def says_stock(command: Command) -> Command:
    """Options that say what stock has to cover."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@sales_option
@file_options
@planned_period_option
@click.option("--as-of", type=Day(), help="Only rows before this day's period are known. Default: today.")
@says_stock
@svg_option
@sku_option
@as_json_option
def stock(
    given: FileOptions,
    period: str | None,
    as_of: date | None,
    svg: str | None,
    skus: tuple[str, ...],
    as_json: bool,
    **cover: Unpack[Cover],
) -> None:
    """Reorder point, safety stock and order quantity of each product for a service: the share of products
    that do not run out before the order after the next one arrives. Beside it stands a textbook's rule.

    Lead times are learnt from past purchase orders (--orders FILE, as for `backorder supply history import`),
    or fixed (--lead-days). With neither of them and without --sales they are what this database has learnt of
    each product's supplier, and the stock is that of the products on record.
    """
    from starter.cli.sales import read_sales

    rules, orders, lead_days = rules_of(cover, period), cover["orders"], cover["lead_days"]
    with picture(svg, skus) as file:
        read = read_sales(given, required=False)
        day = as_of or read.today
        ours = read.recorded and orders is None and lead_days is None
        if ours:
            found, unknown = _of_products(read.sales, day, rules)
        else:
            leads = learnt_lead_days(orders, lead_days, day)
            found, unknown = _of_sales(read.sales, day, leads, rules, orders), ()
        if file and found:
            draw_stock(file, read, day, rules, _drawn(found, skus), recorded=ours)
    if as_json:
        told = {"service": rules.service, "review_days": rules.review_days, "as_of": day}
        told |= {"stock": [asdict(each) for each in found], "remarks": (*read.sales.remarks, *unknown)}
        say_json(told | {"refused": read.refused})
    else:
        _print(found, rules.service, rules.review_days)
        say_where(svg)
    leave(read.count)


def rules_of(cover: Cover, period: str | None = None) -> PlanningRules:
    """The rules of the settings, with what was said instead."""
    from backorder.settings import read_settings

    planning = read_settings().planning
    return planning.said(period=period, service=cover["service"], review_days=cover["review_days"])


def _largest(found: Sequence[StockLevel]) -> list[StockLevel]:
    """The products, those with the highest reorder points first."""
    return sorted(found, key=lambda each: (-each.reorder_point, each.sku))


def _drawn(found: Sequence[StockLevel], skus: Sequence[str]) -> Sequence[StockLevel]:
    """The levels of a picture."""
    levels = {each.sku: each for each in _largest(found)}
    return [levels[sku] for sku in chosen(skus, list(levels))]


def _of_sales(
    sales: Sales, day: date, leads: Sequence[float], rules: PlanningRules, orders: str | None
) -> Sequence[StockLevel]:
    """The stock of what a file names. orders: the file that lead times are learnt from."""
    from backorder.forecasting.demand.stock import stock_levels
    from starter.cli.sales import known_before

    known = known_before(sales, rules.period, day)
    kinds = kinds_of(sales.skus)
    found = stock_levels(sales.skus, known, [leads], kinds, rules.review_days, rules.service)
    words = f"learnt from {orders}" if orders else "as --lead-days has it"
    return [replace(each, lead=words) for each in found]


def _of_products(
    sales: Sales, day: date, rules: PlanningRules
) -> tuple[Sequence[StockLevel], tuple[str, ...]]:
    """The stock of the products on record, each with the lead time that is learnt of its supplier; and
    remarks on what was sold and is none, which are said.
    """
    from starter.cli.session import opened

    with opened() as session:
        remarks = say_unknown(session.services.engine, sales)
        return session.services.order_planning.stock(sales, day, rules), remarks


def say_unknown(engine: Engine, sales: Sales) -> tuple[str, ...]:
    """Say beside the output what was sold and cannot be planned. Returns the remarks."""
    from backorder.queries.planned_skus import not_planned
    from backorder.storage.engine import reading

    with reading(engine) as connection:
        found = not_planned(connection, sales.skus)
    for remark in found:
        heed(remark, err=True)
    return found


def kinds_of(skus: Sequence[str]) -> Days:
    """The same kind of lead time for each SKU."""
    import numpy as np

    return np.zeros(len(skus), dtype=np.int64)


def lead_times_given(orders: str | None, lead_days: int | None, last: date) -> Leads:
    """Lead times as earlier mornings knew them. last: the day that all is known by. Raises RefusedError."""
    from backorder.forecasting.demand.lead_times import fixed, learnt

    found = learnt_lead_days(orders, lead_days, last)
    return fixed(found) if orders is None else learnt(_past(orders), [(None, 0)], last)


def _past(orders: str) -> Sequence[PastOrder]:
    from backorder.forecasting.plausible import plausible

    return plausible(read_orders(FileOptions(file=orders), None, skip_faulty=False))


def learnt_lead_days(orders: str | None, lead_days: int | None, as_of: date) -> Sequence[float]:
    """Equally likely lead times. Raises RefusedError where none are said, or nothing can be learnt."""
    from backorder.forecasting.arrival import ArrivalModel
    from backorder.forecasting.demand.stock import LEAD_LEVELS

    if (orders is None) == (lead_days is None):
        raise RefusedError(["say either --orders FILE with past purchase orders, or --lead-days"])
    if lead_days is not None:
        return [float(lead_days)] * len(LEAD_LEVELS)
    past = _past(orders or "")
    if not any(order.arrived and order.arrived < as_of for order in past):
        raise RefusedError([f"--orders: no order has arrived before {as_of}"])
    return [float(each) for each in ArrivalModel.fit(past, as_of).lead_days(LEAD_LEVELS)]


def _print(found: Sequence[StockLevel], service: float, review_days: int) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    out = console()
    if not found:
        out.print("[dim]no product is on record: `backorder supply product` puts one there[/]")
        return
    out.print(
        f"[bold]{how_many(len(found), 'product')}[/], {service:.1%} not to run out, "
        f"ordered every {how_many(review_days, 'day')}"
    )
    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
    table.add_column("sku")
    for name in _COLUMNS:
        table.add_column(name, justify="right")
    for each in _largest(found)[:_SHOWN]:
        table.add_row(
            escape(each.sku),
            f"[bold]{each.reorder_point:,}[/]",
            f"{each.safety_stock:,}",
            f"{each.order_quantity:,}",
            f"{each.textbook_reorder_point:,}",
            f"{each.textbook_safety_stock:,}",
            f"{each.lead_days[0]:.0f}–{each.lead_days[1]:.0f}",
        )
    out.print(table)
    few = sum(each.method.startswith(("too little", "no sale")) for each in found)
    if few:
        out.print(
            f"of {how_many(few, 'product')} there is too little history: --json says what is used instead"
        )
    if len(found) > _SHOWN:
        out.print(f"[dim]the {_SHOWN} with the highest reorder points; --json has all of them[/]")


def print_backtest(done: StockBacktest, *, as_json: bool, refused: Sequence[dict[str, object]]) -> None:
    """Print what service was attained, and with how much stock."""
    if as_json:
        say_json(asdict(done) | {"refused": refused})
        return
    from rich import box
    from rich.table import Table

    out = console()
    out.print(
        f"[bold]{how_many(done.items, 'product')}[/] at {how_many(len(done.origins), 'day')} "
        f"from {done.origins[0]} to {done.origins[-1]}"
    )
    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
    table.add_column("rule")
    for name in ("asked", "attained", "units left"):
        table.add_column(name, justify="right")
    _row(table, "this forecast", done.ours)
    _row(table, "textbook", done.textbook)
    if done.alike:
        _row(table, "textbook, for the same attained", done.alike)
    out.print(table)
    if done.held_back:
        met = "the lead times of orders placed afterwards"
        out.print(f"in {done.held_back:.0%} of cases stock met {met}, else those that were known")
    if done.alike and done.alike.stock:
        out.print(
            f"{1 - done.ours.stock / done.alike.stock:.0%} less stock than the textbook's rule needs for it"
        )
    elif not done.alike:
        out.print("the textbook's rule attains that with no factor of safety")


def _row(table: Table, rule: str, attained: Attained) -> None:
    table.add_row(rule, f"{attained.asked:.1%}", f"{attained.service:.1%}", f"{attained.stock:,.0f}")
