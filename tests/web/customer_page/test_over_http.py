"""The customer's page over HTTP: what opens it, what it shows, and what a choice takes."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from backorder.domain.complaints import ticket_of
from backorder.messaging.customer_links import OPT_OUT, PAGE, CustomerLinks
from tests.support.customer_page import (
    BASE,
    LINKS,
    asked,
    hidden,
    hold_clock,
    newest_send,
    path_of,
    plain,
)
from tests.support.days import at, day
from tests.support.policies import NO_LAW
from tests.support.shop import Shop
from tests.support.web import serving
from tests.web.customer_page.pages_over_http import Visitor, chosen


def test_a_page_is_private_and_says_where_the_order_stands(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    found = visitor().get(path)
    assert found.status_code == 200
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["referrer-policy"] == "no-referrer"
    for turned_away in (visitor().put(path), visitor().get(f"{path}/more")):
        assert turned_away.status_code in (404, 405)
        assert turned_away.headers["referrer-policy"] == "no-referrer"
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


def test_names_with_signs_of_html_read_as_they_are_written(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    """In the title, in what is drawn and explained, in what waits, and above the page."""
    shop.product(name="Shade & <Co>’s")
    shop.start("A&7", 2)
    path, browser = path_of(shop), visitor()
    chosen(browser, path, "complaint", text="<b>late</b> & late")
    receipt = chosen(browser, path, "cancel").headers["location"]
    pages = [browser.get(receipt)]
    with serving(shop.services, shop_name="Oak & Co") as web:
        opt_out = f"{web.url}/u/{LINKS.token(OPT_OUT, newest_send(shop))}"
        pages += [httpx.get(f"{web.url}{path}"), httpx.post(opt_out)]
    for page in pages:
        assert re.search(r"&amp;(amp|lt|gt|#\d+|quot);", page.text) is None, page.url
    assert "<title>Order A&amp;7 · Oak &amp; Co</title>" in pages[1].text
    assert "Shade\xa0&amp; &lt;Co&gt;" in pages[0].text
    assert "You won’t get offers or coupons from Oak & Co any more." in plain(pages[2])


def test_who_waits_reads_by_when_there_is_news_whatever_it_says(shop: Shop, visitor: Visitor) -> None:
    """The regular update of a line that is late by then is far off; of the delay they hear before."""
    with shop.services.engine.begin() as connection:
        endless = 'name = "endless"\n[updates]\nquiet_hours = "00:00-00:00"\ngather = "0s"'
        shop.services.policies.load(connection, endless)
    shop.purchase("PO-1", {"stated_date": day(5)})
    shop.start("A-77", 2, policy="endless")
    words = plain(visitor().get(path_of(shop)))
    promise = shop.state("A-77").promise
    assert promise is not None
    assert promise.by is not None
    after = promise.by + timedelta(days=1)
    assert f"we write to you again on {after.day} {after:%B %Y} at the latest" in words


def test_a_page_says_from_what_it_is_served_as_it_was_told(shop: Shop, visitor: Visitor) -> None:
    """What stands before a line changes on its page only together with a message."""
    bob = {"id": "bob", "name": "Bob", "email": "bob@example.com"}
    shop.start("A-1", 3, customer=bob)
    shop.start("A-77", 2)
    path = path_of(shop)
    due = f"{day(20).day} {day(20):%B} {day(20).year}"
    told = f"Served from the 10 pieces due {due}; 3 of them are promised before yours."
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
    assert "nobody is ahead of you" in said


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


def test_units_that_stay_do_not_end_with_those_that_are_gone(shop: Shop, visitor: Visitor) -> None:
    """The mail about a cancelled unit waits to go, as it does for long where its channel is paused."""
    shop.start("A-77", 3, policy="ending", **NO_LAW)
    path = path_of(shop)
    shop.cancel("A-77", 1)
    assert {"kind": "cancelled", "state": "planned"} in shop.rows("SELECT kind, state FROM messages")
    assert "We cancel them on 22 June 2025, unless they ship" in plain(visitor().get(path))


def test_lines_of_the_same_product_are_told_apart_by_who_hears_them(shop: Shop, visitor: Visitor) -> None:
    """Their sections are named after their headings, and no two of a page may have the same name."""
    shop.start("A-77", 2)
    for line, quantity in (("2", 2), ("3", 1)):
        shop.open("A-77", quantity, line_id=line)
    page = visitor().get(path_of(shop)).text
    headings = re.findall(r'<h2 id="line-\d">(.*?)</h2>', page)
    assert [re.sub(r"<.*?>|&nbsp;", " ", each).split()[-1] for each in headings] == ["(1)", "(2)", "Lamp"]


def test_a_complaint_that_is_not_answered_in_time_says_so(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77")
    path, browser = path_of(shop), visitor()
    chosen(browser, path, "complaint", text="Nobody answers.")
    [complaint] = asked(shop)
    shop.review("A-77", complaint["id"])
    ticket = ticket_of("A-77/1", complaint["id"])
    for now, late in ((at(31), False), (at(32), True)):
        shop.now = now
        hold_clock(shop)
        overdue = f"Ticket {ticket} of 3 March 2025: a person should have answered you by 3 April 2025"
        assert (overdue in plain(browser.get(path))) == late, now


@pytest.mark.parametrize(
    ("do", "fields", "named"),
    [
        ("cancel", {"quantity": "two"}, "Cancel only some"),
        ("cancel", {"quantity": "0"}, "Cancel only some"),
        ("keep", {"until": "tomorrow"}, "Wait until a day of your choice"),
        ("complaint", {"text": " "}, "Tell us what went wrong"),
        ("email", {"value": "ann"}, "Another email address"),
        ("phone", {"value": "12", "agreed": "yes"}, "Get news by text message"),
        ("updates", {"value": "often"}, "How often we write"),
    ],
)
def test_a_fault_names_the_form_that_it_is_in(
    shop: Shop, visitor: Visitor, do: str, fields: dict[str, str], named: str
) -> None:
    shop.start("A-77", 3)
    path, browser = path_of(shop), visitor()
    found = browser.post(path, data=hidden(browser.get(path).text, do) | fields)
    assert found.status_code == 422
    assert f"Something under “{named}” was missing or can’t be read." in plain(found)
