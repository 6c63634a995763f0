"""What happened to a line, and what people noted about it, as people read it on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from backorder.queries.case_words import EVENTS, ROLES, VERDICTS
from starter.cli import wording

if TYPE_CHECKING:
    from backorder.queries.views import TimelineView
    from backorder.storage.notes import Note

_COLOURS = {"rejected": "red", "recorded": "yellow", "ignored": "dim"}
_LATE = timedelta(minutes=1)
"""From how long before its entry on the instant of a request is shown."""

Moment = Callable[[datetime], str]
"""An instant in words."""


def timeline(entries: Sequence[TimelineView], today: date, moment: Moment) -> Table:
    """One row for each entry; an instant that several share is said once."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True)
    rows.add_column()
    rows.add_column()
    before = ""
    for each in entries:
        at = moment(each.at)
        told = "; ".join([wording.dated(wording.reason(each.detail), today), *_besides(each, today, moment)])
        rows.add_row("" if at == before else f"[dim]{at}[/]", _what(each), told)
        before = at
    return rows


def _what(entry: TimelineView) -> str:
    what = escape(EVENTS.get(entry.what, entry.what.replace("_", " ")))
    if entry.what == "message_not_sent" and entry.by != "engine":
        what = "taken back"
    by = ""
    if entry.by != "engine":
        by = f" [dim]by {'the ' if entry.by in ROLES else ''}{escape(entry.by)}[/]"
    via = f" [dim]via {escape(entry.via)}[/]" if entry.via else ""
    colour = _COLOURS.get(entry.verdict, "")
    verdict = f" [{colour}]{VERDICTS.get(entry.verdict, entry.verdict)}[/]" if colour else ""
    return f"{what}{by}{via}{verdict}"


def _besides(entry: TimelineView, today: date, moment: Moment) -> Iterator[str]:
    """What a request says besides what it led to."""
    if isinstance(entry.until, datetime):
        yield f"until {moment(entry.until)}"
    elif entry.until is not None:
        yield f"until {wording.day(entry.until, today)}"
    elif entry.indefinite:
        yield "however long it takes"
    if entry.reason:
        yield f"“{escape(entry.reason)}”"
    if entry.evidence:
        yield f"[dim]on record as[/] {escape(entry.evidence)}"
    if entry.happened_at is not None and entry.at - entry.happened_at >= _LATE:
        yield f"[dim]counts from[/] {moment(entry.happened_at)}"


def notes(left: Sequence[Note], moment: Moment) -> Table:
    """One row for each note, the oldest first."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True)
    rows.add_column()
    rows.add_column()
    for each in left:
        rows.add_row(f"[dim]{moment(each.at)}[/]", f"[dim]{escape(each.by)}[/]", escape(each.text))
    return rows
