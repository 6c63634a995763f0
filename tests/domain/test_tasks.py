"""What is asked of people: the tables know all of it; it ends with its cause, or when somebody did it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from backorder.domain.complaints import COMPLAINT_DUE
from backorder.domain.line import legal_flags, refunds, step, swaps, untold
from backorder.domain.line.commands import Verdict
from backorder.domain.line.events import FlagCleared
from backorder.domain.line.state import Status
from backorder.domain.supply import offering
from backorder.domain.tasks import ESCALATED, EVENTS_REFUSED, FLAGS, TASKS, human_task
from backorder.services import follow_up_purchase_order, publish_events, remind_of_shortages
from backorder.storage import acknowledgements, channels, coupon_budgets, erasing, isolation
from tests.support.days import day
from tests.support.lines import arrives, at, cancel, policy, refund, ship, stage
from tests.support.world import World, begun

ROOT = Path(__file__).parents[2] / "backorder"
NAMED = {
    "UNREACHABLE": {"domain": step.UNREACHABLE, "storage": follow_up_purchase_order.UNREACHABLE},
    "UNDELIVERED": {"domain": step.UNDELIVERED},
    "SILENT": {"storage": follow_up_purchase_order.SILENT},
    "CALL": {"domain": legal_flags.CALL},
    "ENDED_TOO_EARLY": {"domain": legal_flags.ENDED_TOO_EARLY},
    "TELL": {"domain": legal_flags.TELL},
    "INCOMPLETE": {"domain": legal_flags.INCOMPLETE},
    "UNCONFIRMED": {"domain": legal_flags.UNCONFIRMED},
    "ASK_BY_CALL": {"domain": legal_flags.ASK_BY_CALL},
    "LEAVES_OR_ENDS": {"domain": legal_flags.LEAVES_OR_ENDS},
    "LEGAL_REVIEW": {"domain": legal_flags.LEGAL_REVIEW},
    "TAKEN_BACK_LATE": {"domain": legal_flags.TAKEN_BACK_LATE},
    "LEFT_TOO_LATE": {"domain": legal_flags.LEFT_TOO_LATE},
    "DUE_SOON": {"domain": refunds.DUE_SOON},
    "OVERDUE": {"domain": refunds.OVERDUE},
    "FAILED": {"domain": refunds.FAILED},
    "SWAP_FAILED": {"domain": swaps.SWAP_FAILED},
    "TASK": {"storage": channels.TASK},
    "REFUSING": {"storage": publish_events.REFUSING},
    "AWAITED": {"storage": acknowledgements.AWAITED},
    "STOPPED": {"storage": acknowledgements.STOPPED},
    "USED_UP": {"storage": coupon_budgets.USED_UP},
    "ERASURE_WAITS": {"storage": erasing.ERASURE_WAITS},
    "SHORT": {"storage": remind_of_shortages.SHORT},
    "NOTICE": {"storage": untold.NOTICE},
    "COMPLAINT": {"storage": untold.COMPLAINT},
    "COMPLAINT_DUE": {"storage": COMPLAINT_DUE},
}
"""What names in the code stand for, by the package."""


def calls(package: str) -> Iterator[ast.Call]:
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield node


def meant(package: str, value: ast.expr) -> str:
    """The word in the code: as it stands there, by its name, or before the first brace."""
    if isinstance(value, ast.JoinedStr):
        value = value.values[0]
    if isinstance(value, ast.Constant):
        return str(value.value)
    assert isinstance(value, ast.Name), ast.dump(value)
    return NAMED[value.id][package]


def test_the_table_has_every_flag_that_can_be_raised() -> None:
    raised = {
        meant("domain", call.args[0])
        for call in calls("domain")
        if isinstance(call.func, ast.Attribute) and call.func.attr == "need"
    }
    shown = {isolation.NEEDS, EVENTS_REFUSED, offering.OVER_LIMIT, offering.WITHOUT_DATE}
    assert raised | shown == set(FLAGS)


def test_the_table_has_every_kind_of_task() -> None:
    added = {
        meant("storage", word.value)
        for call in (*calls("storage"), *calls("services"))
        if isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func) in ("tasks.add", "tasks.reopen", "tasks.ask_once")
        for word in call.keywords
        if word.arg == "kind"
    }
    assert added == set(TASKS)


def escalated() -> World:
    world = begun(policy(stage("look", "escalate", waited=3)), arrives(2, 40), units=2).until(at(5))
    assert world.state.needs == (f"{ESCALATED}look",)
    return world


def done(when: int, flag: str) -> FlagCleared:
    return FlagCleared(at=at(when), day=day(when), flag=flag, note="phoned them", by="Eva")


def test_an_escalation_ends_with_the_last_open_unit() -> None:
    world = escalated()
    world.react(ship(at(6), 1))
    assert world.state.needs
    decision = world.react(cancel(at(7)))
    assert decision.state.needs == ()
    assert "escalated:look needs nobody any more" in decision.reason


def test_what_a_person_did_is_off_the_line_once_and_does_not_come_back() -> None:
    world = escalated()
    decision = world.react(done(6, "escalated:look"))
    assert (decision.verdict, decision.state.needs, decision.commands) == (Verdict.ACCEPTED, (), ())
    assert "phoned" not in decision.reason, "it may name people"
    assert world.until(at(30)).state.needs == ()
    assert world.react(done(31, "escalated:look")).verdict is Verdict.IGNORED


def test_an_ended_line_is_cleared_and_stays_ended() -> None:
    world = begun(policy(), arrives(1, 20))
    world.react(cancel(at(1)))
    world.react(refund(at(2), "12.00"))
    assert (world.stands(), world.state.needs) == (Status.CANCELLED, ("refund_excess",))
    world.react(done(3, "refund_excess"))
    assert (world.stands(), world.state.needs) == (Status.CANCELLED, ())


def test_a_shipment_after_a_cancellation_asks_until_somebody_saw_to_it() -> None:
    world = begun(policy(), arrives(1, 20))
    world.react(cancel(at(1)))
    world.react(ship(at(2), 1))
    assert world.until(at(20)).state.needs == ("shipped_after_cancellation", "refund_overdue")
    world.react(done(21, "shipped_after_cancellation"))
    assert world.state.needs == ("refund_overdue",)


@pytest.mark.parametrize("flag", [*FLAGS, "escalated:look", "of_old"])
def test_every_flag_has_words(flag: str) -> None:
    assert human_task(flag).what
    for command in human_task(flag).commands:
        assert "{" not in command.format(about="A-1/1", customer="c-7")
