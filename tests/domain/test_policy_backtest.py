"""Lines on record, played under another policy: what is not known is said to be unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.backtest.history import AFTER_THE_END, LineHistory, ToldSoFar, is_choice
from backorder.domain.backtest.play import NOT_ASKED, NOT_OFFERED, OTHERWISE, RECORD_ENDS, Life, play
from backorder.domain.backtest.tally import Tally, kinds_of
from backorder.domain.line.commands import Publish
from backorder.domain.line.events import (
    Answered,
    CancelRequested,
    CouponClaimed,
    Event,
    MessageSent,
    SendNowRequested,
    Shipped,
    Started,
    SupplyChanged,
)
from backorder.domain.line.message_outcomes import changes_nothing
from backorder.domain.line.request_kinds import REQUEST_KINDS
from backorder.domain.line.simulation import Simulation
from backorder.domain.line.state import Arrival, DecisionContext, State
from backorder.domain.notifications import Why
from backorder.domain.policy.policy import Policy, PromiseRules, UpdateRules
from tests.support.days import day
from tests.support.lines import OTHER, STANDARD, at, blank, hold, policy, stage

SLOW = policy(every=60)
"""Tells a slip of two days and more, and nothing else for two months."""
DEAF = replace(SLOW, promise=PromiseRules(handling=0, min_slip=30, tell_before=1))
"""Tells a slip of less than a month on the day before the promised one alone."""


def supply(n: float, arrives: int | None, *, units: int = 1, alone: bool = False) -> SupplyChanged:
    """On day n all units are to come on another day; None: they are there."""
    here = units if arrives is None else 0
    coming = () if arrives is None else (Arrival(quantity=units, likely=day(arrives), by=day(arrives)),)
    return SupplyChanged(
        at=at(0) if not n else at(int(n)),
        day=day(int(n)),
        allocated=here,
        allocated_on=day(int(n)) if here else None,
        arrivals=coming,
        since=at(int(n)),
        moved_by_time_alone=alone,
        why=None if coming or here else Why.NO_SUPPLY,
    )


def left(n: int) -> Shipped:
    return Shipped(at=at(n, 15), day=day(n), shipment="S-1", quantity=1, shipped_at=at(n, 15))


def cancelled(n: int, by: str = "customer") -> CancelRequested:
    return CancelRequested(
        at=at(n), day=day(n), request="C-1", quantity=None, reason="", by=by, received_at=at(n)
    )


def kept(n: int, until: int | None) -> Answered:
    """They wait; not longer than a day, if that is given."""
    last = None if until is None else day(until)
    return Answered(at=at(n), day=day(n), request=f"A-{n}", choice="keep", received_at=at(n), until=last)


def history(*facts: Event, told: Sequence[tuple[int, int | None]] = (), **fields: Any) -> LineHistory:
    """A line of 10 euros, ordered on day 0 for goods of day 20. heard: on a day, the day promised."""
    started = Started(at=at(0), day=day(0), supply=supply(0, 20))
    ended = fields.get("ended", "")
    last = facts[-1].at if facts else at(0)
    usual: dict[str, Any] = {
        "state": blank(),
        "started": started,
        "facts": facts,
        "told": [(at(n, 18), ToldSoFar(by=None if by is None else day(by))) for n, by in told],
        "until": last + AFTER_THE_END if ended else at(89),
        "marketing": True,
    }
    return LineHistory(**usual | fields)


SLIPPED = (supply(5, 30), supply(30, None), left(30))
AS_TOLD = ((0, 20), (5, 30))


def test_what_customers_heard_is_counted() -> None:
    life = play(SLOW, history(*SLIPPED, told=AS_TOLD, ended="fulfilled"))
    assert life.messages == {"confirmed": 1, "delayed": 1, "shipped": 1}
    assert (life.in_time, life.too_late) == (1, 0)
    assert (life.first_by, life.last_by, life.left_on) == (day(20), day(30), day(30))
    assert (life.ending, life.why, life.same) == ("fulfilled", "", True)


def test_another_policy_tells_the_same_later() -> None:
    soon = history(supply(5, 21), supply(21, None), left(21), told=((0, 20), (19, 21)), ended="fulfilled")
    life = play(SLOW, soon)
    assert (life.messages["delayed"], life.in_time) == (1, 1)  # a small slip, told on the day before
    life = play(DEAF, history(*SLIPPED, told=AS_TOLD, ended="fulfilled"))
    assert (life.messages["delayed"], life.in_time, life.same) == (1, 1, True)


def test_a_choice_counts_where_the_customer_had_heard_the_same() -> None:
    record = history(supply(5, 30), cancelled(9), told=AS_TOLD, ended="cancelled")
    life = play(SLOW, record)
    assert (life.ending, life.same) == ("cancelled by customer", True)
    assert life.messages["cancelled"] == 1


@pytest.mark.parametrize("choice", ["cancel", "keep"])
def test_a_choice_after_other_words_is_unknown_and_nothing_is_made_up_for_it(choice: str) -> None:
    answer: Event = cancelled(9)
    if choice == "keep":
        answer = Answered(at=at(9), day=day(9), request="A-1", choice="keep", received_at=at(9), revision=2)
    life = play(DEAF, history(supply(5, 30), answer, *SLIPPED[1:], told=AS_TOLD, ended="fulfilled"))
    assert (life.ending, life.why, life.same) == ("unknown", OTHERWISE, False)
    assert life.messages == {"confirmed": 1}  # what came before is counted, what would come after is not


def test_what_the_shop_decides_is_no_choice_of_the_customers() -> None:
    record = history(supply(5, 30), cancelled(9, by="shop"), told=AS_TOLD, ended="cancelled")
    assert play(DEAF, record).ending == "cancelled by shop"


def test_an_offer_is_something_else_to_have_heard() -> None:
    generous = policy(stage("thanks", "coupon", delay=5), every=60)
    record = history(supply(5, 30), cancelled(12), told=AS_TOLD, ended="cancelled")
    assert play(SLOW, record).ending == "cancelled by customer"
    life = play(generous, record)
    assert (life.ending, life.why) == ("unknown", OTHERWISE)
    assert (life.coupons, life.coupon_value) == (1, Decimal("1.00"))


def test_a_coupon_without_consent_waits_on_the_page_and_costs_nothing_yet() -> None:
    generous = policy(stage("thanks", "coupon", delay=5), every=60)
    record = history(*SLIPPED, told=AS_TOLD, ended="fulfilled", marketing=False)
    life = play(generous, record)
    assert (life.coupons, life.coupon_value, life.waiting_coupons) == (0, Decimal(0), 1)


@pytest.mark.parametrize(
    ("percent", "ending", "why"),
    [(10, "fulfilled", ""), (30, "unknown", OTHERWISE), (0, "unknown", OTHERWISE)],
)
def test_a_coupon_is_claimed_where_the_same_was_offered(percent: int, ending: str, why: str) -> None:
    """It waits on the page of a customer who did not agree to promotions."""
    claimed = CouponClaimed(at=at(12), day=day(12), request="K-1", received_at=at(12))
    told = [(at(0, 18), ToldSoFar(by=day(20))), (at(5, 18), ToldSoFar(by=day(30), offers=("coupon 10%",)))]
    record = replace(
        history(SLIPPED[0], claimed, *SLIPPED[1:], ended="fulfilled", marketing=False), told=told
    )
    stages = [replace(stage("thanks", "coupon", delay=5), percent=Decimal(percent))] if percent else []
    life = play(policy(*stages, every=60), record)
    assert (life.ending, life.why) == (ending, why)


@pytest.mark.parametrize("kind", [each for each, row in REQUEST_KINDS.items() if row.by == "customer"])
def test_whatever_customers_ask_for_is_their_choice(kind: str) -> None:
    event = REQUEST_KINDS[kind].event
    usual: dict[str, Any] = {"at": at(9), "day": day(9), "request": "R-1", "received_at": at(9)}
    usual |= {"choice": "keep"}
    names = {each.name for each in fields(event)}
    assert is_choice(event(**{name: value for name, value in usual.items() if name in names}))


def test_units_that_this_policy_does_not_send_apart_are_not_asked_for() -> None:
    ask = SendNowRequested(at=at(9), day=day(9), request="N-1", received_at=at(9))
    record = history(supply(5, 30), ask, *SLIPPED[1:], told=AS_TOLD, ended="fulfilled")
    life = play(SLOW, record)
    assert (life.ending, life.why) == ("unknown", NOT_OFFERED)


def test_silence_to_another_question_is_no_answer() -> None:
    """By law silence agrees to a day within thirty days, and not to a later one: that nobody was asked."""
    slipped = (supply(5, 50), supply(50, None), left(50))
    record = history(*slipped, told=((0, 20), (5, 50)), ended="fulfilled")
    record = replace(record, state=blank(pack="us-ftc-435", law=25))
    assert play(SLOW, record).ending == "fulfilled"
    slower = replace(SLOW, promise=replace(SLOW.promise, handling=10))
    later = replace(record, told=[(at(0, 18), ToldSoFar(by=day(20))), (at(5, 18), ToldSoFar(by=day(50)))])
    life = play(slower, later)
    assert (life.ending, life.why, life.left_on) == ("unknown", NOT_ASKED, None)
    asked = replace(later, told=[(at(5, 18), ToldSoFar(by=day(64)))], ended="cancelled")
    life = play(slower, asked)
    assert (life.ending, life.left_on) == ("cancelled by no_consent", None)


def test_a_notice_on_the_promised_day_is_none_before_it() -> None:
    late = history(supply(20, 30), supply(30, None), left(30), told=((0, 20), (20, 30)), ended="fulfilled")
    life = play(SLOW, late)
    assert (life.in_time, life.too_late) == (0, 1)


def test_a_line_that_ended_on_record_and_waits_on_is_unknown() -> None:
    """A policy ended it: of the time after that there is no supply to play."""
    strict = policy(stage("enough", "cancel", no_date=20), every=60)
    nothing = replace(supply(5, 20), arrivals=(), why=Why.NO_SUPPLY)
    record = history(nothing, told=((0, 20), (5, None)), ended="cancelled", until=at(40))
    assert play(strict, record).ending == "cancelled by policy"
    life = play(SLOW, record)
    assert (life.ending, life.why) == ("unknown", RECORD_ENDS)


def test_an_open_line_stays_open() -> None:
    life = play(SLOW, history(supply(5, 95), told=((0, 20), (5, 95))))
    assert (life.ending, life.same) == ("open", True)


def test_alternatives_are_offered_from_the_day_on_which_they_were() -> None:
    swapping = policy(stage("swap", "offer_alternatives", delay=5), every=60)
    record = history(*SLIPPED, told=AS_TOLD, ended="fulfilled")
    assert "alternatives" not in play(swapping, record).messages
    known = replace(record, alternatives=(OTHER,), offered_from=at(1))
    assert play(swapping, known).messages["alternatives"] == 1


def test_more_units_than_are_open_are_not_set_aside() -> None:
    part = CancelRequested(
        at=at(3), day=day(3), request="C-1", quantity=1, reason="", by="shop", received_at=at(3)
    )
    record = history(part, replace(supply(9, None, units=2)), left(10), told=((0, 20),), ended="fulfilled")
    life = play(SLOW, replace(record, state=blank(2)))
    assert life.ending == "fulfilled"


def test_sums_are_those_of_the_lines() -> None:
    records = [
        history(*SLIPPED, told=AS_TOLD, ended="fulfilled"),
        history(supply(5, 30), cancelled(9), told=AS_TOLD, ended="cancelled"),
    ]
    tally = Tally()
    lives: list[Life] = []
    for policy_ in (SLOW, DEAF):
        for each in records:
            lives.append(play(policy_, each))
            tally.add(each, lives[-1])
    assert tally.lines == 4
    assert tally.messages.total() == sum(sum(each.messages.values()) for each in lives)
    assert tally.endings == {"fulfilled": 2, "cancelled by customer": 1, "unknown": 1}
    assert tally.unknown == {OTHERWISE: 1}
    assert (tally.same, tally.otherwise) == (3, 0)
    assert (tally.first_due, tally.first_kept, tally.last_kept) == (2, 0, 2)
    assert (tally.told_days, tally.had_days) == (20, 20)
    assert tally.in_time_share == 1.0
    assert kinds_of([tally])[0] == "confirmed"


def test_nothing_is_known_before_its_time() -> None:
    """What a line hears by a day is the same, whatever comes after it: no play looks ahead."""

    def by(until: datetime, *facts: Event) -> Life:
        return play(SLOW, history(*facts, told=AS_TOLD, until=until))

    before, slipping = at(4, 23), (supply(5, 30), *SLIPPED[1:])
    assert by(before, *slipping) == by(before, supply(5, 44), left(44)) == by(before)


@st.composite
def lives(draw: st.DrawFn) -> LineHistory:
    """A line whose supply moves, vanishes and arrives as it likes, on some of the days of a quarter."""
    facts: list[Event] = []
    for n in sorted(draw(st.lists(st.integers(1, 80), max_size=6, unique=True))):
        what = draw(st.sampled_from(["later", "none", "there", "gone", "left", "cancelled", "kept", "held"]))
        if what == "left":
            facts.append(left(n))
        elif what == "cancelled":
            facts.append(cancelled(n, by="shop"))
        elif what == "kept":
            facts.append(kept(n, draw(st.sampled_from([None, n + 9, n + 16]))))
        elif what == "held":
            facts.append(hold(at(n), at(n + 5)))
        elif what in ("none", "gone"):
            facts.append(replace(supply(n, 20), arrivals=(), why=Why.NO_SUPPLY))
        else:
            arrives = None if what == "there" else n + draw(st.integers(0, 40))
            facts.append(supply(n, arrives, alone=draw(st.booleans())))
    pack, payment = (
        draw(st.sampled_from(["none", "us-ftc-435"])),
        draw(st.sampled_from(["captured", "authorized"])),
    )
    expires_at = at(draw(st.integers(5, 40)), 5) if payment == "authorized" else None
    state = blank(pack=pack, law=25, payment=payment, expires_at=expires_at)
    life = history(*facts, state=state)
    return draw(
        st.sampled_from([life, told_before(life), told_before(life, needs=("undelivered",)), lost(life)])
    )


def told_before(record: LineHistory, **state: Any) -> LineHistory:
    """The customer knew of it, so that it starts without a message."""
    told = replace(record.started, promised_by=day(22), told_at=at(-2), told_on=day(-2))
    return replace(record, started=told, state=record.state.replace(**state))


def lost(record: LineHistory) -> LineHistory:
    """Messages to a customer who knew of it got lost."""
    return told_before(record, lost=2, lost_at=at(0))


def lived(record: LineHistory, rules: Policy, *, brief: bool, **context: Any) -> Simulation:
    line = Simulation(policy=rules, state=record.state, now=record.started.at, brief=brief)
    line.context = line.context.replace(marketing=("email",), alternatives=(OTHER,), **context)
    return line


def news(line: Simulation, record: LineHistory, until: datetime) -> list[tuple[datetime, str]]:
    """Every message of a life and every event for the order system, and when it went; of updates that were
    leapt over, on the days between.
    """
    told: list[tuple[datetime, str]] = []
    before = line.state
    for each in line.play([record.started, *record.facts], until):
        if isinstance(each.event, MessageSent):
            told.append((each.at, each.event.key))
            if changes_nothing(before, each.event):
                after = each.decision.state.replace(context=before.context)
                assert (after, each.decision.commands) == (before, ())
        before = line.state
        told += [(each.at, f"{what}") for what in each.decision.commands if isinstance(what, Publish)]
    for leap in line.leapt:
        every = (leap.last - leap.first) / max(1, leap.count - 1)
        for number in range(leap.count):
            when = leap.first + number * every
            told.append((when, f"still_waiting/{when.date().isoformat()}"))
    return sorted(told)


@given(
    lives(),
    st.sampled_from([policy(*STANDARD), replace(SLOW, updates=UpdateRules(every=4)), SLOW, DEAF]),
    st.sampled_from([0, 8]),
    st.integers(5, 90),
)
def test_a_brief_play_says_the_same_and_comes_to_the_same(
    record: LineHistory, rules: Policy, update_days: int, until: int
) -> None:
    """It leaves out reviews that only set the timer, and leaps over updates with nothing between."""

    def said(*, brief: bool) -> tuple[list[tuple[datetime, str]], State, int]:
        line = lived(record, rules, brief=brief, update_days=update_days)
        told = news(line, record, at(until, 9))
        return told, line.state.replace(context=DecisionContext()), line.undone

    assert said(brief=True) == said(brief=False)


def test_a_last_message_changes_nothing_of_a_line_that_has_ended_and_owes_nothing() -> None:
    line = lived(history(*SLIPPED), SLOW, brief=True)
    *_, last = line.play([history().started, *SLIPPED], at(40))
    assert isinstance(last.event, MessageSent)
    assert last.event.key == "shipped/S-1"
    assert changes_nothing(line.state, last.event)
    for otherwise in ({"needs": ("undelivered",)}, {"lost": 1}, {"unsent": ("a",)}, {"closed": None}):
        assert not changes_nothing(line.state.replace(**otherwise), last.event)
    assert not changes_nothing(line.state, replace(last.event, day=day(31)))


def test_updates_with_nothing_between_are_leapt_over_and_counted() -> None:
    often = replace(SLOW, updates=UpdateRules(every=10))
    record = history(supply(65, 90), told=((0, 20),), state=blank())
    record = replace(record, started=Started(at=at(0), day=day(0), supply=supply(0, 80)))
    line = lived(record, often, brief=True)
    assert [(at(10 * n, 10), f"still_waiting/{day(10 * n).isoformat()}") for n in (1, 2, 3, 4, 5, 6)] == [
        each for each in news(line, record, at(64)) if each[1].startswith("still_waiting")
    ]
    assert [each.count for each in line.leapt] == [6]
    line = lived(record, often, brief=True)
    news(line, record, at(60, 9))  # the sixth one goes at ten
    assert [each.count for each in line.leapt] == [5]
    assert play(often, record).messages == {"confirmed": 1, "still_waiting": 8, "delayed": 1}
