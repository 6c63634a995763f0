"""A buyer decides at the moment at which the supplier says something else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from backorder.errors import RejectedError
from tests.support.days import day
from tests.support.shop import Shop
from tests.support.stated_dates import HOURS, says, two_lines

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)
SKU = text("SELECT sku FROM stock FOR NO KEY UPDATE")


@pytest.mark.parametrize("revision", [None, 2])
@pytest.mark.parametrize("approve", [True, False])
def test_a_word_that_was_withdrawn_meanwhile_is_not_decided(
    shop: Shop, approve: bool, revision: int | None
) -> None:
    """Both have begun; the supplier's word is on record first."""
    if shop.services.engine.dialect.name == "sqlite":
        return  # one writes at a time
    two_lines(shop)
    says(shop, (10, day(51)), by_link=True)
    later, counts = shop.now + HOURS, shop.rows("SELECT revision FROM purchase_order_lines")
    engine, dates = shop.services.engine, shop.services.dates
    with ThreadPoolExecutor(2) as pool, engine.connect() as holding, engine.connect() as looking:
        holding.execute(SKU)
        stated = pool.submit(says, shop, (10, day(90)), by_link=True)
        for waits in (1, 2):
            if waits == 2:
                decided = pool.submit(
                    dates.decide, "PO-1", "1", approve=approve, by="Bea", at=later, revision=revision
                )
            while looking.execute(WAITING).scalar_one() < waits:
                looking.rollback()
        holding.rollback()
    stated.result()
    fault = decided.exception()
    approvals = shop.rows("SELECT revision, state, decided_by FROM approvals ORDER BY revision")
    assert (approvals[0]["state"], approvals[0]["decided_by"]) == ("rejected", "a newer date")
    if revision is None:  # whatever waits by then
        assert fault is None
        assert approvals[1]["state"] == ("approved" if approve else "rejected")
    else:
        assert isinstance(fault, RejectedError)
        assert approvals[1]["state"] == "waiting"
        assert shop.rows("SELECT revision FROM purchase_order_lines") == counts
