"""A server of the API on a shop that has a supplier and a product already; Temporal is away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backorder.services.services import Services
from tests.support.live_fixtures import live, shop
from tests.support.page_fixtures import window
from tests.support.shop import Shop
from tests.support.web import WebServer, serving

__all__ = ["live", "shop", "window"]


@pytest.fixture
def stock(services: Services) -> Shop:
    """A shop that sells lamps, none of which is in stock."""
    found = Shop(services)
    found.supplier()
    found.product()
    return found


@pytest.fixture
def web(stock: Shop) -> Iterator[WebServer]:
    """A server on that shop, while Temporal is away."""
    with serving(stock.services) as found:
        yield found
