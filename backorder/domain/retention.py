"""How long what is on record of a line is kept after its end. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from backorder.domain.durations import parse_duration
from backorder.domain.texts import shown

LINKS_WORK = timedelta(days=60)
"""How long a link that ends promotions has to work: 60 days by Canada's law, 30 by CAN-SPAM."""
_YEARS = re.compile(r"(\d{1,2})\s*y", re.ASCII)


def kept_since(length: str, now: datetime) -> datetime:
    """What ended before this instant is not kept any more. length: years like 6y, or a duration like 90d.

    Raises ValueError, in words for the person who wrote it, for anything else.
    """
    years = _YEARS.fullmatch(length.strip())
    if years is None:
        try:
            return now - parse_duration(length)
        except ValueError:
            raise ValueError(f"{shown(length)} is no length; write years like 6y, or days like 90d") from None
    year = now.year - int(years[1])
    leap = (now.month, now.day) == (2, 29) and (year % 4 or (year % 100 == 0 and year % 400))
    return now.replace(year=year, day=28) if leap else now.replace(year=year)
