"""A shop whose people look at the console; its business time stands still, and Temporal is away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.console import Clerk, Coming, Signing
from tests.support.customer_page import hold_clock
from tests.support.shop import Shop
from tests.support.web import WebServer, serving


@pytest.fixture
def shop(stock: Shop) -> Shop:
    """A shop with ten lamps on their way, and two lines that wait for them."""
    stock.purchase()
    stock.start("A-1", 2)
    stock.start("A-2", 3, customer={"id": "bob", "name": "Bob Ray", "email": "bob@example.com"})
    hold_clock(stock)
    return stock


@pytest.fixture
def web(shop: Shop) -> Iterator[WebServer]:
    """A server on that shop, while Temporal is away: the shop's tests do what workflows would."""
    with serving(shop.services) as found:
        yield found


@pytest.fixture
def coming(web: WebServer) -> Iterator[Coming]:
    """Have somebody come with a key. at: to another server than the shop's usual one."""
    made: list[Clerk] = []

    def come(key: str, at: WebServer = web) -> Clerk:
        made.append(Clerk(at, key))
        return made[-1]

    yield come
    for each in made:
        each.close()


@pytest.fixture
def signing(web: WebServer, coming: Coming) -> Signing:
    """Have somebody sign in."""

    def sign(*roles: str, **fields: str) -> Clerk:
        clerk = coming(web.key(*roles, **fields))
        answer = clerk.sign_in()
        assert answer.status_code == 303, answer.text
        return clerk

    return sign


@pytest.fixture
def agent(signing: Signing) -> Clerk:
    """Somebody of customer service."""
    return signing("agent", name="Eva")


@pytest.fixture
def buyer(signing: Signing) -> Clerk:
    """A buyer."""
    return signing("supply", name="Bo")
