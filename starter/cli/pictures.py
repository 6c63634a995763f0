"""`--svg` and `--sku`: plans as pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import IO, TYPE_CHECKING

import click

from backorder.errors import RefusedError
from starter.cli.output import well

if TYPE_CHECKING:
    from backorder.domain.supply.order_plan import PlanningRules
    from backorder.forecasting.demand.stock import StockLevel
    from backorder.queries.expected_supply import ExpectedSupply
    from starter.cli.sales import SalesRead

MOST = 6
"""Products of a picture where nobody names them."""
svg_option = click.option("--svg", metavar="FILE", help="Draw it, too.")
sku_option = click.option(
    "--sku",
    "skus",
    multiple=True,
    metavar="SKU",
    help=f"Of what the picture is; more than once for more of them. Default: the first {MOST} of the table.",
)


@contextmanager
def picture(svg: str | None, skus: Sequence[str] = ()) -> Iterator[IO[str] | None]:
    """The file of a picture, opened before anything else is done. Raises RefusedError."""
    from starter.cli.verdicts import writable

    if svg is None:
        if skus:
            raise RefusedError(["--sku: says of what the picture is; name its file with --svg"])
        yield None
        return
    with writable(svg, "--svg") as file:
        yield file


def say_where(svg: str | None) -> None:
    """Say where the picture is, if there is one."""
    if svg:
        well(f"the picture is in {svg}")


def chosen(given: Sequence[str], listed: Sequence[str]) -> list[str]:
    """The products of a picture, of those that a table lists. Raises RefusedError."""
    known = set(listed)
    if unknown := [f"--sku: {sku} is not among these products" for sku in given if sku not in known]:
        raise RefusedError(unknown)
    return list(dict.fromkeys(given)) or list(listed[:MOST])


def draw_demand(
    file: IO[str], read: SalesRead, period: str, day: date, periods: int, skus: Sequence[str]
) -> None:
    """Draw what products have sold and will."""
    from backorder.forecasting.demand.fan import fans
    from backorder.forecasting.demand.periods import PERIODS
    from starter.cli.demand_picture import drawn

    found = fans(read.sales, PERIODS[period], day, periods, skus)
    file.write(drawn(found, period, _reorder_points(read, period, day) if read.recorded else {}))


def _reorder_points(read: SalesRead, period: str, day: date) -> Mapping[str, int]:
    """Of the products on record, as the settings have them planned."""
    from starter.cli.session import opened

    with opened() as session:
        rules = replace(session.services.planning, period=period)
        try:
            found = session.services.order_planning.stock(read.sales, day, rules)
        except RefusedError:
            return {}  # none of these products is on record
    return {each.sku: each.reorder_point for each in found}


def draw_stock(
    file: IO[str],
    read: SalesRead,
    day: date,
    rules: PlanningRules,
    levels: Sequence[StockLevel],
    *,
    recorded: bool,
) -> None:
    """Draw reorder points: against queue and supply where these are on record."""
    from backorder.forecasting.demand.fan import fans
    from backorder.forecasting.demand.periods import PERIODS
    from starter.cli.stock_picture import StockPicture, drawn

    period = PERIODS[rules.period]
    span = max(each.lead_days[1] for each in levels) + rules.review_days
    sold = set(read.sales.skus)
    skus = [each.sku for each in levels if each.sku in sold]
    found = fans(read.sales, period, day, max(1, math.ceil(span / period.days)), skus)
    ahead = {each.sku: [(one.until, one.p50, one.p95) for one in each.ahead] for each in found}
    supply: Mapping[str, ExpectedSupply] = _supply([each.sku for each in levels]) if recorded else {}
    outlooks = [
        StockPicture(
            sku=each.sku,
            day=day,
            reorder_point=each.reorder_point,
            textbook=each.textbook_reorder_point,
            expected=each.expected,
            ahead=ahead.get(each.sku, ()),
            supply=supply.get(each.sku),
        )
        for each in levels
    ]
    file.write(drawn(outlooks, rules.service))


def _supply(skus: Sequence[str]) -> Mapping[str, ExpectedSupply]:
    from backorder.queries.expected_supply import expected_supplies
    from backorder.storage.engine import reading
    from starter.cli.session import opened

    with opened() as session, reading(session.services.engine) as connection:
        return expected_supplies(connection, skus)
