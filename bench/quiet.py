"""Whether the machine was quiet enough for a figure to mean something."""

from __future__ import annotations

import os

from rich.console import Console

BUSY_LOAD = 0.5
"""Processes that want a core, for each core before the run, from which the figures mean little."""


def load() -> float:
    """Processes that wanted a core in the last minute, for each core."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def is_busy(before: float) -> bool:
    """Whether a run that began at that load is not to be trusted."""
    return before > BUSY_LOAD


def say_if_busy(before: float, out: Console) -> None:
    """Say that the figures mean little, where that is so."""
    if is_busy(before):
        out.print(
            f"[yellow]![/] the machine was busy before the run (load {before:.2f} a core): "
            "do not trust these figures"
        )
