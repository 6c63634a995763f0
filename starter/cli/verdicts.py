"""What became of each entry of a file: words for people, JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from backorder.errors import BackorderError, RefusedError
from starter.cli.output import BAD_INPUT, say_json

if TYPE_CHECKING:
    from rich.console import Console

STARTED, THERE, DONE, REFUSED = "started", "already there", "done", "refused"
_MARKS = {STARTED: "[green]✓[/]", DONE: "[green]✓[/]", THERE: "[yellow]–[/]", REFUSED: "[red]✗[/]"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What became of one entry. line: of the file, from 1. id: what it is about, "" where nobody knows.

    remarks: what the person should know of one that was taken.
    """

    line: int
    id: str
    verdict: str
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def faults_of(error: BackorderError) -> list[str]:
    """What is wrong, one by one."""
    return list(error.faults) if isinstance(error, RefusedError) else [str(error)]


def show(out: Console, verdict: Verdict, *, dry_run: bool = False) -> None:
    """Print one verdict."""
    from rich.markup import escape

    words = _in_words(verdict.verdict, dry_run=dry_run)
    where = f"[dim]line {verdict.line}[/]"
    named = f"  {escape(verdict.id)}" if verdict.id else ""
    out.print(f"{_MARKS[verdict.verdict]} {where}{named}  {words}", soft_wrap=True)
    for fault in (*verdict.faults, *verdict.remarks):
        out.print(f"    {escape(fault)}", soft_wrap=True)


def summary(
    out: Console, verdicts: Sequence[Verdict], names: Sequence[str], *, dry_run: bool = False, as_json: bool
) -> None:
    """Print how many there are of each; leave with exit code 2 if something was refused."""
    counts = Counter(verdict.verdict for verdict in verdicts)
    if as_json:
        named = {name.replace(" ", "_"): counts[name] for name in names}
        say_json({"dry_run": dry_run, **named, "lines": verdicts})
    else:
        parts = [f"{counts[each]} {_in_words(each, dry_run=dry_run)}" for each in names]
        out.print(f"\n[bold]{', '.join(parts)}[/]" + ("; nothing was written" if dry_run else ""))
    if counts[REFUSED]:
        click.get_current_context().exit(BAD_INPUT)


def _in_words(verdict: str, *, dry_run: bool) -> str:
    return "would start" if dry_run and verdict == STARTED else verdict
