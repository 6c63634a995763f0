"""A shop whose supplier opens the link in a mail."""

from __future__ import annotations

import pytest

from tests.support.page_fixtures import at_once, database_url, quick_machine, served, shop, unlimited, visitor
from tests.support.shop import Shop
from tests.support.supplier_page import MAIL

__all__ = [
    "at_once",
    "database_url",
    "quick_machine",
    "reachable_supplier",
    "served",
    "shop",
    "unlimited",
    "visitor",
]


@pytest.fixture(autouse=True)
def reachable_supplier(shop: Shop) -> None:
    """The shop's supplier can be written to."""
    shop.supplier(email=MAIL)
