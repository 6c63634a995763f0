"""What a page says where money is waited for, was never taken, or did not arrive."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from backorder.domain.line.events import Answered, PaymentChanged, RefundSent
from backorder.domain.line.money_facts import PaymentState
from backorder.services.record_request import NewRequest
from tests.support.customer_page import asked, hidden, hold_clock, path_of, plain
from tests.support.days import at, day
from tests.support.policies import NO_LAW
from tests.support.shop import Shop
from tests.web.customer_page.pages_over_http import Visitor, chosen


def test_a_page_asks_for_a_payment_that_is_due_and_says_what_happens_without_it(
    shop: Shop, visitor: Visitor
) -> None:
    """Units are kept, then they go to the next in the queue: nothing on the page says that they ship."""
    shop.start("A-77", 2, payment="authorized", customer={"region": "IE"}, policy="ending", **NO_LAW)
    _reports(shop, "unpaid", pay_url="https://shop.example/pay/1")
    shop.receive(10)
    shop.review("A-77")
    path = path_of(shop)
    found = visitor().get(path)
    words, kept = plain(found), f"{day(3).day} {day(3):%B} {day(3).year}"
    assert "We need your payment Waiting for your payment 2 × Lamp Not charged yet" in words
    assert f"To pay by {kept} €20.00 They’re here and set aside for you." in words
    assert "We cancel them on " in words, "so it is not said that the order stays"
    goes = f"If you do nothing Without your payment, they go to the next in the queue after {kept}."
    assert f"{goes} We cancel them on " in words, "what comes first is said first"
    assert "Leaves us Once you’ve paid" in words
    assert 'href="https://shop.example/pay/1"' in found.text
    for untrue in (
        "leave us as planned",
        "Ships ",
        "it leaves us by",
        "give you your money back",
        "Served from",
    ):
        assert untrue not in words
    shop.now = at(3, 23)
    hold_clock(shop)
    shop.review("A-77")
    assert f"To pay by {kept} €20.00" in plain(visitor().get(path)), "to the end of that day"
    shop.now = at(4, 10)
    hold_clock(shop)
    shop.review("A-77")
    passed = plain(visitor().get(path))
    assert "what was set aside for you went to the next in the queue" in passed
    assert "Nothing ships until you’ve paid" in passed
    _reports(shop, "captured")
    assert "Waiting for your payment" not in plain(visitor().get(path))


def test_where_a_part_waits_for_its_payment_the_rest_keeps_its_date(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77", 3, payment="authorized", customer={"region": "IE"}, policy="ship")
    _reports(shop, "unpaid")
    shop.receive(1)
    shop.review("A-77")
    words = plain(visitor().get(path_of(shop)))
    assert "We need your payment Ships in parts" in words
    assert "They ship in parts: 1 once you’ve paid, 2 " in words
    assert "We told you this on" not in words, "a day was told of all three"
    assert "€10.00 1 of 3 is here and set aside for you." in words
    assert "Without your payment, what is here goes to the next" in words
    assert "Please tell us how you’d like to pay" in words, "nobody said where"
    last = day(2)
    event = Answered(
        at=shop.now, day=shop.now.date(), request="A", choice="keep", until=last, received_at=shop.now
    )
    shop.ask("A-77", NewRequest(id="A", kind="answer", event=event, given={"choice": "keep"}))
    shop.review("A-77", "A")
    words = plain(visitor().get(path_of(shop)))
    assert f"To pay by {last.day} {last:%B} {last.year} €10.00" in words, "not beyond the day that ends it"


def test_what_is_cancelled_is_counted_and_its_page_promises_nothing_more(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    """Neither a date of what ends, nor money that nobody took."""
    shop.start("A-77", 3, payment="unpaid")
    path, browser = path_of(shop), visitor()
    some = browser.post(path, data=hidden(browser.get(path).text, "cancel") | {"quantity": "1"})
    assert "We cancel 1 × Lamp. The other 2 stay on order." in plain(some)
    shop.cancel("A-77", 1, "C-1")
    words = plain(page := browser.get(path))
    assert "we’ve cancelled 1 × Lamp." in words
    assert '<div class="ended"><p>As you asked' in page.text, "set apart from the choices above it"
    assert "You haven’t been charged for what is cancelled" in words
    shop.dispatch()
    subject = shop.rows(
        "SELECT subject FROM sends JOIN messages ON messages.id = message WHERE kind = 'cancelled'"
    )
    assert subject == [{"subject": "Cancelled: 1 × Lamp"}]
    assert chosen(browser, path, "cancel").status_code == 303
    shop.review("A-77", asked(shop)[-1]["id"])
    undone = plain(browser.get(path))
    assert "Cancelled: you can still take it back 2 × Lamp" in undone
    for untrue in ("Leaves us", "We told you this", "Served from", "you get back what you paid"):
        assert untrue not in undone
    assert browser.post(path, data=hidden(browser.get(path).text, "take_back")).status_code == 200


def test_money_that_did_not_arrive_is_no_money_on_its_way(shop: Shop, visitor: Visitor) -> None:
    """The line's other units left: the page is about those. What goes back for others is on its way."""
    shop.start("A-78", 4, customer={"id": "bob", "email": "bob@example.com", "region": "IE"})
    shop.ship("A-78", 2)
    shop.cancel("A-78", 1, "C-2")
    shop.cancel("A-78", 1, "C-3")
    path = path_of(shop, "bob")
    browser = visitor()
    gone = plain(browser.get(path))
    assert "On their way to you 2 × Lamp" in gone
    assert "we’ve cancelled 2 × Lamp. The other 2 you ordered aren’t affected by that." in gone
    sent_at = shop.now
    for failed_at in (None, at(1)):
        shop.now = failed_at or sent_at
        hold_clock(shop)
        refund = RefundSent(
            at=shop.now,
            day=shop.now.date(),
            refund="R-1",
            amount=Decimal("10.00"),
            sent_at=sent_at,
            failed_at=failed_at,
        )
        id = f"refund-{failed_at}"
        shop.ask("A-78", NewRequest(id=id, kind="refund", event=refund, given={}))
        shop.review("A-78", id)
    words = plain(browser.get(path))
    first, second = (
        f"€10.00 It goes back the way you paid, by {day(14).day} ",
        "€10.00 It didn’t reach you the way",
    )
    assert words.index(first) < words.index(second), "the one that failed has another last day"
    assert words.count("Refund for 1 × Lamp €10.00 It ") == 2, "each sum says what it is for"
    shop.now = at(15)
    hold_clock(shop)
    assert "Shipped on 3 March 2025 2 × Lamp" in plain(browser.get(path)), "by then it is there, or lost"
    assert (
        words.count("didn’t reach you the way we sent it.") == words.count("goes back the way you paid") == 1
    )


def test_shipping_that_did_not_arrive_is_said_apart_from_the_goods(shop: Shop, visitor: Visitor) -> None:
    shop.start(
        "A-78", 2, customer={"id": "bob", "email": "bob@example.com", "region": "IE"}, shipping_paid="4.90"
    )
    shop.cancel("A-78")
    path = path_of(shop, "bob")
    for id, failed_at in (("sent", None), ("failed", shop.now)):
        event = RefundSent(
            at=shop.now,
            day=shop.now.date(),
            refund="R-1",
            amount=Decimal("24.90"),
            sent_at=shop.now,
            failed_at=failed_at,
        )
        shop.ask("A-78", NewRequest(id=id, kind="refund", event=event, given={}))
        shop.review("A-78", id)
    words = plain(visitor().get(path))
    assert "€20.00 It didn’t reach you the way we sent it." in words
    assert "The €4.90 you paid for shipping didn’t reach you the way we sent it." in words
    assert "goes back too" not in words
    [verdict] = shop.rows("SELECT reason FROM requests WHERE id = 'failed'")
    assert "24.90 EUR are still owed" in verdict["reason"]


def _reports(shop: Shop, state: PaymentState, pay_url: str = "") -> None:
    shop.now += timedelta(hours=1)
    hold_clock(shop)
    id = f"P-{state}"
    event = PaymentChanged(at=shop.now, day=shop.now.date(), state=state, as_of=shop.now, pay_url=pay_url)
    shop.ask("A-77", NewRequest(id=id, kind="payment", event=event, given={"state": state}))
    shop.review("A-77", id)
