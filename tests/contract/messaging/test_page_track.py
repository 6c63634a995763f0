"""The drawn line of the customer's page."""

from __future__ import annotations

from datetime import timedelta

from backorder.messaging.page_track import track
from tests.contract.messaging.situations import BEFORE, BY


def test_today_is_seen_when_the_way_should_be_over() -> None:
    """The house at its end was drawn over it, and only the legend knew of a ring."""
    found = [
        track(BEFORE, BY + timedelta(days=late), likely=BY, by=BY, door=BY + timedelta(days=3))
        for late in (0, 3, 30)
    ]
    assert all(each.gone <= each.door - 9 for each in found)
    assert found[0].gone < found[1].gone, "it still comes nearer day by day"
