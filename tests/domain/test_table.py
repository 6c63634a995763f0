"""The table of the lifecycle is total."""

from dataclasses import replace

import pytest

from backorder.domain.complaints import Complaint
from backorder.domain.line import events
from backorder.domain.line.commands import Decision, Verdict
from backorder.domain.line.decide import decide
from backorder.domain.line.events import (
    Answered,
    CancellationTakenBack,
    CancelRequested,
    Complained,
    ComplaintClosed,
    ContactChanged,
    CouponClaimed,
    DeliveryRefused,
    Event,
    FlagCleared,
    ForceMajeureDecided,
    MessageDelivered,
    MessageSent,
    NoticeGiven,
    PaymentChanged,
    PolicyMoved,
    PromiseMade,
    RefundSent,
    ResendRequested,
    SendNowRequested,
    Shipped,
    Started,
    SubstitutionRuled,
)
from backorder.domain.line.state import ENDED, OPEN, State, Status
from backorder.domain.line.table import TABLE
from backorder.domain.notifications import Facts, Kind
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import arrives, at, cancel, policy, refund, ship, stage, supply
from tests.support.world import begun

EVENTS = [
    each
    for each in vars(events).values()
    if isinstance(each, type) and issubclass(each, Event) and each is not Event
]
RULES = policy(stage("swap", "offer_alternatives", waited=1))


def in_status(status: Status) -> State:
    """A line in that status."""
    world = begun(RULES, arrives(2, 60), units=2).until(at(4))
    if status is Status.ALLOCATED:
        world.react(supply(at(4), allocated=2))
    elif status is Status.FULFILLED:
        world.react(ship(at(4), 2))
    elif status is Status.SUBSTITUTED:
        world.react(b.answer(at(4), "alternative", sku=b.OTHER.sku))
        world.react(refund(at(4), "4.00"))
    elif status in (Status.CLOSING, Status.CANCELLED):
        world.react(cancel(at(4)))
    if status is Status.CANCELLED:
        world.react(refund(at(4), "20.00"))
    assert world.stands() is status
    received = Complaint(ticket="T-1", request="c1", received_at=at(3), answer_by=day(33))
    return replace(world.state, needs=("kept_before_ending",), complaints=(received,))


def happening(kind: type[Event]) -> Event:
    """An event of that type that makes sense."""
    when = at(5)
    found: list[Event] = [
        Started(at=when, day=day(5), supply=supply(when, arrives(2, 60))),
        b.tick(when),
        supply(when, arrives(2, 61)),
        cancel(when, request="r9"),
        ship(when, 1, id="s9"),
        b.answer(when, "keep", request="a9"),
        CouponClaimed(at=when, day=day(5), request="c9", received_at=when),
        b.taken_over(when, request="a1"),
        CancellationTakenBack(at=when, day=day(5), request="t9", received_at=when),
        SendNowRequested(at=when, day=day(5), request="w9", received_at=when),
        b.hold(when, at(9)),
        PolicyMoved(at=when, day=day(5), policy="busy", reason="x", by="Eve", version="1"),
        Complained(at=when, day=day(5), request="c9", received_at=when),
        ComplaintClosed(at=when, day=day(5), request="e9", ticket="T-1", by="clerk"),
        refund(when, "1.00", id="f9"),
        DeliveryRefused(at=when, day=day(5), request="d9", reason="nobody makes it any more", by="clerk"),
        ForceMajeureDecided(at=when, day=day(5), request="m9", reason="the port is closed", by="clerk"),
        b.pay(when, "captured"),
        MessageSent(at=when, day=day(5), key="x", kind=Kind.CONFIRMED),
        MessageDelivered(at=when, day=day(5), key="x"),
        b.failed(when, "x"),
        b.unknown(when, "x"),
        ContactChanged(at=when, day=day(5), fields=("email",), reached=True, by="clerk"),
        b.not_sent(when, "x"),
        FlagCleared(at=when, day=day(5), flag="kept_before_ending", note="called", by="clerk"),
        NoticeGiven(
            at=when, day=day(5), request="n9", as_of=when, medium="call", by_date=day(70), offered=True
        ),
        PromiseMade(at=when, day=day(5), request="p9", by_date=day(70), reason="the truck left"),
        ResendRequested(
            at=when,
            day=day(5),
            request="r9",
            message="m",
            key="complaint_received/T-1#resend-2",
            kind=Kind.COMPLAINT_RECEIVED,
            facts=Facts(quantity=1),
            state="sent",
            reachable=True,
            by="clerk",
        ),
    ]
    return next(each for each in found if type(each) is kind)


@pytest.mark.parametrize("status", Status)
def test_the_table_is_total(status: Status) -> None:
    assert set(TABLE[status]) == set(EVENTS)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_is_answered_in_every_status_as_the_table_says(status: Status, kind: type[Event]) -> None:
    before, row = in_status(status), TABLE[status][kind]
    decision: Decision = decide(RULES, before, happening(kind))
    assert decision.reason
    assert decision.state.status in row.leads_to
    if row.verdict is not Verdict.ACCEPTED:
        assert (decision.verdict, decision.reason) == (row.verdict, row.reason)
        assert (decision.state, decision.commands) == (before, ())
    elif status in OPEN and kind not in (
        Started,
        CancellationTakenBack,
        CouponClaimed,
        SubstitutionRuled,
        SendNowRequested,
        DeliveryRefused,
        ForceMajeureDecided,
        MessageDelivered,
    ):  # nothing was cancelled by link, offered, taken instead, left to choose or by law, owed or asked
        assert decision.verdict is Verdict.ACCEPTED
    elif decision.verdict is not Verdict.ACCEPTED:
        kept = [each for each in decision.state.to_keep if kind is Answered and each.request == "a9"]
        assert bool(kept) == (kind is Answered), "what came in before it may be heard after it"
        assert decision.state == before.replace(to_keep=(*before.to_keep, *kept))
        assert decision.commands == ()


def test_every_row_that_does_not_accept_says_why_and_stays() -> None:
    for status, rows in TABLE.items():
        for row in rows.values():
            if row.verdict is not Verdict.ACCEPTED:
                assert row.reason
                assert row.leads_to == (status,)


def test_only_a_fact_changes_an_end_and_an_earlier_one_alone_opens_it_again() -> None:
    """An agreement, or a word that takes a cancellation back, in time, or what ended or left units before
    something else was taken over instead.
    """
    back = {Answered, CancellationTakenBack}
    facts = back | {CancelRequested, Shipped, RefundSent, PaymentChanged, ForceMajeureDecided}
    for status in ENDED:
        for event, row in TABLE[status].items():
            undoes = event in back or (event in (CancelRequested, Shipped) and status is not Status.CANCELLED)
            assert undoes or not set(row.leads_to) & OPEN
            assert event in facts or row.leads_to == (status,)
