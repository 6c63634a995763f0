"""Suppliers who open the links in their mails."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import httpx

from backorder.messaging.customer_links import SUPPLIER
from backorder.queries.supplier_page import SupplierPage, supplier_page
from backorder.storage.engine import reading
from tests.support.customer_page import LINKS, hold_clock
from tests.support.days import at
from tests.support.shop import Shop

MAIL = "orders@acme.example"
ASKED_ON = 13
"""The day on which a supplier is asked about goods that are due on day 20."""


def asks(shop: Shop, *orders: str, on: int = ASKED_ON) -> None:
    """Let the morning of a day come, on which a supplier is written to about orders."""
    shop.now = at(on, 6)
    for order in orders or ("PO-1",):
        shop.services.purchasing.follow_up(order, shop.now)
    shop.now = at(on, 7)
    with ThreadPoolExecutor(1) as apart:  # a browser's thread has a loop of its own already
        apart.submit(shop.dispatch, "supplier/acme").result()
    hold_clock(shop)


def newest_send(shop: Shop) -> str:
    """The ID of the mail that a supplier got last."""
    query = "SELECT sends.id FROM sends JOIN messages ON messages.id = sends.message WHERE person = :person"
    return str(shop.rows(f"{query} ORDER BY number DESC", person="supplier/acme")[0]["id"])


def path_of(shop: Shop) -> str:
    """The path of the page to which a supplier's last mail leads."""
    return f"/s/{LINKS.token(SUPPLIER, newest_send(shop))}"


def opened(shop: Shop, send: str = "") -> SupplierPage | None:
    """What the link of a mail opens, of the last one if no other is named."""
    today = shop.services.calendar.day(shop.now)
    with reading(shop.services.engine) as connection:
        return supplier_page(connection, send or newest_send(shop), shop.now, today)


def fields_of(text: str) -> dict[str, str]:
    """The hidden fields of a page's last form."""
    form = re.findall(r"<form.*?</form>", text, re.DOTALL)[-1]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found}


def shown(browser: httpx.Client, path: str) -> dict[str, str]:
    """What the form of the page sends with every answer."""
    return fields_of(browser.get(path).text) | {"do": "say"}


def answered(browser: httpx.Client, path: str, **typed: str) -> httpx.Response:
    """Both steps of an answer; a name's _ is a - in the form."""
    named = {name.replace("_", "-"): value for name, value in typed.items()}
    confirm = browser.post(path, data=shown(browser, path) | named)
    assert confirm.status_code == 200, confirm.text
    return browser.post(path, data=fields_of(confirm.text) | {"do": "say"})


def words(shop: Shop, order: str = "PO-1", line: str = "1") -> list[tuple[int, int, date | None]]:
    """All that was ever stated of a line: revision, units and day."""
    query = "SELECT revision, quantity, day FROM stated_dates WHERE purchase_order = :order AND line = :line"
    rows = shop.rows(f"{query} ORDER BY revision, split", order=order, line=line)
    return [(row["revision"], row["quantity"], _day(row["day"])) for row in rows]


def _day(kept: object) -> date | None:
    return None if kept is None else date.fromisoformat(str(kept))


def waiting(shop: Shop) -> list[str]:
    """The lines of which a word waits for the buyer."""
    rows = shop.rows("SELECT purchase_order, line FROM approvals WHERE state = 'waiting' ORDER BY 1, 2")
    return [f"{row['purchase_order']}/{row['line']}" for row in rows]
