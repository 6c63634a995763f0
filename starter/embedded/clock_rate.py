"""How long a business day lasts, as people write it."""

from __future__ import annotations

import re

import click

_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", re.ASCII)
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
SHORTEST_S, LONGEST_S = 0.2, 86_400.0


class ClockRate(click.ParamType[float]):
    """A length of machine time between a fifth of a second and a day, in seconds: "2s", "500ms", "1m"."""

    name = "length"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it. Fails in words for the person at the terminal."""
        if isinstance(value, float):
            return value
        found = _FORM.fullmatch(str(value).strip())
        if found is None:
            self.fail(f'"{value}" is no length; write it like 2s, 500ms or 1m', param, ctx)
        seconds = float(found[1]) * _UNIT_S[found[2]]
        if not SHORTEST_S <= seconds <= LONGEST_S:
            self.fail(f"a business day lasts between {SHORTEST_S:g} s and a day, not {value}", param, ctx)
        return seconds
