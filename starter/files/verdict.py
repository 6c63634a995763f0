"""What became of each entry of a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from backorder.errors import BackorderError, RefusedError

STARTED, THERE, DONE, REFUSED = "started", "already there", "done", "refused"
WOULD, WOULD_START = "would be done", "would start"
"""What nothing was written of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryVerdict:
    """What became of one entry. line: of the file, from 1. id: what it is about, "" where nobody knows.

    warnings: what was left out of one that was taken; remarks: what the person should know besides. fields:
    what it led to, for a program.
    """

    line: int
    id: str
    verdict: str
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    fields: Mapping[str, object] = field(default_factory=dict)

    def said(self) -> dict[str, object]:
        """All of it, for a program."""
        return {name: value for name, value in asdict(self).items() if name != "fields"} | dict(self.fields)


def faults_of(error: BackorderError) -> list[str]:
    """What is wrong, one by one."""
    return list(error.faults) if isinstance(error, RefusedError) else [str(error)]


def with_others(faults: Sequence[str], found: Iterable[str]) -> list[str]:
    """Faults of an entry, and those that were found besides; a field is named once."""
    named = {_place(fault) for fault in faults}
    return [*faults, *(fault for fault in found if _place(fault) not in named)]


def _place(fault: str) -> str:
    """The field that a fault names, with the row where it names one."""
    where, _, words = fault.partition(": ")
    return f"{where}: {words.partition(': ')[0]}" if " " in where else where


def plain(text: str) -> str:
    """A text that any terminal and file takes: control characters and halves of letters are written out."""
    return "".join(letter if letter.isprintable() else _written_out(letter) for letter in text)


def on_one_line(text: str) -> str:
    """The same of what names an entry: ends of lines are written out, too."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _written_out(letter: str) -> str:
    return letter if letter in "\n\t" else letter.encode("unicode_escape").decode("ascii")
