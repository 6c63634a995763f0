"""16 CFR 435.2(b)(1): a notice has to be reasonably likely to arrive; who is asked twice, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.line.commands import SecondWay
from backorder.domain.line.events import ContactChanged, MessageDelivered, NoticeGiven
from backorder.domain.line.legal_dates import last_day, legal_date, open_question, unconfirmed
from backorder.domain.line.legal_flags import ASK_BY_CALL, UNCONFIRMED
from backorder.domain.line.legal_steps import SECOND_WAY, ends_at
from backorder.domain.line.simulation import Fate
from backorder.domain.line.state import OPEN, State
from backorder.domain.notifications import Kind
from tests.support.days import day
from tests.support.lines import answer, arrives, at, policy, supply
from tests.support.world import World, begun, foreseen

T = 20
"""The legal date of the lines here, in days from their start."""
RULES = policy(every=90)
NOTHING, AFTER = timedelta(0), timedelta
ACCEPTED: Fate = ((NOTHING, "accepted"),)


def us(*arrivals: object, fates: tuple[Fate, ...] = (ACCEPTED,), **fields: object) -> World:
    """A line that has to be asked on its first day, and what becomes of its messages in turn."""
    world = begun(RULES, *arrivals, pack="us-ftc-435", law=T, region="US", **fields)  # type: ignore[arg-type]
    world.fates = list(fates)
    return world


def twice(world: World) -> list[datetime]:
    """When a notice was sent the second way."""
    return [
        event.at for event, made in world.decisions for each in made.commands if isinstance(each, SecondWay)
    ]


def called(world: World) -> bool:
    return UNCONFIRMED in world.state.needs


def delivered(world: World, when: datetime) -> None:
    key = world.last(Kind.CONSENT_REQUEST).key
    world.react(MessageDelivered(at=when, day=when.date(), key=key))


# --- 24 hours without delivery


def test_without_delivered_after_24_hours_the_second_channel_gets_it_too() -> None:
    world = us(arrives(1, T + 40)).until(at(1, 10, 59))
    assert world.days(Kind.CONSENT_REQUEST) == [0]
    assert twice(world) == []
    assert foreseen(world)[0] == (at(1, 11), SECOND_WAY)
    assert twice(world.until(at(1, 11))) == [at(1, 11)]
    assert twice(world.until(at(T))) == [at(1, 11)], "once"


def test_what_was_delivered_within_24_hours_goes_one_way_alone() -> None:
    world = us(arrives(1, T + 40)).until(at(1, 10))
    delivered(world, at(1, 10, 59))
    assert twice(world.until(at(T))) == []
    assert not called(world)


def test_what_stays_in_the_database_counts_as_delivered_at_once() -> None:
    world = us(arrives(1, T + 40), fates=()).until(at(T))
    assert world.days(Kind.CONSENT_REQUEST) == [0]
    assert twice(world) == []
    assert not called(world)


# --- one day before the limit


def test_one_day_before_the_limit_with_none_delivered_a_person_calls() -> None:
    world = us(arrives(1, T + 40)).until(at(T - 1, 9, 59))
    assert not called(world)
    assert called(world.until(at(T - 1, 10)))
    assert world.event("needs_attention")["flag"] == UNCONFIRMED


def test_a_worse_date_that_replaces_the_question_has_to_be_given_by_its_deadline() -> None:
    """Its limit is no more T but the last day for an answer, which stands."""
    world = us(arrives(1, T + 40), fates=()).until(at(T + 5))
    world.fates = [ACCEPTED]
    world.react(supply(at(T + 5), arrives(1, T + 60)))
    assert not called(world.until(at(T + 29, 9, 59)))
    assert called(world.until(at(T + 29, 10)))


def test_a_notice_of_the_last_day_gives_the_provider_an_hour_for_its_report() -> None:
    world = begun(RULES, arrives(1, T), pack="us-ftc-435", law=1, region="US")
    world.fates = [ACCEPTED]
    world.until(at(0, 11))
    assert world.days(Kind.CONSENT_REQUEST) == [0]
    assert not called(world.until(at(0, 11, 59)))
    assert called(world.until(at(0, 12)))


@pytest.mark.parametrize("how", ["delivered", "call", "answer"])
def test_the_task_ends_once_the_customer_was_reached(how: str) -> None:
    world = us(arrives(1, T + 40)).until(at(T - 1, 11))
    assert called(world)
    when = at(T - 1, 12)
    if how == "delivered":
        delivered(world, when)
    elif how == "call":
        given = NoticeGiven(
            at=when, day=day(T - 1), request="n", as_of=when, medium="call", by_date=day(T + 40), offered=True
        )
        world.react(given)
    else:
        world.react(answer(when, "keep"))
    assert not called(world.until(at(T)))
    assert legal_date(RULES, world.state) in (day(T), day(T + 40))


def test_a_call_that_did_not_offer_to_cancel_ends_no_task() -> None:
    world = us(arrives(1, T + 40)).until(at(T - 1, 11))
    when = at(T - 1, 12)
    world.react(
        NoticeGiven(
            at=when,
            day=day(T - 1),
            request="n",
            as_of=when,
            medium="call",
            by_date=day(T + 40),
            offered=False,
        )
    )
    assert called(world)


def test_a_call_names_no_day_before_the_order() -> None:
    world = us(arrives(1, T + 40)).until(at(T - 1, 11))
    when = at(T - 1, 12)
    refused = world.react(
        NoticeGiven(
            at=when, day=day(T - 1), request="n", as_of=when, medium="call", by_date=day(-300), offered=True
        )
    )
    assert "is the year right?" in refused.reason
    assert called(world)


@pytest.mark.parametrize(("arrival", "by_date"), [(None, None), (T + 40, T + 40), (T + 40, T + 35)])
def test_a_call_that_says_no_worse_than_the_open_question_leaves_it_as_it_is(
    arrival: int | None, by_date: int | None
) -> None:
    """At most one question is open: its last day and what silence means stay, and nothing is asked by mail
    on top of the call.
    """
    world = us(*([arrives(1, arrival)] if arrival else [])).until(at(T - 2, 9))
    asked, when = open_question(world.state), at(T - 2, 12)
    assert asked is not None
    said = NoticeGiven(
        at=when,
        day=day(T - 2),
        request="n",
        as_of=when,
        medium="call",
        by_date=None if by_date is None else day(by_date),
        offered=True,
    )
    world.react(said)
    assert open_question(world.state) == replace(asked, delivered=True)
    assert last_day(RULES, world.state) == day(T + 30)
    assert world.until(at(T + 29)).days(Kind.CONSENT_REQUEST) == [0]
    assert world.until(at(T + 40)).days(Kind.CANCELLED) == [T + 31]


# --- whatever comes first


def test_a_report_that_is_heard_before_the_acceptance_counts() -> None:
    world = us(arrives(1, T + 40), fates=(((AFTER(hours=1), "accepted"),),)).until(at(0, 11))
    key = world.waiting[next(iter(world.flying))].key
    world.react(MessageDelivered(at=at(0, 11, 30), day=day(0), key=key))
    assert unconfirmed(world.until(at(T)).state) is None
    assert open_question(world.state) is not None
    assert twice(world) == []


def test_a_bounce_takes_back_what_was_delivered_and_it_is_told_anew() -> None:
    fate: Fate = ((NOTHING, "accepted"), (AFTER(hours=1), "delivered"), (AFTER(hours=2), "bounced"))
    world = us(arrives(1, T + 40), fates=(fate,)).until(at(0, 13))
    assert open_question(world.state) is not None
    assert open_question(world.until(at(0, 14)).state) is None
    assert "unreachable" in world.state.needs
    assert last_day(RULES, world.state) == day(T)


# --- a new address


def moved(when: datetime, channel: str = "email") -> ContactChanged:
    return ContactChanged(
        at=when, day=when.date(), fields=(channel,), reached=True, by="eve", channel=channel
    )


def test_a_new_address_gets_the_open_question_again_with_the_same_deadline() -> None:
    world = us(arrives(1, T + 40), fates=()).until(at(5))
    before = open_question(world.state)
    world.react(moved(at(5), "sms"))
    world.until(at(5))
    first, again = (tell for _, tell in world.gone if tell.kind is Kind.CONSENT_REQUEST)
    assert (again.key, again.channel) == (f"{first.key}#contact-2", "sms")
    assert again.facts.answer_by == first.facts.answer_by == day(T + 30)
    assert again.facts.ends_on == day(T + 31)
    assert open_question(world.state) == before
    assert ASK_BY_CALL not in world.state.needs
    world.react(moved(at(6)))
    assert world.until(at(6)).gone[-1][1].key == f"{first.key}#contact-3"
    assert world.until(at(T + 40)).days(Kind.CANCELLED) == [T + 31]


@pytest.mark.parametrize(("when", "also_by_call"), [(at(T + 28, 23, 59), False), (at(T + 29, 0, 1), True)])
def test_under_48_hours_before_the_deadline_a_person_calls_too(when: datetime, also_by_call: bool) -> None:
    world = us(arrives(1, T + 40), fates=()).until(when)
    world.react(moved(when))
    assert (ASK_BY_CALL in world.state.needs) is also_by_call
    world.react(answer(when + timedelta(minutes=5), "keep"))
    assert ASK_BY_CALL not in world.state.needs


def test_a_new_address_without_an_open_question_hears_nothing() -> None:
    world = us(arrives(1, T), fates=()).until(at(5))
    world.react(moved(at(5)))
    assert world.days(Kind.CONSENT_REQUEST) == []


def test_a_question_that_is_on_its_way_follows_to_the_new_address() -> None:
    world = us(arrives(1, T + 40), fates=(((AFTER(hours=1), "accepted"),),)).until(at(0, 11))
    assert world.flying
    world.react(moved(at(0, 11, 30)))
    world.until(at(1, 9))
    keys = [tell.key for _, tell in world.gone if tell.kind is Kind.CONSENT_REQUEST]
    assert sorted(keys) == [min(keys), f"{min(keys)}#contact-2"]
    assert {tell.facts.by for _, tell in world.gone} == {day(T + 40)}


def test_a_question_that_waits_to_go_is_not_doubled() -> None:
    world = us(arrives(1, T + 40), fates=()).until(at(0, 9, 30))
    assert world.state.pending is not None
    world.react(moved(at(0, 9, 30)))
    assert world.until(at(1)).days(Kind.CONSENT_REQUEST) == [0]


# --- no duty is missed

OUTCOMES = st.sampled_from(["sent", "accepted", "accepted then delivered", "accepted then bounced", "failed"])
FACTS = st.lists(
    st.tuples(
        st.integers(0, T + 50),
        st.sampled_from(["worse", "none", "address", "call", "delivered"]),
        st.integers(1, 60),
    ),
    max_size=6,
)


def _fate(name: str, takes: int) -> Fate:
    first, _, then = name.partition(" then ")
    fate: Fate = ((NOTHING, first),)  # type: ignore[assignment]
    return (*fate, (AFTER(hours=takes), then)) if then else fate  # type: ignore[arg-type]


def _kept(state: State, now: datetime) -> None:
    """What the law wants by now was done, or a person has it."""
    asked = unconfirmed(state)
    if asked is not None and asked.told_at is not None:
        limit = asked.limit or asked.answer_by
        if now >= asked.told_at + timedelta(hours=24):
            assert state.is_done(f"{SECOND_WAY}/{asked.key}")
        if now >= max(RULES.daily_review(limit - timedelta(days=1)), asked.told_at + timedelta(hours=1)):
            assert state.is_done(f"{UNCONFIRMED}/{asked.key}")
    last = last_day(RULES, state)
    if state.status in OPEN and last is not None:
        assert now < ends_at(RULES, state, last), "it waits without consent"


@given(
    fates=st.lists(st.tuples(OUTCOMES, st.integers(1, 200)), max_size=5),
    facts=FACTS,
    first=st.sampled_from([1, T + 10, T + 40]),
)
def test_no_duty_is_missed_whatever_the_order_of_facts(
    fates: list[tuple[str, int]], facts: list[tuple[int, str, int]], first: int
) -> None:
    world = us(arrives(1, first), fates=tuple(_fate(name, takes) for name, takes in fates))
    for number, (when, what, more) in enumerate(sorted(facts)):
        now = at(when, 12, number)
        _kept(world.until(now).state, world.now)
        if world.state.status not in OPEN:
            return
        if what == "worse":
            world.react(supply(now, arrives(1, when + more)))
        elif what == "none":
            world.react(supply(now))
        elif what == "address":
            world.react(moved(now))
        elif what == "call":
            given_by = NoticeGiven(
                at=now,
                day=day(when),
                request=f"n{number}",
                as_of=now,
                medium="call",
                by_date=None,
                offered=True,
            )
            before = open_question(world.state)
            world.react(given_by)
            if before is not None and before.silence == "cancelled":
                assert last_day(RULES, world.state) == before.answer_by, "a call shortens no answer's time"
        elif world.state.questions:
            key = world.state.questions[-1].key
            world.react(MessageDelivered(at=now, day=day(when), key=key))
        _kept(world.state, world.now)
    for days in range(0, 3 * T, 7):
        _kept(world.until(max(world.now, at(T + days, 11))).state, world.now)


def test_a_question_of_an_earlier_version_counts_as_delivered() -> None:
    world = us(arrives(1, T + 40), fates=()).until(at(1))
    question = open_question(world.state)
    assert question is not None
    assert unconfirmed(world.state) is None
    assert unconfirmed(world.state.replace(questions=(replace(question, delivered=False),))) is not None
