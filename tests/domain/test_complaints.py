"""A complaint: acknowledged within 48 hours, whatever holds messages; ended within a month; no offers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.complaints import (
    ACKNOWLEDGED_WITHIN,
    COMPLAINT_DUE,
    REMINDED_BEFORE,
    answer_by,
    is_urgent,
    ticket_of,
)
from backorder.domain.line.commands import Decision, Tell, Verdict, Withdraw
from backorder.domain.line.duties import Duty, duties
from backorder.domain.line.events import (
    CancelRequested,
    Complained,
    ComplaintClosed,
    Event,
    Held,
    MessageFailed,
    MessageSent,
    NoticeGiven,
)
from backorder.domain.line.message_keys import new_address_key
from backorder.domain.line.state import DecisionContext
from backorder.domain.line.upcoming import upcoming
from backorder.domain.notifications import Kind
from backorder.domain.rest_periods import AFTER_CANCELLATION, AFTER_COMPLAINT
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import OTHER, STANDARD, arrives, at, policy, stage, supply
from tests.support.world import World, begun

RULES = policy(every=100)
TICKET = ticket_of("A-1/1", "c-1")


def complains(world: World, on: int = 1, request: str = "c-1") -> Decision:
    return world.react(Complained(at=at(on), day=day(on), request=request, received_at=at(on)))


def told(decision: Decision) -> list[Tell]:
    return [each for each in decision.commands if isinstance(each, Tell)]


def test_a_complaint_is_acknowledged_at_once_also_while_messages_are_held() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.react(Held(at=at(1), day=day(1), until=at(8), reason="on holiday"))
    decision = complains(world)
    [message] = told(decision)
    assert message.kind is Kind.COMPLAINT_RECEIVED
    assert message.not_before <= at(1) + ACKNOWLEDGED_WITHIN
    assert (message.facts.ticket, message.facts.due) == (TICKET, answer_by(day(1)))
    [complaint] = decision.state.complaints
    assert (complaint.ticket, complaint.answer_by, complaint.is_open) == (TICKET, answer_by(day(1)), True)


def test_the_same_complaint_again_changes_nothing_and_another_is_another() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    complains(world)
    again = complains(world)
    assert (again.verdict, told(again)) == (Verdict.IGNORED, [])
    other = complains(world, on=2, request="c-2")
    assert [each.ticket for each in other.state.complaints] == [TICKET, ticket_of("A-1/1", "c-2")]


def test_a_person_ends_it_once() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    complains(world)

    def close(on: int, ticket: str) -> Decision:
        event = ComplaintClosed(
            at=at(on), day=day(on), request="e-1", ticket=ticket, by="Eva", text="It is mended."
        )
        return world.react(event)

    assert close(3, "T-NONE").verdict is Verdict.REJECTED
    ended = close(3, TICKET)
    assert [(each.closed_at, each.closed_by) for each in ended.state.complaints] == [(at(3), "e-1")]
    [answer] = told(ended)
    assert (answer.kind, answer.facts.ticket, answer.facts.text) == (
        Kind.COMPLAINT_CLOSED,
        TICKET,
        "It is mended.",
    )
    assert close(4, TICKET).verdict is Verdict.IGNORED


@pytest.mark.parametrize(("today", "urgent"), [(date(2025, 4, 22), False), (date(2025, 4, 23), True)])
def test_people_are_reminded_a_week_before_the_last_day(today: date, urgent: bool) -> None:
    assert is_urgent(answer_by(date(2025, 3, 30)), today) is urgent


def test_a_line_that_has_ended_takes_a_complaint_too() -> None:
    world = begun(policy(every=100), arrives(1, 20)).until(at(1))
    gone = CancelRequested(
        at=at(2), day=day(2), request="x", quantity=None, reason="", by="customer", received_at=at(2)
    )
    world.react(gone)
    status = world.state.status
    decision = complains(world, on=3)
    assert decision.verdict is Verdict.ACCEPTED
    assert decision.state.status is status
    assert [each.kind for each in told(decision)] == [Kind.COMPLAINT_RECEIVED]


@pytest.mark.parametrize(
    ("came", "by"),
    [
        (date(2025, 1, 31), date(2025, 2, 28)),
        (date(2024, 1, 31), date(2024, 2, 29)),
        (date(2025, 12, 15), date(2026, 1, 15)),
        (date(2025, 4, 30), date(2025, 5, 30)),
    ],
)
def test_an_end_is_owed_within_a_month(came: date, by: date) -> None:
    """India's Consumer Protection (E-Commerce) Rules 2020, 4(5)."""
    assert answer_by(came) == by


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_a_ticket_is_the_same_for_the_same_complaint_alone(line: str, one: str, other: str) -> None:
    assert ticket_of(line, one) == ticket_of(line, one)
    if one != other:
        assert ticket_of(line, one) != ticket_of(line, other)


def offered(world: World) -> list[int]:
    """The days on which something was offered."""
    return [(each.on - day(0)).days for each in world.state.offers]


def test_nobody_who_has_just_complained_or_cancelled_is_offered_anything() -> None:
    """About this line or another of theirs; what was due meanwhile is offered once they have had peace."""
    rules = policy(*STANDARD[:1], every=100)
    offers = DecisionContext(alternatives=(OTHER,), marketing=("email",))

    def lives(context: DecisionContext) -> list[int]:
        world = begun(rules, arrives(1, 20)).until(at(1))
        world.context = context
        world.react(supply(at(2), arrives(1, 30)))
        return offered(world.until(at(29)))

    [before] = lives(offers)
    assert before < 1 + AFTER_COMPLAINT.days
    [on] = lives(replace(offers, complained_at=at(1)))
    assert on == 2 + AFTER_COMPLAINT.days
    [on] = lives(replace(offers, cancelled_at=at(1)))
    assert on == 2 + AFTER_CANCELLATION.days


def test_an_offer_that_has_not_gone_does_not_go_after_a_complaint() -> None:
    rules = policy(stage("swap", "offer_alternatives", waited=2), every=100, spacing=0)
    world = begun(rules, arrives(1, 20)).until(at(1))
    world.down = True
    world.until(at(3))
    assert world.state.unsent == ("stage/swap",)
    decision = complains(world, on=3)
    assert Withdraw(key="stage/swap") in decision.commands
    assert decision.state.unsent == ()


def test_a_complaint_is_a_duty_and_comes_next_until_a_person_has_ended_it() -> None:
    world = begun(RULES, arrives(1, 60)).until(at(1))
    world.state = world.state.replaced({"terms": replace(world.state.terms, pack="in-ecommerce-2020")})
    complains(world)
    limit = answer_by(day(1))
    reminded = RULES.calendar.instant(limit - REMINDED_BEFORE, time())
    assert Duty(rule="in-ecommerce-2020/complaints", due=limit) in duties(RULES, world.state)
    assert [row.at for row in upcoming(RULES, world.state, at(2)) if row.what == COMPLAINT_DUE] == [reminded]
    world.react(b.ship(at(2), 1))
    assert [row.what for row in upcoming(RULES, world.state, at(3))] == [COMPLAINT_DUE]
    assert [each.due for each in duties(RULES, world.state)] == [limit]
    over = RULES.calendar.instant(limit, time()) + timedelta(days=1)
    [late] = upcoming(RULES, world.state, over - timedelta(hours=1))
    assert late.at == over
    ended = ComplaintClosed(at=at(5), day=day(5), request="e-1", ticket=TICKET, text="Sorry.")
    world.react(ended)
    assert (upcoming(RULES, world.state, at(6)), duties(RULES, world.state)) == ([], ())


def test_india_4_5_the_48_hours_of_an_acknowledgement_are_shown_until_it_has_gone() -> None:
    """Also of a line that has ended, after a bounce, and until a person has told the customer."""
    world = begun(RULES, arrives(1, 60), pack="in-ecommerce-2020", law=60, region="IN").until(at(1))
    world.down = True
    complains(world)
    key, until = f"complaint_received/{TICKET}", at(1) + ACKNOWLEDGED_WITHIN

    def shown() -> tuple[bool, list[datetime]]:
        own = Duty(rule="in-ecommerce-2020/complaint_acknowledgement", due=RULES.calendar.day(until))
        rows = upcoming(RULES, world.state, world.now)
        return own in duties(RULES, world.state), [row.at for row in rows if "acknowledged" in row.why]

    assert shown() == (True, [until])
    world.down = False
    world.until(at(1, 23))
    assert shown() == (False, [])
    world.react(b.ship(at(2), 1))
    world.react(MessageFailed(at=at(2), day=day(2), key=key, reason="it bounced"))
    assert shown() == (True, [until])
    world.until(at(9))
    assert shown() == (True, [at(9)]), "it is over, and still owed"
    call = NoticeGiven(
        at=at(9), day=day(9), request="n-1", as_of=at(9), medium="call", by_date=None, offered=False
    )
    world.react(call)
    assert shown() == (False, [])


def owed_since_told(*events: Event) -> bool:
    """Whether an acknowledgement that went is owed after those events."""
    world = begun(RULES, arrives(1, 60), pack="in-ecommerce-2020", law=60, region="IN").until(at(1))
    complains(world)
    world.until(at(1, 23))
    for each in events:
        world.react(each)
    return any(each.acknowledge_by for each in world.state.complaints)


def call(when: datetime, by_date: date | None = None, *, offered: bool = False) -> NoticeGiven:
    return NoticeGiven(
        at=when,
        day=when.date(),
        request=f"n-{when}",
        as_of=when,
        medium="call",
        by_date=by_date,
        offered=offered,
    )


def bounce(when: datetime) -> MessageFailed:
    key = f"complaint_received/{TICKET}"
    return MessageFailed(at=when, day=when.date(), key=key, reason="it bounced")


def test_a_bounce_takes_back_nothing_but_what_that_message_told() -> None:
    """Whether it is heard before or after they were told by another way, or heard twice."""
    key, kind = new_address_key(f"complaint_received/{TICKET}", 2), Kind.COMPLAINT_RECEIVED
    anew = MessageSent(at=at(3), day=day(3), key=key, kind=kind)
    assert owed_since_told(bounce(at(2)))
    assert not owed_since_told(bounce(at(2)), call(at(3)), bounce(at(4)))
    assert not owed_since_told(call(at(2)), bounce(at(3)))
    assert not owed_since_told(anew, bounce(at(4)))
    assert not owed_since_told(bounce(at(2)), anew, bounce(at(4)))
    assert owed_since_told(anew, bounce(at(4)), replace(bounce(at(5)), key=key))


@pytest.mark.parametrize(("by_date", "offered"), [(day(40), False), (day(40), True), (None, True)])
def test_a_call_about_a_date_says_nothing_of_a_complaint(by_date: date | None, offered: bool) -> None:
    assert owed_since_told(bounce(at(2)), call(at(3), by_date, offered=offered))


@pytest.mark.parametrize("pack", ["eu-crd-18", "us-ftc-435", "none"])
def test_no_other_law_wants_it_within_48_hours(pack: str) -> None:
    world = begun(RULES, arrives(1, 60), pack=pack, law=None if pack == "none" else 60).until(at(1))
    world.down = True
    complains(world)
    assert all("acknowledged" not in row.why for row in upcoming(RULES, world.state, at(1)))
    assert all("complaints" not in each.rule for each in duties(RULES, world.state))
