"""Made-up requests against every call: nothing fails, and all answers are as the documentation says.

A short form of `make fuzz`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fuzzing import FUZZ
from tests.support.shop import Shop
from tests.support.web import serving
from tests.support.web_lines import order_line

ROOT = Path(__file__).parents[2]
PHASES = "examples,coverage,fuzzing,stateful" if FUZZ else "examples,fuzzing"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.timeout(0 if FUZZ else 240)
def test_made_up_requests_fail_nothing(stock: Shop, tmp_path: Path) -> None:
    with serving(stock.services, web_rate=100_000) as web:
        for number in range(3):
            web.as_("orders").post("/v1/backorders", json=order_line(f"A-{number}"))
        command = [
            *(str(Path(sys.executable).with_name("st")), "run", f"{web.url}/openapi.json"),
            *("--header", f"Authorization: Bearer {web.key('admin')}", "--checks", "all"),
            *("--phases", PHASES, "--max-examples", str(max(4, FUZZ // 1000)), "--workers", "2"),
            *("--seed", "1", "--no-color", "--continue-on-failure"),
        ]
        ran = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"TMPDIR": str(tmp_path)}
        )
    assert ran.returncode == 0, ran.stdout[-6000:]
