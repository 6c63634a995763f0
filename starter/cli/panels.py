"""What stands in a frame on a terminal: the head of a case, and a message as it goes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich import box
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from starter.cli import wording

if TYPE_CHECKING:
    from backorder.queries.views import CaseView, ShortCase


def case_panel(case: CaseView | ShortCase, facts: Iterable[tuple[str, str]], colour: str) -> Panel:
    """A case's name, status and facts. facts: name and words of each, in markup. colour: of the frame."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for name, words in facts:
        grid.add_row(name, words)
    return Panel(
        grid,
        title=f"[bold]{escape(case.id)}[/]  {escape(case.product)} [dim]{escape(case.sku)}[/]",
        title_align="left",
        subtitle=wording.status(case.status),
        subtitle_align="right",
        box=box.ROUNDED,
        border_style=colour,
        padding=(1, 2),
    )


def message_panel(title: str, words: str, below: str) -> Panel:
    """A message in its words. title: its subject, or what it is. below: how it goes, and how it stands."""
    return Panel(
        Text(words),
        title=Text(f" {title} ", style="bold"),
        title_align="left",
        subtitle=Text(f" {below} ", style="dim"),
        subtitle_align="right",
        box=box.ROUNDED,
        border_style="dim",
        padding=(1, 2),
        width=96,
    )
