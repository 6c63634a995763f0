"""The policies that shops of tests go by. They are awake at any hour, as tests are."""

from __future__ import annotations

from typing import Any

POLICY = """
name = "standard"
[updates]
quiet_hours = "00:00-00:00"
gather = "0s"
[[stages]]
id = "thanks"
when = { delay = "10d" }
do = "coupon"
percent = 10
valid = "90d"
[[stages]]
id = "enough"
when = { waited = "90d" }
do = "escalate"
"""

WEEKLY = POLICY.replace("[updates]", '[updates]\nevery = "7d"').replace("escalate", "cancel")
"""The same, for shops that live through weeks: a quiet customer hears from them each week. Lines of no law
(`NO_LAW`) end by it.
"""

NO_LAW: dict[str, Any] = {"pack": "none", "pack_reason": "a shop of tests"}
"""What is said with an order that no law protects."""

_KIND = """
name = "kind"
[updates]
quiet_hours = "00:00-00:00"
gather = "0s"
every = "60d"
[[stages]]
id = "thanks"
when = { waited = "5d" }
do = "coupon"
percent = 10
valid = "90d"
"""


def partial(name: str) -> str:
    """A policy that is called as it treats what came in part: hold, ship or skip."""
    return f'name = "{name}"\npartial = "{name}"\n[updates]\ngather = "0s"\n'


def kind(*more: str) -> str:
    """A policy by which who waits for five days gets a coupon. more: further keys of that stage."""
    return _KIND + "\n".join((*more, ""))
