"""Every transaction locks in the order of all locks, as is looked at after each of its statements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backorder.domain.delivery_reports import Reported
from backorder.domain.line.events import Complained, Event, PolicyMoved
from backorder.messaging.provider_reports import ProviderReport
from backorder.ports import Channel, Sent
from backorder.services.cancel_message import cancel_message
from backorder.services.page_contacts import TextsAgreed, keeping_consent, stop_promotions, stop_texts
from backorder.services.record_request import NewRequest
from backorder.services.resend_message import resend_message
from backorder.storage.engine import writing
from tests.support.days import at, day
from tests.support.lock_order import watched
from tests.support.sending import Desk
from tests.support.shop import PROMOTIONS, Shop
from tests.support.text_answers import text_of

PHONE = "+4915123456789"
ANN: dict[str, Any] = {"phone": PHONE, "sms_consent": True, "marketing_consent": PROMOTIONS}
POLICY = """
name = "{}"
partial = "{}"
[updates]
gather = "0s"
spacing = "0d"
[[stages]]
id = "swap"
when = {{ waited = "0d" }}
do = "offer_alternatives"
"""
LATER = at(0) + timedelta(days=8 * 366)


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Two lines of Ann's that share a message which has not gone; each has others, and some of its units."""
    for name, partial in (("swap", "hold"), ("pieces", "ship")):
        with writing(shop.services.engine) as connection:
            shop.services.policies.load(connection, POLICY.format(name, partial))
    for sku in ("SOFA", "DESK"):
        shop.product(sku, category="light")
        shop.adjust(5, f"A-{sku}", sku)
    shop.product(category="light")
    shop.purchase("PO-1", {"stated_date": day(20)}, {"sku": "DESK", "stated_date": day(20)})
    for order in ("O-1", "O-2"):
        shop.start(order, 2, policy="swap", customer=ANN)
        complain(shop, order)
    first, second = (row["id"] for row in shop.rows("SELECT id FROM messages WHERE kind = 'confirmed'"))
    shop.run(f"UPDATE message_items SET message = '{first}' WHERE message = '{second}'")
    shop.run(f"DELETE FROM messages WHERE id = '{second}'")
    return shop


def ask(shop: Shop, kind: str, id: str, event: Event, order: str = "O-1", **given: Any) -> None:
    shop.ask(order, NewRequest(id=id, kind=kind, event=event, given=given))
    shop.review(order, id)


def complain(shop: Shop, order: str) -> None:
    event = Complained(at=shop.now, day=day(0), request=f"K-{order}", received_at=shop.now)
    ask(shop, "complain", f"K-{order}", event, order)


def sent(shop: Shop) -> list[tuple[str, Channel]]:
    """All that waits has gone. Returns the sends and their channels."""
    desk = Desk(shop)
    while calls := desk.batch().calls:
        for call in calls:
            desk.record_outcome(call, Sent(outcome="accepted", provider_id=f"sg-{call.message}"))  # type: ignore[arg-type]
    return [(row["id"], row["channel"]) for row in shop.rows("SELECT id, channel FROM sends")]


def opened(shop: Shop) -> None:
    people = ("ben", "eve", "ann")
    lines = [shop.line(f"O-{9 - n}", customer={"id": id}) for n, id in enumerate(people)]
    shop.services.intake.open_all([*lines, shop.line("O-5", sku="SOFA", customer=ANN)], shop.now)
    shop.review("O-9")


def units_arrive_and_leave(shop: Shop) -> None:
    shop.receive(3)
    shop.review("O-1")
    shop.ship("O-1", 2)
    shop.ship("O-2", 2, id="S-2")


def cancelled(shop: Shop) -> None:
    shop.receive(2)
    shop.cancel("O-1", 1, id="C-1")
    shop.cancel("O-1", id="C-2")


def swapped(shop: Shop) -> None:
    shop.take_alternative("O-1", "SOFA")


def not_delivered(shop: Shop) -> None:
    shop.refuse_delivery("O-1")
    shop.promise("O-1", day(30))


def dates_move(shop: Shop) -> None:
    shop.dispatch()
    shop.state_dates((10, day(40)))
    shop.replan()
    shop.services.planner.review("LAMP", shop.now, after="")
    shop.now = at(21)
    shop.review("O-1")


def policy_moves(shop: Shop) -> None:
    event = PolicyMoved(at=shop.now, day=day(0), policy="pieces", reason="asked", by="Eva")
    ask(shop, "policy", "P-1", event)
    shop.services.moving.prioritise("O-2/1", 5, by="Eva", reason="asked", at=shop.now)


def orders_said_again(shop: Shop) -> None:
    desk, lamp = {"line": "2", "sku": "DESK", "quantity": 9}, {"line": "1", "quantity": 8}
    shop.purchase("PO-1", desk, lamp, {"line": "3", "sku": "SOFA"}, drop=True)
    shop.supplier("bolt")
    shop.services.purchasing.follow_up("PO-1", at(25))
    shop.services.purchasing.reassign("PO-1", "1", "bolt", "PO-2", shop.now)
    shop.services.supply.cancel_purchase_order("PO-1", None, shop.now)


def stock_is_counted(shop: Shop) -> None:
    shop.receive(4)
    shop.send_back(1)
    shop.count(1)


def messages_go(shop: Shop) -> None:
    sent(shop)


def messages_do_not_go(shop: Shop) -> None:
    desk = Desk(shop)
    desk.record_outcome(desk.claimed(), Sent(outcome="permanent", code="400", reason="refused"))
    desk.record_outcome(desk.claimed(), Sent(outcome="transient", code="401", account=True, reason="no key"))
    shop.services.contacts.change("ann", {"email": "new@example.com"}, shop.now, by="Eva")


def providers_report(shop: Shop) -> None:
    said = (Reported.DELIVERED, Reported.BOUNCED, Reported.UNSUBSCRIBED, Reported.COMPLAINED)
    reports = [
        ProviderReport(
            id=f"test/{each}/{id}", provider="Test", channel=channel, event=each, said=each, at=at(0), send=id
        )
        for id, channel in sent(shop)
        for each in said
    ]
    shop.services.reports.record(reports, at=shop.now, now=at(0))


def customers_opt_out(shop: Shop) -> None:
    engine, policies = shop.services.engine, shop.services.policies
    stop_promotions(engine, "ann", "email", "ann@example.com", "a-send", at(0))
    stop_texts(engine, policies, PHONE, "a-send", shop.now, at(0))
    for sid, body in enumerate(("STOP", "START", "cancel please")):
        text = text_of(body, f"SM{sid}", PHONE)
        shop.services.texts.take(text, at=shop.now, now=at(0))


def customers_are_corrected(shop: Shop) -> None:
    shop.services.contacts.change("ann", {"email": "new@example.com", "locale": "de"}, shop.now, by="Eva")


def a_number_of_two_is_given_again(shop: Shop) -> None:
    services = shop.services
    shop.start("O-3", customer={"id": "ben", "email": None, "phone": PHONE, "sms_consent": True})
    stop_texts(services.engine, services.policies, PHONE, "a-send", shop.now, at(0))
    agreed = TextsAgreed(
        customer="ann", number=PHONE, wording="Yes.", evidence="a-send", at=shop.now, now=at(1)
    )
    changes = {"phone": PHONE, "sms_consent": True, "locale": "de"}
    also = keeping_consent(services.policies, agreed)
    services.contacts.change("ann", changes, shop.now, by="Ann", also=also)


def messages_by_hand(shop: Shop) -> None:
    services = shop.services
    for row in shop.rows("SELECT id FROM messages ORDER BY number"):
        who: dict[str, Any] = {"by": "Eva", "reason": "told", "at": shop.now}
        cancel_message(services.engine, services.policies, row["id"], **who, now=at(0))
        again = who | {"request": f"R-{row['id']}"}
        resend_message(services.engine, services.policies, services.addressing, row["id"], **again)


def all_is_over(shop: Shop) -> None:
    shop.receive(4)
    for order in ("O-1", "O-2"):
        shop.ship(order, 2, id=order)
    sent(shop)
    shop.services.reconciler.expire(LATER)


def erased(shop: Shop) -> None:
    for order in ("O-1", "O-2"):
        shop.cancel(order, id=order)
    shop.services.erasures.ask("ann", shop.now)
    shop.services.erasures.ask("ann", at(60))


@pytest.mark.parametrize(
    "flow",
    [
        opened,
        units_arrive_and_leave,
        cancelled,
        swapped,
        not_delivered,
        dates_move,
        policy_moves,
        orders_said_again,
        stock_is_counted,
        messages_go,
        messages_do_not_go,
        providers_report,
        customers_opt_out,
        customers_are_corrected,
        a_number_of_two_is_given_again,
        messages_by_hand,
        all_is_over,
        erased,
    ],
)
def test_nothing_is_locked_against_the_order(busy: Shop, flow: Callable[[Shop], None]) -> None:
    if busy.services.engine.dialect.name == "sqlite":
        return  # one lock for all
    with watched(busy.services.engine) as breaches:
        flow(busy)
    assert breaches == []
