"""Who has just cancelled or complained is left in peace: what was planned to be offered does not go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backorder.domain.line.events import CancelRequested, Complained
from backorder.ports import Sent
from backorder.services.record_request import NewRequest
from tests.support.days import day
from tests.support.lines import answer
from tests.support.sending import Desk, desk_by
from tests.support.shop import PROMOTIONS, Shop

BOTH: dict[str, Any] = {"phone": "+4915123456789", "sms_consent": True}
ACCEPTED = Sent(outcome="accepted", provider_id="x")
POLICY = """
name = "plain"
[updates]
gather = "0s"
channels = ["sms", "email"]
[[stages]]
id = "thanks"
when = { waited = "2d" }
do = "coupon"
percent = 10
valid = "90d"
"""
_ANSWERS: dict[str, dict[str, Any]] = {
    "by link": {"choice": "cancel"},
    "withdraw": {"choice": "withdraw"},
    "keep some": {"choice": "keep", "quantity": 1, "rest": "cancel"},
    "keep": {"choice": "keep"},
}


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return desk_by(shop, POLICY)


@pytest.mark.parametrize(
    "word", ["cancel", "by link", "withdraw", "keep some", "keep", "complaint", "nothing", "long ago"]
)
def test_an_offer_that_waits_does_not_go_after_a_word_about_another_line(desk: Desk, word: str) -> None:
    """Whoever has just cancelled or complained is offered nothing, about whatever line."""
    shop = desk.shop
    shop.start(policy="plain", customer=BOTH | {"marketing_consent": PROMOTIONS})
    desk.record_outcome(desk.claimed(), ACCEPTED)
    shop.now += timedelta(days=3)
    shop.review()
    shop.start("O-2", policy="plain", customer=BOTH)
    if word in ("cancel", "long ago"):
        at = shop.now - timedelta(days=15 * (word == "long ago"))
        event = CancelRequested(
            at=at, day=day(3), request="C-1", quantity=None, reason="x", by="customer", received_at=at
        )
        shop.ask("O-2", NewRequest(id="C-1", kind="cancel", event=event, given={"reason": "x"}))
    elif word in _ANSWERS:
        answered = answer(shop.now, via="page", **_ANSWERS[word])
        shop.ask("O-2", NewRequest(id="a1", kind="answer", event=answered, given=_ANSWERS[word]))
    elif word == "complaint":
        complained = Complained(at=shop.now, day=day(3), request="K-1", received_at=shop.now)
        shop.ask("O-2", NewRequest(id="K-1", kind="complain", event=complained, given={"text": "x"}))
    desk.take()
    [row] = shop.rows("SELECT state, reason FROM messages WHERE kind = 'coupon'")
    refused = word not in ("nothing", "keep", "long ago")
    assert row["state"] == ("withdrawn" if refused else "claimed")
    assert ("just complained or cancelled" in str(row["reason"])) == refused
    if refused:
        assert shop.state().unsent == (), "its line has heard of it"


@pytest.mark.parametrize(("days", "state"), [(90, "claimed"), (91, "withdrawn")])
def test_a_coupon_that_waited_goes_until_its_last_day(desk: Desk, days: int, state: str) -> None:
    """The order system acknowledged it weeks later, or the channel was paused."""
    shop = desk.shop
    shop.start(policy="plain", customer=BOTH | {"marketing_consent": PROMOTIONS})
    desk.record_outcome(desk.claimed(), ACCEPTED)
    shop.now += timedelta(days=3)
    shop.review()
    shop.now += timedelta(days=days)
    desk.take()
    [row] = shop.rows("SELECT state, reason FROM messages WHERE kind = 'coupon'")
    assert row["state"] == state
    assert ("not valid any more" in str(row["reason"])) == (state == "withdrawn")
