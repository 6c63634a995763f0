"""The report of worth as a picture: plain SVG, readable on light and on dark paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backorder.domain.worth import Month
    from backorder.queries.worth_report import WorthReport

WIDTH, LEFT, RIGHT = 960, 70, 30
PANEL, GAP, TOP = 150, 66, 74
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #6b7280; }
.title { font-size: 18px; font-weight: 600; }
.panel { font-weight: 600; }
.grid { stroke: #9ca3af; stroke-opacity: .35; }
.kept { fill: #0d9488; } .substituted { fill: #3b82f6; } .cancelled { fill: #ea580c; }
.open { fill: #9ca3af; }
.first { stroke: #3b82f6; fill: none; stroke-width: 2; }
.last { stroke: #0d9488; fill: none; stroke-width: 2; }
@media (prefers-color-scheme: dark) { text { fill: #9ca3af; } }
.first-dot { fill: #3b82f6; } .last-dot { fill: #0d9488; }
"""
"""Colours that stand out on white and on black alike; the paper stays as it is."""
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


def drawn(found: WorthReport) -> str:
    """The picture, as SVG."""
    months = found.months
    currencies = sorted(
        {currency for each in months for name, _, _ in _SUMS for currency in getattr(each, name)}
    )
    panels: list[Callable[[float], Iterator[str]]] = [
        lambda top: _endings(months, top),
        lambda top: _promises(months, top),
        *(_money_of(months, currency) for currency in currencies),
    ]
    height = TOP + len(panels) * (PANEL + GAP) + 6
    title = f"What waiting lines are worth, {found.since} to {found.until}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        _text(LEFT, 30, title, "title"),
        _text(
            LEFT,
            50,
            f"by the month in which a line was opened; coupons: {found.assumed.redeemed}% used, on orders of "
            f"{found.assumed.coupon_order}% of what their line cost",
        ),
    ]
    for place, panel in enumerate(panels):
        parts += panel(TOP + 24 + place * (PANEL + GAP))
    return "\n".join([*parts, "</svg>\n"])


def _endings(months: Sequence[Month], top: float) -> Iterator[str]:
    most = max((each.opened for each in months), default=0)
    yield from _frame(months, top, "Lines", _nice(most), lambda value: f"{value:,.0f}")
    yield from _legend(top, _ENDINGS)
    scale = PANEL / _nice(most)
    for x, width, month in _places(months):
        y = top + PANEL
        for name, _ in _ENDINGS:
            count: int = getattr(month, name)
            y -= count * scale
            yield _bar(x, y, width, count * scale, name, f"{month.month}: {count} {name}")


def _promises(months: Sequence[Month], top: float) -> Iterator[str]:
    yield from _frame(months, top, "Promises kept", 1.0, lambda value: f"{value:.0%}")
    yield from _legend(top, (("first-dot", "the first date told"), ("last-dot", "the last date told")))
    for name, of in (("first", "kept_first"), ("last", "kept_last")):
        points = [
            (x + width / 2, top + PANEL * (1 - getattr(month, of) / month.promised), month)
            for x, width, month in _places(months)
            if month.promised
        ]
        if len(points) > 1:
            yield f'<polyline class="{name}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)}"/>'
        for x, y, month in points:
            words = f"{month.month}: {getattr(month, of)} of {month.promised} by the {name} date"
            place = f'cx="{x:.1f}" cy="{y:.1f}" r="4"'
            yield f'<circle class="{name}-dot" {place}><title>{escape(words)}</title></circle>'


def _money_of(months: Sequence[Month], currency: str) -> Callable[[float], Iterator[str]]:
    def panel(top: float) -> Iterator[str]:
        most = max((_sum(month, name, currency) for month in months for name, _, _ in _SUMS), default=0.0)
        yield from _frame(months, top, currency, _nice(most), lambda value: f"{value:,.0f}")
        yield from _legend(top, tuple((colour, words) for _, colour, words in _SUMS))
        for x, width, month in _places(months):
            each = width / len(_SUMS)
            for place, (name, colour, words) in enumerate(_SUMS):
                amount = _sum(month, name, currency)
                tall = amount * PANEL / _nice(most)
                said = f"{month.month}: {words} {amount:,.2f} {currency}"
                yield _bar(x + place * each, top + PANEL - tall, each - 2, tall, colour, said)

    return panel


def _sum(month: Month, name: str, currency: str) -> float:
    sums: Mapping[str, Decimal] = getattr(month, name)
    return float(sums.get(currency, Decimal(0)))


def _frame(
    months: Sequence[Month], top: float, title: str, most: float, say: Callable[[float], str]
) -> Iterator[str]:
    """A panel's title, its lines with their values, and the months below."""
    yield _text(LEFT, top - 12, title, "panel")
    for share in (0.0, 0.5, 1.0):
        y = top + PANEL * (1 - share)
        yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        yield _text(LEFT - 8, y + 4, say(most * share), anchor="end")
    every = -(-len(months) // 12) if months else 1
    for place, (x, width, month) in enumerate(_places(months)):
        if place % every == 0:
            yield _text(x + width / 2, top + PANEL + 18, month.month, anchor="middle")


def _legend(top: float, entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    x = float(WIDTH - RIGHT)
    for colour, words in reversed(entries):
        x -= 7.2 * len(words)
        yield _text(x, top - 12, words)
        x -= 16
        yield f'<rect class="{colour}" x="{x:.1f}" y="{top - 22:.1f}" width="11" height="11" rx="2"/>'
        x -= 16


def _places(months: Sequence[Month]) -> Iterator[tuple[float, float, Month]]:
    """Where each month stands, and how wide it is."""
    room = (WIDTH - LEFT - RIGHT) / max(1, len(months))
    width = min(54.0, room * 0.7)
    for place, month in enumerate(months):
        yield LEFT + room * place + (room - width) / 2, width, month


def _nice(most: float) -> float:
    """A round number that is no smaller, for the top of a scale."""
    if most <= 0:
        return 1.0
    size = 10.0 ** (len(str(int(most))) - 1)
    return next(step * size for step in (1, 2, 4, 5, 10) if step * size >= most)


def _bar(x: float, y: float, width: float, height: float, name: str, words: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}" height="{height:.1f}"'
    return f'<rect class="{name}" {place}><title>{escape(words)}</title></rect>' if height > 0 else ""


def _text(x: float, y: float, words: str, name: str = "", *, anchor: str = "start") -> str:
    style = f' class="{name}"' if name else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(words)}</text>'
