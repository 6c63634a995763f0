"""Time zones by their IANA names."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from backorder.domain.texts import shown

_FORM = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*", re.ASCII)
_NO_PLACES = frozenset({"localtime", "factory", "posixrules", "leapseconds", "posix", "right"})
"""Files and folders of the zone database that name no place, by their first part."""


def zone_of(name: str) -> str:
    """An IANA time zone that names a place, or UTC. Raises ValueError for anything else."""
    try:
        if not _FORM.fullmatch(name) or name.partition("/")[0].casefold() in _NO_PLACES:
            raise ValueError
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{shown(name)} is no IANA time zone; write it like Europe/Berlin") from None
    return name
