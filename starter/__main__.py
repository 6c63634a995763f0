"""`backorder`, and `python -m starter`: the command line."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import NoReturn

from starter.cli import cli
from starter.cli.lazy import READER_GONE

DISK_FULL = 2


def main() -> NoReturn:
    """Run the command line, then leave at once."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that has no ✓ gets a question mark.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    code = 0
    try:
        cli.main(prog_name="backorder")
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
    code = _flushed() or code
    if "temporalio" not in sys.modules and code != READER_GONE:
        sys.exit(code)
    # Temporal's native threads can crash an interpreter that takes itself apart.
    os._exit(code)


def _flushed() -> int:
    """Bring out what is still to be written. Returns the exit code for what went wrong, 0 for nothing."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        return READER_GONE
    except OSError as error:
        os.write(2, f"✗ the output cannot be written: {error.strerror}\n".encode())
        return DISK_FULL
    return 0


if __name__ == "__main__":
    main()
