"""Links in what is sent: no row holds one, and each text goes with its own."""

from __future__ import annotations

import re
from typing import Any

import pytest

from backorder.messaging.customer_links import PAGE, CustomerLinks
from tests.support.shop import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What a text says does not depend on the database."""
BASE = "https://orders.shop.example"
LINKS = CustomerLinks(BASE, ["0f1e2d3c4b5a69788796a5b4c3d2e1f0"])
PHONE: dict[str, Any] = {"phone": "+4915123456789", "sms_consent": True, "email": None}


@pytest.fixture
def linked(shop: Shop) -> Shop:
    shop.services.links = LINKS
    shop.purchase()
    return shop


@pytest.mark.parametrize("customer", [{}, PHONE])
def test_rows_show_three_dots_and_the_text_that_goes_has_the_token(
    linked: Shop, customer: dict[str, Any]
) -> None:
    linked.start(customer=customer)
    [sent] = linked.dispatch()
    [row] = linked.rows("SELECT id, html, text FROM sends")
    tokens = re.findall(rf"{BASE}/b/([A-Za-z0-9_-]+)", sent.text + sent.html)
    assert {LINKS.opened(PAGE, each) for each in tokens} == {row["id"]}
    assert f"{BASE}/b/..." in row["text"]
    assert not re.search(r"/b/[A-Za-z0-9_-]{22}", row["text"] + row["html"])
    if customer:
        assert len(sent.text) == len(row["text"]) + 19
