"""A message that states a day is let through or not by the shop's days, whatever day it is in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from backorder.domain.calendar import Calendar
from backorder.services.pass_door import refused
from backorder.storage.codec import dump_facts, load_facts
from backorder.storage.engine import reading
from backorder.storage.tables import backorders, message_items, messages
from tests.support.shop import Shop

PASSED = "the day that it names has passed"
CALIFORNIA = Calendar(zone="America/Los_Angeles")


@pytest.mark.parametrize(
    ("planned_at", "reasons"),
    [
        (datetime(2025, 3, 5, 1, 30, tzinfo=UTC), [PASSED]),
        (datetime(2025, 3, 5, 9, tzinfo=UTC), []),
    ],
    ids=["on the day that it names", "on the day after, on purpose"],
)
def test_the_day_on_which_it_was_planned_is_one_at_the_shop(
    shop: Shop, planned_at: datetime, reasons: list[str]
) -> None:
    """Planned at half past five in the afternoon, which is the day after in UTC: it was still to come."""
    shop.purchase()
    shop.now = planned_at
    shop.start()
    [item] = shop.rows("SELECT facts FROM message_items")
    facts = dump_facts(load_facts(item["facts"]).replace(by=date(2025, 3, 4)))
    shop.run("UPDATE message_items SET facts = :facts", facts=facts)
    at = datetime(2025, 3, 5, 13, tzinfo=UTC)
    with reading(shop.services.engine) as connection:
        row = connection.execute(messages.select()).one()
        said = select(message_items, backorders.c.erased_at)
        said = said.join(backorders, backorders.c.id == message_items.c.backorder)
        items = connection.execute(said).all()
        found = refused(connection, row, items, {}, at=at, calendar=CALIFORNIA)
    assert [reason for _, reason in found] == reasons
