"""What earlier versions left of who was erased goes with the upgrade; nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module

from alembic.migration import MigrationContext
from alembic.operations import Operations

from backorder.storage.engine import writing
from tests.support.erased_customer import MARK, PHONE, ZOE, cancelled, everything
from tests.support.shop import Shop
from tests.support.text_answers import text_of

MIGRATION = import_module("migrations.versions.0065_left_of_erased_customers")
BOB = {"id": "bob", "name": "Bob", "email": "bob@example.com", "phone": "+4915199999999"}


def migrated(shop: Shop) -> None:
    with (
        writing(shop.services.engine) as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        MIGRATION.upgrade()


def test_what_was_left_of_who_was_erased_goes_and_nothing_of_others(shop: Shop) -> None:
    shop.start("O-1", customer=ZOE, payment="unpaid")
    shop.start("O-9", customer=BOB, payment="unpaid")
    for sid, number in (("SM1", PHONE), ("SM2", BOB["phone"])):
        text = text_of("where is it?", sid, number)
        shop.services.texts.take(text, at=shop.now, now=datetime.now(UTC))
    cancelled(shop, "O-1")
    cancelled(shop, "O-9")
    shop.dispatch("customer/zoe")
    assert shop.services.erasures.ask("zoe", shop.now).erased_at is not None
    # As a version before left it.
    shop.run(f"UPDATE requests SET reason = 'the swap is off: {MARK}'")
    shop.run("UPDATE messages SET state = 'failed'")
    shop.run("UPDATE tasks SET done_at = NULL")
    migrated(shop)
    reasons = shop.rows("SELECT backorder, reason FROM requests ORDER BY backorder")
    assert [(each["backorder"], MARK in each["reason"]) for each in reasons] == [
        ("O-1/1", False),
        ("O-9/1", True),
    ]
    failed = "SELECT DISTINCT person FROM messages WHERE state = 'failed'"
    assert shop.rows(failed) == [{"person": "customer/bob"}]
    assert shop.rows("SELECT subject FROM tasks WHERE done_at IS NULL") == [{"subject": "bob"}]
    shop.run("UPDATE requests SET reason = '', content = '{}', evidence = '' WHERE backorder = 'O-9/1'")
    assert PHONE not in everything(shop)
