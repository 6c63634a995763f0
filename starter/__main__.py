"""`backorder`, and `python -m starter`: the command line."""

from __future__ import annotations

import codecs
import gc
import os
import sys
from contextlib import suppress
from io import FileIO, TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

from starter.cli import cli
from starter.cli.lazy import READER_GONE

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

DISK_FULL = 2
COLLECT = (100_000, 50, 50)
"""When Python looks for garbage that refers to itself."""
IN_ASCII = "backorder.in_ascii"
_LIKE = {
    "✓": "v",
    "✗": "x",
    "●": "*",
    "○": "o",
    "–": "-",
    "—": "-",
    "…": "...",
    "→": "->",
    "×": "x",
    "·": ".",
}
"""What a terminal shows that has only some of the letters; anything else is a question mark."""


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(_LIKE.get(letter, "?") for letter in letters), error.end


codecs.register_error(IN_ASCII, _in_ascii)


def main() -> NoReturn:
    """Run the command line, then leave at once."""
    # Most of what a command makes are modules, which stay: looking through them for garbage finds nothing.
    gc.set_threshold(*COLLECT)
    _open_what_is_closed()
    _hear_no_fault_of_stderr()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=IN_ASCII)
    code = 0
    try:
        cli.main(prog_name="backorder")
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
    code = _flushed() or code
    # An interpreter that takes itself apart needs a fifth of a command's time for that, and Temporal's native
    # threads can crash it.
    os._exit(code)


def _flushed() -> int:
    """Bring out what is still to be written. Returns the exit code for what went wrong, 0 for nothing."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        return READER_GONE
    except OSError as error:
        sys.stderr.write(f"✗ the output cannot be written: {error.strerror}\n")
        return DISK_FULL
    return 0


def _open_what_is_closed() -> None:
    """What is said to a stream that was closed, as by `>&-`, goes nowhere.

    Its number would else be the next file's that is opened, and words for people would end in that.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            with suppress(OSError):
                os.fstat(number)
                continue
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


class _Heedless(FileIO):
    """A stream that takes what it can: what is said beside the output never stops the work."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write what can be written."""
        with suppress(OSError):
            super().write(data)
        return memoryview(data).nbytes


def _hear_no_fault_of_stderr() -> None:
    if isinstance(sys.stderr, TextIOWrapper):
        sys.stderr = TextIOWrapper(
            _Heedless(sys.stderr.fileno(), "w", closefd=False),
            encoding=sys.stderr.encoding,
            line_buffering=True,
            write_through=True,
        )


if __name__ == "__main__":
    main()
