"""A shop whose supplier opens the link in a mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.support.customer_page import LINKS, hold_clock
from tests.support.databases import NewDatabase
from tests.support.shop import Shop
from tests.support.supplier_page import MAIL
from tests.support.waiting import DEADLINE_S
from tests.support.web import serving
from web.customer_page import confirmation


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """Which database it is makes no difference to a page: what is written is tried on both elsewhere."""
    return new_database("sqlite")


@pytest.fixture
def shop(stock: Shop) -> Shop:
    """A shop whose messages have links; its supplier can be written to, and owes ten lamps on day 20."""
    stock.services.links = LINKS
    stock.supplier(email=MAIL)
    stock.purchase()
    hold_clock(stock)
    return stock


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever presses the second button has read long enough."""
    monkeypatch.setattr(confirmation, "SOONEST_S", 0.0)


@pytest.fixture
def visitor(shop: Shop) -> Iterator[Callable[[], httpx.Client]]:
    """Browsers without a window: each keeps its own cookies."""
    made: list[httpx.Client] = []
    with serving(shop.services) as web:

        def make() -> httpx.Client:
            made.append(httpx.Client(base_url=web.url, timeout=DEADLINE_S))
            return made[-1]

        yield make
        for each in made:
            each.close()
