"""Who agreed in time to wait until a day that is over, too, once their answer is recorded."""

from __future__ import annotations

from datetime import timedelta

from backorder.domain.line.events import Answered
from backorder.services.record_request import NewRequest
from tests.support.days import at, day
from tests.support.shop import Shop


def test_435_2_b_a_keep_that_is_recorded_after_its_day_is_acknowledged_in_true_words(shop: Shop) -> None:
    """It was withdrawn as what holds no more, and nothing said that the answer had come."""
    shop.supplier()
    shop.product()
    shop.purchase("PO-1", {"stated_date": day(75)})
    shop.start("A-77", 2, customer={"region": "US"}, ship_by=day(40))
    for _ in range(2):
        shop.now += timedelta(hours=3)
        shop.dispatch()
        shop.review("A-77")
    until = shop.state("A-77").consent.until
    assert until is not None
    over = (until - day(0)).days + 4
    for when in (71, over):
        shop.now = at(when, 18)
        shop.review("A-77")
        shop.dispatch()
    assert shop.state("A-77").quantity.cancelled == 2
    event = Answered(at=shop.now, day=day(over), request="A", choice="keep", received_at=at(60))
    shop.ask("A-77", NewRequest(id="A", kind="answer", event=event, given={"choice": "keep"}))
    shop.review("A-77", "A")
    shop.now += timedelta(hours=3)
    shop.review("A-77")
    shop.dispatch()
    rows = shop.rows(
        "SELECT sends.text FROM sends JOIN messages ON messages.id = sends.message"
        " WHERE kind = 'answer_received'"
    )
    [text] = [each["text"] for each in rows]
    words = " ".join(text.split())
    assert "Your answer came in time. But" in words
    assert "so they are cancelled" in words
    assert "You keep your place" not in words
    assert shop.state("A-77").quantity.cancelled == 2
