"""What the tests of customers' pages send and read."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from tests.support.customer_page import (
    hidden,
    plain,
)
from tests.support.shop import Shop

Visitor = Callable[[], httpx.Client]


def sent(shop: Shop, kind: str, customer: str = "ann") -> list[dict[str, str]]:
    """What went to a customer of a kind: where to, and by which send."""
    shop.dispatch(f"customer/{customer}")
    query = (
        "SELECT sends.id, sends.address, sends.text FROM sends JOIN messages ON messages.id = sends.message"
    )
    return shop.rows(f"{query} WHERE kind = :kind ORDER BY number", kind=kind)


def chosen(browser: httpx.Client, path: str, do: str, **typed: str) -> httpx.Response:
    """Both steps of a choice."""
    confirm = browser.post(path, data=hidden(browser.get(path).text, do) | typed)
    assert confirm.status_code == 200, plain(confirm)
    return browser.post(path, data=hidden(confirm.text, do))
