"""A consent that is given, and ended at the same moment, is ended, by whatever way the customer says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from backorder.domain.delivery_reports import Reported
from backorder.domain.suppression import Cause
from backorder.messaging.provider_reports import ProviderReport
from backorder.ports import Notify
from backorder.services.page_contacts import stop_promotions, stop_texts
from backorder.services.suppress_address import suppress
from backorder.storage.suppressions import SuppressionEntry
from tests.support.sending import BEGIN
from tests.support.shop import PROMOTIONS, Shop
from tests.support.text_answers import text_of

PHONE = "+4915123456789"
TEXTS = {"sms": {"at": "2025-03-02T10:00:00Z", "how": "call", "wording": "Text me offers."}}
ANN = {"phone": PHONE, "sms_consent": True, "marketing_consent": PROMOTIONS | TEXTS}
NOW = BEGIN + timedelta(days=1)
ANEW = {
    channel: {"at": "2025-03-03T10:00:00Z", "how": "a letter", "wording": "Yes, again."}
    for channel in ("email", "sms")
}
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)
SKU = text("SELECT sku FROM stock FOR NO KEY UPDATE")


def by_the_link_of_a_mail(shop: Shop) -> None:
    stop_promotions(shop.services.engine, "ann", "email", "ann@example.com", "a-send", NOW)


def by_the_page(shop: Shop) -> None:
    stop_texts(shop.services.engine, shop.services.policies, PHONE, "a-send", shop.now, NOW)


def by_text(shop: Shop) -> None:
    stop = text_of("STOP", number=PHONE)
    shop.services.texts.take(stop, at=shop.now, now=NOW)


def by_a_report(shop: Shop) -> None:
    said = Reported.UNSUBSCRIBED
    report = ProviderReport(
        id="test/1",
        provider="Test",
        channel="email",
        event=said.value,
        said=said,
        at=NOW,
        address="Ann@example.com",
    )
    shop.services.reports.record([report], at=shop.now, now=NOW)


def by_hand(shop: Shop) -> None:
    entry = SuppressionEntry(
        channel="email", address="ann@example.com", cause=Cause.UNSUBSCRIBE, at=NOW, by="Eva"
    )
    suppress(shop.services.engine, shop.services.policies, entry, shop.now)


WAYS: dict[Callable[[Shop], None], str] = {
    by_the_link_of_a_mail: "email",
    by_the_page: "sms",
    by_text: "sms",
    by_a_report: "email",
    by_hand: "email",
}


def waits(shop: Shop, count: int, act: Future[None]) -> None:
    """Until so many wait for a lock, or somebody who should is done."""
    with shop.services.engine.connect() as looking:
        while looking.execute(WAITING).scalar_one() < count and not act.done():
            looking.rollback()


def standing(shop: Shop) -> set[str]:
    rows = shop.rows("SELECT purpose FROM consents WHERE ended_at IS NULL")
    return {row["purpose"].removeprefix("marketing_") for row in rows}


@pytest.mark.parametrize("stop", WAYS)
def test_who_opts_out_while_a_consent_is_written_down_anew_is_out(
    shop: Shop, stop: Callable[[Shop], None]
) -> None:
    if shop.services.engine.dialect.name == "sqlite":
        return  # one writes at a time
    shop.open(customer=ANN)
    with ThreadPoolExecutor(1) as pool:
        stopped: list[Future[None]] = []

        def meanwhile(_connection: Connection, _before: Mapping[str, object]) -> Notify:
            stopped.append(pool.submit(stop, shop))
            waits(shop, 1, stopped[0])
            return Notify()

        change = {"marketing_consent": ANEW}
        shop.services.contacts.change("ann", change, shop.now, by="Eva", also=meanwhile)
        stopped[0].result()
    assert standing(shop) == {"email", "sms"} - {WAYS[stop]}


@pytest.mark.parametrize("stop", WAYS)
def test_who_opts_out_while_an_order_with_their_consent_comes_in_is_out(
    shop: Shop, stop: Callable[[Shop], None]
) -> None:
    engine = shop.services.engine
    if engine.dialect.name == "sqlite":
        return  # one writes at a time
    customer: dict[str, Any] = ANN | {"marketing_consent": None}
    shop.open(customer=customer)
    with ThreadPoolExecutor(2) as pool, engine.connect() as holding:
        holding.execute(SKU)
        opened = pool.submit(shop.open, "O-2", customer=ANN)
        with engine.connect() as looking:
            while not looking.execute(WAITING).scalar_one():
                looking.rollback()
        stopped = pool.submit(stop, shop)
        waits(shop, 2, stopped)
        holding.rollback()
        opened.result()
        stopped.result()
    assert standing(shop) == {"email", "sms"} - {WAYS[stop]}
