"""The demand of products as a picture: what they sold, and the fan of what they will."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from backorder.domain.texts import how_many
from starter.cli.chart import Chart, Place, Plot, on_day, units

if TYPE_CHECKING:
    from backorder.forecasting.demand.fan import Fan

HEIGHT = 190
SHOWN = {"day": 120, "week": 104, "month": 60}
"""Known periods that are drawn, the newest."""
_LITTLE = 0.01
"""Of a period: less than that is no time in which a product could be sold."""


def drawn(found: Sequence[Fan], period: str, reorder_points: Mapping[str, int]) -> str:
    """The picture, as SVG. reorder_points: of the SKUs that have one."""
    periods = found[0].ahead[-1].periods
    title = f"Demand of the next {how_many(periods, period)}"
    if len(found) == 1:
        title = f"Demand of {found[0].sku}"
    chart = Chart(title=title, told="; ".join(_told(each) for each in found))
    if len(found) > 1:
        chart.heading(title, f"as of {on_day(found[0].starts[-1])}")
    for fan in found:
        _product(chart, fan, period, reorder_points.get(fan.sku))
    return chart.svg()


def _told(fan: Fan) -> str:
    last = fan.ahead[-1]
    return (
        f"{fan.sku}, from {fan.starts[-1]} on and before {last.until}: half the time at most {last.p50:,g} "
        f"units, nine times in ten {last.p90:,g}, 19 times in 20 {last.p95:,g}"
    )


def _product(chart: Chart, fan: Fan, period: str, reorder_point: int | None) -> None:
    last = fan.ahead[-1]
    together = how_many(last.periods, period)
    parts = [
        f"{together} from {on_day(fan.starts[-1])}: half the time at most {units(last.p50)}, nine times in "
        f"ten {units(last.p90)}, 19 in 20 {units(last.p95)} units"
    ]
    if reorder_point is not None:
        parts.append(f"reorder point {reorder_point:,}")
    chart.heading(fan.sku, *parts)
    sums = _sums(fan, last.periods)
    shown = min(len(fan.sold), max(SHOWN[period], last.periods))
    base = [_still(fan, last.periods, each.periods) for each in fan.ahead]
    most = max(
        *fan.sold[-shown:],
        *(value for _, value in sums[-shown:]),
        *(more + each.p95 for more, each in zip(base, fan.ahead, strict=True)),
        reorder_point or 0,
    )
    legend = [("sold", f"sold in a {period}")]
    if last.periods > 1:
        legend.append(("trend", f"in {together} together"))
    legend += [("half", "P50 ahead"), ("near", "to P90"), ("wide", "to P95")]
    if reorder_point is not None:
        legend.append(("order", "reorder point"))
    closed = [part < 1 - _LITTLE for part in fan.open_for]
    begun = next((place for place, part in enumerate(fan.open_for) if part > _LITTLE), len(closed))
    if any(closed[max(begun, len(closed) - shown) :]):
        legend.append(("void", "without stock"))
    plot = chart.plot("", HEIGHT, most, legend)
    first = fan.starts[-1 - shown]
    place = plot.days(first, last.until)
    _history(plot, fan, place, shown, begun)
    plot.line("trend", [(place(day), value) for day, value in sums if day >= first])
    _ahead(plot, fan, place, base)
    plot.upright("today", place(fan.starts[-1]), "from here on it is foretold")
    if reorder_point is not None:
        plot.level("order", reorder_point, f"reorder point: {reorder_point:,}")


def _sums(fan: Fan, together: int) -> list[tuple[date, float]]:
    """What was sold in as many periods as are asked about, by the day on which they had ended."""
    return [
        (fan.starts[end], sum(fan.sold[end - together : end]))
        for end in range(together, len(fan.sold) + 1)
        if together > 1
    ]


def _still(fan: Fan, together: int, ahead: int) -> float:
    """What of the known periods counts still when so many of those ahead are over."""
    left = together - ahead
    return sum(fan.sold[-left:]) if left else 0.0


def _history(plot: Plot, fan: Fan, place: Place, shown: int, begun: int) -> None:
    for number in range(len(fan.sold) - shown, len(fan.sold)):
        start, end = fan.starts[number], fan.starts[number + 1]
        x, width = place(start), place(end) - place(start)
        part, sold = fan.open_for[number], fan.sold[number]
        if number >= begun and part < 1 - _LITTLE:
            plot.bar("void", x, width, 0, plot.most, f"{start}: without stock for {1 - part:.0%} of it")
        plot.bar("sold", x + width * 0.1, width * 0.8, 0, sold, f"{start}: {sold:,.0f} sold")


def _ahead(plot: Plot, fan: Fan, place: Place, base: Sequence[float]) -> None:
    """The fan: what is known of the periods that end on a day, and what is foretold of them."""
    last = fan.ahead[-1].periods
    begins = (place(fan.starts[-1]), _still(fan, last, 0))
    edges = {
        name: [
            begins,
            *(
                (place(each.until), more + getattr(each, name))
                for more, each in zip(base, fan.ahead, strict=True)
            ),
        ]
        for name in ("p50", "p90", "p95")
    }
    end = fan.ahead[-1]
    plot.area("wide", edges["p90"], edges["p95"], f"19 times in 20 at most {end.p95:,g}")
    plot.area("near", edges["p50"], edges["p90"], f"nine times in ten at most {end.p90:,g}")
    plot.line("half", edges["p50"], f"half the time at most {end.p50:,g}")
