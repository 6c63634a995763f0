"""A corrected contact: what waited or failed goes to where the customer is reached now."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.domain.line.events import Answered, Shipped
from backorder.errors import RefusedError, UnknownCustomerError
from backorder.ports import Sent
from backorder.services.record_request import NewRequest
from backorder.storage.codec import load_facts
from tests.support import lines as b
from tests.support.days import day
from tests.support.senders import Recorder
from tests.support.shop import Shop

GONE = Sent(outcome="permanent", code="550", reason="no such mailbox")


def correct(shop: Shop, **changes: object) -> tuple[str, ...]:
    return shop.services.contacts.change("ann", changes, shop.now, by="clerk").fields


def test_a_promise_that_nobody_got_is_told_anew_at_the_new_address(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    shop.out = Recorder(GONE)
    shop.dispatch()
    assert shop.state().needs == ("unreachable",)
    shop.now += timedelta(hours=1)
    assert correct(shop, email="ann@new.example", name="Ann Lee") == ("name", "email")
    message = shop.dispatch()[-1]
    assert (message.to, len(shop.out.given)) == ("ann@new.example", 2)
    assert shop.state().needs == ()
    assert shop.state().promise is not None
    [entry] = shop.rows("SELECT \"by\", detail FROM timeline WHERE what = 'contact_changed'")
    assert entry["by"] == "clerk"
    assert entry["detail"].startswith("name, email changed by clerk; confirmed")
    assert "new.example" not in entry["detail"]


def test_news_of_an_ended_line_goes_out_again(shop: Shop) -> None:
    shop.start()
    shop.dispatch()
    shop.cancel()
    shop.out = Recorder(GONE)
    shop.dispatch()
    changed = shop.services.contacts.change("ann", {"email": "ann@new.example"}, shop.now, by="clerk")
    assert changed.again == 1
    assert [message.to for message in shop.dispatch()] == ["ann@example.com", "ann@new.example"]
    assert shop.state().needs == ()


def test_what_failed_goes_out_again_as_it_is_true_by_now(shop: Shop) -> None:
    """A cancellation that a shipment undid, one that it lowered, and a keep that was followed by a cancel."""
    shop.purchase()
    for order, units in (("O-1", 1), ("O-2", 3), ("O-3", 1)):
        shop.start(order, units, customer={"region": "CH"})
    shop.dispatch()
    told = len(shop.out.given)
    shop.out = Recorder(GONE, GONE, GONE, GONE)
    shop.now += timedelta(hours=2)
    ask(shop, "O-3", b.answer(shop.now, "keep"))
    shop.dispatch()
    for order in ("O-1", "O-2", "O-3"):
        shop.cancel(order, id=f"C-{order}")
    shop.dispatch()
    states = [row["state"] for row in shop.rows("SELECT state FROM messages ORDER BY number")]
    assert states[told:] == ["failed"] * 4
    for order in ("O-1", "O-2"):
        ask(shop, order, b.ship(shop.now, 1, id=f"S-{order}", left=shop.now - timedelta(hours=1)))
    changed = shop.services.contacts.change("ann", {"email": "ann@new.example"}, shop.now, by="clerk")
    assert changed.again == 1, "the third's; the second's was written anew by the shipment, for fewer"
    subjects = sorted(message.subject for message in shop.dispatch()[4:])
    assert subjects == ["Cancelled: 2 × Lamp", "Cancelled: Lamp", *["On the way to you: Lamp"] * 2]
    query = "SELECT facts FROM message_items WHERE backorder = 'O-2/1' AND step LIKE 'cancelled/%'"
    [fewer] = shop.rows(query)
    assert load_facts(fewer["facts"]).quantity == 2


def ask(shop: Shop, order: str, event: Answered | Shipped) -> None:
    """A line hears what happened to it."""
    kind, id = ("ship", event.shipment) if isinstance(event, Shipped) else ("answer", event.request)
    shop.ask(order, NewRequest(id=id, kind=kind, event=event, given={}))
    shop.review(order, id)


def test_what_waits_for_a_rest_goes_at_once(shop: Shop) -> None:
    shop.start()
    shop.out = Recorder(Sent(outcome="transient", code="450", reason="later"))
    shop.dispatch()
    correct(shop, email="ann@new.example")
    assert [message.to for message in shop.dispatch()] == ["ann@example.com", "ann@new.example"]


@pytest.mark.parametrize(
    ("changes", "to"),
    [
        ({"email": "ann@new.example"}, [("email", "ann@new.example")]),
        ({"phone": "+12025550199"}, [("sms", "+12025550199")]),
        ({"sms_consent": False}, []),
        ({"name": "Ann Lee"}, []),
    ],
)
def test_the_open_question_goes_to_the_new_address_too(
    shop: Shop, changes: dict[str, object], to: list[tuple[str, str]]
) -> None:
    """With the same last day, and whichever address it went to first."""
    shop.purchase()
    known = {"region": "US", "phone": "+12025550123", "sms_consent": True}
    shop.start(ship_by=day(9).isoformat(), customer=known)
    shop.now += timedelta(hours=2)
    [first] = shop.dispatch()
    shop.now += timedelta(hours=1)
    correct(shop, **changes)
    again = shop.dispatch()[1:]
    assert [(message.channel, message.to) for message in again] == to
    assert all(message.text for message in (first, *again))
    [question] = shop.state().questions
    assert question.answer_by == day(21)
    assert shop.state().needs == ()


def test_what_is_refused_is_named_and_changes_nothing(shop: Shop) -> None:
    shop.start()
    before = shop.rows("SELECT * FROM customers, timeline")
    with pytest.raises(RefusedError) as refused:
        correct(shop, email="nobody", region="Atlantis")
    assert {fault.partition(":")[0] for fault in refused.value.faults} == {"email", "region"}
    with pytest.raises(RefusedError):
        correct(shop, email=None)
    assert correct(shop, email="ann@example.com") == ()
    assert shop.rows("SELECT * FROM customers, timeline") == before
    with pytest.raises(UnknownCustomerError):
        shop.services.contacts.read("nobody")


PHONE = "+4915123456789"


def agreed_to(words: str) -> dict[str, str]:
    return {"at": "2025-03-02T10:00:00Z", "how": "call", "wording": words}


OFFERS = {"email": agreed_to("Mail me offers."), "sms": agreed_to("Text me offers.")}


@pytest.mark.parametrize(
    ("changes", "stand"),
    [
        ({"phone": "+4915198765432"}, ["email"]),
        ({"phone": None}, ["email"]),
        ({"email": "ann@new.example"}, ["sms"]),
        ({"email": "Ann@Example.com", "phone": "0049 151 23456789", "name": "Ann Lee"}, ["email", "sms"]),
        ({"phone": "+4915198765432", "marketing_consent": {"sms": OFFERS["sms"]}}, ["email"]),
        ({"phone": "+4915198765432", "marketing_consent": {"sms": agreed_to("Anew.")}}, ["email", "sms"]),
    ],
)
def test_consent_to_promotions_follows_to_no_other_address_or_number(
    shop: Shop, changes: dict[str, object], stand: list[str]
) -> None:
    shop.start(customer={"phone": PHONE, "sms_consent": True, "marketing_consent": OFFERS})
    fields = correct(shop, **changes)
    assert ("marketing_consent" in fields) is (len(stand) < 2 or "marketing_consent" in changes)
    agreed = shop.services.contacts.read("ann").marketing_consent
    assert [each for each in ("email", "sms") if getattr(agreed, each)] == stand
    assert all(
        row["ended_by"] == "clerk" for row in shop.rows("SELECT * FROM consents WHERE ended_at IS NOT NULL")
    )


def test_an_order_with_another_number_adds_no_consent_to_the_one_on_record(shop: Shop) -> None:
    shop.start("O-1", customer={"phone": PHONE, "sms_consent": True})
    other = {"phone": "+4915198765432", "sms_consent": True, "marketing_consent": OFFERS}
    shop.start("O-2", customer=other)
    agreed = shop.services.contacts.read("ann").marketing_consent
    assert (bool(agreed.email), bool(agreed.sms)) == (True, False)


def test_a_number_that_is_none_is_refused_and_takes_no_other_away(shop: Shop) -> None:
    shop.open(customer={"phone": "+441632960961"})
    with pytest.raises(RefusedError, match=r'^phone: "12" is no phone number'):
        correct(shop, phone="12")
    assert shop.rows("SELECT phone FROM customers") == [{"phone": "+441632960961"}]


def test_a_line_that_cannot_be_read_stops_no_correction_and_hears_of_it_later(shop: Shop) -> None:
    shop.purchase()
    shop.start("O-1")
    shop.start("O-2")
    shop.out = Recorder(GONE, GONE)
    shop.dispatch()
    assert (shop.state("O-1").needs, shop.state("O-2").needs) == (("unreachable",), ("unreachable",))
    kept = shop.rows("SELECT state FROM backorders WHERE id = 'O-1/1'")[0]["state"]
    shop.run("UPDATE backorders SET state = '{' WHERE id = 'O-1/1'")
    shop.now += timedelta(hours=1)
    assert correct(shop, email="ann@new.example") == ("email",)
    assert shop.state("O-2").needs == ()
    [(subject, by)] = [
        tuple(row.values()) for row in shop.rows("SELECT subject, backorder FROM engine_errors")
    ]
    assert (subject, by) == ("backorder/O-1/1", "O-1/1")
    shop.run("UPDATE backorders SET state = :state WHERE id = 'O-1/1'", state=kept)
    shop.review("O-1")
    assert shop.state("O-1").needs == ()
    assert not shop.rows("SELECT 1 FROM engine_errors")
    assert [message.to for message in shop.dispatch()][-2:] == ["ann@new.example"] * 2


def test_a_line_that_cannot_be_read_says_later_what_did_not_arrive(shop: Shop) -> None:
    shop.start("O-1", customer={"region": "CH"})
    shop.dispatch()
    shop.cancel("O-1")
    shop.out = Recorder(GONE)
    shop.dispatch()
    kept = shop.rows("SELECT state FROM backorders WHERE id = 'O-1/1'")[0]["state"]
    shop.run("UPDATE backorders SET state = '{' WHERE id = 'O-1/1'")
    shop.now += timedelta(hours=1)
    assert correct(shop, email="ann@new.example") == ("email",)
    shop.run("UPDATE backorders SET state = :state WHERE id = 'O-1/1'", state=kept)
    shop.review("O-1")
    again = shop.dispatch()[-1]
    assert (again.to, again.subject) == ("ann@new.example", "Cancelled: Lamp")
