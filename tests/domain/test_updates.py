"""Regular updates: a quiet customer hears from the shop this often."""

from datetime import timedelta

import pytest

from backorder.domain.line.commands import Tell
from backorder.domain.line.decide import decide
from backorder.domain.line.state import DecisionContext
from backorder.domain.notifications import Kind, Why
from backorder.domain.update_frequency import LONGEST_INTERVAL
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import arrives, at, policy, stage, supply
from tests.support.world import begun, foreseen


def test_a_quiet_customer_hears_every_seven_days_at_the_look() -> None:
    world = begun(policy(), arrives(1, 30)).until(at(24))
    updates = [(when, tell.key) for when, tell in world.gone if tell.kind is Kind.STILL_WAITING]
    assert updates == [
        (at(7, 10), "still_waiting/2025-03-10"),
        (at(14, 10), "still_waiting/2025-03-17"),
        (at(21, 10), "still_waiting/2025-03-24"),
    ]


@pytest.mark.parametrize(("own", "days"), [(0, 7), (3, 7), (14, 14), (56, 56), (90, LONGEST_INTERVAL)])
def test_who_wishes_to_hear_less_often_does(own: int, days: int) -> None:
    """Never more often than the policy says, and never nothing at all."""
    world = begun(policy(), arrives(1, 200))
    world.context = world.context.replace(update_days=own)
    named = [when for when, what in foreseen(world) if what == Kind.STILL_WAITING.value]
    assert (named[0].date() - day(0)).days == days
    assert world.until(at(60)).days(Kind.STILL_WAITING) == list(range(days, 61, days))


def test_news_does_not_wait_for_the_next_regular_update() -> None:
    world = begun(policy(), arrives(1, 30))
    world.context = world.context.replace(update_days=LONGEST_INTERVAL)
    world.react(supply(at(4), arrives(1, 60)))
    assert world.until(at(20)).days(Kind.DELAYED) == [4]
    assert world.days(Kind.STILL_WAITING) == []


def test_an_update_repeats_the_promise_that_stands() -> None:
    world = begun(policy(), arrives(1, 30))
    world.react(supply(at(3), arrives(1, 31)))
    world.until(at(8))
    assert world.last(Kind.STILL_WAITING).facts.by == day(30)


def test_updates_count_from_the_last_message_that_stated_a_date() -> None:
    world = begun(policy(), arrives(1, 30))
    world.react(supply(at(4), arrives(1, 60)))
    assert world.until(at(20)).days(Kind.STILL_WAITING) == [11, 18]


def test_an_acknowledged_answer_states_the_date_and_counts() -> None:
    world = begun(policy(), arrives(1, 30))
    world.react(b.answer(at(4), "keep"))
    assert world.until(at(12)).days(Kind.STILL_WAITING) == [11]


@pytest.mark.parametrize("arrives_on", [None, 60])
def test_a_cancellation_of_a_part_names_no_day_and_does_not_put_the_next_update_off(
    arrives_on: int | None,
) -> None:
    """Its message says that the others stay on order, and not until when."""
    world = begun(policy(), arrives(2, arrives_on), units=2).until(at(4))
    world.react(b.cancel(at(4), 1))
    assert world.last(Kind.CANCELLED).facts.remaining == 1
    assert world.until(at(8)).days(Kind.STILL_WAITING) == [7]


def test_an_acknowledgement_that_names_no_day_does_not_put_the_next_update_off() -> None:
    world = begun(policy(), arrives(2, 60), units=2, payment="authorized", expires_at=at(1))
    world.state = world.state.replace(passed_over=True)
    world.react(b.answer(at(4), "keep"))
    assert world.last(Kind.ANSWER_RECEIVED).facts.by is None
    assert world.until(at(8)).days(Kind.STILL_WAITING) == [7]


def test_an_acknowledgement_that_names_the_day_of_a_part_alone_counts() -> None:
    world = begun(policy(partial="ship"), arrives(1, 40), arrives(1, None), units=2).until(at(4))
    world.react(b.answer(at(4), "keep"))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.by, [each.by for each in facts.parts]) == (None, [day(40), None])
    assert world.until(at(12)).days(Kind.STILL_WAITING) == [11]


def test_a_coupon_does_not_reset_the_updates() -> None:
    world = begun(policy(stage("thanks", "coupon", waited=3)), arrives(1, 30)).until(at(15))
    assert world.days(Kind.COUPON) == [3]
    assert world.days(Kind.STILL_WAITING) == [7, 14]


def test_several_missed_updates_are_one() -> None:
    world = begun(policy(), arrives(1, 60)).until(at(1))
    decision = decide(policy(), world.state, b.tick(at(30)))
    assert [each.key for each in decision.commands if isinstance(each, Tell)] == ["still_waiting/2025-03-10"]
    after = decide(policy(), decision.state, b.tick(at(30, 13)))
    assert after.commands == ()
    world.state, world.now = decision.state, at(30)
    assert world.until(at(38)).days(Kind.STILL_WAITING) == [37]


def test_an_update_is_left_out_if_another_message_is_due_within_two_days() -> None:
    near = begun(policy(stage("swap", "offer_alternatives", waited=9)), arrives(1, 60)).until(at(15))
    assert near.days(Kind.STILL_WAITING, Kind.ALTERNATIVES) == [9, 11]
    far = begun(policy(stage("swap", "offer_alternatives", waited=10)), arrives(1, 60)).until(at(15))
    assert far.days(Kind.STILL_WAITING, Kind.ALTERNATIVES) == [7, 10, 14]


def test_an_update_that_was_left_out_for_nothing_comes_after_all() -> None:
    world = begun(policy(stage("swap", "offer_alternatives", waited=9)), arrives(1, 60))
    world.context = DecisionContext()
    assert world.until(at(15)).days(Kind.STILL_WAITING) == [9]


def test_good_news_that_would_come_too_late_does_not_stand_in_for_an_update() -> None:
    """Told once in 14 days, it would come after the day that it names: the customer hears as usual."""
    world = begun(policy(every=3)).until(at(0))
    world.react(supply(at(0, 11), arrives(1, 30)))
    world.until(at(10))
    world.react(supply(at(11), arrives(1, 13)))
    world.until(at(13))
    assert world.days(Kind.EARLIER) == [0]
    assert world.days(Kind.STILL_WAITING)[-1] == 12


def test_a_call_for_a_person_does_not_stand_in_for_an_update() -> None:
    world = begun(policy(stage("look", "escalate", waited=8)), arrives(1, 60)).until(at(10))
    assert world.days(Kind.STILL_WAITING) == [7]


def test_a_creeping_slip_that_is_told_within_two_days_stands_in_for_an_update() -> None:
    world = begun(policy(), arrives(1, 14)).until(at(1))
    world.react(supply(at(2), arrives(1, 20), moved_by_time_alone=True))
    assert world.until(at(12)).days() == [0, 9]


@pytest.mark.parametrize(
    ("forecast", "why"), [(40, None), (41, Why.UNCERTAIN), (42, Why.UNCERTAIN), (50, Why.UNCERTAIN)]
)
def test_an_update_does_not_call_certain_what_has_crept_away(forecast: int, why: Why | None) -> None:
    world = begun(policy(), arrives(1, 40)).until(at(1))
    world.react(supply(at(2), arrives(1, forecast), moved_by_time_alone=True))
    facts = world.until(at(8)).last(Kind.STILL_WAITING).facts
    assert (facts.by, facts.why) == (day(40), why)


def test_an_update_keeps_its_distance_from_an_offer() -> None:
    world = begun(policy(stage("thanks", "coupon", waited=6), spacing=3), arrives(1, 60))
    assert world.until(at(12)).days(Kind.COUPON, Kind.STILL_WAITING) == [6, 9]


def test_an_allocated_line_gets_no_updates() -> None:
    world = begun(policy(), arrives(1, 60))
    world.react(supply(at(5), allocated=1, on=day(60)))
    assert world.until(at(50)).days(Kind.STILL_WAITING) == []


def test_a_dateless_line_gets_updates_too() -> None:
    world = begun(policy()).until(at(8))
    assert world.days(Kind.STILL_WAITING) == [7]
    assert world.last(Kind.STILL_WAITING).facts.why is Why.NO_SUPPLY


def test_no_update_comes_while_a_promise_waits_to_go() -> None:
    world = begun(policy(), arrives(1, 60)).until(at(1))
    world.down = True
    world.react(supply(at(3), arrives(1, 80)))
    assert world.until(at(30)).kinds() == ["confirmed"]
    world.down = False
    assert world.until(at(38)).days() == [0, 30, 37]


def test_an_update_with_an_old_date_that_has_not_gone_is_replaced() -> None:
    world = begun(policy(), arrives(1, 60)).until(at(1))
    world.down = True
    world.until(at(7, 11))
    world.react(supply(at(7, 12), arrives(1, 80)))
    world.down = False
    world.until(at(8))
    assert world.withdrawn == ["still_waiting/2025-03-10"]
    assert world.kinds() == ["confirmed", "delayed"]


def test_an_update_counts_from_the_day_on_which_the_last_one_really_went() -> None:
    world = begun(policy(), arrives(1, 60)).until(at(1))
    world.delay = timedelta(days=2)
    assert world.until(at(20)).days(Kind.STILL_WAITING) == [9, 18]


def test_an_event_that_comes_a_little_late_does_not_take_back_the_day_of_the_last_message() -> None:
    world = begun(policy(), arrives(1, 60)).until(at(8))
    late = b.answer(at(6, 23), "keep")
    after = decide(world.policy, world.state, late).state
    assert after.last_contacts == world.state.last_contacts


def test_updates_that_cannot_go_are_replaced_and_none_is_forgotten() -> None:
    """A provider that is down for months: one update waits, and it is the last one."""
    world = begun(policy(), arrives(1, 300)).until(at(1))
    world.down = True
    world.until(at(150))
    waiting = [key for key in world.waiting if key.startswith("still_waiting/")]
    assert list(world.state.unsent) == waiting == ["still_waiting/2025-07-28"]
    assert len(world.withdrawn) == 20
    world.down = False
    assert world.until(at(151)).kinds() == ["confirmed", "still_waiting"]
    assert world.state.unsent == ()


def test_an_update_on_its_way_is_remembered_until_one_after_it_has_gone() -> None:
    world = begun(policy(), arrives(1, 90)).until(at(6))
    world.fates = [((timedelta(days=30), "not_sent"),), ((timedelta(days=1), "sent"),)]
    world.until(at(14, 12))
    assert world.state.unsent == ("still_waiting/2025-03-10", "still_waiting/2025-03-17")
    assert world.until(at(20)).state.unsent == ()


@pytest.mark.parametrize("hour", [9, 11])
def test_an_update_that_is_overdue_is_left_out_where_another_message_falls_due_soon(hour: int) -> None:
    rules = policy(every=7)
    world = begun(rules, arrives(1, 30), pack="eu-crd-18", law=12).until(at(1))
    kinds = [
        each.kind
        for n in (12, 13)
        for each in decide(rules, world.state, b.tick(at(n, hour))).commands
        if isinstance(each, Tell)
    ]
    assert kinds == ([] if hour == 9 else [Kind.CONSENT_REQUEST])
    sooner = decide(rules, world.state, b.tick(at(10, hour))).commands
    assert [each.kind for each in sooner if isinstance(each, Tell)] == [Kind.STILL_WAITING]
