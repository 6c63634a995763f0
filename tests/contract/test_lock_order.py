"""Whoever locks several lines and their messages has all of the lines first, as who sends has."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from backorder.services.cancel_message import cancel_message
from backorder.services.resend_message import resend_message
from tests.support.shop import Shop

NOW = datetime.now(UTC)
HELD = text("SELECT id FROM backorders WHERE id = 'O-2/1' FOR NO KEY UPDATE")
CLAIMED = text("SELECT id FROM messages ORDER BY id FOR NO KEY UPDATE")
WAITS = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


def change_the_phone(shop: Shop) -> None:
    shop.services.contacts.change("ann", {"phone": "+491511234567"}, shop.now, by="clerk")


def take_it_back(shop: Shop) -> None:
    services, id = shop.services, shop.rows("SELECT id FROM messages")[0]["id"]
    cancel_message(services.engine, services.policies, id, by="Eva", reason="told", at=shop.now, now=NOW)


def send_it_again(shop: Shop) -> None:
    services, id = shop.services, shop.rows("SELECT id FROM messages")[0]["id"]
    resend_message(
        services.engine,
        services.policies,
        services.addressing,
        id,
        request="R-1",
        by="Eva",
        reason="lost",
        at=shop.now,
    )


@pytest.mark.parametrize("act", [change_the_phone, take_it_back, send_it_again])
def test_who_waits_for_a_line_holds_no_message(shop: Shop, act: Callable[[Shop], None]) -> None:
    """Who sends a message of two lines has locked the second of them, and then wants the message."""
    engine = shop.services.engine
    if engine.dialect.name == "sqlite":
        return  # one lock for all
    shop.start("O-1")
    shop.start("O-2")
    first, second = (row["id"] for row in shop.rows("SELECT id FROM messages ORDER BY number"))
    shop.run(f"UPDATE message_items SET message = '{first}' WHERE message = '{second}'")
    shop.run(f"DELETE FROM messages WHERE id = '{second}'")
    with ThreadPoolExecutor(1) as pool, engine.connect() as sending, engine.connect() as looking:
        sending.execute(HELD)
        done = pool.submit(act, shop)
        while looking.execute(WAITS).first() is None:
            looking.rollback()
        sending.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert len(sending.execute(CLAIMED).all()) == 1, "it can be claimed while the other waits"
        sending.rollback()
        done.result()
