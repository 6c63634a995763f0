"""`backorder plan demand|backtest`: how much will be sold, and how well such forecasts have held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Unpack

import click

from backorder.domain.texts import how_many
from backorder.errors import RefusedError
from starter.cli.files import FileOptions, file_options
from starter.cli.lazy import Group
from starter.cli.output import as_json_option, console, heed, progress, say_json
from starter.cli.params import Day, Whole
from starter.cli.pictures import chosen, draw_demand, picture, say_where, sku_option, svg_option
from starter.cli.plan_orders import orders
from starter.cli.plan_stock import Cover, lead_times_given, print_backtest, rules_of, says_stock, stock
from starter.cli.sales import leave, period_option, sales_option

if TYPE_CHECKING:
    from backorder.forecasting.demand.backtest import Backtest
    from backorder.forecasting.demand.lead_times import Leads
    from backorder.forecasting.demand.report import DemandReport, ProductDemand
    from backorder.forecasting.demand.sales import Sales
    from backorder.forecasting.table import Days
    from starter.cli.sales import SalesRead

MOST_PERIODS = 400
_SHOWN = 60
"""Products in the table for people; JSON has all of them."""


@click.group(cls=Group)
def plan() -> None:
    """What will be sold, from a shop's history of sales, and how well such forecasts have held."""


@plan.command()
@sales_option
@file_options
@period_option
@click.option("--as-of", type=Day(), help="Only rows before this day's period are known. Default: today.")
@click.option(
    "--periods", type=Whole(1, MOST_PERIODS), required=True, help="How many periods ahead, together."
)
@svg_option
@sku_option
@as_json_option
def demand(
    given: FileOptions,
    period: str,
    as_of: date | None,
    periods: int,
    svg: str | None,
    skus: tuple[str, ...],
    as_json: bool,
) -> None:
    """Forecast how many units of each product the next periods take: half the time at most P50, nine times
    in ten at most P90, 19 in 20 at most P95.

    Without --sales it is forecast from what is on record: sales that `backorder demand import` has kept, and
    the lines that waited here. A file has a row for each sale, or for each day or period that sold something:
    sku, day, quantity, and perhaps order, in_stock, category. Periods without a row sold nothing, from a
    product's first row on. Negative quantities came back; a day with in_stock false is no day without demand.
    docs/planning.md says how a forecast is made. A product with a faulty row is left out; the exit code is 2.
    """
    from backorder.forecasting.demand.periods import PERIODS
    from backorder.forecasting.demand.report import demand_report
    from starter.cli.sales import read_sales

    with picture(svg, skus) as file:
        read = read_sales(given)
        day = as_of or read.today
        found = demand_report(read.sales, PERIODS[period], day, periods)
        if found is None:
            raise RefusedError([f"--as-of: there are no sales before the {period} of {day}"])
        if file:
            drawn = chosen(skus, [each.sku for each in _largest(found)])
            draw_demand(file, read, period, day, periods, drawn)
    for remark in found.remarks:
        heed(remark, err=True)
    if as_json:
        asked = {"period": period, "periods": periods, "as_of": day}
        say_json(asked | _demand_as_json(found, read))
    else:
        _print_forecasts(found, period)
        say_where(svg)
    leave(read.count)


def _demand_as_json(found: DemandReport, read: SalesRead) -> dict[str, object]:
    return {
        "start": found.start,
        "end": found.end,
        "history": found.history,
        "known_until": found.known_until,
        "forecasts": [asdict(each) for each in found.forecasts],
        "refused": list(read.refused),
        "remarks": [*read.sales.remarks, *found.remarks],
    }


def _largest(found: DemandReport) -> list[ProductDemand]:
    """The products, those with the largest demand first."""
    return sorted(found.forecasts, key=lambda each: (-each.p50, -each.p90, each.sku))


def _print_forecasts(found: DemandReport, period: str) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    out = console()
    out.print(
        f"[bold]{how_many(len(found.forecasts), 'product')}[/], demand from {found.start} to {found.end}, "
        f"from {how_many(found.history, period)} of sales"
    )
    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
    table.add_column("sku")
    for name in ("P50", "P90", "P95"):
        table.add_column(name, justify="right")
    table.add_column("method")
    for each in _largest(found)[:_SHOWN]:
        units = (f"{value:,.1f}" for value in (each.p50, each.p90, each.p95))
        table.add_row(escape(each.sku), *units, f"[dim]{escape(each.method)}[/]")
    out.print(table)
    if len(found.forecasts) > _SHOWN:
        out.print(f"[dim]the {_SHOWN} with the largest demand; --json has all of them[/]")


@plan.command()
@sales_option
@file_options
@period_option
@click.option(
    "--periods", type=Whole(1, MOST_PERIODS), help="How many periods ahead. Default: two usual ones."
)
@click.option(
    "--stock", "of_stock", is_flag=True, help="Of reorder points: the service attained, the stock left."
)
@says_stock
@as_json_option
def backtest(
    given: FileOptions,
    period: str,
    periods: int | None,
    of_stock: bool,
    as_json: bool,
    **cover: Unpack[Cover],
) -> None:
    """Forecast at earlier days of the history, each time with what was known then, and score it beside the
    rules of textbooks.

    The loss is the pinball loss of P50, P90 and P95 per hundred units sold; less is better. Beside it the
    share of products that sold no more than P50, P90 and P95 said: 0.5, 0.9 and 0.95 are meant.

    With --stock, reorder points for --service are played instead: the share of products that did not run out
    over a lead time and a review, and the units left at its end, beside the textbook's rule.
    """
    if of_stock:
        _stock_backtest(given, period, cover, as_json=as_json)
    else:
        _demand_backtest(given, period, periods, as_json=as_json)


def _demand_backtest(given: FileOptions, period: str, periods: int | None, *, as_json: bool) -> None:
    from backorder.forecasting.demand.backtest import run_backtest
    from backorder.forecasting.demand.periods import PERIODS
    from backorder.services.backtest_forecasts import horizon_scores
    from starter.cli.sales import read_sales

    read = read_sales(given)
    kind = PERIODS[period]
    horizons = (periods,) if periods else kind.horizons
    done = []
    with progress(total=100 * len(horizons), word="%", hidden=as_json) as step:
        for each in horizons:
            found = run_backtest(read.sales, kind, each, _counted(step))
            if found is not None:
                done.append(found)
    if not done:
        raise RefusedError([f"the history is too short: {min(horizons)} {period}s ahead want twice as many"])
    if not any(each.units for each in done):
        raise RefusedError(["nothing was sold in the time that is played; give a history with sales in it"])
    if as_json:
        horizons_told = [asdict(horizon_scores(each)) for each in done]
        say_json({"period": period, "horizons": horizons_told, "refused": read.refused})
    else:
        for scored in done:
            _print_backtest(scored, period)
    leave(read.count)


def _stock_backtest(given: FileOptions, period: str, cover: Cover, *, as_json: bool) -> None:
    from backorder.forecasting.demand.periods import PERIODS
    from backorder.forecasting.demand.stock_backtest import run_stock_backtest
    from starter.cli.sales import read_sales

    rules, orders, lead_days = rules_of(cover), cover["orders"], cover["lead_days"]
    read = read_sales(given)
    sales, kinds = read.sales, None
    last = date.fromordinal(int(sales.day.max()))
    if read.recorded and orders is None and lead_days is None:
        sales, leads, kinds = _of_products(sales, last)
    else:
        leads = lead_times_given(orders, lead_days, last)
    done = run_stock_backtest(sales, PERIODS[period], leads, rules.review_days, rules.service, kinds)
    if done is None:
        raise RefusedError(["the history is too short for the lead time and a review"])
    print_backtest(done, as_json=as_json, refused=read.refused)
    leave(read.count)


def _of_products(sales: Sales, last: date) -> tuple[Sales, Leads, Days]:
    """The sales of the products on record, and the lead times that this database has learnt of suppliers."""
    from backorder.services.lead_history import lead_history
    from starter.cli.session import opened

    with opened() as session:
        return lead_history(session.services.engine, session.services.forecasts, sales, last)


def _counted(step: Callable[[], None]) -> Callable[[int, int], None]:
    shown = 0

    def counted(done: int, total: int) -> None:
        nonlocal shown
        while shown < 100 * done // total:
            step()
            shown += 1

    return counted


def _print_backtest(done: Backtest, period: str) -> None:
    from rich import box
    from rich.table import Table

    out = console()
    many = f"{done.periods} {period}s" if done.periods > 1 else f"1 {period}"
    out.print(
        f"[bold]{many} ahead[/], {how_many(done.items, 'product')} at {len(done.origins)} days "
        f"from {done.origins[0]} to {done.origins[-1]}, {done.units:,.0f} units"
    )
    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
    table.add_column("method")
    for name in ("loss", "by P50", "by P90", "by P95"):
        table.add_column(name, justify="right")
    for place, each in enumerate(done.scores):
        loss = f"{each.loss:.1f}"
        table.add_row(
            each.method,
            f"[bold]{loss}[/]" if not place else loss,
            *(f"{share:.1%}" for share in each.by.values()),
        )
    out.print(table)


for _command in (stock, orders):
    plan.add_command(_command)
