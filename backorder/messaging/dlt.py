"""Texts to India: operators carry only what was registered with them word for word (DLT, TRAI's rules)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from backorder.domain.notifications import OFFER_KINDS, SUPPLIER_KINDS, Kind
from backorder.messaging.customer_links import OPT_OUT, PAGE
from backorder.messaging.message_content import Shop

TAG = "{#alphanumeric#}"
"""What stands in a registered text for what varies: since November 2025 each variable says what it is."""
LONGEST = 30
"""Characters of what is put in for a variable, at most."""
_NUMBERS = ("+91",)
_FILE = "dlt.jinja"
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """What stands for a tag, in the order of the text. reason: why the text has more than two; else ""."""

    tag: str
    stands_for: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """A text to register. category: as the registers call it. unicode: it is no GSM-7 text."""

    kind: Kind
    language: str
    category: Literal["service implicit", "promotional"]
    text: str
    variables: tuple[Variable, ...]
    unicode: bool


_ITEM = Variable(tag=TAG, stands_for="the product, or how many of them")
_LINK = Variable(tag=TAG, stands_for="the end of the link to the customer's page")
_OUT = Variable(
    tag=TAG,
    stands_for="the end of the link that ends promotions",
    reason="whoever is sent a promotion must be able to end them",
)


def is_registered(number: str) -> bool:
    """Whether texts to a number must be those that were registered."""
    return number.startswith(_NUMBERS)


@cache
def languages() -> tuple[str, ...]:
    """Those that have short texts; a reader of another one gets English."""
    return tuple(sorted(path.parent.name for path in _TEMPLATES.glob(f"*/{_FILE}")))


def to_register(shop: Shop, public_url: str, language: str) -> tuple[Registered, ...]:
    """Each text that goes to India in a language, with tags for what varies.

    public_url: where customers' pages are; it is the fixed part of every link, and the address to whitelist.
    """
    from backorder.messaging.render import short_text, writes_unicode

    base = public_url.rstrip("/")
    found = []
    for kind in Kind:
        if kind in SUPPLIER_KINDS:
            continue
        words = {"item": TAG, "link": f"{base}/{PAGE}/{TAG}", "unsubscribe": f"{base}/{OPT_OUT}/{TAG}"}
        text = short_text(kind, shop, language, **words)
        variables = (_ITEM, _LINK, _OUT)[: text.count(TAG)]
        found.append(
            Registered(
                kind=kind,
                language=language,
                category="promotional" if kind in OFFER_KINDS else "service implicit",
                text=text,
                variables=variables,
                unicode=writes_unicode(language, shop.templates),
            )
        )
    return tuple(found)
