"""A store, and a shop on it that has a supplier and a product already."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from backorder.storage.store import Store
from tests.contract.shop import Shop


@pytest.fixture
def engine(store: Store) -> Engine:
    """The store's database."""
    return store.engine


@pytest.fixture
def shop(store: Store) -> Shop:
    """A shop that sells lamps, none of which is in stock."""
    shop = Shop(store)
    shop.supplier()
    shop.product()
    return shop
