"""Showing how far a measurement is, on standard error."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Show = Callable[[str, int, int], None]
"""Shows progress: what, done, of how many (0: not known)."""


def bars(console: Console) -> tuple[Progress, Show]:
    """A bar on a terminal, a line for each part of the run elsewhere."""
    shown = ""
    progress = Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = progress.add_task("starting", total=None)

    def show(what: str, done: int, total: int) -> None:
        nonlocal shown
        if what != shown:
            progress.reset(task)
            if not console.is_terminal:
                console.print(what)
            shown = what
        progress.update(task, description=what, completed=done, total=total or None)

    return progress, show
