"""What is shown of the season: the view as it goes, the endings, where to look closer."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.markup import escape

from starter.demo import endings, picture
from starter.demo.endings import ToldRecord
from starter.demo.observer import FeedEntry, Line
from starter.demo.screen import WIDE, Frame, LiveScreen, PlainScreen, Screen
from starter.demo.season import Season
from starter.embedded.program_name import program_name

OVERTIME = timedelta(days=30)
"""How long after its end the season is given up."""


class Show:
    """Keeps what was heard of each line, and shows it. svg: a folder for pictures, None for none."""

    def __init__(self, season: Season, ui: str, out: Console, svg: Path | None) -> None:
        self._season = season
        self._ui = ui
        self._out = out
        self._svg = svg
        self._frame = Frame(season, ui)
        self._screen: Screen = LiveScreen(out, self._frame) if out.is_terminal else PlainScreen(out)
        self._records = {story.line: ToldRecord() for story in season.stories}
        self._lines: dict[str, Line] = {}
        self._now = season.begins
        self._over = False
        self._stuck = ""
        self._example: FeedEntry | None = None
        self._messages = 0
        self._pictured = False

    def __enter__(self) -> Show:
        span = f"{self._season.begins:%-d %B} to {self._season.ends:%-d %B %Y}"
        if not self._out.is_terminal:
            self._out.print(f"{self._season.title}, {span}. Temporal's pages: {self._ui}", soft_wrap=True)
        self._screen.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._screen.__exit__(*exc)

    # --- while it goes

    def tell(self, entry: FeedEntry) -> None:
        """Take in a piece of news, and show it."""
        if entry.line in self._records:
            self._records[entry.line].add(entry)
        self._messages += entry.who == "message"
        if entry.who == "message" and entry.what == "delayed":
            self._example = entry
        self._frame.tell(entry)
        self._screen.tell(entry)

    def see(self, lines: Sequence[Line], now: datetime) -> None:
        """Take in how the lines stand, and show it."""
        self._lines, self._now = {line.id: line for line in lines}, now
        self._frame.see(lines, now)
        self._screen.draw()
        if self._svg is not None and not self._pictured and now >= self._season.picture:
            self._pictured = True
            picture.take(self._svg / picture.LIVE, self._frame.draw(picture.WIDTH, picture.HEIGHT))

    def rest(self, done: bool) -> None:
        """Nothing that is due is undone. done: the world around the shop has nothing left to do either."""
        ended = len(self._lines) == len(self._records) and all(line.ended for line in self._lines.values())
        self._over = (done and ended) or self._now > self._season.ends + OVERTIME

    def stuck(self, words: str) -> None:
        """Something that was due is never done."""
        self._stuck, self._over = words, True

    @property
    def is_over(self) -> bool:
        """Whether every line has ended, or there is nothing left to wait for."""
        return self._over

    def _faults(self, troubles: Sequence[str]) -> list[str]:
        stuck = [self._stuck] if self._stuck else []
        return [
            *stuck,
            *troubles,
            *(
                f"{story.line}: {fault}"
                for story in self._season.stories
                for fault in endings.faults(story, self._lines.get(story.line), self._records[story.line])
            ),
        ]

    # --- at the end

    def end(self, data: Path, troubles: Sequence[str]) -> bool:
        """Show the endings and where to look closer. Returns whether all went well.

        troubles: what went wrong with the stack beneath, in words.
        """
        found = self._faults(troubles)
        self._out.print()
        self._out.print(self._last(found, wide=self._out.width >= WIDE))
        if self._svg is not None:
            picture.take(self._svg / picture.ENDINGS, self._last(found, wide=True))
        self._out.print()
        self._out.print(self._closer(data))
        return not found

    def _last(self, found: list[str], *, wide: bool) -> RenderableType:
        return Group(
            endings.table(self._season.stories, self._lines, self._records, wide=wide),
            *(f" [bold red]✗[/] {escape(fault)}" for fault in found),
            f" {self._verdict(found)}",
        )

    def _verdict(self, found: list[str]) -> str:
        if found:
            many = "once" if len(found) == 1 else f"{len(found)} times"
            return f"[bold red]The season went wrong {many}: see above.[/]"
        customers = sum(len(record.told) for record in self._records.values())
        return (
            "[bold green]✓[/] Every line ended as its story says.\n"
            f"   {customers} messages to customers, {self._messages - customers} to suppliers, each once."
        )

    def _closer(self, data: Path) -> RenderableType:
        me = program_name()
        rows = {f"{me} show 1002/1": "the bookcase: what was promised when, and on what evidence"}
        if self._example is not None:
            rows[f"{me} message {self._example.key}"] = "a message as its customer read it"
        rows[f"{me} up"] = "the stack again, with every workflow's history in Temporal's pages"
        where = f"   [bold]export BACKORDER_DATA={escape(shlex.quote(str(data)))}[/]"
        closer = (
            f"   [bold]{escape(command)}[/]\n      [bright_black]{does}[/]" for command, does in rows.items()
        )
        return Group(" [bright_black]Look closer[/]", where, *closer)
