"""A shop whose customers open the links in their messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.page_fixtures import at_once, database_url, quick_machine, served, shop, unlimited, visitor
from tests.support.policies import POLICY

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
ENDING = (
    POLICY.replace('"standard"', '"ending"').replace("escalate", "cancel")
    + """
[duties]
pack = "us-ftc-435"
"""
)
"""It ends lines of no law without a word of their customers'."""
LAWFUL = GENEROUS.replace('"generous"', '"lawful"') + '[duties]\npack = "us-ftc-435"\n'
"""It asks what the law wants asked, and has as much to choose from."""


@pytest.fixture
def policies(policies: Path) -> Path:
    """More: by two customers have all there is to choose from, one has a law, and one ends their lines."""
    (policies / "generous.toml").write_text(GENEROUS)
    (policies / "lawful.toml").write_text(LAWFUL)
    (policies / "ending.toml").write_text(ENDING)
    return policies
