"""An answer that told when the parts of a line go: what is on record once it, or the date beside it, came
back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from backorder.domain.line.events import SendNowRequested
from backorder.ports import Claimed
from backorder.services.record_request import NewRequest
from tests.support.days import at
from tests.support.reporting_desk import ACCEPTED, BOTH, GONE_FOR_GOOD, by, record, texted
from tests.support.sending import Desk, desk_by
from tests.support.shop import Shop

POLICY = """
name = "apart"
split_by_customer = true
[updates]
gather = "0s"
channels = ["sms", "email"]
"""


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """A customer with a phone alone, who was told a day and then asked for the two of five that are here."""
    desk = desk_by(shop, POLICY)
    desk.now = datetime.now(UTC)  # what failed lately is said anew, by the machine's clock
    shop.start(quantity=5, policy="apart", customer={"email": None} | BOTH)
    return desk


def both(desk: Desk) -> tuple[Claimed, Claimed]:
    """The date and the answer, both accepted."""
    date = desk.claimed()
    desk.record_outcome(date, ACCEPTED)
    shop = desk.shop
    shop.now += timedelta(hours=1)
    desk.wait(timedelta(hours=1))
    shop.receive(2)
    shop.replan()
    shop.review()
    asks = SendNowRequested(at=shop.now, day=shop.now.date(), request="N-1", received_at=shop.now)
    shop.ask("O-1", NewRequest(id="N-1", kind="send_now", event=asks, given={}))
    shop.review("O-1", "N-1")
    answer = desk.claimed()
    desk.record_outcome(answer, ACCEPTED)
    assert [row["kind"] for row in shop.rows("SELECT kind FROM messages ORDER BY number")] == [
        "confirmed",
        "answer_received",
    ]
    assert by(desk) is not None
    return date, answer


def told(desk: Desk) -> Sequence[tuple[object, object, object]]:
    rows = desk.shop.rows('SELECT revision, "by", takes_back FROM promises ORDER BY revision')
    return [(row["revision"], row["by"] is not None, row["takes_back"]) for row in rows]


def judged(desk: Desk) -> tuple[int, int]:
    """Promises that are due, by the first and by the last one."""
    found = desk.shop.services.supply_report(at(60))
    return sum(each.due for each in found.first), sum(each.due for each in found.last)


@pytest.mark.parametrize("first", ["date", "answer"])
def test_what_came_back_is_nobodys_call_and_goes_again(desk: Desk, first: str) -> None:
    """Nothing is promised any more: the text that waits for its way contradicts nobody."""
    date, answer = both(desk)
    promised = by(desk)
    assert judged(desk) == (1, 1)
    for message in (date, answer) if first == "date" else (answer, date):
        assert (by(desk), judged(desk)) == (promised, (1, 1)), "it was read in one of them"
        record(desk, *texted(desk, message, "failed", ""))
    assert (by(desk), judged(desk)) == (None, (0, 0))
    restored = [(3, False, 2)] if first == "date" else [(3, True, 2), (4, False, 1)]
    assert told(desk) == [(1, True, None), (2, True, None), *restored]
    record(desk, *texted(desk, date, "undelivered", "30003"))
    assert (desk.message()["state"], by(desk)) == ("planned", promised)
    assert judged(desk) == (1, 1)
    assert not desk.shop.state().needs


@pytest.mark.parametrize("anew", [False, True])
def test_an_answer_that_arrived_after_all_is_told_once_more(desk: Desk, anew: bool) -> None:
    """Its day stands though the date that it repeated comes back. anew: to a corrected contact."""
    date, answer = both(desk)
    promised, shop = by(desk), desk.shop
    record(desk, *texted(desk, answer, "failed", ""))
    assert [each.promise.revision for each in shop.state().told] == [1]
    if anew:
        shop.services.contacts.change("ann", {"email": "ann@example.com"}, shop.now, by="clerk")
        answer = desk.claimed()
        assert answer.outgoing.channel == "email"
        desk.record_outcome(answer, ACCEPTED)
    else:
        record(desk, *texted(desk, answer, "undelivered", "30003"))
    assert [each.promise.revision for each in shop.state().told] == [1, 2]
    record(desk, *texted(desk, date, "failed", ""))
    if anew:  # it is tried by the other way
        desk.record_outcome(desk.claimed(), GONE_FOR_GOOD)
    assert (by(desk), judged(desk)) == (promised, (1, 1))
    assert [each.promise.revision for each in shop.state().told] == [2]
    assert told(desk) == [(1, True, None), (2, True, None), (3, True, 2), (4, True, None)]


def test_a_date_that_arrived_after_all_counts_though_no_row_says_that_it_came_back(desk: Desk) -> None:
    """It came back while the answer stood, which came back after it."""
    date, answer = both(desk)
    promised = by(desk)
    for message in (date, answer):
        record(desk, *texted(desk, message, "failed", ""))
    record(desk, *texted(desk, date, "undelivered", "30003"))
    assert (by(desk), told(desk)[-1]) == (promised, (4, True, None))
