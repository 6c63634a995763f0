"""Mails as a browser draws them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from backorder.domain.money import Money
from backorder.domain.notifications import Alternative, Facts, Kind
from backorder.messaging.examples import example
from backorder.messaging.message_content import Shop
from backorder.messaging.render import render
from tests.support.browser import browser


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "hi", "pt"])
def test_the_longest_days_fit_the_narrowest_phone(locale: str) -> None:
    """28. September 2026 in one piece, in letters as wide as those of this machine."""
    shop = Shop(name="Lumen & Oak", url="https://lumen.example")
    with browser() as opened:
        view = opened.new_page()
        for kind in (Kind.CONSENT_REQUEST, Kind.SUPPLIER_OVERDUE):
            for month in range(1, 13):
                view.set_content(render(example(kind, shop, today=date(2026, month, 21), locale=locale)).html)
                for wide in (320, 360):
                    view.set_viewport_size({"width": wide, "height": 600})
                    assert view.evaluate("document.documentElement.scrollWidth") <= wide, (kind, month)


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "hi", "pt"])
def test_a_long_name_has_all_the_room_of_a_phone_and_its_price_stands_below_it(locale: str) -> None:
    """The price stays on one line with its "each"; beside it the name stood a word a line."""
    long = Alternative(
        sku="L", name="Gannet 4 four-season tent in forest green", price=Money(Decimal("1289.00"), "EUR")
    )
    sent = example(Kind.ALTERNATIVES, Shop(name="Lumen & Oak"), today=date(2026, 5, 19), locale=locale)
    item = replace(sent.items[0], facts=Facts(quantity=3, alternatives=(long,)))
    with browser() as opened:
        view = opened.new_page(viewport={"width": 360, "height": 600})
        view.set_content(render(replace(sent, items=(item,))).html)
        name, price = (view.locator("td.rule").nth(cell).bounding_box() for cell in (0, 1))
        assert name
        assert price
        assert price["y"] >= name["y"] + name["height"]
        assert name["height"] < 3 * 22, "two lines and the room above them"
        assert price["height"] < 2 * 22
