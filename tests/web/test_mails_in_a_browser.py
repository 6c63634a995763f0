"""Mails as a browser draws them."""

from __future__ import annotations

from datetime import date

import pytest

from backorder.domain.notifications import Kind
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
