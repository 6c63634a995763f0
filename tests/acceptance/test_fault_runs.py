"""The fault runs in short; `make soak` runs them whole."""

from __future__ import annotations

import pytest

from tests.support.fault_runs.runs import RUNS, Run, carry_out

SHORT = tuple(
    run for run in RUNS if run.name in ("lives", "unsettled", "key", "postgres", "temporal", "share")
)
"""One of each kind. Providers that are late, busy, broken or slow are tried in `test_provider_faults`; a disk
of its own can be mounted by root only, and `share` is the same for everybody.
"""
LINES, BLOWS = 8, 1


@pytest.mark.parametrize("run", SHORT, ids=lambda run: run.name)
async def test_trouble_that_is_over_leaves_no_trace(run: Run) -> None:
    ended = await carry_out(run, LINES, seed=1, blows=BLOWS)
    assert ended.figures.told == LINES
    if run.doubles:
        assert ended.figures.twice > 0, "a double would not be seen"
        return
    assert ended.figures.wrong == ()
    assert ended.figures.good
