"""Fixtures: a shop whose messages have links, and who opens them with a window and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from tests.support.browser import browser
from tests.support.customer_page import LINKS, hold_clock
from tests.support.databases import NewDatabase
from tests.support.shop import Shop
from tests.support.waiting import DEADLINE_S
from tests.support.web import TLS, WebServer, serving
from web.customer_page import confirmation
from web.limits import RateLimits


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    """One browser for all pages."""
    with browser() as found:
        yield found


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """Which database it is makes no difference to a page: what is written is tried on both elsewhere."""
    return new_database("sqlite")


@pytest.fixture
def shop(stock: Shop) -> Shop:
    """A shop whose messages have links, with ten lamps on their way, due on day 20."""
    stock.services.links = LINKS
    stock.purchase()
    hold_clock(stock)
    return stock


@pytest.fixture
def served(shop: Shop) -> Iterator[WebServer]:
    """A server on that shop, while Temporal is away: the shop's tests do what workflows would."""
    phone = "+44 117 496 0123"
    with serving(shop.services, embedded=True, shop_name="Lumen & Oak", service_phone=phone) as found:
        yield found


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever presses the second button has read long enough."""
    monkeypatch.setattr(confirmation, "SOONEST_S", 0.0)


@pytest.fixture
def quick_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever presses buttons is quicker than anybody reads."""
    monkeypatch.setattr(confirmation, "SOONEST_S", 600.0)


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A link may be asked as often as a test likes."""
    monkeypatch.setattr(RateLimits, "take", lambda *_: {})


@pytest.fixture
def visitor(shop: Shop) -> Iterator[Callable[[], httpx.Client]]:
    """Browsers without a window: each keeps its own cookies."""
    made: list[httpx.Client] = []
    with serving(shop.services) as web:

        def make() -> httpx.Client:
            named = {"user-agent": "Browser/1 (Ann's)"}
            made.append(httpx.Client(base_url=web.url, headers=named, timeout=DEADLINE_S, verify=TLS))
            return made[-1]

        yield make
        for each in made:
            each.close()
