"""When a promise is told, and when it counts as told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backorder.domain.line.commands import Verdict
from backorder.domain.line.decide import decide
from backorder.domain.line.events import NoticeGiven, PolicyMoved, Started
from backorder.domain.line.state import Arrival, DecisionContext
from backorder.domain.notifications import Kind, Why
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import answer, arrives, at, cancel, failed, policy, ship, stage, supply, tick
from tests.support.world import World, begun

RULES = policy(every=100)


def test_a_new_line_is_confirmed_at_once_with_its_window() -> None:
    world = begun(RULES, arrives(1, 8, 10)).until(at(1))
    [(when, tell)] = world.gone
    assert (when, tell.key, tell.kind) == (at(0, 9), "confirmed", Kind.CONFIRMED)
    assert (tell.facts.likely, tell.facts.by) == (day(8), day(10))


def test_by_is_the_arrival_plus_the_working_days_that_handling_takes() -> None:
    friday = 11
    world = begun(policy(handling=1), arrives(1, 9, friday)).until(at(1))
    assert world.promised == 14  # Monday
    assert world.state.promise is not None
    assert world.state.promise.window.likely == day(10)


def test_an_event_tells_the_order_system_of_each_promise() -> None:
    world = begun(RULES, arrives(1, 8, 10)).until(at(1))
    assert world.event("promised") == {"revision": 1, "likely": "2025-03-11", "by": "2025-03-13"}


def test_a_slip_of_min_slip_is_told_once_it_has_settled() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(5))
    world.react(supply(at(5, 14), arrives(1, 22)))
    world.until(at(9))
    assert world.gone[-1][0] == at(5, 16)
    delayed = world.last(Kind.DELAYED)
    assert (delayed.key, delayed.facts.by, delayed.facts.previous_by) == ("delayed/2", day(22), day(20))
    assert delayed.facts.why is Why.SUPPLY_MOVED


def test_a_slip_below_min_slip_is_not_told_at_once() -> None:
    world = begun(RULES, arrives(1, 20))
    world.react(supply(at(5), arrives(1, 21)))
    assert world.until(at(18)).kinds() == ["confirmed"]


def test_small_slips_add_up_because_the_promise_stands_until_something_new_is_told() -> None:
    world = begun(RULES, arrives(1, 20))
    world.react(supply(at(5), arrives(1, 21)))
    world.react(supply(at(6), arrives(1, 22)))
    assert world.until(at(7)).kinds() == ["confirmed", "delayed"]


@pytest.mark.parametrize("slip", [1, 5])
@pytest.mark.parametrize("moved_by_time_alone", [False, True])
def test_any_slip_still_there_on_the_day_before_is_told(slip: int, moved_by_time_alone: bool) -> None:
    world = begun(RULES, arrives(1, 20))
    world.react(supply(at(19, 8), arrives(1, 20 + slip), moved_by_time_alone=moved_by_time_alone))
    world.until(at(19, 23))
    assert world.promised == 20 + slip


def test_a_small_slip_is_told_at_the_look_on_the_day_before() -> None:
    world = begun(RULES, arrives(1, 20))
    world.react(supply(at(5), arrives(1, 21)))
    assert world.until(at(30)).gone[1][0] == at(19, 10)


def test_a_slip_from_time_passing_alone_is_told_only_from_tell_before_on() -> None:
    world = begun(RULES, arrives(1, 20))
    world.react(supply(at(5), arrives(1, 26), moved_by_time_alone=True))
    world.until(at(16))
    assert world.gone[-1][0] == at(15, 10)
    assert world.kinds() == ["confirmed", "delayed"]


def test_time_passing_does_not_hide_a_slip_that_was_reported() -> None:
    world = begun(RULES, arrives(1, 40))
    world.react(supply(at(5, 12), arrives(1, 45)))
    world.react(supply(at(5, 13), arrives(1, 46), moved_by_time_alone=True))
    world.until(at(6))
    assert world.promised == 46


def test_good_news_is_told_from_its_threshold_on() -> None:
    world = begun(RULES, arrives(1, 20))
    world.react(supply(at(3), arrives(1, 18)))
    assert world.until(at(5)).promised == 20
    world.react(supply(at(6), arrives(1, 17)))
    assert world.until(at(7)).promised == 17
    assert world.last(Kind.EARLIER).key == "earlier/2"


def test_good_news_is_told_at_most_once_in_14_days() -> None:
    world = begun(RULES, arrives(1, 60))
    for n, by in ((2, 55), (4, 50), (6, 45), (10, 40)):
        world.react(supply(at(n), arrives(1, by)))
    world.until(at(25))
    assert world.days(Kind.EARLIER) == [2, 16]
    assert world.promised == 40


def test_good_news_is_not_told_once_its_day_is_over() -> None:
    world = begun(RULES, arrives(1, 60))
    world.react(supply(at(2), arrives(1, 50)))
    world.react(supply(at(4), arrives(1, 10)))
    world.until(at(30))
    assert world.kinds() == ["confirmed", "earlier"]


def test_a_promise_counts_as_told_only_once_its_message_was_sent() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.down = True
    world.react(supply(at(5), arrives(1, 30)))
    world.until(at(8))
    assert world.promised == 20
    assert world.state.pending is not None
    world.down = False
    assert world.until(at(9)).promised == 30
    assert world.state.promise is not None
    assert world.state.promise.told_at == at(8)


def test_a_stale_message_that_has_not_gone_is_replaced() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.react(supply(at(5, 12), arrives(1, 30)))
    world.react(supply(at(5, 13), arrives(1, 33)))
    world.until(at(6))
    assert world.withdrawn == ["delayed/2"]
    assert world.gone[-1][0] == at(5, 15)
    assert [tell.facts.by for _, tell in world.gone] == [day(20), day(33)]


def test_a_slip_that_is_taken_back_before_it_was_told_is_not_told() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.react(supply(at(5, 12), arrives(1, 30)))
    world.react(supply(at(5, 13), arrives(1, 20)))
    assert world.until(at(10)).kinds() == ["confirmed"]


def test_a_message_that_is_on_its_way_is_not_taken_back_and_followed_by_the_truth() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.delay = timedelta(hours=5)
    world.react(supply(at(5, 10), arrives(1, 30)))
    world.react(supply(at(5, 13), arrives(1, 35)))
    world.until(at(7))
    assert world.withdrawn == []
    assert [tell.facts.by for _, tell in world.gone] == [day(20), day(30), day(35)]


def test_an_old_revision_that_was_sent_after_a_newer_one_does_not_bring_it_back() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.react(supply(at(5, 12), arrives(1, 30)))
    old = world.waiting["delayed/2"]
    world.react(supply(at(5, 13), arrives(1, 33)))
    world.until(at(6))
    world.react(b.sent(at(6), old))
    assert world.promised == 33


def test_when_all_channels_failed_a_person_is_called_and_nothing_is_planned_anew() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.refuses = True
    world.react(supply(at(5), arrives(1, 30)))
    world.until(at(60))
    assert world.state.needs == ("unreachable",)
    assert world.promised == 20
    failures = [event for event, _ in world.decisions if type(event) is type(failed(at(0), ""))]
    assert len(failures) == 1


@pytest.mark.parametrize("pack", ["plain", "eu-crd-18", "us-ftc-435"])
def test_to_whom_nothing_can_be_written_nothing_is_written(pack: str) -> None:
    """No promise counts as told; a person is called for what the law or the policy wants said."""
    escalates = replace(RULES, stages=(*RULES.stages, stage("look", "escalate", waited=25)))
    world = begun(
        escalates, arrives(3, 20), units=3, pack=pack, law=60, context=DecisionContext(by_hand=True)
    )
    world.react(supply(at(4), arrives(3, 30)))
    world.react(ship(at(5), 1))
    world.react(answer(at(6), "keep", request="k"))
    world.until(at(7))
    assert (world.state.promise, world.state.pending, world.state.needs) == (None, None, ())
    assert world.until(at(26)).state.needs == ("escalated:look",)
    assert world.react(cancel(at(27), 1, by="customer")).state.needs == ("escalated:look",)
    decision = world.react(cancel(at(28), request="c2", by="shop"))
    assert decision.state.needs == ("tell_customer",)
    assert "cancelled is not written: nothing can be written to the customer" in decision.reason
    called = NoticeGiven(
        at=at(29), day=day(29), request="n", as_of=at(29), medium="call", by_date=None, offered=False
    )
    assert world.react(called).verdict is Verdict.ACCEPTED
    assert (world.until(at(90)).kinds(), list(world.waiting)) == ([], [])
    assert set(world.state.needs) <= {"refund_due_soon", "refund_overdue"}


def test_a_message_that_gets_through_ends_unreachable_and_the_promise_is_told_under_another_key() -> None:
    world = World(policy=RULES, state=b.blank(2), now=at(0, 9), refuses=True)
    world.react(Started(at=at(0, 9), day=day(0), supply=supply(at(0, 9), arrives(2, 20))))
    assert world.until(at(1)).state.needs == ("unreachable",)
    world.refuses = False
    world.react(cancel(at(2), 1))
    world.until(at(3))
    assert world.state.needs == ()
    assert [tell.key for _, tell in world.gone] == ["cancelled/r1", "confirmed/2"]
    assert world.promised == 20


def test_becoming_dateless_is_always_a_slip_and_says_why() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.react(supply(at(5), arrives(1, None), why=Why.SUPPLIER_UNSURE))
    world.until(at(6))
    tell = world.last(Kind.DELAYED)
    assert (tell.facts.by, tell.facts.why) == (None, Why.SUPPLIER_UNSURE)


@pytest.mark.parametrize(
    ("arrivals", "why"), [((), Why.NO_SUPPLY), ((arrives(1, None),), Why.SUPPLIER_UNSURE)]
)
def test_a_line_without_a_date_is_confirmed_with_the_reason(arrivals: tuple[Arrival, ...], why: Why) -> None:
    world = begun(RULES, *arrivals).until(at(1))
    facts = world.last(Kind.CONFIRMED).facts
    assert (facts.likely, facts.by, facts.why) == (None, None, why)


def test_a_date_that_is_known_at_last_is_told() -> None:
    world = begun(RULES)
    world.react(supply(at(5), arrives(1, 30)))
    world.until(at(6))
    assert world.promised == 30
    assert world.state.first_by == day(30)
    assert world.kinds() == ["confirmed", "earlier"]


def test_a_promised_day_that_passes_without_news_is_told_on_the_morning_after() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(40))
    assert world.gone[-1][0] == at(21, 10)
    facts = world.last(Kind.DELAYED).facts
    assert (facts.by, facts.why) == (None, Why.OVERDUE)
    assert world.kinds() == ["confirmed", "delayed"]


def test_an_allocated_line_that_does_not_ship_is_told_too() -> None:
    world = begun(RULES, arrives(1, 20))
    world.react(supply(at(19), allocated=1))
    assert world.until(at(40)).days(Kind.DELAYED) == [21]
    facts = world.last(Kind.DELAYED).facts
    assert (facts.by, facts.why) == (None, Why.UNSENT)


def test_nobody_is_told_a_day_that_is_over() -> None:
    world = begun(RULES, arrives(1, 10)).until(at(1))
    world.react(b.hold(at(5), at(30)))
    world.react(supply(at(6), arrives(1, 15)))
    world.until(at(40))
    told = [tell.facts for _, tell in world.gone if tell.kind is Kind.DELAYED]
    assert [(facts.by, facts.why) for facts in told] == [(None, Why.OVERDUE)]


def test_a_window_that_has_begun_is_told_from_today_on() -> None:
    world = begun(RULES, arrives(1, 2, 30)).until(at(1))
    world.react(supply(at(10), arrives(1, 4, 40)))
    world.until(at(11))
    facts = world.last(Kind.DELAYED).facts
    assert (facts.likely, facts.by) == (day(10), day(40))


def test_units_that_vanish_get_an_apology_and_the_warehouse_hears_of_it() -> None:
    world = begun(RULES, arrives(2, 20), units=2)
    world.react(supply(at(5), allocated=2))
    world.react(supply(at(6), arrives(2, 30)))
    world.until(at(7))
    assert world.events("allocated", "allocation_withdrawn") == ["allocated", "allocation_withdrawn"]
    facts = world.last(Kind.APOLOGY).facts
    assert (facts.by, facts.why) == (day(30), Why.WITHDRAWN)
    assert world.promised == 30


def test_an_apology_that_has_not_gone_keeps_being_owed_when_the_date_moves() -> None:
    world = begun(RULES, arrives(1, 20))
    world.react(supply(at(5), allocated=1))
    world.until(at(5, 20))
    world.down = True
    world.react(supply(at(6, 12), arrives(1, 30)))
    world.react(supply(at(6, 13), arrives(1, 33)))
    world.down = False
    world.until(at(8))
    assert world.last(Kind.APOLOGY).facts.by == day(33)


def test_an_apology_that_has_not_gone_is_dropped_when_the_units_are_back() -> None:
    world = begun(RULES, arrives(1, 20))
    world.react(supply(at(5), allocated=1))
    world.until(at(5, 20))
    world.down = True
    world.react(supply(at(6, 12), arrives(1, 30)))
    world.react(supply(at(6, 13), allocated=1, on=day(5)))
    world.down = False
    world.until(at(8))
    assert Kind.APOLOGY.value not in world.kinds()
    assert not world.state.withdrawn


def test_first_by_is_the_first_date_ever_told() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.react(supply(at(5), arrives(1, 40)))
    world.react(supply(at(25), arrives(1, 30)))
    world.until(at(27))
    assert (world.state.first_by, world.promised) == (day(20), 30)


def test_a_line_that_was_not_started_owes_nothing() -> None:
    decision = decide(RULES, b.blank(), tick(at(50)))
    assert (decision.commands, decision.reason) == ((), "nothing is due")


def test_a_second_start_changes_nothing() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    again = Started(at=at(2), day=day(2), supply=supply(at(2), arrives(1, 50)))
    decision = world.react(again)
    assert decision.reason == "the line was started already"
    assert (decision.verdict.value, decision.commands) == ("ignored", ())


def test_a_date_that_slips_by_a_day_daily_is_told_every_three_days() -> None:
    world = begun(RULES, arrives(1, 40)).until(at(1))
    for n in range(2, 14):
        world.react(supply(at(n), arrives(1, 39 + n)))
    assert world.until(at(14)).days(Kind.DELAYED) == [3, 6, 9, 12]
    assert [tell.facts.by for _, tell in world.gone[1:]] == [day(42), day(44), day(47), day(50)]


@pytest.mark.parametrize(("worse", "told"), [(2, [5, 8]), (3, [5, 8]), (4, [5, 6])])
def test_a_date_that_is_much_worse_is_told_at_once_again(worse: int, told: list[int]) -> None:
    world = begun(RULES, arrives(1, 40)).until(at(1))
    world.react(supply(at(5), arrives(1, 42)))
    world.react(supply(at(6), arrives(1, 42 + worse)))
    assert world.until(at(10)).days(Kind.DELAYED) == told


@pytest.mark.parametrize(("promised", "told"), [(8, [5, 6]), (9, [5, 7]), (10, [5, 8]), (11, [5, 8])])
def test_a_date_slips_again_at_once_if_the_promised_day_is_near(promised: int, told: list[int]) -> None:
    world = begun(RULES, arrives(1, 5)).until(at(1))
    world.react(supply(at(5, 6), arrives(1, promised)))
    world.react(supply(at(6), arrives(1, promised + 2)))
    assert world.until(at(8, 23)).days(Kind.DELAYED) == told


def test_the_third_delay_in_a_row_that_time_alone_made_says_no_date_until_somebody_states_one() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    for n, by in ((14, 30), (24, 40), (34, 50)):
        world.react(supply(at(n), arrives(1, by), moved_by_time_alone=True))
    world.until(at(36))
    assert [tell.facts.by for _, tell in world.gone] == [day(20), day(30), day(40), None]
    assert world.last(Kind.DELAYED).facts.why is Why.UNSTATED
    world.react(supply(at(37), arrives(1, 52), moved_by_time_alone=True))
    assert world.until(at(40)).promised is None
    world.react(supply(at(41), arrives(1, 55)))
    assert world.until(at(42)).promised == 55
    assert world.last(Kind.EARLIER).facts.by == day(55)


def test_a_word_of_the_supplier_lets_time_move_the_date_twice_again() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    for n, by, moved_by_time_alone in ((14, 30, True), (20, 32, False), (26, 42, True), (36, 52, True)):
        world.react(supply(at(n), arrives(1, by), moved_by_time_alone=moved_by_time_alone))
    assert world.until(at(47)).promised == 52


@pytest.mark.parametrize("by", [20, 18])
def test_units_that_vanish_without_making_the_date_worse_need_no_apology(by: int) -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.react(supply(at(5), arrives(1, 20), allocated=0))
    world.react(supply(at(5, 13), allocated=1, on=day(20)))
    world.react(supply(at(6), arrives(1, by)))
    assert world.until(at(8)).kinds() == ["confirmed"]
    assert not world.state.withdrawn


def test_an_apology_settles_like_any_other_notice() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.react(supply(at(5), allocated=1, on=day(18)))
    world.react(supply(at(6, 12), arrives(1, 30)))
    world.react(supply(at(6, 13), allocated=1, on=day(18)))
    world.react(supply(at(7, 12), arrives(1, 30)))
    world.until(at(8))
    assert [(when, tell.kind) for when, tell in world.gone[1:]] == [(at(7, 14), Kind.APOLOGY)]


def test_who_was_told_that_the_units_are_there_gets_an_apology_whatever_the_date() -> None:
    world = begun(RULES, arrives(1, 5)).until(at(1))
    world.react(supply(at(4), allocated=1))
    assert world.until(at(7)).last(Kind.DELAYED).facts.why is Why.UNSENT
    world.react(supply(at(8), arrives(1, 12)))
    assert world.until(at(9)).kinds()[-1] == "apology"


def test_a_policy_that_moves_a_date_that_waits_to_be_told_tells_it_once() -> None:
    world = begun(policy(every=100), arrives(1, 20)).until(at(1))
    world.react(supply(at(1, 13), arrives(1, 30)))
    assert world.state.pending is not None, "it settles"
    world.policy = replace(world.policy, promise=replace(world.policy.promise, handling=6))
    world.react(PolicyMoved(at=at(1, 14), day=day(1), policy="slow", version="1", reason="x", by="Eve"))
    [told] = [tell for _, tell in world.until(at(3)).gone[1:]]
    assert world.state.promise is not None
    assert told.facts.by == world.state.promise.by == day(38)
