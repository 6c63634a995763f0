"""How many odd inputs are tried: a few in every run of the tests, FUZZ in all where `make fuzz` sets it."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, settings

FUZZ = int(os.environ.get("FUZZ", "0"))
TRIED: Counter[str] = Counter()
"""Verdicts by their door, told at the end of a long run."""


def share(percent: int, short: int) -> int:
    """So many of a hundred inputs of a long run, or `short` in every other."""
    return FUZZ * percent // 100 or short


def often(percent: int, short: int) -> settings:
    """Settings of hypothesis for a share of the inputs; the short form tries the same ones each time."""
    return settings(
        max_examples=share(percent, short),
        derandomize=not FUZZ,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )


def in_words(faults: Any) -> None:
    """Faults that every terminal, file and encoder takes, each short enough to be read."""
    assert faults
    for fault in faults:
        fault.encode()
        assert fault.isprintable(), ascii(fault)
        assert len(fault) < 1000, fault
        assert "Input should" not in fault, fault


def told(tried: Counter[str] = TRIED) -> str:
    """How many verdicts there were, by their door."""
    doors = ", ".join(f"{count:,} {name}" for name, count in sorted(tried.items()))
    return f"{sum(tried.values()):,} odd inputs: {doors}"
