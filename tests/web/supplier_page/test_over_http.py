"""The supplier's page over HTTP: what opens it, what it shows, and what an answer takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import httpx
import pytest

from backorder.messaging.customer_links import OPT_OUT, PAGE, SUPPLIER, CustomerLinks
from backorder.services.expected_receipts import ExpectedReceipts
from backorder.storage import tasks
from tests.support.customer_page import BASE, LINKS, hold_clock, plain
from tests.support.days import at, day
from tests.support.shop import Shop
from tests.support.supplier_page import (
    answered,
    asks,
    fields_of,
    newest_send,
    path_of,
    shown,
    waiting,
    words,
)
from tests.support.web import serving
from web.customer_page import confirmation

Visitor = Callable[[], httpx.Client]
STANDS = [(1, 10, day(20))]


# --- what opens it


def test_a_page_is_private_and_shows_what_the_mail_asked_about(shop: Shop, visitor: Visitor) -> None:
    bob = {"id": "bob", "name": "Bob Secretive", "email": "bob@example.com"}
    shop.start("A-77", 2, customer=bob)
    asks(shop)
    path = path_of(shop)
    found = visitor().get(path)
    assert found.status_code == 200
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["referrer-policy"] == "no-referrer"
    assert "unsafe" not in found.headers["content-security-policy"]
    said = plain(found)
    assert "Does this date still hold?" in said
    assert "10 × Lamp" in said
    assert "Purchase order PO-1, line 1" in said
    assert f"Due with us {day(20).day} March 2025" in said
    assert "overdue" not in said
    for secret in ("Bob", "bob", "A-77", "acme"):
        assert secret not in found.text
    assert "<script" not in found.text
    assert " style=" not in found.text
    addresses = re.findall(r'(?:src|href|action)="([^"]*)"', found.text)
    assert all(each.startswith(("/", "#", "data:,", "tel:")) for each in addresses), "no third party"
    head = visitor().head(path)
    assert (head.status_code, head.content) == (200, b"")


def test_what_is_no_link_opens_nothing(shop: Shop, visitor: Visitor) -> None:
    """A customer's link among them, and a customer's message under a supplier's."""
    shop.start("A-77")
    shop.dispatch()
    customers = shop.rows("SELECT id FROM sends")[0]["id"]
    asks(shop)
    send = newest_send(shop)
    foreign = CustomerLinks(BASE, ["another-secret-of-another-shop-0"])
    for token in (
        foreign.token(SUPPLIER, send),
        LINKS.token(PAGE, send),
        LINKS.token(OPT_OUT, send),
        LINKS.token(SUPPLIER, customers),
        LINKS.token(SUPPLIER, "0" * 24),
        "x" * 22,
        "%2e%2e",
        "a",
    ):
        found = visitor().get(f"/s/{token}")
        assert found.status_code == 404
        assert "no longer works" in found.text
        assert "PO-1" not in found.text
        assert visitor().post(f"/s/{token}", data={"do": "say", "answer-1": "cannot"}).status_code == 404
    assert visitor().get(f"/b/{LINKS.token(SUPPLIER, send)}").status_code == 404
    assert visitor().get(f"/b/{LINKS.token(PAGE, send)}").status_code == 404, "a supplier is no customer"
    german = visitor().get(f"/s/{'x' * 22}", headers={"accept-language": "de-AT,en;q=0.5"})
    assert "Dieser Link gilt nicht mehr" in german.text
    assert words(shop) == STANDS


@pytest.mark.parametrize("how", ["came", "cancelled", "another address", "old"])
def test_a_link_ends(shop: Shop, visitor: Visitor, how: str) -> None:
    asks(shop)
    path, form = path_of(shop), shown(visitor(), path_of(shop))
    match how:
        case "came":
            shop.receive(10)
        case "cancelled":
            shop.services.supply.cancel_purchase_order("PO-1", None, shop.now)
        case "another address":
            shop.supplier(email="sales@acme.example")
        case _:
            shop.now = at(13 + 90, 8)
            hold_clock(shop)
    found = visitor().get(path)
    assert found.status_code == 410
    assert "no longer works" in found.text
    assert "PO-1" not in found.text
    assert visitor().post(path, data=form | {"answer-1": "unknown"}).status_code == 410
    assert words(shop) == STANDS


def test_there_is_no_page_without_a_secret(shop: Shop) -> None:
    asks(shop)
    path = path_of(shop)
    shop.services.links = None
    with serving(shop.services) as web:
        assert web.as_("").get(path).status_code == 404


def test_a_mail_without_pages_asks_for_an_answer_by_mail(shop: Shop) -> None:
    shop.services.links = None
    asks(shop)
    [mail] = shop.out.given
    assert "Just reply to this email." in mail.text
    assert "/s/" not in mail.text + mail.html


# --- what an answer takes


def test_an_answer_takes_two_steps_and_waits_for_the_buyer(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    asks(shop)
    path, browser = path_of(shop), visitor()
    typed = {"answer-1": "date", "date-1": day(25).isoformat(), "note-1": "The ship is late."}
    confirm = browser.post(path, data=shown(browser, path) | typed)
    assert confirm.status_code == 200
    assert "They arrive on 28 March 2025." in plain(confirm)
    assert "The ship is late." in plain(confirm)
    assert words(shop) == STANDS
    sent = fields_of(confirm.text) | {"do": "say"}
    done = browser.post(path, data=sent)
    assert done.status_code == 303
    assert words(shop) == [*STANDS, (2, 10, day(25))]
    assert waiting(shop) == ["PO-1/1"]
    [task] = tasks.waiting(shop.services.engine)
    assert (task.kind, task.detail["why"]) == ("approve_date", "the supplier stated it through the link")
    [row] = shop.rows("SELECT source, note FROM stated_dates WHERE revision = 2")
    assert row["source"].startswith(f"the supplier's link, mail {newest_send(shop)}, answer page-")
    assert row["note"] == "The ship is late."
    thanks = plain(browser.get(done.headers["location"]))
    assert "Thank you! We’ll look at it" in thanks
    assert "You told us on 16 March 2025: They arrive on 28 March 2025. The ship is late." in thanks
    assert "Due with us 23 March 2025" in thanks, "the date of before counts until the buyer has agreed"
    assert "Your answer" in thanks
    again = browser.post(path, data=sent)
    assert (again.status_code, again.headers["location"].partition("?")[0]) == (303, path)
    assert "Thank you!" in plain(browser.get(again.headers["location"]))
    assert len(words(shop)) == 2, "pressed twice, it is said once"
    plainly = plain(browser.get(path))
    assert "Thank you!" not in plainly
    assert "You told us on 16 March 2025" in plainly


def test_a_date_that_holds_needs_no_buyer_and_is_not_asked_about_again(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    asks(shop)
    done = answered(visitor(), path_of(shop), answer_1="holds")
    assert done.status_code == 303
    assert words(shop) == [*STANDS, (2, 10, day(20))]
    assert waiting(shop) == []
    assert tasks.waiting(shop.services.engine) == []
    assert shop.rows("SELECT revision FROM purchase_order_lines") == [{"revision": 2}]
    said = plain(visitor().get(done.headers["location"]))
    assert "It’s noted." in said
    assert "We’re counting on it." in said


def test_several_lines_are_answered_in_one_go(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.product("VASE")
    lines = [{"sku": sku, "quantity": 6, "stated_date": day(20)} for sku in ("LAMP", "VASE", "LAMP", "VASE")]
    shop.purchase("PO-2", *lines)
    asks(shop, "PO-1", "PO-2")
    path, browser = path_of(shop), visitor()
    assert "Do these dates still hold?" in plain(browser.get(path))
    typed = {"answer_1": "holds", "answer_2": "parts", "answer_3": "unknown", "answer_4": "cannot"}
    parts = {"units_2_1": "4", "day_2_1": day(22).isoformat(), "units_2_3": "2"}
    done = answered(browser, path, **typed, **parts)
    assert done.status_code == 303
    assert words(shop)[1:] == [(2, 10, day(20))]
    assert words(shop, "PO-2", "1")[1:] == [(2, 4, day(22)), (2, 2, None)]
    assert words(shop, "PO-2", "2")[1:] == [(2, 6, None)]
    assert words(shop, "PO-2", "3")[1:] == [(2, 0, None)]
    assert words(shop, "PO-2", "4")[1:] == [], "nothing was said of it"
    assert waiting(shop) == ["PO-2/1", "PO-2/2", "PO-2/3"]
    said = plain(browser.get(done.headers["location"]))
    assert "They arrive in parts: 4 by 25 March 2025 2 without a date" in said
    assert "You can’t say yet when they arrive." in said
    assert "You can’t supply them." in said


def test_one_button_says_that_all_dates_hold(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.purchase("PO-2", {"quantity": 6, "stated_date": day(20)}, {"quantity": 1, "stated_date": day(20)})
    asks(shop, "PO-1", "PO-2")
    path, browser = path_of(shop), visitor()
    done = answered(browser, path, do="all")
    assert done.status_code == 303
    for order, line, units in (("PO-1", "1", 10), ("PO-2", "1", 6), ("PO-2", "2", 1)):
        assert words(shop, order, line)[1:] == [(2, units, day(20))]
    assert waiting(shop) == []


def test_the_one_button_takes_nothing_back(shop: Shop, visitor: Visitor, at_once: None) -> None:
    lines = [{"quantity": 6, "stated_date": day(20)} for _ in range(2)]
    shop.purchase("PO-2", *lines)
    asks(shop, "PO-1", "PO-2")
    path, browser = path_of(shop), visitor()
    answered(browser, path, answer_1="date", date_1=str(day(30)))
    said = plain(browser.get(path))
    assert "Answered 10 × Lamp" in said
    assert "Say something else" in said
    assert answered(browser, path, do="all").status_code == 303
    assert words(shop)[-1] == (2, 10, day(30))
    assert waiting(shop) == ["PO-1/1"]
    assert words(shop, "PO-2", "2")[-1] == (2, 6, day(20))
    assert "Your answer" in plain(browser.get(path))
    assert "All dates still hold" not in plain(browser.get(path))


def test_a_single_post_records_nothing_nor_does_a_quick_machine(shop: Shop, visitor: Visitor) -> None:
    asks(shop)
    path, browser = path_of(shop), visitor()
    for _ in range(3):
        browser.get(path)
        browser.head(path)
    form = shown(browser, path)
    for kind in ("holds", "unknown", "cannot"):
        confirm = browser.post(path, data=form | {"answer-1": kind})
        quick = browser.post(path, data=fields_of(confirm.text) | {"do": "say"})
        assert quick.status_code == 409
        assert "That was very quick" in plain(quick)
    forged = fields_of(confirm.text) | {"do": "say", "answer-1": "holds"}
    assert "That took a while" in plain(browser.post(path, data=forged)), "not what was understood"
    assert browser.post(path, data=form | {"nonce": "1.2.3.4", "answer-1": "holds"}).status_code == 409
    assert words(shop) == STANDS


def test_without_a_cookie_the_number_of_an_order_stands_in(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    asks(shop)
    path = path_of(shop)

    def step(form: dict[str, str], **typed: str) -> httpx.Response:
        return visitor().post(path, data=form | {"do": "say"} | typed)

    confirm = step(shown(visitor(), path), **{"answer-1": "unknown"})
    asked = step(fields_of(confirm.text))
    assert "type the last four characters of a purchase-order number" in plain(asked)
    wrong = step(fields_of(asked.text), four="O-77")
    assert "These are not the last four characters" in plain(wrong)
    assert words(shop) == STANDS
    assert step(fields_of(wrong.text), four=" po-1 ").status_code == 303
    assert len(words(shop)) == 2


def test_a_line_that_changed_in_between_is_shown_anew(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.purchase("PO-2", {"quantity": 6, "stated_date": day(20)})
    asks(shop, "PO-1", "PO-2")
    path, browser = path_of(shop), visitor()
    form = shown(browser, path) | {"answer-1": "cannot", "answer-2": "date", "date-2": str(day(30))}
    confirm = browser.post(path, data=form)
    shop.receive(4)
    late = browser.post(path, data=fields_of(confirm.text) | {"do": "say"})
    assert late.status_code == 409
    assert "Something has changed since you opened this page" in plain(late)
    assert "6 × Lamp" in plain(late)
    assert str(day(30)) in late.text, "what was said of the line that has not changed is kept"
    assert 'value="cannot" checked' not in late.text
    assert browser.post(path, data=form).status_code == 409
    shop.receive(6, "R-2")
    gone = browser.post(path, data=form)
    assert gone.status_code == 409
    assert "PO-1" not in plain(gone)
    assert words(shop) == STANDS
    assert words(shop, "PO-2") == [(1, 6, day(20))]


def test_a_line_that_changes_while_the_page_is_read_is_shown_as_it_is_then(
    shop: Shop, visitor: Visitor, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks(shop, "PO-1")
    path, browser, prepare = path_of(shop), visitor(), ExpectedReceipts.prepare
    confirm = browser.post(path, data=shown(browser, path) | {"answer-1": "cannot"})

    def received_first(self: ExpectedReceipts, when: datetime) -> None:
        monkeypatch.setattr(ExpectedReceipts, "prepare", prepare)
        shop.receive(4)
        prepare(self, when)

    monkeypatch.setattr(ExpectedReceipts, "prepare", received_first)
    late = browser.post(path, data=fields_of(confirm.text) | {"do": "say"})
    assert late.status_code == 409
    assert "Something has changed since you opened this page" in plain(late)
    assert "6 × Lamp" in plain(late)
    assert 'value="cannot" checked' not in late.text


def test_something_can_be_changed_at_the_second_step(shop: Shop, visitor: Visitor) -> None:
    asks(shop)
    path, browser = path_of(shop), visitor()
    typed = {"answer-1": "parts", "units-1-1": "4", "day-1-1": str(day(21)), "units-1-2": "6"}
    confirm = browser.post(path, data=shown(browser, path) | typed | {"note-1": "half\r\nand half"})
    edit = browser.post(path, data=fields_of(confirm.text) | {"do": "edit"})
    assert edit.status_code == 200
    assert 'value="parts" checked' in edit.text
    assert f'value="{day(21)}"' in edit.text
    assert "half\nand half</textarea>" in edit.text
    more = browser.post(path, data=fields_of(edit.text) | typed | {"more": "1"})
    assert more.text.count('name="units-1-') == 6
    assert words(shop) == STANDS


def test_a_link_answers_so_often_and_no_more(shop: Shop, visitor: Visitor) -> None:
    asks(shop)
    path, browser = path_of(shop), visitor()
    form = shown(browser, path) | {"answer-1": "unknown"}
    found = [browser.post(path, data=form) for _ in range(12)]
    assert [each.status_code for each in found][:10] == [200] * 10
    assert found[-1].status_code == 429
    assert "That was a lot at once" in plain(found[-1])
    assert browser.get(path).status_code == 200


def test_a_late_line_says_how_late_it_is(shop: Shop, visitor: Visitor, at_once: None) -> None:
    asks(shop, on=22)
    path, browser = path_of(shop), visitor()
    said = plain(browser.get(path))
    assert "Was due with us 23 March 2025 2 days overdue" in said
    assert "as planned" not in said, "a day that is over cannot hold"
    assert browser.post(path, data=shown(browser, path) | {"answer-1": "holds"}).status_code == 422
    assert answered(browser, path, answer_1="date", date_1=str(day(22))).status_code == 303


def test_suppliers_read_it_in_their_own_language(shop: Shop, visitor: Visitor) -> None:
    for locale, question in {
        "de_CH": "Gilt dieser Termin noch?",
        "es_MX": "¿Se mantiene esta fecha?",
        "fr": "Cette date tient-elle toujours\u00a0?",
        "hi_IN": "क्या यह तारीख़ अब भी पक्की है?",
        "pt_BR": "Esta data continua valendo?",
        "en_US": "Does this date still hold?",
        "it": "Does this date still hold?",
    }.items():
        shop.supplier(email="orders@acme.example", locale=locale)
        if locale == "de_CH":
            asks(shop)
        found = visitor().get(path_of(shop))
        assert question in found.text, locale
        lang = re.search(r'<html lang="([^"]+)"', found.text)
        assert lang is not None
        assert confirmation.COOKIE not in found.headers.get("set-cookie", "")
