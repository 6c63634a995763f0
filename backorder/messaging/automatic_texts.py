"""What is texted back by itself, in one segment."""

from __future__ import annotations

from backorder.messaging.gsm import plain, segments
from backorder.messaging.letter import Shop

LONGEST_NAME = 60


def help_text(shop: Shop) -> str:
    """The answer to HELP: who writes, what about, where a person is, how it stops."""
    name = plain(shop.name)[:LONGEST_NAME].strip() or "The shop"
    text = f"{name}: we text you about your order. Text STOP to get no more of these."
    whole = f"{text} Help: {shop.url}" if shop.url else text
    return whole if segments(whole) == 1 else text
