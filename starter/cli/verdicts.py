"""What became of each entry of a file: a screen for people, a line of JSON each for programs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from backorder.errors import RefusedError
from starter.cli.output import BAD_INPUT, console, say_line
from starter.files.csvfiles import Writer
from starter.files.verdict import (
    DONE,
    REFUSED,
    STARTED,
    THERE,
    WOULD,
    WOULD_START,
    EntryVerdict,
    on_one_line,
    plain,
)

if TYPE_CHECKING:
    from rich.console import Console

EXAMPLES = 3
"""Entries that are shown of each kind of fault."""
KINDS = 20
"""Kinds of fault that are shown."""
_COLOURS = {
    STARTED: "green",
    DONE: "green",
    WOULD: "green",
    WOULD_START: "green",
    THERE: "yellow",
    REFUSED: "red",
}
_VARIES = re.compile(r'"[^"]*"|[\w.+:/#-]*\d[\w.+:/#-]*')
"""What differs between two faults of one kind: what is quoted, numbers, days and IDs."""


@dataclass(kw_only=True, slots=True)
class _Kind:
    """Faults, or remarks, of one kind."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


class Verdicts:
    """Counts the verdicts on a file and keeps a few faults of each kind, however many there are.

    word: row, line or entry. as_json: each is printed at once, one JSON object a line.
    """

    def __init__(
        self, word: str, *, as_json: bool, dry_run: bool = False, errors: Errors | None = None
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._word = word
        self._as_json = as_json
        self._dry_run = dry_run
        self._errors = errors
        self._faults: dict[str, _Kind] = {}
        self._remarks: dict[str, _Kind] = {}

    def note(self, verdict: EntryVerdict) -> None:
        """Take in a verdict."""
        self.counts[verdict.verdict] += 1
        for fault in verdict.faults:
            self._keep(self._faults, verdict, fault)
            if self._errors:
                self._errors.write(verdict, fault)
        for remark in (*verdict.warnings, *verdict.remarks):
            self._keep(self._remarks, verdict, remark)
        if self._as_json:
            say_line(verdict.said())

    def _keep(self, kinds: dict[str, _Kind], verdict: EntryVerdict, words: str) -> None:
        without = words.replace(verdict.id, '""') if verdict.id else words
        where, colon, rest = without.partition(": ")
        name = where + colon + _VARIES.sub("…", rest) if colon else _VARIES.sub("…", without)
        # Faults of so many kinds are no kinds; the last one is what is left.
        kind = kinds.setdefault(name if len(kinds) < 1000 else "", _Kind())
        kind.count += 1
        if len(kind.examples) < EXAMPLES:
            named = f" {_short(on_one_line(verdict.id))}" if verdict.id else ""
            kind.examples.append(f"{self._word} {verdict.line}{named}: {_short(words)}")

    def summary(self, names: Sequence[str], *, quiet: bool = False) -> None:
        """Print what was wrong, by kinds, and how many there are of each verdict."""
        out = console(stderr=self._as_json)
        if not self._as_json:
            self.explain(quiet=quiet)
        parts = [f"[{_COLOURS[name]}]{self.counts[name]:,}[/] {name}" for name in names]
        out.print(f"[bold]{', '.join(parts)}[/]" + ("; nothing was written" if self._dry_run else ""))

    def explain(self, *, quiet: bool = False, err: bool = False) -> None:
        """Print remarks and faults, a few of each kind. quiet: faults alone; err: beside the output."""
        out = console(stderr=err)
        if not quiet:
            self._print(out, self._remarks, "[yellow]![/]")
        self._print(out, self._faults, "[red]✗[/]")

    def _print(self, out: Console, kinds: Mapping[str, _Kind], mark: str) -> None:
        from rich.markup import escape

        found = sorted(kinds.values(), key=lambda kind: -kind.count)
        for kind in found[:KINDS]:
            for example in kind.examples:
                out.print(f"{mark} {escape(plain(example))}", soft_wrap=True)
            if more := kind.count - len(kind.examples):
                out.print(f"  [dim]… and {more:,} more of this kind[/]")
        if others := found[KINDS:]:
            out.print(f"  [dim]… and {sum(kind.count for kind in others):,} of other kinds[/]")
        cut = any(kind.count > len(kind.examples) for kind in found) or len(found) > KINDS
        if kinds is self._faults and cut and not self._errors:
            out.print("  [dim]--errors FILE writes every one of them[/]")

    def leave(self) -> None:
        """End the command with exit code 2 if something was refused."""
        if self.counts[REFUSED]:
            click.get_current_context().exit(BAD_INPUT)


class Errors:
    """A file that gets every fault, as CSV or JSON Lines."""

    def __init__(self, file: IO[str], *, as_json: bool) -> None:
        self._file = file
        self._rows = None if as_json else Writer(file)
        if self._rows:
            self._rows.write("line", "id", "fault")

    def write(self, verdict: EntryVerdict, fault: str) -> None:
        """Write one fault."""
        if self._rows:
            self._rows.write(verdict.line, plain(verdict.id), plain(fault))
        else:
            found = {"line": verdict.line, "id": verdict.id, "fault": fault}
            self._file.write(json.dumps(found) + "\n")


@contextmanager
def errors_file(name: str | None, read: str | None) -> Iterator[Errors | None]:
    """Open the file for the faults, before anything else is done; see `writable`. Raises RefusedError."""
    if name is None:
        yield None
        return
    ending = Path(name).suffix.lower()
    if ending not in (".csv", ".jsonl"):
        raise RefusedError([f"--errors: name it .csv or .jsonl, not {name}"])
    with writable(name, "--errors", read) as file:
        yield Errors(file, as_json=ending == ".jsonl")


@contextmanager
def writable(name: str, option: str, read: str | None = None) -> Iterator[IO[str]]:
    """Open a file for writing. read: the file that comes in, which would be emptied if it were the same.

    Raises RefusedError, with the option that names it, where that cannot be.
    """
    with suppress(OSError):  # one of them is not there
        if read is not None and Path(name).samefile(read):
            raise RefusedError([f"{option}: {name} is the file that is read; name another"])
    try:
        file = Path(name).open("w", newline="", encoding="utf-8")  # noqa: SIM115 - closed below
    except OSError as error:
        raise RefusedError([unwritable(name, option, error)]) from None
    with file:
        yield file


def unwritable(name: str, option: str, error: OSError) -> str:
    """The fault of an option whose file cannot be written, and what to do about it."""
    folder = Path(name).parent
    if not folder.exists():
        return f"{option}: {name} cannot be written: there is no folder {folder}; make it, or name another"
    return f"{option}: {name} cannot be written: {(error.strerror or str(error)).lower()}; name another place"


def _short(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
