"""What a command prints: words for people, JSON for programs, faults for whoever has to correct them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from backorder.errors import BackorderError, ConflictError, ErasureWaitsError, RefusedError, RejectedError

if TYPE_CHECKING:
    from rich.console import Console

DONE, REFUSED, BAD_INPUT, PENDING, NO_EFFECT = 0, 1, 2, 3, 4
INTERRUPTED = 130
WIDE = 140
"""Columns of what goes to a file or a pipe, where nobody says how wide it is."""

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def say(words: str, *, err: bool = False) -> None:
    """Print words in the letters that the stream has; click writes UTF-8 to a stream of ASCII."""
    click.echo(words, file=sys.stderr if err else sys.stdout)


def say_json(value: object, *, on_one_line: bool = False) -> None:
    """Print one JSON value. on_one_line: of several that are read line by line."""
    from backorder.queries.views import as_json

    say(_dumped(as_json(value), indent=None if on_one_line else 2))


def _dumped(value: object, *, indent: int | None = None) -> str:
    """JSON in letters as they are, where the stream has all of them."""
    whole = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    return json.dumps(value, indent=indent, ensure_ascii=not whole)


def say_line(value: object) -> None:
    """Print one JSON value on a line of its own, in letters that any terminal and file takes."""
    from backorder.queries.views import as_json

    say(json.dumps(as_json(value)))


def console(*, stderr: bool = False) -> Console:
    """A console for tables."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    wide = None if stream.isatty() or "COLUMNS" in os.environ else WIDE

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            """Leave it to the command's end, as for everything else that is written."""
            raise BrokenPipeError

    return Plain(file=stream, width=wide, highlight=False)


def well(words: str) -> None:
    """Say that something is done."""
    say(click.style("✓ ", fg="green") + words)


def heed(words: str, *, err: bool = False) -> None:
    """Say what the person should know about what is done. err: beside the output."""
    say(click.style("! ", fg="yellow") + words, err=err)


def complain(error: BackorderError) -> None:
    """Say what is wrong, one fault a line; with --json as a problem object on standard output too.

    What was given as an option is named as it was typed.
    """
    from starter.cli.faults import as_typed

    error = as_typed(error)
    say_problem(error)
    if isinstance(error, RefusedError):
        faults(list(error.faults))
        return
    first, *others = str(error).splitlines()
    _err(click.style("✗ ", fg="red") + first)
    for line in others:
        _err(f"  {line}")


def usage_problem(error: click.UsageError) -> None:
    """With --json, say what is wrong with the command line as a problem object on standard output."""
    from starter.cli.faults import place_of

    where, words = "", error.format_message()
    if isinstance(error, click.NoSuchOption | click.BadOptionUsage):
        where = error.option_name
    elif isinstance(error, click.BadParameter) and error.param is not None:
        where = place_of(error.param)
        if not isinstance(error, click.MissingParameter):
            words = error.message
    say_problem(RefusedError([f"{where}: {words}" if where else words]))


def say_problem(error: BackorderError) -> None:
    """With --json, print a problem object. On one line: a file's verdicts are read line by line."""
    if _wants_json():
        from backorder.problems import problem

        # What cannot be written may be the output itself; its words go to standard error.
        with suppress(OSError):
            say(_dumped(problem(error)))


def _wants_json() -> bool:
    from starter.cli.lazy import ARGS

    context = click.get_current_context(silent=True)
    return context is not None and "--json" in context.meta.get(ARGS, ())


def faults(found: Sequence[str], heading: str = "refused, nothing was written") -> None:
    """Every fault on a line of its own."""
    from backorder.problems import parted

    many = f"{len(found)} faults" if len(found) > 1 else "1 fault"
    _err(click.style("✗ ", fg="red") + f"{heading}: {many}")
    for fault in found:
        where, words = parted(fault)
        _err(f"  {click.style(where, bold=True)}: {words}" if where else f"  {words}")


def exit_code(error: BackorderError) -> int:
    """The exit code for an error."""
    return REFUSED if isinstance(error, ConflictError | ErasureWaitsError | RejectedError) else BAD_INPUT


def _err(words: str) -> None:
    say(words, err=True)


@contextmanager
def progress(*, total: int, word: str = "lines", hidden: bool = False) -> Iterator[Callable[[], None]]:
    """A progress bar with rate and rest on standard error, if that is a terminal.

    Yields what is called after each step. word: what is counted. hidden: nothing is drawn, or loaded for it.
    """
    if hidden:
        yield _unseen
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")

    where = console(stderr=True)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"[dim]{word}[/]"),
        Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=where, transient=True, disable=not where.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def _unseen() -> None:
    """A step of which nothing is drawn."""


@contextmanager
def counting(*, hidden: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar that is told how many of how many steps are done."""
    with progress(total=100, word="%", hidden=hidden) as step:
        shown = 0

        def counted(done: int, total: int) -> None:
            nonlocal shown
            while total and shown < 100 * done // total:
                step()
                shown += 1

        yield counted
