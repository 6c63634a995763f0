"""What is texted back by itself, in the reader's language."""

from __future__ import annotations

from typing import Literal

from backorder.messaging.gsm import segments
from backorder.messaging.letter import Shop
from backorder.messaging.render import automatic

AutomaticText = Literal["help", "stopped", "several"]
LONGEST_NAME = 60


def automatic_text(name: AutomaticText, shop: Shop, locale: str) -> str:
    """An answer that nobody writes: without the shop's address where that would cost a second segment."""
    text = automatic(name, shop, locale)
    if segments(text) == 1 or not shop.url:
        return text
    return automatic(name, Shop(name=shop.name), locale)
