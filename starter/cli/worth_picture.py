"""The report of worth as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from starter.cli.chart import ACROSS, Chart, Plot

if TYPE_CHECKING:
    from backorder.domain.worth import Month
    from backorder.queries.worth_report import WorthReport

HEIGHT = 150
_ENDINGS = (
    ("kept", "kept"),
    ("substituted", "took another product"),
    ("cancelled", "cancelled"),
    ("open", "open"),
)
_SUMS: Sequence[tuple[str, str, str]] = (
    ("revenue", "kept", "revenue kept"),
    ("waiting", "open", "still waiting"),
    ("refunds", "cancelled", "refunds"),
    ("coupon_cost", "substituted", "coupons, as assumed"),
)
_FEW, _MANY = 4, 12
"""Months that a narrow page has room for, and a wide one."""


def drawn(found: WorthReport) -> str:
    """The picture, as SVG."""
    months = found.months
    title = "What waiting lines are worth"
    chart = Chart(title=title, told=_told(found))
    chart.heading(
        title,
        f"{found.since} to {found.until}, by the month in which a line was opened",
        f"coupons: {found.assumed.redeemed}% used, on orders of {found.assumed.coupon_order}% of what their "
        "line cost",
    )
    _endings(chart, months)
    _promises(chart, months)
    currencies = {currency for each in months for name, _, _ in _SUMS for currency in getattr(each, name)}
    for currency in sorted(currencies):
        _money(chart, months, currency)
    return chart.svg()


def _told(found: WorthReport) -> str:
    months = [
        f"{each.month}: {each.opened} opened, {each.kept} kept, {each.substituted} took another product, "
        f"{each.cancelled} cancelled, {each.open} open"
        for each in found.months
    ]
    return "; ".join(months) or "no line was opened then"


def _endings(chart: Chart, months: Sequence[Month]) -> None:
    plot = chart.plot("Lines", HEIGHT, max((each.opened for each in months), default=0), _ENDINGS)
    for x, width, month in _places(plot, months):
        low = 0
        for name, _ in _ENDINGS:
            count: int = getattr(month, name)
            plot.bar(name, x, width, low, low + count, f"{month.month}: {count} {name}")
            low += count


def _promises(chart: Chart, months: Sequence[Month]) -> None:
    legend = (("first", "by the first date told"), ("last", "by the last date told"))
    plot = chart.plot("Promises kept, in percent", HEIGHT, 100, legend)
    places = [(x + width / 2, month) for x, width, month in _places(plot, months)]
    for name, of in (("first", "kept_first"), ("last", "kept_last")):
        points = [
            (x, 100 * getattr(month, of) / month.promised, month) for x, month in places if month.promised
        ]
        plot.line(name, [(x, share) for x, share, _ in points])
        for x, share, month in points:
            words = f"{month.month}: {getattr(month, of)} of {month.promised} by the {name} date"
            plot.dot(f"{name}-dot", x, share, words)


def _money(chart: Chart, months: Sequence[Month], currency: str) -> None:
    most = max((_sum(month, name, currency) for month in months for name, _, _ in _SUMS), default=0.0)
    plot = chart.plot(currency, HEIGHT, most, tuple((colour, words) for _, colour, words in _SUMS))
    for x, width, month in _places(plot, months):
        each = width / len(_SUMS)
        for place, (name, colour, words) in enumerate(_SUMS):
            amount = _sum(month, name, currency)
            label = f"{month.month}: {words} {amount:,.2f} {currency}"
            plot.bar(colour, x + place * each, each * 0.9, 0, amount, label)


def _sum(month: Month, name: str, currency: str) -> float:
    sums: Mapping[str, Decimal] = getattr(month, name)
    return float(sums.get(currency, Decimal(0)))


def _places(plot: Plot, months: Sequence[Month]) -> Iterator[tuple[float, float, Month]]:
    """Where each month stands, and how wide it is; its name goes below the plot."""
    room = ACROSS / max(1, len(months))
    width = min(56.0, room * 0.7)
    every, seldom = (max(1, -(-len(months) // some)) for some in (_MANY, _FEW))
    for number, month in enumerate(months):
        if number % every == 0:
            plot.below(room * (number + 0.5), month.month, roomy=number % seldom > 0)
        yield room * number + (room - width) / 2, width, month
