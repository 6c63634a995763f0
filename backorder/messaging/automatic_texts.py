"""What is texted back by itself, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

from backorder.messaging.gsm import segments
from backorder.messaging.message_content import Shop
from backorder.messaging.render import automatic

AutomaticText = Literal[
    "help", "stopped", "several", "by_link", "newer", "closed", "left", "ended", "too_late", "unchanged"
]
"""What it says: help, that no more texts come, that more than one question is open, that the question is
answered by its link alone, that it is closed, with a newer one to answer or with none; or of an answer that
changes nothing: the goods left, the line was cancelled, its last day was over, or no more than that.
"""


def automatic_text(
    name: AutomaticText,
    shop: Shop,
    locale: str,
    *,
    on: date | None = None,
    links: Sequence[str] = (),
    products: Sequence[str] = (),
) -> str:
    """An answer that nobody writes: without the shop's address where that would cost a second segment.

    on: the day on which what it says happened. links: of the customer's pages. products: of which it speaks,
    where it does not of all that was asked.
    """
    text = automatic(name, shop, locale, on=on, links=links, products=products)
    if segments(text) == 1 or not shop.url or links:
        return text
    return automatic(name, replace(shop, url=""), locale, on=on, products=products)
