"""The policy that shops of tests go by."""

from __future__ import annotations

POLICY = """
name = "standard"
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
