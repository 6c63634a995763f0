"""What opening a database must not load: each of these costs a command a tenth of a second and more."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = ("alembic", "babel", "backorder.schemas", "email_validator", "numpy", "phonenumbers")
OUTSIDE = ("sendgrid", "temporalio", "twilio")


def test_a_command_that_reads_loads_nothing_that_it_does_not_need() -> None:
    modules = ("starter.cli.listing", "starter.cli.show", "backorder.queries.line_list")
    loaded = f"import json, sys, {', '.join(modules)}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)).isdisjoint(HEAVY + OUTSIDE)
