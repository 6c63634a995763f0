"""Record the kept histories anew: `python -m tests.replay.record`.

Each history is written beside its fingerprint. Before a recording is replaced, ask whether lines that sleep
in production have histories like the old one: they have to replay on the new code, or the new code has to
come as a version of its own (a pinned worker deployment).
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio.testing import WorkflowEnvironment

from tests.replay.fingerprints import fingerprint
from tests.replay.scenarios import FORGETFUL, LIVE, SKIPPED, Scenario
from tests.support.databases import migrate
from tests.support.live_shop import open_shop
from tests.support.temporal import SOON, dev_server, skipping_server

HISTORIES = Path(__file__).with_name("histories")
_TRACE = re.compile(r'"stackTrace": "(?:[^"\\]|\\.)*"')
"""Where a failure came from: paths of the machine that recorded it, of no use to a replay."""


async def record(environment: WorkflowEnvironment, scenario: Scenario, *, skips: bool) -> None:
    """Play a scenario and write down its histories."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/backorder.db"
        migrate(url)
        async with open_shop(environment, url, skips=skips) as shop:
            for name, history in (await scenario(shop)).items():
                text = _TRACE.sub('"stackTrace": ""', history.to_json())
                (HISTORIES / f"{name}.json").write_text(text + "\n", encoding="utf-8")
                commands = json.dumps(fingerprint(history), indent=1)
                (HISTORIES / f"{name}.commands.json").write_text(commands + "\n", encoding="utf-8")
                print(f"{name}: {len(history.events)} events")


async def main(wanted: Sequence[str]) -> None:
    """Record everything, or the scenarios that are named."""
    HISTORIES.mkdir(exist_ok=True)
    async with await dev_server() as live, await dev_server(*SOON) as forgetful:
        for scenario in _of(LIVE, wanted):
            await record(live, scenario, skips=False)
        for scenario in _of(FORGETFUL, wanted):
            await record(forgetful, scenario, skips=False)
    for scenario in _of(SKIPPED, wanted):
        async with await skipping_server() as skipping:
            await record(skipping, scenario, skips=True)


def _of(scenarios: Sequence[Scenario], wanted: Sequence[str]) -> list[Scenario]:
    return [each for each in scenarios if not wanted or getattr(each, "__name__", "") in wanted]


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
