"""A shop whose customers open the links in their messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.page_fixtures import at_once, database_url, quick_machine, served, shop, unlimited, visitor

__all__ = ["at_once", "database_url", "policies", "quick_machine", "served", "shop", "unlimited", "visitor"]

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
def policies(policies: Path) -> Path:
    """One more, by which customers have all there is to choose from."""
    (policies / "generous.toml").write_text(GENEROUS)
    return policies
