"""Regions as they come in: ISO 3166 codes, and what is wrong with what is none."""

from __future__ import annotations

import re

from backorder.domain.region_hints import LOCALES, US_STATES, region_meant
from backorder.domain.region_zones import REGION_ZONES
from backorder.domain.texts import shown

_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}")
"""The second half of an ISO 3166-2 code."""
_ELSEWHERE = ("BV", "HM", "XK")
"""Countries without a time zone of their own: two islands, and Kosovo, whose code is in no standard yet."""


def fault_of_region(code: str) -> str | None:
    """What is wrong with a country (ISO 3166-1) or a part of one (ISO 3166-2); None if nothing is."""
    if _is_region(code):
        return None
    meant = region_meant(code) or _country_named(code)
    if meant != code and _is_region(meant):
        return f"{shown(code)} is no ISO 3166 region; write {meant}"
    return f"{shown(code)} is no ISO 3166 region; write it like US or US-CA"


def _is_region(code: str) -> bool:
    country, dash, part = code.partition("-")
    known = country in REGION_ZONES or country in _ELSEWHERE
    if not known or bool(dash) != bool(_SUBDIVISION.fullmatch(part)):
        return False
    return country != "US" or not part or part in US_STATES


def _country_named(name: str) -> str:
    """The code of a country by its name, in languages that the messages have and some of their neighbours."""
    from babel import Locale

    fold = name.casefold()
    for each in LOCALES:
        for code, words in Locale(each).territories.items():
            if words.casefold() == fold and code in REGION_ZONES:
                return str(code)
    return ""
