"""The customer's page over HTTP: what opens it, what it shows, and what a choice takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from backorder import schemas
from backorder.domain.complaints import ticket_of
from backorder.errors import SetupError
from backorder.messaging.customer_links import OPT_OUT, PAGE, CustomerLinks
from backorder.messaging.twilio_callbacks import inbound
from backorder.queries.case_view import case
from backorder.queries.views import CaseView
from backorder.schemas import DeliveryRefusal, parse
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from backorder.services.record_request import NewRequest
from backorder.services.retention import Retention
from backorder.settings import read_settings
from tests.support.customer_page import (
    BASE,
    LINKS,
    asked,
    hidden,
    hold_clock,
    newest_send,
    path_of,
    plain,
    waits_with_choices,
)
from tests.support.days import at, day
from tests.support.shop import Shop
from tests.support.waiting import DEADLINE_S
from tests.support.web import serving
from web import desk
from web.customer_page import confirmation


@pytest.fixture
def visitor(shop: Shop) -> Iterator[Callable[[], httpx.Client]]:
    """Browsers without a window: each keeps its own cookies."""
    made: list[httpx.Client] = []
    with serving(shop.services) as web:

        def make() -> httpx.Client:
            named = {"user-agent": "Browser/1 (Ann's)"}
            made.append(httpx.Client(base_url=web.url, headers=named, timeout=DEADLINE_S))
            return made[-1]

        yield make
        for each in made:
            each.close()


Visitor = Callable[[], httpx.Client]


def test_a_page_is_private_and_says_where_the_order_stands(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    found = visitor().get(path)
    assert found.status_code == 200
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["referrer-policy"] == "no-referrer"
    policy = found.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    words = plain(found)
    assert "Order A-77" in words
    assert "2 × Lamp" in words
    assert "Ships" in words
    assert "<script" not in found.text
    assert " style=" not in found.text
    addresses = re.findall(r'(?:src|href|action)="([^"]*)"', found.text)
    assert all(each.startswith(("/", "#", "data:,", "tel:")) for each in addresses), "no third party"
    head = visitor().head(path)
    assert (head.status_code, head.content) == (200, b"")


def test_a_page_says_from_what_it_is_served_as_it_was_told(shop: Shop, visitor: Visitor) -> None:
    """What stands before a line changes on its page only together with a message."""
    bob = {"id": "bob", "name": "Bob", "email": "bob@example.com"}
    shop.start("A-1", 3, customer=bob)
    shop.start("A-77", 2)
    path = path_of(shop)
    due = f"{day(20).day} {day(20):%B} {day(20).year}"
    told = f"Served from the 10 pieces due {due}, 3 of them are promised before yours."
    assert told in plain(visitor().get(path))
    shop.cancel("A-1")
    shop.replan()
    shop.review("A-77")
    assert shop.demand("A-77")["units_ahead"] == 0
    assert told in plain(visitor().get(path)), "nobody has told the customer anything else"
    shop.now = at(1, 9)
    shop.state_dates((10, day(40)))
    shop.replan()
    shop.review("A-77")
    shop.now = at(1, 18)
    hold_clock(shop)
    assert told in plain(visitor().get(path)), "the message has not gone"
    shop.dispatch()
    said = plain(visitor().get(path))
    assert "Served from the 10 pieces due" in said
    assert "nobody stands before you" in said


def test_what_is_no_link_opens_nothing(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77")
    send = newest_send(shop)
    foreign = CustomerLinks(BASE, ["another-secret-of-another-shop-0"])
    for token in (
        foreign.token(PAGE, send),
        LINKS.token(OPT_OUT, send),
        LINKS.token(PAGE, "0" * 24),
        "x" * 22,
        "%2e%2e",
        "a",
    ):
        found = visitor().get(f"/b/{token}")
        assert found.status_code == 404
        assert "no longer works" in found.text
        assert "A-77" not in found.text
        assert visitor().post(f"/b/{token}", data={"do": "cancel", "line": "A-77/1"}).status_code == 404
    assert asked(shop) == []


def test_a_link_opens_until_90_days_after_the_end(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77")
    path = path_of(shop)
    shop.ship("A-77")
    for hour, status in ((9, 200), (10, 404)):
        shop.now = at(90, hour)
        hold_clock(shop)
        assert visitor().get(path).status_code == status


def test_a_page_shows_the_lines_of_one_customer_and_one_order_alone(shop: Shop, visitor: Visitor) -> None:
    bob = {"id": "bob", "name": "Bob", "email": "bob@example.com"}
    shop.product("VASE")
    shop.product("RUG")
    shop.start("A-77")
    path = path_of(shop)
    shop.open("A-77", line_id="2", sku="VASE")
    shop.start("A-78", sku="RUG")
    shop.open("A-77", line_id="3", sku="RUG", customer=bob)
    shop.start("B-1", customer=bob)
    theirs = path_of(shop, "bob")
    first, second = visitor().get(path), visitor().get(theirs)
    assert "Order A-77" in plain(first)
    assert "Lamp" in plain(first)
    assert "Vase" in plain(first)
    assert "Rug" not in plain(first)
    assert "Order B-1" in plain(second)
    for line in ("A-77/3", "A-78/1", "B-1/1"):
        form = hidden(first.text, "cancel") | {"line": line}
        assert visitor().post(path, data=form).status_code == 409
    assert asked(shop) == []


def test_names_are_words_and_never_markup(shop: Shop, visitor: Visitor) -> None:
    shop.product("EVIL", name='"><script>alert(1)</script>{{ 7*7 }}<img src=x onerror=alert(1)>')
    shop.start('A-"><b>', sku="EVIL", customer={"name": "<i>Ann</i>"})
    path = path_of(shop)
    browser = visitor()
    found = browser.get(path)
    confirm = browser.post(path, data=hidden(found.text, "cancel"))
    for page in (found, confirm):
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert "<b>" not in page.text
        assert "{{ 7*7 }}" in page.text


def test_a_choice_takes_two_steps_and_the_first_changes_nothing(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2)
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


def test_a_cancellation_is_taken_back_within_half_an_hour(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    browser = visitor()
    confirm = browser.post(path, data=hidden(browser.get(path).text, "cancel"))
    browser.post(path, data=hidden(confirm.text, "cancel"))
    shop.review("A-77", asked(shop)[0]["id"])
    found = browser.get(path)
    assert "Take the cancellation back" in plain(found)
    assert 'value="keep"' not in found.text
    confirm = browser.post(path, data=hidden(found.text, "take_back"))
    assert "as if it had never been" in plain(confirm)
    assert browser.post(path, data=hidden(confirm.text, "take_back")).status_code == 303
    [taken_back] = [each for each in asked(shop) if each["kind"] == "take_back"]
    shop.review("A-77", taken_back["id"])
    assert 'value="keep"' in browser.get(path).text
    assert shop.state("A-77").quantity.open == 2
    assert shop.state("A-77").revocable == ()


def test_a_second_cancellation_says_what_it_does_beside_the_first(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 3)
    path, browser = path_of(shop), visitor()
    form = hidden(browser.get(path).text, "cancel") | {"quantity": "1"}
    confirm = browser.post(path, data=form)
    browser.post(path, data=hidden(confirm.text, "cancel"))
    shop.review("A-77", asked(shop)[0]["id"])
    words = plain(browser.get(path))
    assert "We cancel them on 3 March" not in words, "what waits for its half hour is no ending of the whole"
    assert "We cancel them on 22 June 2025, unless they ship before that" in words
    for units, said, back in (
        ("", "2 × Lamp", "20,00"),
        ("2", "2 × Lamp", "20,00"),
        ("1", "We cancel Lamp", "10,00"),
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


@pytest.mark.parametrize("quantity", ["0", "3", "-1", "1.5", "٣", "x", "9" * 30])
def test_a_number_of_units_that_is_none_is_asked_again(shop: Shop, visitor: Visitor, quantity: str) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    form = hidden(visitor().get(path).text, "cancel") | {"quantity": quantity}
    assert visitor().post(path, data=form).status_code in (409, 422)
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


def sent(shop: Shop, kind: str, customer: str = "ann") -> list[dict[str, str]]:
    """What went to a customer of a kind: where to, and by which send."""
    shop.dispatch(f"customer/{customer}")
    query = (
        "SELECT sends.id, sends.address, sends.text FROM sends JOIN messages ON messages.id = sends.message"
    )
    return shop.rows(f"{query} WHERE kind = :kind ORDER BY number", kind=kind)


def chosen(browser: httpx.Client, path: str, do: str, **typed: str) -> httpx.Response:
    """Both steps of a choice."""
    confirm = browser.post(path, data=hidden(browser.get(path).text, do) | typed)
    assert confirm.status_code == 200, plain(confirm)
    return browser.post(path, data=hidden(confirm.text, do))


def test_a_new_address_is_used_once_somebody_confirms_it_there(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", customer={"phone": "+4915123456789", "sms_consent": False})
    path = path_of(shop)
    browser = visitor()
    found = browser.get(path)
    assert "ann@example.com" not in found.text, "who holds the link need not be Ann"
    assert "a•••@e•••.com" in found.text
    assert (
        chosen(browser, path, "email", value=" Ann.New@Example.ORG ").headers["location"].endswith("=email")
    )
    assert shop.services.contacts.read("ann").email == "ann@example.com"
    [asks] = sent(shop, "confirm_address")
    assert asks["address"].lower() == "ann.new@example.org"
    assert "Ann," not in asks["text"], "who reads there need not be Ann"
    link = f"/b/{LINKS.token(PAGE, asks['id'])}"
    stranger = visitor()
    page = stranger.get(link)
    assert "A-77" not in page.text
    assert "Lamp" not in page.text
    assert stranger.post(link, data=hidden(found.text, "cancel")).status_code == 422
    assert shop.services.contacts.read("ann").email == "ann@example.com"
    assert chosen(stranger, link, "confirm_address").status_code == 303
    assert (shop.services.contacts.read("ann").email or "").lower() == "ann.new@example.org"
    [told] = sent(shop, "address_changed")
    assert told["address"] == "ann@example.com"
    assert (
        browser.post(path, data=hidden(found.text, "cancel") | {"do": "confirm_address"}).status_code == 422
    )


def test_texts_need_a_consent_whose_words_are_kept(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.start("A-77")
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "phone") | {"value": "+49 151 23456789"}
    assert browser.post(path, data=form).status_code == 422, "nothing was agreed to"
    assert browser.post(path, data=form | {"agreed": "yes", "value": "12"}).status_code == 422
    assert chosen(browser, path, "phone", value="+49 151 23456789", agreed="yes").status_code == 303
    ann = shop.services.contacts.read("ann")
    assert (ann.phone, ann.sms_consent) == ("+4915123456789", True)
    [consent] = shop.rows("SELECT * FROM consents")
    assert "I agree that The Shop sends text messages" in consent["wording"]
    assert "127.0.0.0/24" in consent["evidence"]
    found = browser.get(path)
    assert "+4915123456789" not in found.text
    assert "•••789" in found.text
    assert chosen(browser, path, "stop_texts").status_code == 303
    [listed] = shop.rows("SELECT * FROM suppressions")
    assert (listed["channel"], listed["cause"]) == ("sms", "stop")
    assert "No text messages" in plain(browser.get(path))
    # What was stopped here begins again here, in words that are kept anew, though the number is the same.
    assert chosen(browser, path, "phone", value="+49 151 23456789", agreed="yes").status_code == 303
    assert "Text messages: •••" in plain(browser.get(path))
    assert len(shop.rows("SELECT * FROM consents")) == 2
    # A carrier keeps a texted STOP too, so a text alone ends it.
    stop = inbound([("MessageSid", "SM1"), ("From", "+4915123456789"), ("Body", "STOP")])
    shop.services.texts.take(stop, at=shop.now, now=datetime.now(UTC))
    form = hidden(browser.get(path).text, "phone") | {"value": "+49 151 23456789", "agreed": "yes"}
    refused = browser.post(path, data=form)
    assert refused.status_code == 409
    assert "Text START to us first" in plain(refused)
    assert "No text messages" in plain(refused)
    assert len(shop.rows("SELECT * FROM consents")) == 2


def test_a_dead_link_offers_a_new_one_and_says_nothing_of_who_there_is(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77")
    shop.dispatch()
    answers = set()
    for order in ("A-77", "A-78", "A-77"):
        found = visitor().post(f"/b/{'x' * 22}", data={"do": "new_link", "order": order})
        answers.add((found.status_code, plain(found)))
    assert len(answers) == 1
    [link] = sent(shop, "new_link")
    assert link["address"] == "ann@example.com"
    assert "Order A-77" in plain(visitor().get(f"/b/{LINKS.token(PAGE, link['id'])}"))
    shop.now = at(0, 11)
    hold_clock(shop)
    visitor().post(f"/b/{'x' * 22}", data={"do": "new_link", "order": "A-77"})
    assert len(sent(shop, "new_link")) == 2, "an hour later there may be another one"


def test_one_click_ends_promotions_and_nothing_else(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77")
    send = newest_send(shop)
    path = f"/u/{LINKS.token(OPT_OUT, send)}"
    for method in ("GET", "HEAD"):
        assert visitor().request(method, path).status_code == 200
    assert shop.rows("SELECT * FROM suppressions") == []
    clicked = {"List-Unsubscribe": "One-Click"}
    for _ in range(2):
        assert visitor().post(path, data=clicked).status_code == 200
    [listed] = shop.rows("SELECT * FROM suppressions")
    assert (listed["address"], listed["cause"]) == ("ann@example.com", "unsubscribe")
    shop.cancel("A-77")
    assert sent(shop, "cancelled"), "news about the order still comes"
    assert visitor().post(f"/u/{LINKS.token(PAGE, send)}", data=clicked).status_code == 404


def test_a_way_out_of_promotions_works_for_sixty_days_at_least(shop: Shop, visitor: Visitor) -> None:
    """It works as long as the message is on record, for no less than that; then it says what to do."""
    with pytest.raises(SetupError, match="too short: the links that end promotions"):
        read_settings({"BACKORDER_RETENTION": "59d"})
    assert read_settings({"BACKORDER_RETENTION": "60d"}).retention == "60d"
    shop.start("A-77")
    path = f"/u/{LINKS.token(OPT_OUT, newest_send(shop))}"
    shop.ship("A-77")
    sixty_days = Retention(shop.services.engine, "60d")
    for when, status in ((at(60, 8), 200), (at(60, 10), 404)):
        shop.now = when
        hold_clock(shop)
        sixty_days.delete_old(when)
        found = visitor().get(path)
        assert found.status_code == status
    said = plain(found)
    assert "This link no longer works" in said
    assert "use the same link in a newer message, reply to any of our emails, or talk to us" in said
    assert "<form" not in found.text


def test_somebody_names_the_day_after_which_they_want_nothing_any_more(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "keep") | {"until": day(30).isoformat()}
    confirm = browser.post(path, data=form)
    named = f"{day(30).day} {day(30):%B} {day(30).year}"
    assert f"hasn’t left us by {named}" in plain(confirm) or f"haven’t left us by {named}" in plain(confirm)
    assert browser.post(path, data=hidden(confirm.text, "keep")).status_code == 303
    shop.review("A-77", asked(shop)[0]["id"])
    assert shop.state("A-77").last_day == day(30)
    page = browser.get(path)
    assert f"don’t want them any more after {named}" in plain(page)
    assert f'min="{day(0).isoformat()}"' in page.text
    assert '<button name="do" value="keep">Keep waiting' in page.text, "that day can be taken back"
    for typed in ("2025-02-30", "tomorrow", "0001-01-01"):
        assert browser.post(path, data=form | {"until": typed}).status_code in (409, 422)


def test_a_contract_is_withdrawn_from_in_two_steps_before_and_after_the_shipment(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 1)
    path = path_of(shop)
    shop.ship("A-77")
    shop.now += timedelta(hours=3)
    hold_clock(shop)
    browser = visitor()
    found = browser.get(path)
    assert "Withdraw from contract here" in plain(found)
    confirm = browser.post(path, data=hidden(found.text, "withdraw"))
    words = plain(confirm)
    assert "order A-77, as Ann, a•••@e•••.com" in words
    assert "Confirm withdrawal" in words
    assert browser.post(path, data=hidden(confirm.text, "withdraw")).status_code == 303
    [request] = [each for each in asked(shop) if each["kind"] == "answer"]
    shop.review("A-77", request["id"])
    assert shop.state("A-77").withdrawals == (request["id"],)
    afterwards = browser.get(path)
    assert 'value="withdraw"' not in afterwards.text
    assert "You have withdrawn from the contract. Please send the goods back" in plain(afterwards)


def test_who_is_not_delivered_reads_on_the_page_that_they_may_cancel_now(
    shop: Shop, visitor: Visitor
) -> None:
    shop.start("A-77", 2, essential=True)
    before = plain(visitor().get(path_of(shop)))
    assert ("No delivery" in before, "served from" in before.lower()) == (False, True)
    refusal = DeliveryRefusal(request_id="d1", reason="nobody makes it any more")
    event = refusal.event(shop.now, day(0))
    shop.ask("A-77", NewRequest(id="d1", kind=refusal.kind, event=event, given=refusal.content()))
    shop.review("A-77", "d1")
    shop.now += timedelta(hours=3)
    hold_clock(shop)
    words = plain(visitor().get(path_of(shop)))
    assert "No delivery" in words
    assert "We’re sorry: we won’t deliver 2 × Lamp." in words
    assert "You don’t have to wait: you can cancel now and get a prompt refund" in words
    assert "nothing changes: your order stays open until you cancel" in words
    assert "nobody makes it" not in words
    assert "served from" not in words.lower()
    for button in ("keep", "cancel", "withdraw"):
        assert f'value="{button}"' in visitor().get(path_of(shop)).text


def test_nobody_elsewhere_is_offered_what_their_law_does_not_have(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77", 1, customer={"region": "US-CA"})
    assert 'value="withdraw"' not in visitor().get(path_of(shop)).text


def test_a_question_of_the_law_says_what_silence_means(shop: Shop, visitor: Visitor) -> None:
    shop.product("RUG")
    shop.purchase("PO-2", {"sku": "RUG", "stated_date": day(50)})
    shop.start("A-77", 1, sku="RUG", customer={"region": "US-CA"}, ship_by=day(10))
    shop.now = at(0, 14)
    hold_clock(shop)
    shop.review("A-77")
    words = plain(visitor().get(path_of(shop)))
    assert "We need your answer" in words
    assert "Please choose" in words
    assert shop.state("A-77").questions[-1].silence == "cancelled"
    assert "If we don’t have your agreement by" in words


def test_a_complaint_is_made_and_followed_on_the_page(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.start("A-77")
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "complaint")
    assert browser.post(path, data=form | {"text": " "}).status_code == 422
    confirm = browser.post(path, data=form | {"text": "Nobody answers\r\n the <b>phone</b>."})
    assert "Nobody answers the <b>phone</b>." in plain(confirm)
    assert "A person reads it" in plain(confirm)
    assert asked(shop) == []
    done = browser.post(path, data=hidden(confirm.text, "complaint"))
    assert done.status_code == 303, plain(done)
    [complaint] = asked(shop)
    assert (complaint["kind"], complaint["evidence"]) == ("complain", "Nobody answers\n the <b>phone</b>.")
    ticket = ticket_of("A-77/1", complaint["id"])

    def is_followed() -> None:
        said = plain(browser.get(path))
        assert said.count(f"Ticket {ticket} of 3 March 2025: a person answers you by 3 April 2025.") == 1
        assert said.count("Nobody answers the <b>phone</b>.") == 1

    is_followed()  # Temporal is away, and nobody has heard of it yet
    shop.review("A-77", complaint["id"])
    [told] = sent(shop, "complaint_received")
    assert ticket in told["text"]
    is_followed()
    raw = {"request_id": "e-1", "ticket": ticket, "text": "Our phone is mended."}
    end = parse(schemas.ComplaintEnd, raw)
    event = end.event(shop.now, shop.services.calendar.day(shop.now))
    shop.ask("A-77", NewRequest(id="e-1", kind=end.kind, event=event, given=end.content(), evidence=end.text))
    shop.review("A-77", "e-1")
    [answer] = sent(shop, "complaint_closed")
    assert "Our phone is mended." in answer["text"]
    said = plain(browser.get(path))
    assert "answered on" in said
    assert "Our phone is mended." in said


def test_a_refund_that_is_refused_is_said_to_be(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77", 2, customer={"region": "IN"}, ship_by=day(2))
    path = path_of(shop)
    shop.now = at(30)
    hold_clock(shop)
    shop.cancel("A-77")
    assert "We don’t give this back" not in plain(visitor().get(path))
    decided = schemas.ForceMajeure(request_id="f-1", reason="a flood", actor="Eva")
    event = decided.event(shop.now, day(30))
    shop.ask("A-77", NewRequest(id="f-1", kind=decided.kind, event=event, given=decided.content()))
    shop.review("A-77", "f-1")
    said = plain(visitor().get(path))
    assert "€20.00 We don’t give this back: a person has decided" in said
    assert "haven’t been charged" not in said


def test_a_coupons_code_is_given_out_once_it_is_asked_for(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    """Who agreed to no promotions finds it on the page, behind a button."""
    waits_with_choices(shop)
    path = path_of(shop)
    assert shop.rows("SELECT * FROM events WHERE type = 'backorder.coupon_issued'") == []
    browser = visitor()
    found = browser.get(path)
    assert "off your next order" in plain(found)
    assert "doesn’t mean that you agree to wait" in plain(found)
    assert "BK-" not in found.text
    assert chosen(browser, path, "coupon").status_code == 303
    shop.review("A-77", asked(shop)[-1]["id"])
    [issued] = shop.rows("SELECT * FROM events WHERE type = 'backorder.coupon_issued'")
    offer = shop.state("A-77").offers[-1]
    assert offer.code in issued["data"]
    found = browser.get(path)
    assert offer.code in plain(found)
    assert 'value="coupon"' not in found.text
    assert shop.state("A-77").consent.state == "none"


def test_what_is_here_is_sent_now_where_the_policy_leaves_the_choice(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    waits_with_choices(shop)
    path = path_of(shop)
    browser = visitor()
    assert "2 of 3 are here already" in plain(browser.get(path))
    confirm = browser.post(path, data=hidden(browser.get(path).text, "send_now"))
    assert "We send 2 × Lamp now." in plain(confirm)
    assert browser.post(path, data=hidden(confirm.text, "send_now")).status_code == 303
    shop.review("A-77", asked(shop)[-1]["id"])
    events = shop.rows("SELECT backorder, data FROM events WHERE type = 'backorder.allocated'")
    assert [each["backorder"] for each in events] == ["A-70/1", "A-77/1"]
    assert '"quantity":2' in events[1]["data"].replace(" ", "")
    [told] = sent(shop, "answer_received")
    assert "2 ship" in told["text"]
    found = browser.get(path)
    assert 'value="send_now"' not in found.text
    assert "They ship in parts: 2 by 5 March 2025, 1 by 24 March 2025." in plain(found)


def test_somebody_wishes_to_hear_less_often(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.start("A-77")
    path = path_of(shop)
    browser = visitor()
    found = browser.get(path)
    assert "How often we write: As often as usual" in plain(found)
    form = hidden(found.text, "updates")
    for bad in ("3", "", "x"):
        assert browser.post(path, data=form | {"value": bad}).status_code == 422
    assert chosen(browser, path, "updates", value="8").headers["location"].endswith("=updates")
    assert shop.services.contacts.read("ann").update_days == 56
    assert "How often we write: At most every 8 weeks" in plain(browser.get(path))
    coming = case(shop.services.database, "A-77/1", shop.now)
    assert isinstance(coming, CaseView)
    updates = [each.at.date() for each in coming.next if each.what == "still_waiting"]
    assert all(each >= day(56) for each in updates), "what is shown is what will happen"
    assert chosen(browser, path, "updates", value="0").status_code == 303
    assert shop.services.contacts.read("ann").update_days is None


def test_what_is_not_to_be_had_as_it_was_shown_is_shown_anew(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    waits_with_choices(shop)
    path = path_of(shop)
    browser = visitor()
    first = browser.get(path)
    confirm = browser.post(path, data=hidden(first.text, "alternative"))
    assert "Instead of 3 × Lamp you get 3 × Ash lamp." in plain(confirm)
    shop.product("LAMP-2", name="Ash lamp", price="9.50")
    for page in (first, confirm):
        found = browser.post(path, data=hidden(page.text, "alternative"))
        assert found.status_code == 409
        assert "Ash lamp now costs 9,50 € each, and you would get 1,50 € back." in plain(found)
        assert "Please choose again" in plain(found)
    assert asked(shop) == []
    confirm = browser.post(path, data=hidden(found.text, "alternative"))
    shop.count(0, sku="LAMP-2")
    found = browser.post(path, data=hidden(confirm.text, "alternative"))
    assert found.status_code == 409
    assert "Ash lamp is not to be had any more" in plain(found)
    assert 'value="alternative"' not in found.text
    assert asked(shop) == []


def test_a_swap_that_waits_for_the_order_system_is_said_to_be_on_its_way(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    reads = parse(NewApiKey, {"name": "shop", "roles": ["orders"], "acknowledges": True})
    api_keys.create(shop.services.engine, reads, datetime.now(UTC))
    waits_with_choices(shop)
    path = path_of(shop)
    browser = visitor()
    assert chosen(browser, path, "alternative").status_code == 303
    shop.review("A-77", asked(shop)[-1]["id"])
    found = browser.get(path)
    assert "You chose Ash lamp instead. We’re arranging that" in plain(found)
    assert "If you do nothing We send you Ash lamp instead." in plain(found)
    assert 'value="alternative"' not in found.text
    assert 'value="cancel"' in found.text
    assert shop.state("A-77").quantity.open == 3
    shop.now = at(2, 12)
    hold_clock(shop)
    shop.review("A-77")
    assert 'value="alternative"' in browser.get(path).text, "it came to nothing"
