"""`backorder`, and `python -m starter`: the command line."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from starter.cli import cli


def main() -> NoReturn:
    """Run the command line, then leave at once."""
    code = 0
    try:
        cli.main(prog_name="backorder")
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
    if "temporalio" not in sys.modules:
        sys.exit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    # Temporal's native threads can crash an interpreter that takes itself apart.
    os._exit(code)


if __name__ == "__main__":
    main()
