"""Histories that were recorded before replay on the code as it is now, whatever the rules are by now."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import (
    Replayer,
    UnsandboxedWorkflowRunner,
    WorkflowInstance,
    WorkflowInstanceDetails,
)

import worker as production
from backorder.domain.policy.policy import Policy
from tests.replay.fingerprints import fingerprint
from tests.replay.record import HISTORIES
from tests.replay.scenarios import LIVE, Scenario
from tests.support.databases import NewDatabase
from tests.support.live_shop import open_shop
from workflows.backorder import BackorderInput, BackorderWorkflow
from workflows.runner import LightRunner, WithoutHeaders

RECORDED = sorted(path for path in HISTORIES.glob("*.json") if not path.name.endswith(".commands.json"))
WHAT_TO_DO = """
The commands of {name} are not those of its kept history any more.
Lines that sleep for months replay their histories on the code that wakes them: with another order of
commands they stop with a non-determinism error. Either
 - keep the order: what has to change can nearly always change in the activity, which is not replayed, or
 - deploy the new code as a version of its own (a pinned worker deployment; a line moves on when it continues
   as new), and record the histories anew: python -m tests.replay.record
"""


def load(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))


def test_every_workflow_has_a_kept_history() -> None:
    starts = (load(path).events[0].workflow_execution_started_event_attributes for path in RECORDED)
    assert {start.workflow_type.name for start in starts} == {cls.__name__ for cls in production.WORKFLOWS}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_kept_history_replays(path: Path) -> None:
    replayed = await Replayer(workflows=production.WORKFLOWS, build_id="tests").replay_workflow(load(path))
    assert replayed.replay_failure is None


RULES = (
    "backorder.domain.line.decide.decide",
    "backorder.domain.line.due_steps.steps",
    "backorder.domain.line.next_review.next_review",
    "backorder.domain.line.upcoming.upcoming",
    "backorder.domain.policy.policy_file.read_policy",
    "backorder.services.review_line.review",
    "backorder.services.decide_event.decide",
    "backorder.services.review_line.next_review",
    "backorder.services.review_lines.decided",
    "backorder.services.tell_lines.next_review",
    "backorder.services.apply_outcomes.decide_event",
    "backorder.services.review_line.decide_event",
)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_no_rule_is_in_the_replay_path(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule, policy and `upcoming` is changed into one that refuses: the histories replay still."""

    def changed(*_args: object, **_more: object) -> Any:
        raise AssertionError("a rule ran while a history was replayed")

    for module in {rule.rpartition(".")[0] for rule in RULES}:
        import_module(module)  # one that is first read with a changed rule in it would keep that
    for rule in RULES:
        monkeypatch.setattr(rule, changed)
    monkeypatch.setattr(Policy, "daily_review", changed)
    runner = Watched()
    replayer = Replayer(
        workflows=production.WORKFLOWS,
        workflow_runner=runner,
        interceptors=[WithoutHeaders()],
        build_id="tests",
    )
    replayed = await replayer.replay_workflow(load(path))
    assert replayed.replay_failure is None
    assert runner.kept == [{}, {}, []]


class Watched(LightRunner):
    """A worker's own, which says what a workflow keeps of its start."""

    kept: list[object]

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = super().create_instance(det)
        info = instance.get_info()
        self.kept = [info.raw_memo, dict(info.search_attributes), [*info.typed_search_attributes]]
        return instance


@workflow.defn(name="BackorderWorkflow")
class OneTimerMore(BackorderWorkflow):
    """A careless change: a short rest before every review."""

    @workflow.init
    def __init__(self, start: BackorderInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: BackorderInput) -> str:
        """As before."""
        return await super().run(start)

    async def _review(self) -> None:
        await workflow.sleep(timedelta(seconds=1))
        await super()._review()


@workflow.defn(name="BackorderWorkflow")
class NoAttributes(BackorderWorkflow):
    """A careless change: nothing is noted after a review any more."""

    @workflow.init
    def __init__(self, start: BackorderInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: BackorderInput) -> str:
        """As before, but for a command that is left out."""
        return await super().run(start)

    def _note(self, reviewed: Any, requests: list[str]) -> None:
        self._phase = reviewed.phase
        super()._note(reviewed, requests)


@pytest.mark.parametrize("changed", [OneTimerMore, NoAttributes])
async def test_a_careless_change_of_the_workflow_does_not_replay(changed: type) -> None:
    """So that the tests above are known to find one."""
    replayer = Replayer(workflows=[changed], workflow_runner=UnsandboxedWorkflowRunner(), build_id="tests")
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(load(HISTORIES / "backorder-cancelled.json"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_kept_history_has_its_kept_fingerprint(path: Path) -> None:
    kept = json.loads(path.with_suffix(".commands.json").read_text(encoding="utf-8"))
    assert fingerprint(load(path)) == kept


@pytest.mark.parametrize("scenario", LIVE, ids=lambda scenario: scenario.__name__)
async def test_a_workflow_commands_what_it_commanded_before(
    scenario: Scenario, live: WorkflowEnvironment, new_database: NewDatabase
) -> None:
    """The same life, lived on the code as it is now, leaves the same fingerprint."""
    async with open_shop(live, new_database("sqlite")) as shop:
        histories = await scenario(shop)
    for name, history in histories.items():
        kept = json.loads((HISTORIES / f"{name}.commands.json").read_text(encoding="utf-8"))
        assert fingerprint(history) == kept, WHAT_TO_DO.format(name=name)
