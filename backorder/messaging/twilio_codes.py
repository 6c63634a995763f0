"""What Twilio's error codes ask for, as a table that is data: twilio_codes.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

Treatment = Literal["suppress", "unusable", "alert", "later", "back_off", "quiet", "pause"]
"""What a code asks for; twilio_codes.toml says what each means."""

TRANSIENT: frozenset[Treatment] = frozenset({"later", "back_off", "quiet", "pause"})
"""Treatments of a text that was not processed and may go another time."""
OF_ONE: frozenset[Treatment] = frozenset({"later", "quiet"})
"""Those that say nothing about anybody but the one it is for."""

_BUILT_IN = Path(__file__).with_name("twilio_codes.toml")


@dataclass(frozen=True, slots=True)
class Codes:
    """treatments: by Twilio's error code. waits: seconds, by treatment."""

    treatments: Mapping[int, Treatment]
    waits: Mapping[str, float]

    def treatment(self, code: int) -> Treatment:
        """What the code asks for; `alert` for one that is not in the table."""
        return self.treatments.get(code, "alert")


@cache
def load(path: Path = _BUILT_IN) -> Codes:
    """The table in a TOML file. Raises ValueError for one that names no treatment of ours."""
    with path.open("rb") as file:
        table = tomllib.load(file)
    known = frozenset(get_args(Treatment))
    if strange := {value for value in table["codes"].values() if value not in known}:
        raise ValueError(f"{path.name}: unknown treatments {sorted(map(str, strange))}")
    return Codes(
        MappingProxyType({int(code): treatment for code, treatment in table["codes"].items()}),
        MappingProxyType({name: float(seconds) for name, seconds in table.get("wait", {}).items()}),
    )
