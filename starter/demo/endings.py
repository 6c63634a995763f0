"""How the lines ended, and whether that is what their stories say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest

from rich import box
from rich.table import Table
from rich.text import Text

from starter.demo import words
from starter.demo.observer import FeedEntry, Line
from starter.demo.season import Story


@dataclass(kw_only=True)
class ToldRecord:
    """What was told of one line.

    told: kinds of messages, in their order. keys: the messages. twice: kinds of those that went twice.
    events: for the order system. shipped_on: the day of the last shipment.
    """

    told: list[str] = field(default_factory=list)
    twice: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    shipped_on: date | None = None

    def add(self, entry: FeedEntry) -> None:
        """Take in a piece of news."""
        if entry.who == "message":
            self.told.append(entry.what)
            if entry.key in self.keys:
                self.twice.add(entry.what)
            self.keys.add(entry.key)
        elif entry.who == "event":
            self.events.add(entry.what)
            if entry.what == "shipped":
                self.shipped_on = entry.at.date()

    def late(self, line: Line) -> int | None:
        """Days between the first promise and the last shipment; None without one of them."""
        if self.shipped_on is None or line.first_by is None:
            return None
        return max(0, (self.shipped_on - line.first_by).days)


def faults(story: Story, line: Line | None, record: ToldRecord) -> list[str]:
    """What is not as the story says."""
    if line is None:
        return ["it was never started"]
    found = []
    if line.status != story.ends:
        found.append(f"it is {line.status}, not {story.ends}")
    if record.told != list(story.hears):
        found.append(f"{_unlike(story.hears, record.told)}; heard: {', '.join(record.told) or 'nothing'}")
    late = record.late(line)
    if story.late is not None and (late is None or late > story.late):
        found.append(f"it is {late} days late" if late else "it never shipped")
    found += [f'its customer was told "{kind}" twice' for kind in sorted(record.twice)]
    if story.announced and "ending_due" not in record.events:
        found.append("its ending was not announced")
    return found


def _unlike(wanted: Sequence[str], told: Sequence[str]) -> str:
    """The first message that is not the one of the story; there has to be one."""
    pairs = enumerate(zip_longest(wanted, told), start=1)
    number, want, got = next((number, want, got) for number, (want, got) in pairs if want != got)
    if got is None:
        return f'its customer never heard "{want}"'
    where = f'message {number} to its customer was "{got}"'
    return f'{where}, not "{want}"' if want else f"{where}, and the story has no more"


def table(
    stories: Sequence[Story], lines: dict[str, Line], records: dict[str, ToldRecord], *, wide: bool
) -> Table:
    """One row for each line. wide: there is room for the product."""
    gap, by = (2, "by ") if wide else (1, "")
    found = Table(box=box.SIMPLE_HEAD, header_style="bright_black", padding=(0, gap, 0, 0), pad_edge=False)
    for heading in ("", "line", *(["product"] if wide else []), "story", "ending"):
        found.add_column(heading, no_wrap=True)
    found.add_column("told", justify="right", no_wrap=True)
    found.add_column("promised", no_wrap=True)
    found.add_column("shipped", no_wrap=True)
    found.add_column("late", justify="right", no_wrap=True)
    for story in stories:
        line, record = lines.get(story.line), records[story.line]
        good = not faults(story, line, record)
        sign = Text("✓", "bold green") if good else Text("✗", "bold red")
        if line is None:
            found.add_row(sign, story.line, *([""] if wide else []), story.story, "never started")
            continue
        late = record.late(line)
        product = f"{line.ordered} × {line.product}" if line.ordered > 1 else line.product
        found.add_row(
            sign,
            Text(line.id, "bold"),
            *([product] if wide else []),
            story.story,
            Text(line.status, words.STATUS[line.status]),
            str(len(record.told)),
            f"{by}{line.first_by:%-d %b}" if line.first_by else Text("no date", "bright_black"),
            f"{record.shipped_on:%-d %b}" if record.shipped_on else Text("–", "bright_black"),
            _late(late),
        )
    return found


def _late(days: int | None) -> Text:
    if days is None:
        return Text("–", "bright_black")
    return Text(f"{days} d", "yellow") if days else Text("on time", "green")
