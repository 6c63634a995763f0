"""Lines that the engine learns of late: what was promised, told and due before."""

from dataclasses import replace
from typing import Any

import pytest

from backorder.domain.line.events import Notice
from backorder.domain.line.state import Consent, Status
from backorder.domain.notifications import Kind
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import arrives, at, policy, stage, supply
from tests.support.world import begun


def notice(n: int, by: int | None) -> Notice:
    return Notice(at=at(n), on=day(n), medium="call", by_date=None if by is None else day(by))


def test_a_line_that_was_promised_already_is_not_confirmed_again() -> None:
    world = begun(policy(every=90), arrives(1, 20), ordered=-10, promised_by=20, told=-10).until(at(10))
    assert world.kinds() == []
    assert (world.promised, world.state.first_by) == (20, day(20))


def test_a_late_line_whose_date_slipped_before_is_told() -> None:
    world = begun(policy(every=90), arrives(1, 30), ordered=-10, promised_by=20, told=-10).until(at(1))
    facts = world.last(Kind.DELAYED).facts
    assert (facts.previous_by, facts.by) == (day(20), day(30))


def test_a_promise_in_the_past_without_a_date_is_told_at_the_start() -> None:
    world = begun(policy(), ordered=-30, promised_by=-5, told=-30).until(at(1))
    assert world.kinds() == ["delayed"]
    assert world.promised is None


def test_notices_count_as_told_with_the_latest_date_and_the_first_one() -> None:
    notices = [notice(-20, 5), notice(-10, 15), notice(-3, None)]
    world = begun(policy(), arrives(1, 15), ordered=-30, promised_by=-1, told=-28, notices=notices)
    assert (world.promised, world.state.first_by) == (15, day(-1))
    assert world.until(at(12)).days() == [0, 7]


def test_a_dated_notice_alone_is_a_promise() -> None:
    world = begun(policy(every=90), arrives(1, 15), ordered=-30, notices=[notice(-10, 15)]).until(at(5))
    assert (world.promised, world.kinds()) == (15, [])


def test_a_call_without_a_date_leaves_the_line_to_be_confirmed() -> None:
    world = begun(policy(every=90), arrives(1, 15), ordered=-30, notices=[notice(-10, None)]).until(at(5))
    assert world.kinds() == ["confirmed"]


def test_a_customer_who_was_told_that_there_is_no_date_hears_of_one() -> None:
    world = begun(policy(), arrives(1, 15), ordered=-30, told=-10).until(at(1))
    assert world.kinds() == ["earlier"]


def test_stages_already_due_are_recorded_as_skipped_escalations_excepted() -> None:
    stages = (
        stage("swap", "offer_alternatives", waited=10),
        stage("look", "escalate", waited=20),
        stage("end", "cancel", waited=30),
        stage("later", "coupon", waited=50),
    )
    world = begun(policy(*stages, every=90), arrives(1, 90), ordered=-40).until(at(30))
    assert world.kinds() == ["confirmed", "coupon"]
    assert world.events("escalated", "ending_due") == ["escalated"]
    assert {key for key, _ in world.state.done} == {f"stage/{each.id}" for each in stages}
    assert world.stands() is Status.WAITING
    assert "stage/swap was due before the line was known and is skipped" in world.decisions[0][1].reason


def test_a_stage_by_delay_that_is_due_at_a_late_start_is_skipped() -> None:
    world = begun(policy(*b.STANDARD), arrives(1, 40), ordered=-10, promised_by=20, told=-10).until(at(6))
    assert world.kinds() == ["delayed"]
    assert world.state.is_done("stage/thanks")


def test_stages_of_a_new_line_are_not_skipped() -> None:
    world = begun(policy(stage("now", "coupon", no_date=0))).until(at(5))
    assert world.kinds() == ["confirmed", "coupon"]


def test_updates_of_a_late_line_count_from_what_was_told_last() -> None:
    world = begun(policy(), arrives(1, 40), ordered=-10, promised_by=40, told=-4).until(at(5))
    assert world.days(Kind.STILL_WAITING) == [3]


def test_a_late_line_that_waited_long_gets_one_update_for_all_that_were_missed() -> None:
    world = begun(policy(), arrives(1, 40), ordered=-60, promised_by=40, told=-60).until(at(5))
    assert world.days() == [0]


def test_the_supply_of_a_late_line_may_move_like_any_other() -> None:
    world = begun(policy(every=90), arrives(1, 40), ordered=-10, promised_by=40, told=-4)
    world.react(supply(at(3), arrives(1, 50)))
    assert world.until(at(4)).promised == 50


@pytest.mark.parametrize(("law", "flagged"), [(-5, True), (-2, True), (-1, False), (3, False)])
def test_a_notice_of_a_late_delivery_that_was_due_before_the_start_is_a_persons_to_look_at(
    law: int, flagged: bool
) -> None:
    late: dict[str, Any] = {"ordered": -40, "promised_by": law, "told": -30, "pack": "eu-crd-18", "law": law}
    world = begun(policy(), arrives(1, 20), **late)
    assert world.state.needs == (("legal_review",) if flagged else ())
    assert world.events("needs_attention") == ["needs_attention"] * flagged
    assert world.until(at(1)).kinds()[0] == ("consent_request" if law < 0 else "delayed")
    told = Notice(at=at(law + 1), on=day(law + 1), medium="call", by_date=day(20), offered=True)
    assert begun(policy(), arrives(1, 20), **late, notices=[told]).state.needs == ()


@pytest.mark.parametrize("by", [15, None])
def test_the_law_asks_once_beside_a_notice_that_counted_before_the_start(by: int | None) -> None:
    offered = replace(notice(-9, None), offered=True)
    supplied = [] if by is None else [arrives(1, by)]
    line = b.blank(ordered=-30, pack="us-ftc-435", law=-3).replace(
        consent=Consent(state="implied", until=day(5))
    )
    world = begun(policy(every=90), *supplied, state=line, notices=[offered]).until(at(3))
    assert (world.kinds(), world.state.needs) == (["consent_request"], ())
    assert len({each.revision for each in world.state.questions}) == len(world.state.questions) > 1
