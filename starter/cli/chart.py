"""Pictures as plain SVG, readable on light and on dark paper, on a narrow page and on a wide one.

Across, everything is a share of the width, so that plots take what room there is and words keep their size;
down, everything is in pixels. Words that a narrow page has no room for are left out there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from textwrap import wrap

LEFT, RIGHT = 12.0, 3.0
"""Percent of the width beside a plot."""
ACROSS = 1000
"""A plot's own units across, however wide it is drawn."""
_LETTERS = 46
"""Of a line of words, so that a page of 360 pixels has room for it."""
_TITLE = 32
"""The same of a title."""
_LEGEND = 290
"""Pixels across that a row of a legend takes at most."""
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #6b7280; }
.title { font-size: 17px; font-weight: 600; }
.panel { font-weight: 600; }
.grid { stroke: #9ca3af; stroke-opacity: .35; }
.kept, .there { fill: #0d9488; } .substituted { fill: #3b82f6; } .cancelled { fill: #ea580c; }
.open, .sold { fill: #9ca3af; }
.sold, .void { fill-opacity: .6; }
.void { fill: #9ca3af; fill-opacity: .18; }
.wide { fill: #3b82f6; fill-opacity: .28; }
.near { fill: #3b82f6; fill-opacity: .5; }
.late { fill: #0d9488; fill-opacity: .25; }
polyline, path, .mark { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; }
.first, .half { stroke: #3b82f6; }
.last, .supply { stroke: #0d9488; }
.trend { stroke: #6b7280; }
.queue { stroke: #ea580c; }
.order { stroke: #ea580c; stroke-dasharray: 6 4; }
.book { stroke: #9ca3af; stroke-dasharray: 2 4; }
.today { stroke: #9ca3af; stroke-width: 1; }
.first-dot { fill: #3b82f6; } .last-dot { fill: #0d9488; }
@media (max-width: 620px) { .roomy { display: none; } }
@media (prefers-color-scheme: dark) { text { fill: #9ca3af; } .trend { stroke: #9ca3af; } }
"""
"""Colours that stand out on white and on black alike; the paper stays as it is."""
_LINES = frozenset({"first", "last", "half", "supply", "trend", "queue", "order", "book", "today"})
Entry = tuple[str, str]
"""Of a legend: how it is drawn, and what it is."""
Place = Callable[[date], float]
"""Where a day stands across a plot."""


@dataclass(kw_only=True)
class Chart:
    """A picture, written from top to bottom. title: what it shows. told: the same in words, for those who do
    not see it."""

    title: str
    told: str
    _parts: list[object] = field(default_factory=list)
    _y: float = 8.0

    def heading(self, words: str, *more: str) -> None:
        """A title, and lines of words below it."""
        self._y += 4
        for part in wrap(words, _TITLE):
            self._y += 22
            self._parts.append(_text(LEFT / 4, self._y, part, "title"))
        for each in more:
            self.words(each)
        self._y += 6

    def words(self, text: str) -> None:
        """A line of words, broken where a narrow page has no room."""
        for part in wrap(text, _LETTERS):
            self._y += 18
            self._parts.append(_text(LEFT / 4, self._y, part))

    def plot(self, name: str, height: float, most: float, legend: Sequence[Entry] = ()) -> Plot:
        """Room for a plot, with its name and what its colours mean above it. most: the top of its scale."""
        if name:
            self._y += 24
            self._parts.append(_text(LEFT / 4, self._y, name, "panel"))
        self._legend(legend)
        found = Plot(top=self._y + 18, height=height, most=nice(most))
        self._parts.append(found.grid())
        self._parts.append(found)
        self._y += 18 + height + 30
        return found

    def legend(self, entries: Sequence[Entry]) -> None:
        """What colours mean."""
        self._legend(entries)
        self._y += 6

    def strip(self, words: str, parts: Sequence[tuple[str, float, str]]) -> None:
        """A bar across below its name. parts: how each is drawn, its share of the whole width, what it is."""
        self._y += 24
        self._parts.append(_text(LEFT / 4, self._y, _cut(words, _LETTERS), "panel"))
        x = LEFT / 4
        for name, share, label in parts:
            width = (100 - LEFT / 4 - RIGHT) * share
            place = f'x="{x:.2f}%" y="{self._y + 8:.1f}" width="{width:.2f}%" height="14"'
            self._parts.append(f'<rect class="{name}" {place}>{_title(label)}</rect>')
            x += width
        self._y += 24

    def svg(self) -> str:
        """All of it."""
        height = round(self._y + 8)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="{height}" role="img" '
                'aria-labelledby="chart-title chart-told">',
                f'<title id="chart-title">{escape(self.title)}</title>',
                f'<desc id="chart-told">{escape(self.told)}</desc><style>{_STYLE}</style>',
                *(str(part) for part in self._parts),
                "</svg>\n",
            ]
        )

    def _legend(self, entries: Sequence[Entry]) -> None:
        x = 0.0
        for name, words in entries:
            width = 24 + 6.9 * len(words)
            if x == 0.0 or x + width > _LEGEND:
                x, self._y = 0.0, self._y + 20
            self._parts.append(_key(x, self._y, name, words))
            x += width + 10


@dataclass(kw_only=True)
class Plot:
    """What is drawn against one scale. most: what its top means; below it is zero."""

    top: float
    height: float
    most: float
    _inside: list[str] = field(default_factory=list)
    _beside: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """The plot, as SVG."""
        box = f'x="{LEFT}%" y="{self.top:.1f}" width="{100 - LEFT - RIGHT}%" height="{self.height:.1f}"'
        view = f'viewBox="0 0 {ACROSS} {self.height:.1f}" preserveAspectRatio="none"'
        return "\n".join([f"<svg {box} {view}>", *self._inside, "</svg>", *self._beside])

    def grid(self, say: Callable[[float], str] | None = None) -> str:
        """Lines with what they mean: nothing, the half and all of it."""
        parts = []
        for share in (0.0, 0.5, 1.0):
            y = self.top + self.height * (1 - share)
            place = f'x1="{LEFT}%" y1="{y:.1f}" x2="{100 - RIGHT}%" y2="{y:.1f}"'
            parts.append(f'<line class="grid" {place}/>')
            words = (say or units)(self.most * share)
            parts.append(_text(LEFT - 1, y + 4, words, anchor="end"))
        return "\n".join(parts)

    def y(self, value: float) -> float:
        """Where a value stands, from the top of the plot."""
        return self.height * (1 - min(max(value / self.most, 0.0), 1.0))

    def bar(self, name: str, x: float, width: float, low: float, high: float, words: str) -> None:
        """A bar from one value to another. x, width: in the plot's units."""
        top, bottom = self.y(high), self.y(low)
        if bottom > top:
            place = f'x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{bottom - top:.1f}"'
            self._inside.append(f'<rect class="{name}" {place}>{_title(words)}</rect>')

    def line(self, name: str, points: Iterable[tuple[float, float]], words: str = "") -> None:
        """A line through points: where each stands across, and its value."""
        found = list(points)
        if len(found) > 1:
            self._inside.append(
                f'<polyline class="{name}" points="{self._points(found)}">{_title(words)}</polyline>'
            )

    def area(
        self, name: str, low: Sequence[tuple[float, float]], high: Sequence[tuple[float, float]], words: str
    ) -> None:
        """What lies between two lines."""
        if len(low) > 1:
            points = self._points([*low, *reversed(high)])
            self._inside.append(f'<polygon class="{name}" points="{points}">{_title(words)}</polygon>')

    def level(self, name: str, value: float, words: str) -> None:
        """A line across at a value."""
        self.line(name, ((0.0, value), (float(ACROSS), value)), words)

    def dot(self, name: str, x: float, value: float, words: str) -> None:
        """A dot at a value."""
        place = f'cx="{_percent(x)}" cy="{self.top + self.y(value):.1f}" r="4"'
        self._beside.append(f'<circle class="{name}" {place}>{_title(words)}</circle>')

    def upright(self, name: str, x: float, words: str) -> None:
        """A line from the top to the bottom."""
        place = f'x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{self.height:.1f}"'
        self._inside.append(f'<line class="mark {name}" {place}>{_title(words)}</line>')

    def below(self, x: float, words: str, *, roomy: bool = False) -> None:
        """Words below the plot. roomy: only where the page is wide."""
        name, anchor = "roomy" if roomy else "", "end" if x > _EDGE else "middle"
        y = self.top + self.height + 18
        self._beside.append(
            f'<text{_class(name)} x="{_percent(x)}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
        )

    def days(self, first: date, last: date) -> Place:
        """An axis of days below the plot. Returns where a day stands across."""
        span = max((last - first).days, 1)

        def place(day: date) -> float:
            return ACROSS * (day - first).days / span

        marks = list(ticks(first, last))
        for number, (day, words) in enumerate(marks):
            self.below(place(day), words, roomy=len(marks) > _FEW and number % 2 == 1)
        return place

    def _points(self, found: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{x:.1f},{self.y(value):.1f}" for x, value in found)


_EDGE = 920
"""Across: from here on words below a plot end where they would stand."""
_FEW, _MANY = 4, 8
"""Words along an axis for which a narrow page, and a wide one, has room."""
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_STEPS = (
    (1, 0),
    (2, 0),
    (7, 0),
    (14, 0),
    (0, 1),
    (0, 2),
    (0, 3),
    (0, 6),
    (0, 12),
    (0, 24),
    (0, 60),
    (0, 120),
)
"""From one mark to the next: days, or months."""


def ticks(first: date, last: date) -> Iterator[tuple[date, str]]:
    """Days to be marked on an axis, and how they are written: a few of equal step, months by their first."""
    span = (last - first).days
    days, months = next(
        (each for each in _STEPS if span / (each[0] + each[1] * 30.4) <= _MANY - 1), _STEPS[-1]
    )
    if days:
        for number in range(0, span + 1, days):
            day = date.fromordinal(first.toordinal() + number)
            yield day, f"{day.day} {_MONTHS[day.month - 1]}"
        return
    month = first.year * 12 + first.month - 1 + (first.day > 1)
    month += -month % months
    while (day := date(month // 12, month % 12 + 1, 1)) <= last:
        yield day, str(day.year) if months >= 12 else f"{_MONTHS[day.month - 1]} {day.year}"
        month += months


def on_day(day: date) -> str:
    """A day as people read it."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def units(value: float) -> str:
    """A number of units in few letters."""
    for size, letter in ((1e6, "m"), (1e4, "k")):
        if value >= size:
            whole = value / (1e6 if letter == "m" else 1e3)
            return f"{whole:,.0f}{letter}" if whole >= 10 else f"{whole:.1f}{letter}"
    return f"{value:,.0f}" if value == int(value) or value >= 10 else f"{value:.1f}"


def nice(most: float) -> float:
    """A round number that is no smaller, for the top of a scale."""
    if most <= 1:
        return 1.0
    size = 1.0
    while size * 10 <= most:
        size *= 10
    return next(step * size for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * size >= most)


def _key(x: float, y: float, name: str, words: str) -> str:
    mark = f'x="{x:.1f}" y="-10" width="12" height="12" rx="2"'
    shape = f'<rect class="{name}" {mark}/>'
    if name in _LINES:
        shape = f'<path class="{name}" d="M{x:.1f} -4h14"/>'
    label = f'<text x="{x + 19:.1f}" y="0">{escape(words)}</text>'
    return f'<svg x="{LEFT / 4}%" y="{y:.1f}" overflow="visible">{shape}{label}</svg>'


def _percent(x: float) -> str:
    return f"{LEFT + (100 - LEFT - RIGHT) * x / ACROSS:.2f}%"


def _title(words: str) -> str:
    return f"<title>{escape(words)}</title>" if words else ""


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _text(x: float, y: float, words: str, name: str = "", *, anchor: str = "start") -> str:
    place = f'x="{x}%" y="{y:.1f}" text-anchor="{anchor}"'
    return f"<text{_class(name)} {place}>{escape(words)}</text>"


def _cut(words: str, most: int = 36) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
