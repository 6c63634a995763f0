"""A shop whose customers open the links in their messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.customer_page import LINKS, hold_clock
from tests.support.databases import NewDatabase
from tests.support.shop import Shop
from tests.support.waiting import DEADLINE_S
from tests.support.web import serving
from web.customer_page import confirmation

GENEROUS = """
name = "generous"
split_by_customer = true
[updates]
quiet_hours = "00:00-00:00"
gather = "0s"
spacing = "0d"
[[stages]]
id = "swap"
when = { waited = "1d" }
do = "offer_alternatives"
[[stages]]
id = "thanks"
when = { waited = "1d" }
do = "coupon"
percent = 10
valid = "90d"
"""
"""Who waits for a day may take something else, and gets a coupon; what is there is sent as they wish."""


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """Which database it is makes no difference to a page: cases and answers are tried on both elsewhere."""
    return new_database("sqlite")


@pytest.fixture
def policies(policies: Path) -> Path:
    """One more, by which customers have all there is to choose from."""
    (policies / "generous.toml").write_text(GENEROUS)
    return policies


@pytest.fixture
def shop(stock: Shop) -> Shop:
    """A shop whose messages have links, with ten lamps on their way."""
    stock.services.links = LINKS
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
            named = {"user-agent": "Browser/1 (Ann's)"}
            made.append(httpx.Client(base_url=web.url, headers=named, timeout=DEADLINE_S))
            return made[-1]

        yield make
        for each in made:
            each.close()
