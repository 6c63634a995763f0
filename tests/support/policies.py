"""The policies that shops of tests go by. They are awake at any hour, as tests are."""

from __future__ import annotations

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
do = "cancel"
"""

WEEKLY = POLICY.replace("[updates]", '[updates]\nevery = "7d"')
"""The same, for shops that live through weeks: a quiet customer hears from them each week."""
