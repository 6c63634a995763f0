"""Which code of ISO 3166 is meant by what people and other systems write in its place."""

from __future__ import annotations

from collections.abc import Mapping

from backorder.domain.region_zones import REGION_ZONES

_STATES = """
AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR UM VI
"""
US_STATES = frozenset(_STATES.split())
"""ISO 3166-2:US: states, the district and outlying areas."""
_MEANT: Mapping[str, str] = {
    "uk": "GB",
    "great britain": "GB",
    "england": "GB-ENG",
    "scotland": "GB-SCT",
    "wales": "GB-WLS",
    "northern ireland": "GB-NIR",
    "el": "GR",
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "america": "US",
    "holland": "NL",
    "schweiz": "CH",
    "suisse": "CH",
    "svizzera": "CH",
    "czech republic": "CZ",
}
"""What no table of names has."""
LOCALES = ("en", "de", "es", "fr", "it", "nl", "pt", "hi")
"""Languages whose names of countries are known."""


def region_meant(text: str) -> str:
    """The code that a text may mean: UK is GB, de and Germany are DE; "" for none."""
    fold = text.strip().casefold()
    if fold in _MEANT:
        return _MEANT[fold]
    country, dash, part = text.strip().upper().partition("-")
    if country in REGION_ZONES:
        return f"{country}{dash}{part}"
    return {"XI": "GB-NIR"}.get(country, "")
