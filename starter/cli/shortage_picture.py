"""What is most backordered and why, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from backorder.domain.texts import how_many
from starter.cli.chart import Chart

if TYPE_CHECKING:
    from backorder.queries.demand_report import DemandReport, DemandView

_CAUSES = {
    "supplier_late": ("cancelled", "supplier late"),
    "sold_more_than_planned": ("substituted", "sold more than planned"),
    "nothing_ordered": ("open", "nothing ordered"),
    "stock_counted_down": ("kept", "stock counted down"),
}
"""How each is drawn, and what it is called."""


def drawn(found: DemandReport, shown: Sequence[DemandView]) -> str:
    """The picture, as SVG: units times days, by cause."""
    title = f"Why {shown[0].sku} was waited for" if len(shown) == 1 else "What was most backordered, and why"
    chart = Chart(title=title, told="; ".join(_told(each) for each in shown) or "nothing was waited for")
    days = f"{how_many(found.unit_days, 'unit-day')} (units times days)"
    chart.heading(
        title,
        f"from {found.since} on and before {found.until}: {how_many(found.lines, 'line')}, "
        f"{how_many(found.units, 'unit')}, {days}",
    )
    if not shown:
        chart.words("nothing was waited for then")
    used = {cause.cause for each in shown for cause in each.causes}
    chart.legend([look for cause, look in _CAUSES.items() if cause in used])
    most = max((each.unit_days for each in shown), default=0)
    for each in shown:
        chart.strip(
            f"{each.sku}: {how_many(each.units, 'unit')}, {how_many(each.unit_days, 'unit-day')}",
            [
                (
                    _CAUSES[cause.cause][0],
                    cause.unit_days / max(most, 1),
                    f"{each.sku}: {how_many(cause.unit_days, 'unit-day')}, {_CAUSES[cause.cause][1]}",
                )
                for cause in each.causes
            ],
        )
        chart.words(each.prevention)
    return chart.svg()


def _told(each: DemandView) -> str:
    causes = ", ".join(f"{_CAUSES[cause.cause][1]} {cause.unit_days:,}" for cause in each.causes)
    return f"{each.sku}, {how_many(each.unit_days, 'unit-day')}: {causes}"
