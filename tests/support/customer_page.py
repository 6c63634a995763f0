"""Customers who open the links in their messages."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx

from backorder.domain.clock import starting_at
from backorder.messaging.customer_links import PAGE, CustomerLinks
from tests.support.days import at
from tests.support.shop import Shop
from tests.support.web import SECRET

BASE = "https://orders.shop.example"
LINKS = CustomerLinks(BASE, [SECRET])
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_DAY_IN_A_SECOND = 86_400.0


def hold_clock(shop: Shop) -> None:
    """Let business time stand where the shop's is."""
    now = datetime.now(UTC)
    held = starting_at(shop.now, now, _DAY_IN_A_SECOND).held(shop.now, now)
    shop.services.time.set(held)
    shop.services.time.move(held)


def waits_with_choices(shop: Shop, units: int = 3) -> None:
    """A line of three lamps or more, two of which are there, by the policy `generous`: its customer may take
    an ash lamp at 8 euros instead, have a part sent, and get a coupon's code. It is the morning after the
    order.
    """
    shop.product("LAMP-2", name="Ash lamp", price="8.00")
    shop.product(alternatives=["LAMP-2"])
    shop.count(5, sku="LAMP-2")
    shop.start("A-70", 3)
    shop.start("A-77", units, policy="generous")
    shop.receive(5)
    for order in ("A-70", "A-77"):
        shop.review(order)
    newest_send(shop)
    shop.now = at(1, 11)
    hold_clock(shop)
    shop.review("A-77")


def newest_send(shop: Shop, customer: str = "ann") -> str:
    """The ID of the send that a customer got last."""
    with ThreadPoolExecutor(1) as apart:  # a browser's thread has a loop of its own already
        apart.submit(shop.dispatch, f"customer/{customer}").result()
    query = "SELECT sends.id FROM sends JOIN messages ON messages.id = sends.message WHERE person = :person"
    return str(shop.rows(f"{query} ORDER BY number DESC", person=f"customer/{customer}")[0]["id"])


def path_of(shop: Shop, customer: str = "ann") -> str:
    """The path of the page to which a customer's last message leads."""
    return f"/b/{LINKS.token(PAGE, newest_send(shop, customer))}"


def hidden(text: str, do: str) -> dict[str, str]:
    """What the first form of a page sends that has a button for a choice."""
    for form in re.findall(r"<form.*?</form>", text, re.DOTALL):
        if f'name="do" value="{do}"' in form:
            return {name: html.unescape(value) for name, value in _HIDDEN.findall(form)} | {"do": do}
    raise AssertionError(f"nothing on the page lets a customer choose {do}")


def asked(shop: Shop) -> list[dict[str, Any]]:
    """All that was asked of lines."""
    return shop.rows("SELECT * FROM requests ORDER BY requested_at, id")


def plain(answer: httpx.Response) -> str:
    """The words of a page, without its tags."""
    body = re.sub(r"<(style|title|head)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    body = re.sub(r'<span class="number">(.*?)</span>', r"\1", body)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
