"""The lines of the demo's season as they were recorded, for a policy's backtest that needs no database."""

from __future__ import annotations

from collections.abc import Sequence

from backorder.domain.backtest.history import LineHistory
from backorder.domain.calendar import Calendar
from backorder.storage.history_files import read_histories
from starter.demo.season import DATA

FILE = DATA / "history.jsonl"


def demo_histories() -> tuple[Sequence[LineHistory], Calendar]:
    """The lines, and the shop's calendar."""
    return read_histories(FILE.read_text(encoding="utf-8")), Calendar(zone="UTC")
