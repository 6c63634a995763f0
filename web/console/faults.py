"""What is wrong with a form, each fault beside the field that it is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from backorder.errors import RefusedError
from backorder.problems import parted

ELSEWHERE = ""
"""What is about no field of the form stands above it."""


def by_field(error: RefusedError, fields: Collection[str]) -> Mapping[str, list[str]]:
    """The faults by the names of the form's fields; what is about none of them under ELSEWHERE."""
    found: dict[str, list[str]] = {}
    for fault in error.faults:
        where, words = parted(fault)
        named = [name for name in where.split(", ") if name in fields]
        for name in named or [ELSEWHERE]:
            found.setdefault(name, []).append(words if named else fault)
    return found
