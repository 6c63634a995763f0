"""What a program wrote into its log that nobody should find there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

LEVELS = ("ERROR", "CRITICAL")
TRACEBACK = "Traceback (most recent call last)"
CRASHES = (TRACEBACK, "panicked at", "Fatal Python error")
"""What Python and Temporal's native part write when nobody caught an error."""
LONGEST = 300


def logged(log: Path) -> list[str]:
    """One sentence with the number of errors in a program's log and the first of them; none without errors.

    Errors are lines of that level, and what a program writes when nothing catches its error.
    """
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    found = [number for number, line in enumerate(lines) if _is_error(line)]
    if not found:
        return []
    many = "an error" if len(found) == 1 else f"{len(found)} errors, the first"
    return [f"the {log.stem} logged {many}: {_words(lines[found[0] :]):.{LONGEST}} (see {log})"]


def _is_error(line: str) -> bool:
    return line.split(maxsplit=2)[1:2] in ([level] for level in LEVELS) or any(
        crash in line for crash in CRASHES
    )


def _words(lines: Sequence[str]) -> str:
    """What the error that begins with the first line says: of a traceback its last line."""
    if TRACEBACK not in lines[0]:
        return lines[0]
    frames = len(list(takewhile(lambda line: line.startswith(" "), lines[1:])))
    return " ".join(lines[1 + frames : 2 + frames]) or TRACEBACK
