"""How a person here calls the command."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def program_name() -> str:
    """`backorder` where it is on the PATH, else the way to it from here."""
    if shutil.which("backorder"):
        return "backorder"
    beside = Path(sys.executable).with_name("backorder")
    if not beside.exists():
        return f"{Path(sys.executable).name} -m starter"
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)
