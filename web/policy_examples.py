"""Examples of what goes into the calls about policies."""

from __future__ import annotations

from collections.abc import Mapping

_NAME = "spring"
_TEXT = f"""name = "{_NAME}"
[promise]
handling = "2d"
[[stages]]
id = "look"
when = {{ delay = "21d" }}
do = "escalate"
"""
POLICY: Mapping[str, object] = {"text": _TEXT}
PLAN: Mapping[str, object] = {
    "text": _TEXT,
    "lead_days": 21,
    "slips": [{"on": 10, "days": 14}, {"on": 25, "days": None}],
    "region": "US",
    "ship_by": 25,
}
BACKTEST: Mapping[str, object] = {"policies": [_TEXT], "since": "2026-03-01"}
