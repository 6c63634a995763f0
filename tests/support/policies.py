"""The policy that shops of tests go by. They are awake at any hour, as tests are."""

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
