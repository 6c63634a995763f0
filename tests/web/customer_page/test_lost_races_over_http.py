"""A choice on a customer's page that another one comes before, while it is on its way."""

from __future__ import annotations

from datetime import datetime

import pytest

from backorder.services.record_request import NewRequest, RecordedRequest, RequestRecorder
from tests.support.customer_page import asked, hidden, hold_clock, path_of, plain
from tests.support.days import at, day
from tests.support.shop import Shop
from tests.web.customer_page.pages_over_http import Visitor


def test_a_page_that_says_what_came_before_shows_the_order_as_that_left_it(
    shop: Shop, visitor: Visitor, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.product("RUG")
    shop.purchase("PO-2", {"sku": "RUG", "stated_date": day(50)})
    shop.start("A-77", 2, sku="RUG", customer={"region": "US-CA"}, ship_by=day(10))
    shop.now = at(0, 14)
    hold_clock(shop)
    shop.review("A-77")
    path, browser, record = path_of(shop), visitor(), RequestRecorder.record
    confirm = browser.post(path, data=hidden(browser.get(path).text, "keep"))
    assert confirm.status_code == 200

    def another_first(
        self: RequestRecorder, line: str, request: NewRequest, when: datetime
    ) -> RecordedRequest:
        """While the page was read already, a person cancels; then both are ruled on."""
        monkeypatch.setattr(RequestRecorder, "record", record)
        shop.cancel("A-77")
        mine = record(self, line, request, when)
        shop.review("A-77", mine.id)
        return record(self, line, request, when)

    monkeypatch.setattr(RequestRecorder, "record", another_first)
    lost = browser.post(path, data=hidden(confirm.text, "keep"))
    assert lost.status_code == 409, plain(lost)
    assert [each["verdict"] for each in asked(shop)] == ["accepted", "recorded"]
    words = plain(lost)
    assert "Nothing was done." in words
    assert "We need your answer" not in words
    assert "Cancelled on March 3, 2025" in words
