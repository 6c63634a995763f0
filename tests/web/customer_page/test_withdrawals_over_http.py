"""Withdrawing from a contract on the page, over HTTP: until when it is offered, and what becomes of money."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from backorder.domain.line.events import Answered, RefundSent, Shipped
from backorder.ports import Review
from backorder.queries.case_view import case
from backorder.queries.views import CaseView
from backorder.services.record_request import NewRequest
from backorder.services.review_line import review
from tests.support.customer_page import asked, hidden, hold_clock, path_of, plain
from tests.support.days import at, day
from tests.support.shop import Shop
from tests.web.customer_page.pages_over_http import Visitor, sent
from web.customer_page.right_to_withdraw import may_still_withdraw


@pytest.mark.parametrize("after", ["withdraw", "cancel"])
def test_what_was_captured_as_it_left_is_not_said_to_be_uncharged(
    shop: Shop, visitor: Visitor, at_once: None, after: str
) -> None:
    """It is asked for with the shipment, and the order system need not report it."""
    shop.start("A-77", 2, payment="authorized")
    path = path_of(shop)
    assert "Not charged yet" in plain(visitor().get(path))
    shop.ship("A-77", 1)
    shop.now += timedelta(hours=3)
    hold_clock(shop)
    browser = visitor()
    found = plain(browser.get(path))
    assert ("Charged so far: only for what has left us" in found, "Not charged yet" in found) == (True, False)
    confirm = browser.post(path, data=hidden(browser.get(path).text, after))
    said = plain(confirm)
    if after == "withdraw":
        assert "10,00 € goes back the way you paid" in said
        assert "We may wait until the goods are here, or until you show us proof of postage." in said
    assert browser.post(path, data=hidden(confirm.text, after)).status_code == 303
    [request] = [each["id"] for each in asked(shop) if each["kind"] == "answer"]
    shop.review("A-77", request)
    shop.now += timedelta(hours=1)
    hold_clock(shop)
    shop.review("A-77")
    afterwards = plain(browser.get(path))
    if after == "withdraw":
        assert "10,00 € It goes back the way you paid, by" in afterwards
        assert "Everything you’ve paid, standard delivery included, comes back" in afterwards
    else:
        assert "You haven’t been charged for what is cancelled" in afterwards


@pytest.mark.parametrize("split", ["one line", "two lines"])
def test_art_9_2_b_the_days_count_from_the_last_of_the_goods_of_one_order(
    shop: Shop, visitor: Visitor, at_once: None, split: str
) -> None:
    """Where goods of one order come apart, the one that came first can be sent back as long as the last."""
    shop.start("A-77", 3 if split == "one line" else 1)
    if split != "one line":
        shop.open("A-77", 2, line_id="2")
        review(shop.services.lines, Review(backorder="A-77/2", seq=1, at=shop.now))
    path = path_of(shop)
    shop.ship("A-77", 1)

    def offered(when: int) -> int:
        shop.now = at(when)
        hold_clock(shop)
        return visitor().get(path).text.count('value="withdraw"')

    lines = 1 if split == "one line" else 2
    assert offered(75) == lines, "the rest is still to come"
    rest = Shipped(at=shop.now, day=day(75), shipment="S-2", quantity=2, shipped_at=shop.now)
    line = "A-77/1" if split == "one line" else "A-77/2"
    shop.services.requests.record(line, NewRequest(id="s-2", kind="ship", event=rest, given={}), shop.now)
    review(shop.services.lines, Review(backorder=line, seq=9, at=shop.now, requests=["s-2"]))
    assert [offered(when) for when in (75 + 17, 75 + 30, 75 + 31)] == [lines, lines, 0]


@pytest.mark.parametrize(("transit", "last"), [(3, 30), (14, 30), (20, 36)])
def test_parcels_that_travel_for_long_stretch_the_time(shop: Shop, transit: int, last: int) -> None:
    """14 days count from when the goods came, and nobody reports that."""
    shop.start("A-77", 1)
    path_of(shop)
    shop.ship("A-77", 1)
    found = case(shop.services.database, "A-77/1", shop.now)
    assert isinstance(found, CaseView)
    promise = found.promise
    assert promise is not None
    assert promise.by is not None
    told = replace(promise, deliver_by=promise.by + timedelta(days=transit))
    travels = replace(found, promise=told)
    until = [may_still_withdraw(travels, (), 0, ZoneInfo("UTC"), day(last + more)) for more in (0, 1)]
    assert until == [True, False]


def test_in_india_a_cancellation_of_what_left_too_late_is_looked_into(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    """An old page still offers to cancel: what comes of it is said before, and afterwards."""
    shop.start("A-77", customer={"region": "IN"}, ship_by=day(5))
    path = path_of(shop)
    browser = visitor()
    old = browser.get(path).text
    shop.now = at(20)
    shop.ship("A-77")
    shop.now = at(20, 11)
    hold_clock(shop)
    confirm = browser.post(path, data=hidden(old, "cancel"))
    words = plain(confirm)
    assert "The parcel has already left us, later than we had said, so a person" in words
    assert "We note that you cancel" in words, 'it follows "If you confirm:"'
    assert "We cancel" not in words
    assert "half an hour" not in words
    done = browser.post(path, data=hidden(confirm.text, "cancel"))
    assert done.status_code == 303
    request = asked(shop)[-1]["id"]
    shop.review("A-77", request)
    assert shop.state("A-77").needs == ("cancelled_after_late_shipment",)
    assert "We have your cancellation." in plain(browser.get(done.headers["location"]))
    [mail] = sent(shop, "answer_received")
    assert "You asked us to cancel" in mail["text"]
    assert "look into your refund" in mail["text"]
    later = plain(browser.get(path))
    assert "What you asked for You cancelled when the parcel had already left us" in later
    assert "A person is looking into your refund" in later
    assert "half an hour" not in mail["text"]


@pytest.mark.parametrize(
    ("region", "said", "may"),
    [
        ("DE", "The goods have left us already. You can withdraw from the contract on this page;", True),
        ("US-CA", "The goods have left us already. Nothing was done.", False),
    ],
)
def test_an_old_page_that_cancels_a_part_of_what_has_all_left_reads_what_can_be_done(
    shop: Shop, visitor: Visitor, region: str, said: str, may: bool
) -> None:
    shop.start("A-77", 3, customer={"region": region})
    path, browser = path_of(shop), visitor()
    old = hidden(browser.get(path).text, "cancel") | {"quantity": "1"}
    shop.ship("A-77", 3)
    shop.now += timedelta(hours=1)
    hold_clock(shop)
    answer = browser.post(path, data=old)
    words = plain(answer)
    assert (answer.status_code, "Cancel?" in words) == (409, False)
    assert said in words
    assert ('value="withdraw"' in answer.text) is may
    assert len(asked(shop)) == 1, "the shipment alone"


def test_art_13_who_keeps_some_is_not_told_that_everything_comes_back(shop: Shop, visitor: Visitor) -> None:
    """What those units cost, and standard delivery with the last of them: in the mail, and on the page."""
    shop.start("A-77", 3, shipping_paid="4.90")
    shop.ship("A-77", 3)
    path = path_of(shop)
    shop.now += timedelta(hours=3)
    for request, units in (("W-1", 1), ("W-2", None)):
        event = Answered(
            at=shop.now,
            day=shop.now.date(),
            request=request,
            choice="withdraw",
            quantity=units,
            via="email",
            received_at=shop.now,
        )
        shop.ask("A-77", NewRequest(id=request, kind="answer", event=event, given={}))
        shop.review("A-77", request)
        hold_clock(shop)
        page = plain(visitor().get(path))
        mail = " ".join(sent(shop, "answer_received")[-1]["text"].split())
        assert mail.count("standard delivery (4,90 €)") == 1
        mail = mail.replace(" (4,90 €)", "")
        everything = "standard delivery included"
        part = (
            "If you withdraw from the rest as well, what you paid for standard delivery comes back with it."
        )
        assert (part in mail, everything in mail) == (units == 1, units is None)
        assert everything not in page, (
            "the money below names what was paid for shipping, and when it comes back"
        )
        apart = "What you paid for shipping (4,90 €) goes back too"
        assert (part in page, apart in page) == (units == 1, units is None)
        assert ("withdrawn from the contract for 1 × Lamp" in mail) is (units == 1)
        assert ("You have withdrawn from the contract for 1 of them." in page) is (units == 1)
        shop.now += timedelta(hours=1)


@pytest.mark.parametrize(("locale", "stays"), [("en", "isn’t affected"), ("de", "nicht betroffen")])
@pytest.mark.parametrize("kept", [0, 1])
def test_who_withdraws_from_all_of_it_reads_of_no_rest_that_stays(
    shop: Shop, visitor: Visitor, kept: int, locale: str, stays: str
) -> None:
    """Not of what had left, which they send back, nor of what is cancelled: in the mail, and on the page."""
    shop.start("A-77", 2 + kept, customer={"region": "DE", "locale": locale})
    path = path_of(shop)
    shop.ship("A-77", 1 + kept)
    shop.now += timedelta(hours=3)
    event = Answered(
        at=shop.now,
        day=shop.now.date(),
        request="W-1",
        choice="withdraw",
        quantity=2 if kept else None,
        via="phone",
        received_at=shop.now,
    )
    shop.ask("A-77", NewRequest(id="W-1", kind="answer", event=event, given={}))
    shop.review("A-77", "W-1")
    hold_clock(shop)
    page = plain(visitor().get(path))
    mail = " ".join(sent(shop, "cancelled")[-1]["text"].split())
    assert (stays in page, stays in mail) == (bool(kept), bool(kept))


WITHDRAWN = {
    "en": "We have your withdrawal from the contract.",
    "de": "Ihr Widerruf ist bei uns angekommen.",
    "es": "Hemos recibido su desistimiento.",
    "fr": "Nous avons bien reçu votre rétractation.",
    "hi": "अनुबंध से हटने की आपकी सूचना हमें मिल गई है।",
    "pt": "Recebemos a sua retratação.",
}
"""What the page says of a withdrawal that was made a moment ago."""


@pytest.mark.parametrize("locale", WITHDRAWN)
@pytest.mark.parametrize("left", ["before", "between"])
def test_an_old_page_that_cancels_what_has_left_says_that_it_is_a_withdrawal(
    shop: Shop, visitor: Visitor, at_once: None, left: str, locale: str
) -> None:
    """It left before the first of the two steps, or between them."""
    shop.start("A-77", 2, customer={"region": "DE", "locale": locale})
    path, browser = path_of(shop), visitor()
    old = browser.get(path).text
    if left == "before":
        shop.ship("A-77", 2)
        shop.now += timedelta(hours=1)
        hold_clock(shop)
    confirm = browser.post(path, data=hidden(old, "cancel")).text
    assert ('value="withdraw"' in confirm, 'value="cancel"' in confirm) == (
        left == "before",
        left != "before",
    )
    if left != "before":
        shop.ship("A-77", 2)
        shop.now += timedelta(hours=1)
        hold_clock(shop)
    done = browser.post(path, data=hidden(confirm, "withdraw" if left == "before" else "cancel"))
    assert done.status_code == 303
    shop.review("A-77", asked(shop)[-1]["id"])
    shop.now += timedelta(minutes=1)
    hold_clock(shop)
    assert WITHDRAWN[locale] in plain(browser.get(done.headers["location"]))


@pytest.mark.parametrize("region", ["GB", "DE"])
def test_who_sends_goods_back_reads_before_what_comes_back_and_by_when(
    shop: Shop, visitor: Visitor, at_once: None, region: str
) -> None:
    """The confirm step and the message name the sum, the last day, and that it may wait for the goods."""
    shop.start("A-77", 2, customer={"region": region, "locale": "en-GB"}, shipping_paid="4.90")
    path, browser = path_of(shop), visitor()
    shop.ship("A-77", 2)
    shop.now = at(3)
    hold_clock(shop)
    confirm = browser.post(path, data=hidden(browser.get(path).text, "withdraw"))
    last = day(17)
    sum_and_day = f"€20.00 goes back the way you paid, by {last.day} {last:%B} {last.year} at the latest."
    may_wait = "We may wait until the goods are here, or until you show us proof of postage."
    once = "What you paid for them comes back the way you paid."
    nothing_kept = "unless you keep something else from this order"
    shipping = f"What you paid for shipping (€4.90) goes back too {nothing_kept}."
    assert f"{sum_and_day} {shipping} {may_wait} Then please send them back" in plain(confirm)
    assert "half an hour" not in plain(confirm), "what has left cannot be taken back by a button"
    assert browser.post(path, data=hidden(confirm.text, "withdraw")).status_code == 303
    shop.review("A-77", asked(shop)[-1]["id"])
    on_the_page, shown = plain(browser.get(path)), sum_and_day.replace(" goes", " It goes")
    assert f"{shown} {may_wait}" in on_the_page, "once, as it stands above"
    by = f"by {last.day} {last:%B} {last.year} at the latest"
    assert f"What you paid for shipping (€4.90) goes back too, {by}, {nothing_kept}." in on_the_page
    assert (once in on_the_page, "Everything" in on_the_page) == (True, False), "shipping has its condition"
    said = sent(shop, "answer_received")[-1]["text"].replace("\n", " ")
    assert "Back to you: €20.00" in said
    assert f"Sent by {last.day} {last:%B} {last.year} at the latest" in said
    assert may_wait in said
    assert f"standard delivery (€4.90) included {nothing_kept}." in said


def test_nothing_is_said_to_come_back_once_it_has(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.start("A-77", 2, customer={"region": "DE", "locale": "en-GB"}, shipping_paid="4.90")
    path, browser = path_of(shop), visitor()
    shop.ship("A-77", 2)
    shop.now = at(3)
    hold_clock(shop)
    confirm = browser.post(path, data=hidden(browser.get(path).text, "withdraw"))
    assert browser.post(path, data=hidden(confirm.text, "withdraw")).status_code == 303
    shop.review("A-77", asked(shop)[-1]["id"])
    once = "What you paid for them comes back the way you paid."
    assert once in plain(browser.get(path))
    back = RefundSent(
        at=shop.now,
        day=shop.now.date(),
        refund="RF-1",
        amount=Decimal("20.00"),
        sent_at=shop.now,
        means="card",
    )
    shop.ask("A-77", NewRequest(id="rf", kind="refund", event=back, given={}))
    shop.review("A-77", "rf")
    afterwards = plain(browser.get(path))
    assert "Sent on" in afterwards
    assert once not in afterwards, "it has come back already"
