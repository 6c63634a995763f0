"""A bench as a program: what it is asked, and how it ends."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn


def above_zero(text: str) -> int:
    """A whole number of an option, from 1 on."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def leave(code: int) -> NoReturn:
    """End at once, with all that was printed. code: the exit code."""
    sys.stdout.flush()
    sys.stderr.flush()
    # Temporal's native threads can crash an interpreter that takes itself apart.
    os._exit(code)
