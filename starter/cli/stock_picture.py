"""The stock of products as a picture: the queue against what is there and coming, and the reorder point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from starter.cli.chart import Chart, Entry, Place, Plot, on_day, units

if TYPE_CHECKING:
    from backorder.queries.expected_supply import ExpectedSupply

HEIGHT = 190


@dataclass(frozen=True, kw_only=True, slots=True)
class StockPicture:
    """A product's reorder point against what will be sold and what comes.

    expected: units that lead time and review take. ahead: how many are sold before a day, half the time and
    19 times in 20 at most. supply: None where it is not on record.
    """

    sku: str
    day: date
    reorder_point: int
    textbook: int
    expected: float
    ahead: Sequence[tuple[date, float, float]]
    supply: ExpectedSupply | None


def drawn(found: Sequence[StockPicture], service: float) -> str:
    """The picture, as SVG."""
    title = f"Stock of {found[0].sku}" if len(found) == 1 else "Stock"
    chart = Chart(title=title, told="; ".join(f"{each.sku}: {_told(each)}" for each in found))
    if len(found) > 1:
        chart.heading(title, f"as of {on_day(found[0].day)}, {service:.0%} not to run out")
    for each in found:
        _product(chart, each)
    return chart.svg()


def _told(each: StockPicture) -> str:
    """What there is against what is wanted, in words."""
    point = f"reorder point {each.reorder_point:,}"
    if each.supply is None:
        return f"{point}; on average {units(each.expected)} are sold over lead time and review"
    supply = each.supply
    coming = sum(part.quantity for part in supply.coming) + supply.dateless
    parts = [f"{supply.waiting:,} wait", f"{supply.free:,} free", f"{coming:,} coming", point]
    if supply.dateless:
        parts.append(f"{supply.dateless:,} of what comes without a date")
    short = supply.waiting + each.reorder_point - supply.free - coming
    parts.append(f"{short:,} short" if short > 0 else "enough")
    return ", ".join(parts)


def _product(chart: Chart, each: StockPicture) -> None:
    chart.heading(each.sku, _told(each))
    supply, ahead = each.supply, each.ahead
    waiting = supply.waiting if supply else 0
    last = max([each.day + timedelta(days=1), *(day for day, *_ in ahead), *_arrivals(each)])
    total = supply.free + sum(part.quantity for part in supply.coming) if supply else 0
    sold = max((p95 for *_, p95 in ahead), default=0.0)
    legend: list[Entry] = []
    if supply:
        coming = [("supply", "there and coming, likely"), ("late", "to the latest (P90)")]
        legend += coming if supply.coming else [("supply", "on hand and free")]
        legend.append(("queue", "the queue"))
    legend += [("half", "and sold by then, P50" if supply else "sold by then, P50"), ("wide", "to P95")]
    legend.append(("order", "queue and reorder point" if waiting else "reorder point"))
    if not supply:
        legend.append(("book", "the textbook's"))
    most = max(total, waiting + sold, waiting + each.reorder_point, 0 if supply else each.textbook)
    plot = chart.plot("", HEIGHT, most, legend)
    place = plot.days(each.day, last)
    _fan(plot, place, each, waiting)
    if supply:
        _supply(plot, place, each.day, supply, last)
        plot.level("queue", waiting, f"{waiting:,} units are waited for")
    else:
        plot.level("book", each.textbook, f"the textbook's reorder point: {each.textbook:,}")
    plot.level("order", waiting + each.reorder_point, f"reorder point: {each.reorder_point:,}")


def _arrivals(each: StockPicture) -> list[date]:
    return [day for part in (each.supply.coming if each.supply else ()) for day in (part.likely, part.by)]


def _fan(plot: Plot, place: Place, each: StockPicture, waiting: int) -> None:
    """What will be sold, on top of the queue."""
    begins = (0.0, float(waiting))
    half = [begins, *((place(day), waiting + p50) for day, p50, _ in each.ahead)]
    high = [begins, *((place(day), waiting + p95) for day, _, p95 in each.ahead)]
    plot.area("wide", half, high, "19 times in 20 no more is sold")
    plot.line("half", half, "half the time no more is sold")


def _supply(plot: Plot, place: Place, today: date, supply: ExpectedSupply, last: date) -> None:
    """What is there, and what comes when: at its likely day, and at the latest by nine times in ten."""
    lines = []
    for name in ("likely", "by"):
        level = float(supply.free)
        points = [(0.0, level)]
        for part in sorted(supply.coming, key=lambda one: getattr(one, name)):
            x = place(max(getattr(part, name), today))
            points.append((x, level))
            level += part.quantity
            points.append((x, level))
        lines.append([*points, (place(last), level)])
    likely, by = lines
    plot.area("late", by, likely, "nine times in ten it is there by the right edge")
    plot.line("supply", likely, "on hand, and what is likely to have come")
    level = float(supply.free)
    for part in supply.coming:
        level += part.quantity
        words = f"{part.quantity:,} of {part.order}: likely {part.likely}, by {part.by}"
        plot.dot("last-dot", place(max(part.likely, today)), level, words)
