"""Links in what is sent: no row holds one, and each text goes with its own."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from backorder.messaging.customer_links import PAGE, CustomerLinks
from backorder.messaging.sendgrid_events import events
from backorder.messaging.twilio_callbacks import inbound
from backorder.schemas import Complaint, parse
from tests.support.provider_webhooks import event
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
    quoted = f"{sent.text} https://safe.example/?url=https%3A%2F%2Fx%2Fb%2F{tokens[0]}&x=1"
    raw = {"request_id": "R", "received_at": "2026-03-01T12:00:00Z", "text": quoted}
    texted = inbound([("MessageSid", "SM1"), ("From", "+4915123456789"), ("Body", quoted)])
    back = event("bounce", row["id"], reason=f"550 spam, it names {BASE}/b/{tokens[0]}")
    [report] = events(json.dumps([back]).encode(), datetime.now(UTC)).reports
    for kept in (parse(Complaint, raw).text, texted.body, texted.fields, report.reason):
        assert tokens[0] not in kept, "who quotes a message hands out no link"
        assert f"{BASE}/b/..." in kept
