"""A customer is erased: nothing of them can be read any more."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from backorder import schemas
from backorder.domain.line.events import Complained
from backorder.domain.suppression import Cause
from backorder.errors import ErasedError, UnknownCustomerError
from backorder.forecasting.demand.sale import Sale
from backorder.messaging.sendgrid_events import events
from backorder.messaging.twilio_callbacks import inbound
from backorder.ports import Sent
from backorder.queries.case_view import case
from backorder.queries.customer_view import held
from backorder.queries.line_list import Filter, lines
from backorder.queries.message_list import MessageFilter, message_list
from backorder.queries.suppression_list import suppression_list
from backorder.queries.views import CaseView
from backorder.schemas import parse
from backorder.services.record_request import NewRequest
from backorder.services.write_beside import NewLinks
from backorder.storage import notes, suppressions
from backorder.storage.engine import reading, writing
from tests.support.days import at, day
from tests.support.erased_customer import MARK, PHONE, ZOE, cancelled, everything, refunded, shipped
from tests.support.provider_webhooks import event
from tests.support.senders import Recorder
from tests.support.shop import Shop
from tests.support.text_answers import text_of


def bounced(shop: Shop, id: str) -> None:
    """The mail provider reports that every mail came back, in words that name the address."""
    now = datetime.now(UTC)
    for number, row in enumerate(shop.rows("SELECT id FROM sends WHERE channel = 'email' ORDER BY id")):
        entry = event("bounce", row["id"], email=ZOE["email"], reason=f"550 <{ZOE['email']}>: no such user")
        entry |= {"type": "bounce", "sg_event_id": f"{id}-{number}"}
        shop.services.reports.record(events(json.dumps([entry]).encode(), now).reports, at=shop.now, now=now)


def a_life(shop: Shop) -> None:
    """Two lines of one customer, and everything that can be said about them; both have ended."""
    shop.out = Recorder(Sent(outcome="accepted", provider_id="x"))
    shop.adjust(1)
    shop.start("O-1", customer=ZOE)
    shop.start("O-2", customer=ZOE)
    shop.dispatch("customer/zoe")
    shop.ask("O-2", shop.silence(at(1)))
    shop.review("O-2", "H-1")
    left = parse(schemas.NoteText, {"request_id": "N-1", "text": f"{MARK} phoned", "actor": "Eva"})
    notes.about_line(shop.services.engine, "O-2/1", left, shop.now)
    shop.services.moving.prioritise("O-2/1", 3, by="Eva", reason=f"{MARK} marries", at=shop.now)
    text = text_of(f"stop it, {MARK}", number=PHONE)
    shop.services.texts.take(text, at=shop.now, now=datetime.now(UTC))
    stop = text_of("STOP", "SM2", PHONE)
    shop.services.texts.take(stop, at=shop.now, now=datetime.now(UTC))
    shipped(shop, "O-1")
    cancelled(shop, "O-2")
    shop.dispatch("customer/zoe")
    refunded(shop, "O-2")
    shop.dispatch("customer/zoe")
    bounced(shop, "first")


def test_nothing_of_an_erased_customer_can_be_read_anywhere(shop: Shop) -> None:
    """Every table, whole: no name, address, number, or word of theirs or about them."""
    shop.start("O-9", customer={"id": "bob", "name": "Bob", "email": "bob@example.com"})
    a_life(shop)
    shop.run(f"UPDATE requests SET reason = 'the swap is off: {MARK}'")  # as an earlier version wrote
    before = everything(shop)
    assert before.count(MARK) > 20
    append_only = {
        name: shop.rows(f"SELECT * FROM {name}") for name in ("timeline", "promises", "allocations")
    }
    assert MARK not in repr(append_only), "words stand in rows that can be emptied"
    done = shop.services.erasures.ask("zoe", shop.now)
    assert (done.erased_at, done.lines, done.waits_for) == (shop.now, 2, ())
    after = everything(shop)
    for word in (MARK, PHONE, PHONE.removeprefix("+49"), "europe/berlin"):
        assert word not in after, word
    for name, rows in append_only.items():
        assert shop.rows(f"SELECT * FROM {name}") == rows
    assert "bob@example.com" in after
    with pytest.raises(ErasedError):
        shop.services.contacts.read("zoe")
    assert shop.services.erasures.ask("zoe", at(9)).erased_at == shop.now, "repeated it changes nothing"
    # What the provider reports later brings nothing back.
    bounced(shop, "later")
    assert MARK not in everything(shop)
    for order in ("O-1", "O-2"):
        shop.review(order)


def test_addresses_and_numbers_of_before_are_held_and_erased_too(shop: Shop) -> None:
    """What a mail came back from, and a number that texts came from, is on record under the one of then."""
    shop.out = Recorder(Sent(outcome="accepted", provider_id="x"))
    shop.start("O-1", customer=ZOE | {"sms_consent": False})
    shop.dispatch("customer/zoe")
    bounced(shop, "first")
    asked = [("MessageSid", "SM1"), ("From", PHONE), ("Body", f"where is it, asks {MARK}")]
    shop.services.texts.take(inbound(asked), at=shop.now, now=datetime.now(UTC))
    to_bob = [("MessageSid", "SM2"), ("From", "+4915199999999"), ("Body", "hello from bob")]
    moved = {"email": "moved@example.com", "phone": "+4915199999999"}
    shop.services.contacts.change("zoe", moved, shop.now, by="Eva")
    shop.services.texts.take(inbound(to_bob), at=shop.now, now=datetime.now(UTC))
    shop.services.contacts.change("zoe", {"phone": None}, shop.now, by="Eva")
    shop.start("O-2", customer={"id": "bob", "name": "Bob", "phone": "+4915199999999"})
    with reading(shop.services.engine) as connection:
        found = held(connection, shop.services.database, "zoe")
    assert [(each.address, each.cause) for each in found.suppressions] == [(ZOE["email"], "hard_bounce")]
    assert [each.number for each in found.texts] == [PHONE], "what another customer's number says is theirs"
    cancelled(shop, "O-1")
    shop.dispatch("customer/zoe")
    refunded(shop, "O-1")
    shop.dispatch("customer/zoe")
    assert shop.services.erasures.ask("zoe", shop.now).erased_at is not None
    after = everything(shop)
    for word in (MARK, PHONE, "moved@example.com"):
        assert word not in after, word
    assert "hello from bob" in after


def test_what_somebody_else_texted_from_a_number_of_theirs_too_is_kept(shop: Shop) -> None:
    """Of two who share a number the one is erased: what the other wrote is read and proved by them still."""
    shop.start("O-1", customer=ZOE, payment="unpaid")
    texts = {"SM1": f"where is it, asks {MARK}", "SM2": "bob here, where is mine?"}
    for sid, body in texts.items():
        text = text_of(body, sid, PHONE)
        shop.services.texts.take(text, at=shop.now, now=datetime.now(UTC))
        shop.start("O-2", customer={"id": "bob", "name": "Bob", "phone": PHONE, "sms_consent": True})
    cancelled(shop, "O-1")
    shop.dispatch("customer/zoe")
    assert shop.services.erasures.ask("zoe", shop.now).erased_at is not None
    kept = shop.rows("SELECT sid, sender, body FROM inbound_texts WHERE body <> ''")
    assert kept == [{"sid": "SM2", "sender": PHONE, "body": texts["SM2"]}]
    assert MARK not in everything(shop)


def test_what_is_said_to_go_nowhere_outlives_its_customer(shop: Shop) -> None:
    a_life(shop)
    shop.services.erasures.ask("zoe", shop.now)
    shop.start("O-9", customer=ZOE | {"id": "eva", "name": "Eva"})
    seen = case(shop.services.database, "O-9/1", shop.now)
    assert isinstance(seen, CaseView)
    assert {each.cause for each in seen.contact.suppressed} == {"stop", "hard_bounce"}
    ways = [("sms", PHONE), ("email", ZOE["email"]), ("sms", "+4915999999999")]
    with writing(shop.services.engine) as connection:
        found = suppressions.listed(connection, ways)
        assert {way: set(causes) for way, causes in found.items()} == {
            ("sms", PHONE): {Cause.STOP.value},
            ("email", ZOE["email"]): {Cause.HARD_BOUNCE.value},
        }
        page = suppression_list(connection, address=PHONE)
        assert [(each.address, each.cause) for each in page.rows] == [("", "stop")]
        assert suppressions.lift(connection, "sms", "0049 1512 3456789", list(Cause), datetime.now(UTC), "x")
        assert ("sms", PHONE) not in suppressions.listed(connection, ways)


def test_who_orders_again_is_on_record_anew_and_the_old_lines_stay_sealed(shop: Shop) -> None:
    a_life(shop)
    shop.services.erasures.ask("zoe", shop.now)
    erased = shop.now
    shop.now = at(3)
    fresh = ZOE | {"name": "Someone New", "email": "new@example.com", "phone": None, "sms_consent": False}
    shop.start("O-3", customer=fresh)
    assert shop.services.contacts.read("zoe").email == "new@example.com"
    database = shop.services.database
    for wanted in (Filter(), Filter(q="O-1"), Filter(order="O-1"), Filter(customer="zoe")):
        found = lines(database, wanted, shop.now).lines
        assert not {each.id for each in found} & {"O-1/1", "O-2/1"}, wanted
    assert [each.id for each in lines(database, Filter(q="someone"), shop.now).lines] == ["O-3/1"]
    sealed = case(database, "O-2/1", shop.now)
    assert isinstance(sealed, CaseView)
    assert (sealed.status, sealed.contact.erased_at, sealed.contact.name) == ("cancelled", erased, "")
    assert [sealed.messages, sealed.notes, sealed.timeline, sealed.other_lines, sealed.hold] == [
        (),
        (),
        (),
        (),
        None,
    ]
    now = case(database, "O-3/1", shop.now)
    assert isinstance(now, CaseView)
    assert now.other_lines == ()
    with reading(shop.services.engine) as connection:
        of_them = held(connection, database, "zoe")
    assert [each.id for each in of_them.lines] == ["O-3/1"]
    assert [of_them.answers, of_them.notes, of_them.texts, of_them.suppressions] == [()] * 4


def test_who_orders_under_an_erased_id_is_left_in_peace_for_nobody_else_s_complaint(shop: Shop) -> None:
    """Neither for one of before, nor for one that comes in about a sealed line."""
    a_life(shop)
    shop.services.erasures.ask("zoe", shop.now)
    rests = "SELECT complained_at, cancelled_at FROM customers WHERE id = 'zoe'"
    assert shop.rows(rests) == [{"complained_at": None, "cancelled_at": None}]
    shop.now = at(3)
    shop.start("O-3", customer=ZOE | {"name": "Someone New", "email": "new@example.com"})
    for order, rested in (("O-1", None), ("O-3", shop.now)):
        event = Complained(at=shop.now, day=shop.now.date(), request=order, received_at=shop.now)
        shop.ask(order, NewRequest(id=order, kind="complain", event=event, given={}))
        assert bool(shop.rows(rests)[0]["complained_at"]) is bool(rested)


def test_nothing_of_a_sealed_line_goes_to_who_orders_under_its_id(shop: Shop) -> None:
    """Neither a link to it that anybody asks for, nor what had failed to arrive; no list names it either."""
    a_life(shop)
    new_links = NewLinks(shop.services.engine)
    new_links.send("O-1", shop.now)
    shop.run("UPDATE messages SET state = 'failed' WHERE kind IN ('new_link', 'shipped', 'cancelled')")
    failed = MessageFilter(states=("failed",))
    assert message_list(shop.services.database, failed, shop.now).rows
    shop.services.erasures.ask("zoe", shop.now)
    assert message_list(shop.services.database, MessageFilter(), shop.now).rows == []
    shop.now = at(3)
    shop.start("O-3", customer=ZOE | {"email": "new@example.com"})
    sent = len(shop.dispatch("customer/zoe"))
    count = shop.rows("SELECT count(*) AS n FROM messages")
    new_links.send("O-1", shop.now)
    assert shop.rows("SELECT count(*) AS n FROM messages") == count
    shop.services.contacts.change("zoe", {"email": "newer@example.com"}, shop.now, by="Eva")
    later = shop.dispatch("customer/zoe")[sent:]
    assert not [each for each in later if "O-1" in each.text or "O-2" in each.text]


def test_a_line_and_an_erasure_at_the_same_moment(shop: Shop) -> None:
    """Whoever is first: a line that is open has a contact, and no contact is left of who was erased."""
    shop.start("O-0", customer=ZOE, payment="unpaid")
    cancelled(shop, "O-0")
    shop.dispatch("customer/zoe")
    for number in range(1, 9):
        order = f"O-{number}"
        with ThreadPoolExecutor(2) as pool:
            opening = pool.submit(shop.open, order, customer=ZOE, payment="unpaid")
            erasing = pool.submit(shop.services.erasures.ask, "zoe", shop.now)
        assert opening.result().new
        erased = erasing.result().erased_at is not None
        assert shop.services.contacts.read("zoe").email == ZOE["email"], "the new line can be told"
        assert erased or erasing.result().waits_for == (f"{order}/1 is open",)
        shop.review(order)
        cancelled(shop, order)
        shop.dispatch("customer/zoe")


def test_all_that_is_held_is_told(shop: Shop) -> None:
    a_life(shop)
    sold = [Sale(sku="RUG", day=day(0), quantity=1, order=order) for order in ("O-1", "O-9")]
    shop.services.sales.keep(sold, shop.now)
    with reading(shop.services.engine) as connection:
        found = held(connection, shop.services.database, "zoe")
    assert [each.id for each in found.lines] == ["O-1/1", "O-2/1"]
    assert [(each.order, each.sku, each.quantity) for each in found.sales] == [("O-1", "RUG", 1)]
    assert {each.kind for each in found.messages} >= {"confirmed", "shipped", "cancelled"}
    assert {each.address for each in found.messages} <= {ZOE["email"], PHONE}
    assert any(MARK.title() in each.text for each in found.messages)
    assert {each.kind for each in found.answers} == {"cancel", "ship", "refund", "hold"}
    assert any(each.evidence == f"letter of {MARK}" for each in found.answers)
    assert {f"{MARK} phoned", f"priority 0 becomes 3: {MARK} marries"} <= {each.text for each in found.notes}
    assert [each.text for each in found.texts] == [f"stop it, {MARK}", "STOP"]
    assert {each.cause for each in found.suppressions} == {"stop", "hard_bounce"}
    with pytest.raises(UnknownCustomerError):
        shop.services.erasures.ask("nobody", shop.now)
