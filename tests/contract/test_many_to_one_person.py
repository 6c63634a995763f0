"""Much waits for one person: what is due goes, and a legal notice goes first."""

from __future__ import annotations

import pytest

from backorder.ports import Sent
from backorder.services import due_messages
from tests.support.sending import Desk
from tests.support.shop import Shop

ACCEPTED = Sent(outcome="accepted", provider_id="x")
BOTH = {"phone": "+4915123456789", "sms_consent": True}
LATER = "9999-01-01T00:00:00.000000Z"


def test_what_waits_for_its_channel_hides_nothing_that_is_due(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_messages, "PER_PERSON", 2)
    for number in range(3):
        shop.start(f"O-{number}", customer=BOTH)
    newest = shop.rows("SELECT max(number) AS number FROM messages")[0]["number"]
    waits = "UPDATE messages SET channel = 'sms', try_at = :later WHERE number < :newest"
    shop.run(waits, later=LATER, newest=newest)
    desk = Desk(shop)
    assert "O-2" in desk.claimed().outgoing.text


@pytest.mark.parametrize("others", [3, 60], ids=["few", "more than a batch reads"])
def test_a_legal_notice_goes_before_older_news_of_other_lines(shop: Shop, others: int) -> None:
    for number in range(others):
        shop.start(f"O-{number}")
    shop.start("O-last")
    shop.run(
        "UPDATE messages SET kind = 'complaint_received' WHERE number = (SELECT max(number) FROM messages)"
    )
    desk = Desk(shop)
    [newest] = shop.rows("SELECT id FROM messages ORDER BY number DESC LIMIT 1")
    assert desk.claimed().message == newest["id"]
