"""A wish to be erased waits for what is open, and for what has still to be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from backorder.domain.complaints import ticket_of
from backorder.domain.line.events import CancelRequested, Complained, ComplaintClosed, NoticeGiven, RefundSent
from backorder.domain.line.legal_flags import LEFT_TOO_LATE
from backorder.domain.tasks import FLAGS
from backorder.ports import Sent
from backorder.queries.customer_view import held
from backorder.queries.task_list import task_list
from backorder.schemas import parse
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from backorder.storage.engine import reading, writing
from tests.support.days import at
from tests.support.erased_customer import (
    MARK,
    ZOE,
    ask,
    cancelled,
    everything,
    refunded,
    shipped,
    swept,
    when,
)
from tests.support.event_sending import EventDesk
from tests.support.senders import Recorder
from tests.support.shop import Shop
from tests.support.text_answers import text_of

QUIET = """
name = "quiet"
[updates]
gather = "0s"
quiet_hours = "21:00-08:00"
"""


def test_while_something_is_open_the_wish_is_kept_and_carried_out_with_the_last(shop: Shop) -> None:
    shop.start("O-1", customer=ZOE)
    shop.start("O-2", customer=ZOE)
    shop.dispatch("customer/zoe")
    found = shop.services.erasures.ask("zoe", at(1))
    assert (found.erased_at, found.waits_for) == (None, ("O-1/1 is open", "O-2/1 is open"))
    assert (found.asked_at, found.answer_by) == (at(1), date(2025, 4, 4))
    shop.now = at(2)
    again = shop.services.erasures.ask("zoe", shop.now)
    assert (again.asked_at, again.answer_by) == (found.asked_at, found.answer_by)
    [task] = task_list(shop.services.database, shop.now, kind="erasure_waits").rows
    assert (task.about, task.detail["answer_by"]) == ("zoe", "2025-04-04")
    assert not swept(shop)
    cancelled(shop, "O-1")
    cancelled(shop, "O-2")
    shop.dispatch("customer/zoe")
    refunded(shop, "O-1")
    complained = Complained(**when(shop), request="W-1", received_at=shop.now)
    ticket = ticket_of("O-1/1", ask(shop, "O-1", "complain", complained))
    shop.dispatch("customer/zoe")
    assert not swept(shop), "a refund is open"
    with reading(shop.services.engine) as connection:
        erasure = held(connection, shop.services.database, "zoe").erasure
    assert erasure is not None
    assert erasure.asked_at == at(1)
    refunded(shop, "O-2")
    shop.dispatch("customer/zoe")
    assert not swept(shop), "a complaint is open"
    ended = ComplaintClosed(**when(shop), request="W-2", ticket=ticket, text=f"we called {MARK}", by="Eva")
    ask(shop, "O-1", "close_complaint", ended)
    shop.dispatch("customer/zoe")
    assert swept(shop)
    assert MARK not in everything(shop)
    [task] = task_list(shop.services.database, shop.now, kind="erasure_waits").rows
    assert task.detail == {"answer_by": "2025-04-04", "erased_on": "2025-03-05"}, "they are still to be told"


def test_a_message_on_its_way_is_waited_for(shop: Shop) -> None:
    shop.start("O-1", customer=ZOE)
    cancelled(shop, "O-1")
    refunded(shop, "O-1")
    shop.run("UPDATE messages SET state = 'claimed' WHERE number = (SELECT max(number) FROM messages)")
    waits = shop.services.erasures.ask("zoe", shop.now).waits_for
    assert "a message to them is on its way" in waits


@pytest.mark.parametrize("before_the_end", [True, False], ids=["wish_before_the_end", "wish_after_the_end"])
def test_the_last_message_that_waits_for_the_morning_goes_first(shop: Shop, *, before_the_end: bool) -> None:
    """Who wished to be erased still reads what became of the order: the address goes after that."""
    shop.out = Recorder(Sent(outcome="accepted", provider_id="x"))
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, QUIET)
    shop.start("O-1", customer=ZOE | {"email": None}, policy="quiet")
    shop.dispatch("customer/zoe")
    if before_the_end:
        assert shop.services.erasures.ask("zoe", shop.now).waits_for == ("O-1/1 is open",)
    shop.now = at(1, 22)
    cancelled(shop, "O-1")
    shop.dispatch("customer/zoe")
    refunded(shop, "O-1")
    shop.dispatch("customer/zoe")
    known = len(shop.out.given)
    if not before_the_end:
        found = shop.services.erasures.ask("zoe", shop.now)
        assert (found.erased_at, found.waits_for) == (None, ("a message to them has still to go",))
    assert not swept(shop), "their text waits for the morning"
    shop.now = at(2)
    assert not swept(shop)
    assert len(shop.dispatch("customer/zoe")) > known, "they hear of the end"
    assert {row["state"] for row in shop.rows("SELECT state FROM messages WHERE kind = 'cancelled'")} == {
        "sent"
    }
    assert swept(shop)
    assert MARK not in everything(shop)


def test_no_message_keeps_a_wish_beyond_its_month(shop: Shop) -> None:
    """What cannot go for so long does not go any more: the law gives a month for the erasure itself."""
    shop.start("O-1", customer=ZOE, payment="unpaid")
    cancelled(shop, "O-1")
    found = shop.services.erasures.ask("zoe", shop.now)
    assert (found.waits_for, found.answer_by) == (("a message to them has still to go",), date(2025, 4, 3))
    shop.now = datetime(2025, 4, 2, 9, tzinfo=UTC)
    assert not swept(shop)
    shop.now = datetime(2025, 4, 3, 9, tzinfo=UTC)
    assert swept(shop)
    assert shop.dispatch("customer/zoe") == []
    assert {row["state"] for row in shop.rows("SELECT state FROM messages")} == {"withdrawn"}


@pytest.mark.parametrize("kind", ["coupon", "new_link", "confirm_address", "address_changed"])
def test_what_waits_and_says_nothing_of_the_end_keeps_nobody(shop: Shop, kind: str) -> None:
    """Offers, and what whoever holds a link can have written as often as they like, do not go any more."""
    shop.start("O-1", customer=ZOE, payment="unpaid")
    cancelled(shop, "O-1")
    shop.run("UPDATE messages SET kind = :kind WHERE state = 'planned'", kind=kind)
    assert shop.services.erasures.ask("zoe", shop.now).erased_at == shop.now
    assert {row["state"] for row in shop.rows("SELECT state FROM messages")} == {"withdrawn"}


def none_left(shop: Shop) -> list[dict[str, object]]:
    """Zoe, to whom nothing can be written, whose line was ended and paid back."""
    shop.start("O-1", customer=ZOE | {"email": None, "phone": None, "contact": "none"})
    cancel = CancelRequested(
        **when(shop), request="C-1", quantity=None, reason="", by="shop", received_at=shop.now
    )
    ask(shop, "O-1", "cancel", cancel)
    refunded(shop, "O-1")
    return shop.rows("SELECT needs FROM backorders")


def test_who_has_to_be_called_is_called_first(shop: Shop) -> None:
    """What nobody can write to them a person says; afterwards nobody knows any more whom to call."""
    assert none_left(shop) == [{"needs": True}]
    found = shop.services.erasures.ask("zoe", shop.now)
    assert found.waits_for == ("a person has still to tell them of O-1/1",)
    shop.now = at(1)
    called = NoticeGiven(
        **when(shop), request="N-1", as_of=shop.now, medium="call", by_date=None, offered=False
    )
    ask(shop, "O-1", "notice", called)
    assert swept(shop)


def left_too_late(shop: Shop) -> None:
    """Zoe cancels what left after the day by which it was to be there."""
    shop.start("O-1", customer=ZOE | {"region": "IN"}, ship_by=at(1).date().isoformat())
    shop.now = at(20)
    shipped(shop, "O-1")
    shop.now = at(24)
    cancelled(shop, "O-1")


def test_what_decides_about_money_or_a_line_is_decided_first(shop: Shop) -> None:
    """Afterwards nobody could ask the customer, or pay them."""
    left_too_late(shop)
    shop.dispatch("customer/zoe")
    [flag] = shop.state("O-1").needs
    assert flag == LEFT_TOO_LATE
    found = shop.services.erasures.ask("zoe", shop.now)
    assert (found.erased_at, found.waits_for) == (None, (f"O-1/1 waits for a person: {FLAGS[flag].what}",))
    shop.now = at(70)
    assert not swept(shop), "a decision is no message, which a month ends"
    assert shop.state("O-1").needs == (flag,)
    refunded(shop, "O-1")
    shop.dispatch("customer/zoe")
    assert swept(shop)


def test_shipping_that_did_not_arrive_is_sent_first(shop: Shop) -> None:
    shop.start("O-1", customer=ZOE, shipping_paid="4.95")
    cancelled(shop, "O-1")
    refunded(shop, "O-1")
    shipping = RefundSent(**when(shop), refund="RF-2", amount=Decimal("4.95"), sent_at=shop.now, means="card")
    ask(shop, "O-1", "refund", shipping)
    ask(shop, "O-1", "refund", replace(shipping, sent_at=None, failed_at=shop.now))
    shop.dispatch("customer/zoe")
    assert shop.services.erasures.ask("zoe", shop.now).waits_for == ("O-1/1 is not settled",)
    ask(shop, "O-1", "refund", replace(shipping, refund="RF-3"))
    shop.dispatch("customer/zoe")
    assert swept(shop)


def test_what_the_shop_paid_too_much_is_its_own_to_see_to(shop: Shop) -> None:
    """Nobody has to be asked for it, and nothing else says so any more."""
    shop.start("O-1", customer=ZOE)
    cancelled(shop, "O-1")
    refunded(shop, "O-1", "12.00")
    shop.dispatch("customer/zoe")
    assert shop.services.erasures.ask("zoe", shop.now).erased_at == shop.now
    assert shop.state("O-1").needs == ("refund_excess",)
    assert shop.rows("SELECT needs FROM backorders") == [{"needs": True}]


def test_nobody_is_asked_to_do_anything_about_who_is_erased(shop: Shop) -> None:
    """Neither by a task nor by a line; what one that is in no list needs keeps it from no deletion."""
    none_left(shop)
    text = text_of("where is it?", number=ZOE["phone"])
    shop.services.contacts.change("zoe", {"phone": ZOE["phone"], "contact": "usual"}, shop.now, by="Eva")
    shop.services.texts.take(text, at=shop.now, now=datetime.now(UTC))
    shop.services.erasures.ask("zoe", shop.now)
    open_ = "SELECT kind FROM tasks WHERE done_at IS NULL ORDER BY kind"
    assert [each["kind"] for each in shop.rows(open_)] == ["erasure_waits", "unclear_text"]
    shop.now = datetime(2025, 4, 3, 9, tzinfo=UTC)
    assert swept(shop)
    assert [each["kind"] for each in shop.rows(open_)] == ["erasure_waits"]
    assert shop.rows("SELECT needs FROM backorders") == [{"needs": False}]
    shop.run("UPDATE backorders SET needs = true")  # as something that is heard later has it
    shop.services.reconciler.expire(datetime(2031, 4, 3, 9, tzinfo=UTC))
    assert shop.rows("SELECT id FROM backorders") == []


def with_a_code(shop: Shop) -> None:
    """Have an event of Zoe's line, which has ended, name a coupon's code, as `coupon_voided` does."""
    shop.start("O-1", customer=ZOE, payment="unpaid")
    cancelled(shop, "O-1")
    shop.dispatch("customer/zoe")
    named = """UPDATE events SET data = '{"code": "BO-1"}' WHERE type LIKE '%.cancelled'"""
    shop.run(named)


def test_an_event_without_a_code_keeps_nobody(shop: Shop) -> None:
    """What people said is of no use to the order system, however long its receiver is away."""
    desk = EventDesk(shop)
    desk.put("shop", "https://orders.example/events")
    shop.start("O-1", customer=ZOE, payment="unpaid")
    cancelled(shop, "O-1")
    shop.dispatch("customer/zoe")
    desk.batch()
    assert "pending" in desk.states()
    assert shop.services.erasures.ask("zoe", shop.now).erased_at == shop.now


def test_an_event_with_a_code_reaches_the_order_system_whole(shop: Shop) -> None:
    """Emptied it would say nothing: a coupon without its code stays good."""
    desk = EventDesk(shop)
    desk.put("shop", "https://orders.example/events")
    with_a_code(shop)
    waits = ("an event about a coupon of O-1/1 has still to be taken",)
    assert shop.services.erasures.ask("zoe", shop.now).waits_for == waits, "it has no place yet"
    desk.batch()
    assert set(desk.states()) == {"pending"}
    assert shop.services.erasures.ask("zoe", shop.now).waits_for == waits
    assert not swept(shop)
    shop.run("UPDATE deliveries SET state = 'delivered'")
    assert swept(shop)
    assert MARK not in everything(shop)


def test_a_reader_who_acknowledges_events_reads_them_whole(shop: Shop) -> None:
    desk = EventDesk(shop)
    with_a_code(shop)
    reads = parse(NewApiKey, {"name": "order system", "roles": ["orders"], "acknowledges": True})
    api_keys.create(shop.services.engine, reads, desk.now)
    shop.run("UPDATE api_keys SET acknowledged_position = 0")
    desk.batch()
    assert not shop.services.erasures.ask("zoe", shop.now).erased_at
    shop.run("UPDATE api_keys SET acknowledged_position = 99")
    assert swept(shop)
