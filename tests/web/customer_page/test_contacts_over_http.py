"""Contact data, opt-outs and dead links on customers' pages, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from backorder.errors import SetupError
from backorder.messaging.customer_links import OPT_OUT, PAGE
from backorder.services.retention import Retention
from backorder.services.write_beside import may_ask_address
from backorder.settings import read_settings
from backorder.storage.acting import SNAPSHOTS
from backorder.storage.engine import reading, writing
from tests.support.customer_page import (
    LINKS,
    hidden,
    hold_clock,
    newest_send,
    path_of,
    plain,
)
from tests.support.days import at
from tests.support.shop import Shop
from tests.support.text_answers import text_of
from tests.support.waiting import holds
from tests.web.customer_page.pages_over_http import Visitor, chosen, sent


def test_a_new_address_is_used_once_somebody_confirms_it_there(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", customer={"phone": "+4915123456789", "sms_consent": False})
    path = path_of(shop)
    browser = visitor()
    found = browser.get(path)
    assert "ann@example.com" not in found.text, "who holds the link need not be Ann"
    assert "a•••@e•••.com" in found.text
    for value in ("-", "n/a", "ann"):
        form = hidden(found.text, "email") | {"value": value}
        assert browser.post(path, data=form).status_code == 422, value
    assert "?done=email." in chosen(browser, path, "email", value=" Ann.New@Example.ORG ").headers["location"]
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


def test_the_link_to_a_new_address_counts_once_and_until_another_is_named(
    shop: Shop, visitor: Visitor, at_once: None, unlimited: None
) -> None:
    shop.start("A-77")
    path, browser, contacts = path_of(shop), visitor(), shop.services.contacts

    def link_to(name: str) -> str:
        assert chosen(browser, path, "email", value=f"{name}@new.example").status_code == 303
        [*_, asks] = sent(shop, "confirm_address")
        return f"/b/{LINKS.token(PAGE, asks['id'])}"

    first = link_to("first")
    confirm = browser.post(first, data=hidden(browser.get(first).text, "confirm_address"))
    second = link_to("second")
    for gone in (browser.get(first), browser.post(first, data=hidden(confirm.text, "confirm_address"))):
        assert gone.status_code == 410
        assert "This link no longer works" in plain(gone)
        assert "give that address again on the page of your order" in plain(gone)
        assert "<form" not in gone.text
    assert contacts.read("ann").email == "ann@example.com", "another one was named since"
    confirm = browser.post(second, data=hidden(browser.get(second).text, "confirm_address"))
    done = browser.post(second, data=hidden(confirm.text, "confirm_address"))
    for told in (browser.get(done.headers["location"]), browser.get(second)):
        assert "Your address is confirmed" in plain(told)
        assert "Is this your address?" not in plain(told)
    again = browser.post(second, data=hidden(confirm.text, "confirm_address"))
    assert (again.status_code, "There is nothing left to confirm" in plain(again)) == (200, True)
    third = link_to("third")
    contacts.change("ann", {"email": "ann@right.example"}, shop.now, by="rep")
    for used in (first, second, third):
        assert browser.get(used).status_code == 410
        assert browser.post(used, data=hidden(confirm.text, "confirm_address")).status_code == 410
    assert contacts.read("ann").email == "ann@right.example"


def test_who_names_the_same_address_twice_confirms_it_by_either_link(
    shop: Shop, visitor: Visitor, at_once: None, unlimited: None
) -> None:
    shop.start("A-77")
    path, browser, contacts = path_of(shop), visitor(), shop.services.contacts
    with reading(shop.services.engine) as connection:
        before = SNAPSHOTS["customer"](connection, "ann")
    for value in ("ann@new.example", "Ann@New.example"):
        assert chosen(browser, path, "email", value=value).status_code == 303
    with reading(shop.services.engine) as connection:
        assert SNAPSHOTS["customer"](connection, "ann") == before, "nothing on record has changed yet"
    first, second = (f"/b/{LINKS.token(PAGE, each['id'])}" for each in sent(shop, "confirm_address"))
    assert chosen(browser, first, "confirm_address").status_code == 303
    assert (contacts.read("ann").email or "").lower() == "ann@new.example"
    assert "<form" not in browser.get(second).text, "one of the two counts once"


@pytest.mark.parametrize(
    ("change", "goes"), [({"email": "ann@right.example"}, False), ({"phone": "+4915123456789"}, True)]
)
@pytest.mark.parametrize("state", ["failed", "planned"])
def test_a_mail_that_asks_at_an_address_goes_with_a_link_that_counts_or_not_at_all(
    shop: Shop, visitor: Visitor, at_once: None, change: dict[str, object], goes: bool, state: str
) -> None:
    """It waits, or it failed, when somebody corrects how the customer is reached."""
    shop.start("A-77")
    path, browser = path_of(shop), visitor()
    form = hidden(browser.get(path).text, "email") | {"value": "ann@new.example"}
    form = hidden(browser.post(path, data=form).text, "email")
    assert browser.post(path, data=form).status_code == 303
    asks = "UPDATE messages SET state = :state, recorded_at = :now WHERE kind = 'confirm_address'"
    shop.run(asks, state=state, now=datetime.now(UTC).isoformat() if state == "failed" else None)
    shop.now = at(0, 11)
    shop.services.contacts.change("ann", change, shop.now, by="rep")
    shop.dispatch()
    [mail] = shop.rows("SELECT id, state, reason FROM messages WHERE kind = 'confirm_address'")
    if goes:
        [send] = sent(shop, "confirm_address")
        assert browser.get(f"/b/{LINKS.token(PAGE, send['id'])}").status_code == 200
    else:
        assert not sent(shop, "confirm_address")
        ends = ("withdrawn", "its link counts no more") if state == "planned" else ("failed", None)
        assert (mail["state"], mail["reason"]) == ends


@pytest.mark.parametrize("since", ["named", "confirmed"])
def test_a_link_that_a_process_of_the_version_before_sends_counts_beside_those_of_this_one(
    shop: Shop, visitor: Visitor, at_once: None, unlimited: None, since: str
) -> None:
    """While a shop is upgraded both serve its page, and only this one keeps which link counts."""
    shop.start("A-77")
    path, browser, contacts = path_of(shop), visitor(), shop.services.contacts
    assert chosen(browser, path, "email", value="first@new.example").status_code == 303
    [asks] = sent(shop, "confirm_address")
    first = f"/b/{LINKS.token(PAGE, asks['id'])}"
    if since == "confirmed":
        assert chosen(browser, first, "confirm_address").status_code == 303
    [kept] = shop.rows("SELECT address_asked FROM customers")
    assert chosen(browser, path, "email", value="second@new.example").status_code == 303
    shop.run("UPDATE customers SET address_asked = :address_asked", **kept)
    later = "UPDATE messages SET created_at = :then WHERE address = 'second@new.example'"
    shop.run(later, then="2025-03-03T10:00:00.000000Z")
    [*_, asks] = sent(shop, "confirm_address")
    second = f"/b/{LINKS.token(PAGE, asks['id'])}"
    assert "confirm_address" not in browser.get(first).text
    assert chosen(browser, second, "confirm_address").status_code == 303
    assert contacts.read("ann").email == "second@new.example"
    for used in (first, second):
        assert "confirm_address" not in browser.get(used).text


@pytest.mark.parametrize("since", ["nothing", "used"])
def test_a_link_that_a_version_before_sent_counts_once_too(
    shop: Shop, visitor: Visitor, at_once: None, since: str
) -> None:
    shop.start("A-77")
    path, browser, contacts = path_of(shop), visitor(), shop.services.contacts
    assert chosen(browser, path, "email", value="ann@new.example").status_code == 303
    [asks] = sent(shop, "confirm_address")
    link = f"/b/{LINKS.token(PAGE, asks['id'])}"
    if since == "used":
        shop.now = at(0, 11)
        contacts.change("ann", {"email": "ann@right.example"}, shop.now, by="rep")
    with writing(shop.services.engine) as connection:
        connection.execute(text("UPDATE customers SET address_asked = NULL"))
    if since == "nothing":
        assert chosen(browser, link, "confirm_address").status_code == 303
        assert contacts.read("ann").email == "ann@new.example"
    assert browser.get(link).status_code == (200 if since == "nothing" else 410)
    assert "confirm_address" not in browser.get(link).text


def test_texts_need_a_consent_whose_words_are_kept(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.start("A-77")
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "phone") | {"value": "+49 151 23456789"}
    assert browser.post(path, data=form).status_code == 422, "nothing was agreed to"
    for value in ("12", "n/a"):
        assert browser.post(path, data=form | {"agreed": "yes", "value": value}).status_code == 422, value
    texted = chosen(browser, path, "phone", value="+49 151 23456789", agreed="yes")
    assert texted.status_code == 303
    ann = shop.services.contacts.read("ann")
    assert (ann.phone, ann.sms_consent) == ("+4915123456789", True)
    [consent] = shop.rows("SELECT * FROM consents")
    assert "I agree that The Shop sends text messages about my orders to this number" in consent["wording"]
    assert "127.0.0.0/24" in consent["evidence"]
    found = browser.get(path)
    assert "+4915123456789" not in found.text
    assert "•••789" in found.text
    assert "From now on, we text you news about your orders." in plain(
        browser.get(texted.headers["location"])
    )
    assert "Another number for text messages" in plain(found)
    assert chosen(browser, path, "stop_texts").status_code == 303
    [listed] = shop.rows("SELECT * FROM suppressions")
    assert (listed["channel"], listed["cause"]) == ("sms", "stop")
    assert "No text messages" in plain(browser.get(path))
    # What was stopped here begins again here, in words that are kept anew, though the number is the same.
    assert chosen(browser, path, "phone", value="+49 151 23456789", agreed="yes").status_code == 303
    assert "Text messages: •••" in plain(browser.get(path))
    assert len(shop.rows("SELECT * FROM consents")) == 2
    # A carrier keeps a texted STOP too, so a text alone ends it.
    stop = text_of("STOP", number="+4915123456789")
    shop.services.texts.take(stop, at=shop.now, now=datetime.now(UTC))
    form = hidden(browser.get(path).text, "phone") | {"value": "+49 151 23456789", "agreed": "yes"}
    refused = browser.post(path, data=form)
    assert refused.status_code == 409
    assert "Text START to us first" in plain(refused)
    assert "No text messages" in plain(refused)
    assert len(shop.rows("SELECT * FROM consents")) == 2


def test_who_has_a_number_alone_gives_another_one_or_an_address(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    alone = {"email": None, "phone": "+4915123456789", "sms_consent": True}
    shop.start("A-77", customer=alone)
    path, browser = path_of(shop), visitor()
    form = hidden(browser.get(path).text, "phone") | {"value": "+49 151 98765432"}
    assert browser.post(path, data=form).status_code == 422, "nothing was agreed to"
    assert browser.post(path, data=form | {"agreed": "yes", "value": "12"}).status_code == 422
    texted = chosen(browser, path, "phone", value="+49 151 98765432", agreed="yes")
    assert texted.status_code == 303
    ann = shop.services.contacts.read("ann")
    assert (ann.phone, ann.sms_consent) == ("+4915198765432", True)
    assert chosen(browser, path, "email", value="ann@new.example").status_code == 303
    [asks] = sent(shop, "confirm_address")
    assert asks["address"] == "ann@new.example"


def test_a_dead_link_offers_a_new_one_and_says_nothing_of_who_there_is(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77")
    shop.dispatch()
    answers = set()
    # Nobody waits for what is written: it would tell which orders there are.
    with writing(shop.services.engine):
        for order in ("A-77", "A-78", "A-77"):
            found = visitor().post(f"/b/{'x' * 22}", data={"do": "new_link", "order": order})
            answers.add((found.status_code, plain(found)))
    assert [status for status, _ in answers] == [200]
    holds("it is sent", lambda: sent(shop, "new_link"))
    [link] = sent(shop, "new_link")
    assert link["address"] == "ann@example.com"
    assert "Order A-77" in plain(visitor().get(f"/b/{LINKS.token(PAGE, link['id'])}"))
    shop.now = at(0, 11)
    hold_clock(shop)
    visitor().post(f"/b/{'x' * 22}", data={"do": "new_link", "order": "A-77"})
    holds("an hour later there may be another one", lambda: len(sent(shop, "new_link")) == 2)


def test_a_new_link_to_one_order_stands_in_the_way_of_none_to_another(shop: Shop, visitor: Visitor) -> None:
    """A link opens the lines of one order alone."""
    for order in ("A-77", "A-78"):
        shop.start(order)
    for order in ("A-77", "A-78"):
        visitor().post(f"/b/{'x' * 22}", data={"do": "new_link", "order": order})
    holds("each has its own", lambda: len(sent(shop, "new_link")) == 2)
    pages = [plain(visitor().get(f"/b/{LINKS.token(PAGE, each['id'])}")) for each in sent(shop, "new_link")]
    assert sorted(order for page in pages for order in ("A-77", "A-78") if order in page) == ["A-77", "A-78"]


def test_the_page_says_so_where_no_more_new_addresses_are_asked_today(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77")
    path, browser = path_of(shop), visitor()
    form = hidden(browser.get(path).text, "email")
    early = browser.post(path, data=form | {"value": "ann4@new.example"})
    for number in (1, 2, 3):
        assert chosen(browser, path, "email", value=f"ann{number}@new.example").status_code == 303
    for refused in (
        browser.post(path, data=form | {"value": "ann4@new.example"}),
        browser.post(path, data=hidden(early.text, "email")),
    ):
        assert refused.status_code == 409
        assert "Tomorrow you can name another one. Nothing was done." in plain(refused)
    [asks] = sent(shop, "confirm_address")
    assert asks["address"] == "ann3@new.example", "what waited for the others to be named goes no more"
    engine = shop.services.engine
    assert [may_ask_address(engine, "ann", when) for when in (shop.now, at(2))] == [False, True]


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
        again = visitor().get(path)
        assert "You won’t get offers or coupons from The Shop any more." in plain(again)
        assert ("<form" in again.text, "We’ll stop sending" in plain(again)) == (False, False), "it is done"
    [listed] = shop.rows("SELECT * FROM suppressions")
    assert (listed["address"], listed["cause"]) == ("ann@example.com", "unsubscribe")
    shop.cancel("A-77")
    assert sent(shop, "cancelled"), "news about the order still comes"
    dead = visitor().post(f"/u/{LINKS.token(PAGE, send)}", data=clicked)
    assert dead.status_code == 404
    for page in (dead, again, visitor().get(f"/b/{'x' * 22}")):
        assert ("Skip to the content" in plain(page), "Skip to your order" in plain(page)) == (True, False)
    assert "Skip to your order" in plain(visitor().get(path_of(shop)))


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
