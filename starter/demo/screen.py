"""The live view: the business date, every line, and what happens."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from starter.demo import words
from starter.demo.observer import FeedEntry, Line
from starter.demo.season import Season

AROUND = 10
"""Rows of the view that are neither a line nor news."""
WIDE = 100
NARROWEST_FEED, LONGEST_FEED = 4, 16


class Screen(Protocol):
    """Where the season is shown."""

    def __enter__(self) -> Screen: ...

    def __exit__(self, *exc: object) -> None: ...

    def tell(self, entry: FeedEntry) -> None:
        """Show a piece of news."""
        ...

    def draw(self) -> None:
        """Show how things stand."""
        ...


class PlainScreen:
    """One line for each piece of news: for a pipe, a log, a screen reader."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> PlainScreen:
        return self

    def __exit__(self, *exc: object) -> None:
        return

    def tell(self, entry: FeedEntry) -> None:
        """Print it."""
        if words.is_shown(entry):
            self._console.print(words.in_plain(entry), markup=False, soft_wrap=True)

    def draw(self) -> None:
        """Nothing: the news say it all."""


class LiveScreen:
    """A view that is drawn anew as things change."""

    def __init__(self, console: Console, frame: Frame) -> None:
        self._console = console
        self._frame = frame
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> LiveScreen:
        self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()

    def tell(self, entry: FeedEntry) -> None:
        """The next drawing shows it."""

    def draw(self) -> None:
        """Draw the frame anew."""
        self._live.update(self._frame.draw(self._console.width, self._console.height), refresh=True)


class Frame:
    """What the view shows, drawn for a size."""

    def __init__(self, season: Season, ui: str) -> None:
        self._season = season
        self._ui = ui
        self._entries: deque[FeedEntry] = deque(maxlen=LONGEST_FEED)
        self._last: dict[str, FeedEntry] = {}
        self._lines: Sequence[Line] = ()
        self._now = season.begins
        self._messages = 0

    def tell(self, entry: FeedEntry) -> None:
        """Take in a piece of news."""
        self._messages += entry.who == "message"
        if words.is_shown(entry):
            self._entries.append(entry)
            if entry.line:
                self._last[entry.line] = entry

    def see(self, lines: Sequence[Line], now: datetime) -> None:
        """Take in how the lines stand."""
        self._lines, self._now = lines, now

    def draw(self, width: int, height: int) -> RenderableType:
        """The view."""
        feed = max(NARROWEST_FEED, min(LONGEST_FEED, height - AROUND - max(len(self._lines), 8)))
        shown = Group(
            self._header(wide=width >= WIDE),
            "",
            self._table(wide=width >= WIDE),
            "",
            _heading("what happens"),
            self._feed(feed),
            Rule(style="grey30"),
            self._footer(),
        )
        return Padding(shown, (0, 1))

    def _header(self, *, wide: bool) -> RenderableType:
        season, now = self._season, self._now
        whole = (season.ends - season.begins).days
        day = max(0, min(whole, (now - season.begins).days + 1))
        where = f"day {day} of {whole}" if day else "before it begins"
        top = Table.grid(expand=True)
        top.add_column(justify="left")
        top.add_column(justify="right")
        top.add_row(
            Text.assemble(("● ", "green"), ("Backorder", "bold"), (f"  {season.title}", "bright_black")),
            Text.assemble(
                (f"{now:%A %-d %B %Y}" if wide else f"{now:%a %-d %b %Y}", "bold cyan"),
                (f"   {where}", "bright_black"),
            ),
        )
        bar = ProgressBar(
            total=whole, completed=day, style="grey23", complete_style="cyan", finished_style="green"
        )
        bars = Table.grid(expand=True)
        bars.add_row(bar)
        return Group(top, bars)

    def _table(self, *, wide: bool) -> Table:
        table = Table(box=None, expand=True, padding=(0, 1), pad_edge=False, header_style="bright_black")
        table.add_column("line", no_wrap=True)
        table.add_column("product", no_wrap=True)
        table.add_column("status", no_wrap=True, min_width=16)
        table.add_column("ships by", no_wrap=True, min_width=8)
        table.add_column("delay", no_wrap=True, justify="right", min_width=5)
        table.add_column("queue", no_wrap=True, justify="right", min_width=5)
        if wide:
            table.add_column("last", no_wrap=True, ratio=1, overflow="ellipsis")
        for line in self._lines:
            cells = [_name(line), _product(line), _status(line), _by(line), _delay(line), _place(line)]
            table.add_row(*cells, *([self._last_of(line)] if wide else []))
        return table

    def _last_of(self, line: Line) -> Text:
        entry = self._last.get(line.id)
        if entry is None:
            return Text("")
        if entry.who == "message":
            sign, colour = words.mark(entry.what)
            short = f" told: {entry.what.replace('_', ' ')}"
            return Text.assemble(
                (sign, colour), (short, ""), (f"  {_short(entry.at.date())}", "bright_black")
            )
        short = words.SHORT[entry.what] if entry.who == "event" else f"{entry.who}: {entry.words}"
        return Text(f"◆ {short}", "bright_black")

    def _feed(self, rows: int) -> Table:
        table = Table.grid(expand=True, padding=(0, 1))
        table.add_column(no_wrap=True, style="bright_black", width=6)
        table.add_column(no_wrap=True, width=1)
        table.add_column(no_wrap=True, style="bold", width=6)
        table.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
        recent = list(self._entries)[-rows:]
        for entry in recent:
            table.add_row(_short(entry.at.date()), *words.in_colour(entry))
        for _ in range(rows - len(recent)):
            table.add_row("")
        return table

    def _footer(self) -> Text:
        still = sum(not line.ended for line in self._lines)
        return Text.assemble(
            (f"{self._messages}", "bold"),
            (" messages   ", "bright_black"),
            (f"{still}", "bold"),
            (" open lines   ", "bright_black"),
            ("Temporal ", "bright_black"),
            (self._ui, f"cyan link {self._ui}"),
            ("   Ctrl-C stops", "bright_black"),
            no_wrap=True,
            overflow="ellipsis",
        )


def _heading(words: str) -> Rule:
    return Rule(f"[bright_black]{words}[/]", align="left", style="grey30")


def _name(line: Line) -> Text:
    return Text(line.id, "bright_black" if line.ended else "bold")


def _product(line: Line) -> Text:
    many = f"{line.ordered} × " if line.ordered > 1 else ""
    return Text(many + line.product, "bright_black" if line.ended else "")


def _status(line: Line) -> Text:
    label = line.status
    if 0 < line.shipped < line.ordered and not line.ended:
        label = f"{line.shipped} of {line.ordered} shipped"
    return Text(("✓ " if line.ended else "● ") + label, words.STATUS[line.status])


def _by(line: Line) -> Text:
    if line.ended or line.status == "closing":
        return Text("–", "bright_black")
    if not line.told:
        return Text("…", "bright_black")
    return Text(_short(line.by)) if line.by else Text("no date", "red")


def _delay(line: Line) -> Text:
    if not line.delay:
        return Text("–", "bright_black")
    return Text(f"+{line.delay} d", "yellow" if line.delay < 14 else "red")


def _place(line: Line) -> Text:
    return Text(
        f"#{line.position}" if line.position else "–", "bold cyan" if line.position else "bright_black"
    )


def _short(day: date | None) -> str:
    return f"{day:%-d %b}" if day else ""
