"""The parts of `status`, and what of it is a worry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from starter.attendance import SILENT
from starter.cli.wording import STATUS_COLOURS

if TYPE_CHECKING:
    from backorder.queries.overview import Overview
    from backorder.storage.channels import ChannelView
    from starter.deployments import Build
    from starter.status import Status

_SHORT = 8
"""Letters of a message's ID that tell it from others."""
BAR = 46
"""Columns of the bar of lines."""
_STATES = {"open": "[green]✓[/] open", "failing": "[yellow]![/] failing", "paused": "[red]✗ paused[/]"}


def worries(status: Status, *, overdue: timedelta) -> list[str]:
    """What needs a look, in words."""
    return list(_worries(status, overdue))


def _worries(status: Status, overdue: timedelta) -> Iterator[str]:
    found = status.overview
    yield from (f"{each.name} is {each.state}" for each in found.channels if each.state != "open")
    late = [each for each in found.undone if _behind(found, each.since) > overdue]
    yield from (f"{each.what} {each.about} is overdue" for each in late)
    rows = found.errors - len(found.activities)
    yield from (f"{each.subject} fails again and again" for each in found.activities)
    if rows:
        yield f"{rows:,} put aside: the engine failed on them"
    if status.attendance is None:
        yield "Temporal does not answer"
        return
    yield from (
        f"nobody works on the {each.kind} of task queue {each.name}"
        for each in status.attendance.queues
        if not each.workers
    )
    yield from (
        f"lines wait on build {each.build}, which has no workers"
        for each in status.builds
        if each.deployment and is_deserted(each)
    )
    swept = status.attendance.swept
    if swept is None or status.at - swept > SILENT:
        yield "the sweep does not run"


def _behind(found: Overview, since: datetime) -> timedelta:
    """Machine time since a business instant."""
    return (found.now - since) / found.rate


def lines(found: Overview) -> RenderableType:
    """How many lines are in each status, as a bar and in words."""
    total = sum(found.lines.values())
    if not total:
        return Text("no order lines yet", style="dim")
    bar, words = Text(), Text()
    shown = [(name, count) for name, count in found.lines.items() if count]
    for name, count in shown:
        wide = max(1, round(BAR * count / total))
        bar.append("█" * wide, style=STATUS_COLOURS[name])
        words.append("  " if words else "")
        words.append(f"{count:,} ", style=f"bold {STATUS_COLOURS[name]}")
        words.append(name)
    needs = (
        f"[bold red]![/] {found.attention:,} {'need' if found.attention > 1 else 'needs'} a person"
        if found.attention
        else ""
    )
    tasks = f"{found.tasks:,} {'tasks are' if found.tasks > 1 else 'task is'} open" if found.tasks else ""
    below = ", ".join(each for each in (needs, tasks) if each)
    return Group(bar, words, *([Text.from_markup(below)] if below else []))


def channels(
    found: Sequence[ChannelView],
    *,
    now: datetime,
    rate: float,
    at: datetime,
    unrouted: tuple[int, datetime | None] = (0, None),
) -> RenderableType:
    """How each way out stands, and what waits for it. now: business time; at: machine time.

    unrouted: messages whose channel is not chosen yet, and since when the oldest is due.
    """
    table = Table.grid(padding=(0, 3))
    for justify in ("left", "left", "right", "right", "right", "left"):
        table.add_column(justify=justify, overflow="fold")
    heads = ("messages by", "state", "waiting", "unknown", "oldest due", "why")
    table.add_row(*(f"[dim]{name}[/]" for name in heads))
    for each in found:
        table.add_row(
            each.name,
            _STATES[each.state],
            f"{each.waiting:,}",
            f"[yellow]{each.unclear:,}[/]" if each.unclear else "0",
            _lag(each.oldest_due, now, rate),
            _why(each, at),
        )
    count, oldest = unrouted
    if count:
        table.add_row("[dim]no channel yet[/]", "", f"{count:,}", "", _lag(oldest, now, rate), "")
    return table


def _lag(since: datetime | None, now: datetime, rate: float) -> str:
    return f"{length((now - since) / rate)} ago" if since is not None else "[dim]–[/]"


def _why(each: ChannelView, at: datetime) -> str:
    if each.since is None:
        return "[dim]–[/]"
    by = f", by {escape(each.by)}" if each.by else ""
    until = f", for another {length(each.until - at)}" if each.until is not None else ""
    return f"for {length(at - each.since)}{by}{until}: {escape(each.reason)}"


def versions(found: Sequence[Build]) -> RenderableType:
    """The versions of the workers, and what is open on each."""
    table = Table.grid(padding=(0, 3))
    for justify in ("left", "left", "right", "right", "left"):
        table.add_column(justify=justify, overflow="fold")
    table.add_row(*(f"[dim]{name}[/]" for name in ("version", "state", "workflows", "lines", "workers")))
    for each in found:
        name = f"{each.deployment} {each.build}" if each.deployment else "without version"
        workers = f"[green]✓[/] {each.workers}" if each.workers else "[dim]none[/]"
        if is_deserted(each):
            workers = "[red]✗[/] none"
        table.add_row(escape(name), each.state or "[dim]–[/]", f"{each.open:,}", f"{each.lines:,}", workers)
    return table


def is_deserted(each: Build) -> bool:
    """Whether lines wait on a version that has no workers."""
    return bool(each.lines and not each.workers)


def engine(status: Status, *, overdue: timedelta) -> RenderableType:
    """Who works, what is overdue, what failed, and on what it all runs."""
    found = status.overview
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, words in (*_presence(status), *_trouble(status, overdue)):
        table.add_row(name, words)
    rate = "" if found.rate == 1 else f", a day lasts {86400 / found.rate:g} s"
    table.add_row("business time", f"{found.now:%a %d %b %Y %H:%M} UTC{rate}")
    table.add_row("schema", f"{found.schema or '–'}, for version {found.oldest_program or '–'} or newer")
    return table


def _presence(status: Status) -> Iterator[tuple[str, str]]:
    here = status.attendance
    if here is None:
        yield "Temporal", f"[red]✗ does not answer[/]: {escape(status.away)}"
        yield "workers, sweep", "[dim]unknown[/]"
        return
    names = sorted({each for queue in here.queues for each in queue.workers})
    deserted = [f"{each.name} ({each.kind})" for each in here.queues if not each.workers]
    if names:
        yield "workers", f"[green]✓[/] {len(names)}: {escape(', '.join(names))}"
    if deserted:
        yield "" if names else "workers", f"[red]✗[/] nobody works on {escape(', '.join(deserted))}"
    if here.swept is None:
        yield "sweep", "[red]✗[/] never ran"
        return
    ago = status.at - here.swept
    mark = "[green]✓[/]" if ago <= SILENT else "[red]✗[/]"
    yield "sweep", f"{mark} {length(ago)} ago" + (", [red]its schedule is paused[/]" if here.paused else "")


def _trouble(status: Status, overdue: timedelta) -> Iterator[tuple[str, str]]:
    found = status.overview
    late = [(each, _behind(found, each.since)) for each in found.undone]
    if not late:
        yield "overdue", "[green]✓[/] nothing"
    for number, (each, behind) in enumerate(late):
        mark = "[dim]·[/]" if behind <= overdue else "[yellow]![/]"
        about = each.about[:_SHORT] if each.what == "message" else each.about
        words = f"{mark} {each.what} [bold]{escape(about)}[/], for {length(behind)}"
        yield ("overdue" if number == 0 else ""), words
    if not found.errors:
        yield "failing", "[green]✓[/] nothing"
    for number, note in enumerate(found.failing):
        words = f"[red]✗[/] [bold]{escape(note.subject)}[/] {note.times}x: {escape(note.words)}"
        yield ("failing" if number == 0 else ""), words
    if found.errors > len(found.failing):
        yield "", f"[dim]and {found.errors - len(found.failing):,} more[/]"


def length(length: timedelta) -> str:
    """Roughly how long: the largest unit that it has, as whole numbers."""
    total = max(0, round(length.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if total >= 2 * size:
            return f"{total // size:,} {unit}"
    return f"{total} s"
