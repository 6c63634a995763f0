"""How many odd inputs are tried: a few in every run of the tests, FUZZ in all where `make fuzz` sets it."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, settings

FUZZ = int(os.environ.get("FUZZ", "0"))
TRIED: Counter[tuple[str, str]] = Counter()
"""How many inputs had each verdict, by the door at which they were tried; told at the end of a long run."""


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


def table(tried: Counter[tuple[str, str]]) -> list[str]:
    """Lines of a table: how many inputs were tried at each door, and what became of them."""
    doors = sorted({door for door, _ in tried})
    width = max(map(len, doors))
    lines = []
    for door in doors:
        verdicts = {verdict: count for (each, verdict), count in tried.items() if each == door}
        shares = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.items()))
        lines.append(f"{door:<{width}}  {sum(verdicts.values()):>9,}  ({shares})")
    return [
        *lines,
        f"{'odd inputs':<{width}}  {tried.total():>9,}  at {len(doors)} door{'s' * (len(doors) > 1)}",
    ]
