"""A store, and a shop on it that has a supplier and a product already."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from backorder.services.services import Services
from tests.support.shop import Shop


@pytest.fixture
def engine(services: Services) -> Engine:
    """The store's database."""
    return services.engine


@pytest.fixture
def shop(services: Services) -> Shop:
    """A shop that sells lamps, none of which is in stock."""
    shop = Shop(services)
    shop.supplier()
    shop.product()
    return shop
