"""Choices on customers' pages, over HTTP: two steps, and what stands in their way."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from backorder.domain.line.events import RefundSent, Shipped
from backorder.ports import Review
from backorder.services.record_request import NewRequest
from backorder.services.review_line import review
from tests.support.customer_page import (
    asked,
    hidden,
    hold_clock,
    path_of,
    plain,
    waits_with_choices,
)
from tests.support.days import at, day
from tests.support.policies import NO_LAW
from tests.support.shop import Shop
from tests.web.customer_page.pages_over_http import Visitor, chosen, sent
from web import desk
from web.customer_page import confirmation


def test_a_choice_takes_two_steps_and_the_first_changes_nothing(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2, shipping_paid="4.90")
    path = path_of(shop)
    browser = visitor()
    confirm = browser.post(path, data=hidden(browser.get(path).text, "cancel"))
    words = plain(confirm)
    assert "Nothing has happened yet" in words
    assert re.search(r"20[.,]00.*goes back the way you paid", words)
    assert f"{day(14).day} {day(14):%B} {day(14).year}" in words, "14 days, by the law of the line"
    assert asked(shop) == []
    done = browser.post(path, data=hidden(confirm.text, "cancel"))
    assert done.status_code == 303
    assert done.headers["location"].startswith(f"{path}?done=")
    [request] = asked(shop)
    assert (request["backorder"], request["kind"]) == ("A-77/1", "answer")
    assert "Browser/1 (Ann's)" in request["evidence"]
    assert "127.0.0.0/24" in request["evidence"]
    again = browser.post(path, data=hidden(confirm.text, "cancel"))
    assert again.status_code == 303
    assert len(asked(shop)) == 1, "pressed twice is asked once"
    waits = "You asked us to cancel 2 × Lamp. That came in on 3 March 2025 at"
    assert waits in plain(browser.get(path)), "also while nobody rules on it"
    shop.review("A-77", request["id"])
    shop.now = at(0, 9, 31)
    hold_clock(shop)
    shop.review("A-77")
    words = plain(browser.get(path))
    assert "As you asked, we’ve cancelled 2 × Lamp" in words
    assert re.search(r"20[.,]00.*goes back the way you paid", words)
    assert waits not in words
    assert "Cancelled on 3 March 2025. Would you like it after all? You can order it again." in words
    assert re.search(r"paid for shipping \(.*4[.,]90.*\) goes back too if nothing of your order ships", words)


def test_what_was_paid_for_shipping_is_part_of_one_account(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77", 2, shipping_paid="4.90")
    path = path_of(shop)
    shop.cancel("A-77")
    assert "goes back too if nothing of your order ships" in plain(visitor().get(path))
    shop.open("A-77", line_id="2")
    left = Shipped(at=shop.now, day=day(0), shipment="S-2", quantity=1, shipped_at=shop.now)
    shipped = NewRequest(id="S-2", kind="ship", event=left, given={})
    shop.services.requests.record("A-77/2", shipped, shop.now)
    review(shop.services.lines, Review(backorder="A-77/2", seq=1, at=shop.now, requests=["S-2"]))
    assert "goes back too" not in plain(visitor().get(path)), "some of the order has shipped"
    sent_back = RefundSent(
        at=shop.now, day=day(0), refund="R", amount=Decimal("24.90"), sent_at=shop.now, means="card"
    )
    shop.ask("A-77", NewRequest(id="R", kind="refund", event=sent_back, given={}))
    shop.review("A-77", "R")
    account = (
        r"24.90.. 4.90.. of it is what you paid for shipping. Sent on 3 March 2025 by card. Not there by"
    )
    words = plain(visitor().get(path))
    assert re.search(account, words)
    assert len(re.findall(r"24.90", words)) == 1, "it is named once"


def test_shipping_that_became_free_is_said_to_come_back_whatever_ships(shop: Shop, visitor: Visitor) -> None:
    free = 'name = "free"\n[[stages]]\nid = "ship"\nwhen = { waited = "1d" }\ndo = "free_shipping"'
    with shop.services.engine.begin() as connection:
        shop.services.policies.load(connection, free)
    shop.purchase()
    shop.start("A-77", 2, shipping_paid="4.90", policy="free")
    shop.review("A-77")
    shop.now = at(0, 12)
    hold_clock(shop)
    assert sent(shop, "confirmed"), "an offer waits for it"
    shop.now = at(5, 10)
    shop.review("A-77")
    path = path_of(shop)
    browser = visitor()
    page = browser.get(path)
    assert "became free" not in plain(page), "the message of the offer says so"
    words = plain(browser.post(path, data=hidden(page.text, "cancel")))
    back = r"20[.,]00.€ goes back .* The 4[.,]90.€ you paid for shipping, which became free, goes back too"
    assert re.search(back, words), "it is said before the second step"
    assert "if nothing of your order ships" not in words
    shop.cancel("A-77")
    shop.review("A-77")
    words = plain(visitor().get(path))
    by = r"The 4[.,]90.€ you paid for shipping, which became free, goes back too, by .{8,20} at the latest\."
    assert re.search(by, words)
    assert "if nothing of your order ships" not in words
    shop.now = at(40, 10)
    hold_clock(shop)
    shop.review("A-77")
    late = r"The 4[.,]90.€ you paid for shipping, .* should have been sent back by .{8,20}, and we’re late\."
    assert re.search(late, plain(visitor().get(path))), "as what was paid for the goods"


def test_what_went_back_before_is_not_said_to_go_back(shop: Shop, visitor: Visitor) -> None:
    """A part of it, then all of it, with what was paid for shipping."""
    shop.start("A-77", 2, shipping_paid="4.90")
    path = path_of(shop)
    browser = visitor()
    said = []
    for id, amount in (("R1", "5.00"), ("R2", "19.90")):
        gone = RefundSent(at=shop.now, day=day(0), refund=id, amount=Decimal(amount), sent_at=shop.now)
        shop.ask("A-77", NewRequest(id=id, kind="refund", event=gone, given={}))
        shop.review("A-77", id)
        said.append(plain(browser.post(path, data=hidden(browser.get(path).text, "cancel"))))
    assert re.search(r"15[.,]00.€ goes back the way you paid.* 5[.,]00.€ has already gone back", said[0])
    assert re.search(r" 24[.,]90.€ has already gone back to you", said[1])
    assert "goes back" not in said[1]


def test_the_page_says_what_was_chosen_as_long_as_it_is_so_on_record(
    shop: Shop, visitor: Visitor, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.start("A-77", 2)
    path, browser = path_of(shop), visitor()
    shop.start("A-78", 2)
    other = path_of(shop)
    note = 'id="note"'
    for forged in ("cancel", "keep", "pending", "cancel.1.page-1.x", "email", "x", "é"):
        assert note not in browser.get(path, params={"done": forged}).text, forged
    made = {}
    for do, typed, said in (
        ("keep", {"until": f"{day(20)}"}, "We have your answer. A message"),
        ("cancel", {}, "We have your cancellation."),
        ("take_back", {}, "That is taken back."),
        ("updates", {"value": "4"}, "We’ll write that often"),
        ("email", {"value": "ann@new.example"}, "We’re sending a link"),
    ):
        made[do] = chosen(browser, path, do, **typed).headers["location"]
        for waits in [each["id"] for each in asked(shop) if each["verdict"] is None]:
            assert "It takes us a moment longer" in plain(browser.get(made[do])), do
            shop.review("A-77", waits)
        assert said in plain(browser.get(made[do])), do
        assert note not in browser.get(made[do].replace(path, other)).text, "another link's"
    assert note not in browser.get(made["cancel"]).text, "it was taken back"
    assert note not in browser.get(made["email"].replace("?done=email", "?done=updates")).text
    monkeypatch.setattr(confirmation, "SAID_S", 0.0)
    assert note not in browser.get(made["take_back"]).text, "it is no news any more"


def test_a_second_cancellation_says_what_it_does_beside_the_first(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 3, policy="ending", **NO_LAW)
    path, browser = path_of(shop), visitor()
    form = hidden(browser.get(path).text, "cancel") | {"quantity": "1"}
    confirm = browser.post(path, data=form)
    browser.post(path, data=hidden(confirm.text, "cancel"))
    shop.review("A-77", asked(shop)[0]["id"])
    words = plain(browser.get(path))
    assert "on 3 March, unless" not in words, "what waits for its half hour is no ending of the whole"
    assert "We cancel the rest on 22 June 2025, unless it ships before that" in words
    for units, said, back in (
        ("", "2 × Lamp", "20,00"),
        ("2", "2 × Lamp", "20,00"),
        ("1", "We cancel 1 × Lamp", "10,00"),
    ):
        words = plain(browser.post(path, data=form | {"quantity": units} if units else form_of_all(form)))
        assert said in words, words
        assert back in words, words
        assert "30,00" not in words


def form_of_all(form: dict[str, str]) -> dict[str, str]:
    """A form that names no number of units."""
    return {name: value for name, value in form.items() if name != "quantity"}


def test_a_second_step_needs_time_a_cookie_and_its_own_choice(
    shop: Shop, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert confirmation.SOONEST_S >= 2.0
    monkeypatch.setattr(confirmation, "SOONEST_S", 600.0)
    shop.start("A-77", 2)
    path = path_of(shop)
    browser = visitor()
    confirm = browser.post(path, data=hidden(browser.get(path).text, "cancel"))
    quick = browser.post(path, data=hidden(confirm.text, "cancel"))
    assert quick.status_code == 409
    assert "very quick" in quick.text
    form = hidden(confirm.text, "cancel")
    for change in (
        {"do": "keep"},
        {"quantity": "1"},
        {"line": "A-78/1"},
        {"nonce": "1.2.3.x"},
        {"nonce": ""},
    ):
        assert browser.post(path, data=form | change).status_code in (409, 422)
    assert asked(shop) == []


def test_without_a_cookie_the_end_of_the_order_number_stands_in(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-7711", 2)
    path = path_of(shop)
    found = visitor().post(path, data=hidden(visitor().get(path).text, "keep"))
    for typed, said in (("", "didn’t keep our cookie"), ("7712", "not the last four")):
        found = visitor().post(path, data=hidden(found.text, "keep") | {"four": typed})
        assert found.status_code == 409
        assert said in found.text
        assert asked(shop) == []
    assert visitor().post(path, data=hidden(found.text, "keep") | {"four": " 7711 "}).status_code == 303
    assert len(asked(shop)) == 1


def test_an_outdated_page_asks_again_but_a_cancellation_counts(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    browser = visitor()
    old = browser.get(path).text
    confirm = browser.post(path, data=hidden(old, "keep")).text
    shop.cancel("A-77", 1)
    for form in (hidden(old, "keep"), hidden(confirm, "keep")):
        found = browser.post(path, data=form)
        assert found.status_code == 409
        assert "Something has changed" in found.text
    assert len(asked(shop)) == 1
    confirm = browser.post(path, data=hidden(old, "cancel")).text
    assert browser.post(path, data=hidden(confirm, "cancel")).status_code == 303
    assert len(asked(shop)) == 2


def test_a_page_says_why_something_is_not_done(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.product("RUG")
    shop.purchase("PO-2", {"sku": "RUG", "stated_date": day(50)})
    shop.start("A-77", 2, sku="RUG", customer={"region": "US-CA"}, ship_by=day(10))
    shop.now = at(0, 14)
    hold_clock(shop)
    shop.review("A-77")
    path = path_of(shop)
    browser = visitor()
    first = browser.get(path).text
    shop.now = at(41, 13)  # day 40 is over everywhere in the country, and nobody has ended the line yet
    hold_clock(shop)
    found = browser.post(path, data=hidden(first, "keep"))
    assert found.status_code == 409
    assert "The last day for your answer was April 12, 2025. Nothing was done." in plain(found)
    assert asked(shop) == []
    shop.start("A-78")
    path = path_of(shop)
    shown = browser.get(path).text
    shop.ship("A-78")
    found = browser.post(path, data=hidden(shown, "keep"))
    assert "The goods have left us already. Nothing was done." in plain(found)


def test_a_number_of_units_that_is_none_is_asked_again(shop: Shop, visitor: Visitor, unlimited: None) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    for quantity in ("0", "3", "-1", "1.5", "٣", "x", "9" * 30):
        form = hidden(visitor().get(path).text, "cancel") | {"quantity": quantity}
        assert visitor().post(path, data=form).status_code in (409, 422), quantity
    keep = hidden(visitor().get(path).text, "keep") | {"quantity": "1"}
    assert visitor().post(path, data=keep).status_code == 422, "it would read that they keep all"
    assert asked(shop) == []


def test_a_part_is_cancelled_and_the_rest_stays(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.start("A-77", 3)
    path = path_of(shop)
    browser = visitor()
    confirm = browser.post(path, data=hidden(browser.get(path).text, "cancel") | {"quantity": "2"})
    assert "We cancel 2 × Lamp. The other one stays on order." in plain(confirm)
    assert browser.post(path, data=hidden(confirm.text, "cancel")).status_code == 303
    shop.review("A-77", asked(shop)[0]["id"])
    shop.now = at(0, 9, 31)
    shop.review("A-77")
    assert shop.state("A-77").quantity.open == 1
    shop.cancel("A-77")
    words = plain(browser.get(path))
    assert words.count("As you asked, we’ve cancelled") == 1, "in one sentence, whenever each of them went"
    assert "As you asked, we’ve cancelled 3 × Lamp." in words


@pytest.fixture
def slow_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "CHOICES_A_SECOND", 0.2)


def test_a_link_that_presses_too_often_has_to_wait(shop: Shop, slow_links: None, visitor: Visitor) -> None:
    shop.start("A-77")
    path = path_of(shop)
    form = hidden(visitor().get(path).text, "cancel")
    assert [visitor().post(path, data=form).status_code for _ in range(3)] == [200, 200, 429]


def test_forms_that_are_none_are_turned_away(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77")
    path = path_of(shop)
    assert visitor().post(path, json={"do": "cancel"}).status_code == 415
    assert visitor().post(path, data={"do": "x" * 40_000}).status_code == 413
    assert visitor().post(path, data={"do": ["cancel", "keep"]}).status_code == 422
    assert visitor().post(path, data={"do": "explode"}).status_code == 422
    assert asked(shop) == []


def test_what_came_to_nothing_is_said_until_it_was_asked_again_and_done(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    waits_with_choices(shop)
    path = path_of(shop)
    browser = visitor()
    in_vain = "no longer available on the terms you were shown. So nothing came of it."
    for price, says in (("9.50", True), (None, False)):
        assert chosen(browser, path, "alternative").status_code == 303
        if price:
            shop.product("LAMP-2", name="Ash lamp", price=price)
        shop.now += timedelta(minutes=5)
        hold_clock(shop)
        [waits] = [each["id"] for each in asked(shop) if each["verdict"] is None]
        shop.review("A-77", waits)
        assert (in_vain in plain(browser.get(path))) is says
    assert "We send you 3 × Ash lamp instead." in plain(browser.get(path))


def test_instead_of_what_is_all_there_by_now_nothing_is_to_be_had(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    """It named a price, the one that it had all along, and said to choose again."""
    waits_with_choices(shop)
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "alternative")
    shop.cancel("A-77", 1)
    found = browser.post(path, data=form)
    assert found.status_code == 409
    assert "Something has changed since you opened this page" in plain(found)
    assert "The offer has changed" not in plain(found)
    assert 'value="alternative"' not in found.text
