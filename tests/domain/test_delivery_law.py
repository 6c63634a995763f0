"""Laws with a clock of delivery: one notice the day after, silence changes nothing, withdrawals count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.calendar import Calendar
from backorder.domain.line.commands import Decision, FreeUnits, PassOver, Verdict
from backorder.domain.line.duties import duties
from backorder.domain.line.events import (
    Answered,
    CancellationTakenBack,
    DeliveryRefused,
    NoticeGiven,
    PromiseMade,
)
from backorder.domain.line.ledger import outstanding, owed
from backorder.domain.line.legal_dates import legal_date
from backorder.domain.line.read_out import facts_to_read_out
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.sent_back import sent_back
from backorder.domain.line.state import Consent, DecisionContext, Status
from backorder.domain.money import Money
from backorder.domain.notifications import Kind, Why
from backorder.domain.policy.policy_file import breaches_of, warnings_of
from tests.support.days import day
from tests.support.lines import (
    accepted,
    answer,
    arrives,
    at,
    blank,
    cancel,
    pay,
    policy,
    refund,
    ship,
    stage,
    supply,
)
from tests.support.world import World, begun

T = 20
RULES = policy(every=90)
LAWS = ("eu-crd-18", "uk-cra-28", "in-ecommerce-2020")
WITHDRAWING = ("eu-crd-18", "uk-cra-28")


def bought(pack: str = "eu-crd-18", **fields: object) -> World:
    return begun(RULES, arrives(1, 40), pack=pack, law=T, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("pack", LAWS)
def test_art_18_2_the_customer_reads_once_on_the_day_after_what_they_may_do(pack: str) -> None:
    world = bought(pack).until(at(T + 1, 9))
    assert world.days(Kind.CONSENT_REQUEST) == []
    world.until(at(T + 1, 10))
    assert world.days(Kind.CONSENT_REQUEST) == [T + 1]
    facts = world.last(Kind.CONSENT_REQUEST).facts
    assert (facts.silence, facts.answer_by, facts.ends_on, facts.by) == ("nothing", None, None, day(40))
    assert world.until(at(40)).days(Kind.CONSENT_REQUEST) == [T + 1]


@pytest.mark.parametrize("pack", LAWS)
def test_silence_neither_cancels_nor_agrees(pack: str) -> None:
    world = bought(pack).until(at(200))
    assert world.stands() is Status.WAITING
    assert legal_date(RULES, world.state) == day(T)


def test_only_the_customers_own_keep_moves_the_day() -> None:
    world = bought().until(at(T + 2))
    world.react(answer(at(T + 2), "keep"))
    assert legal_date(RULES, world.state) == day(40) + timedelta(days=RULES.promise.transit)
    assert world.until(at(80)).days(Kind.CONSENT_REQUEST) == [T + 1, 44]


@pytest.mark.parametrize(("when", "days"), [(10, [T + 1]), (T, [T + 1]), (T + 1, [])])
def test_art_18_2_a_call_before_the_day_has_passed_is_no_notice_of_it(when: int, days: list[int]) -> None:
    world = bought().until(at(when, 9))
    call = NoticeGiven(
        at=at(when, 9),
        day=day(when),
        request="n1",
        as_of=at(when, 9),
        medium="call",
        by_date=day(40),
        offered=True,
    )
    world.react(call)
    assert world.until(at(39)).days(Kind.CONSENT_REQUEST) == days


@pytest.mark.parametrize("pack", ["eu-crd-18", "uk-cra-28"])
def test_silence_that_agreed_before_the_start_moves_no_day_of_delivery(pack: str) -> None:
    state = replace(blank(pack=pack, law=T), consent=Consent(state="implied", until=day(60)))
    world = begun(RULES, arrives(1, 40), state=state)
    assert legal_date(RULES, world.state) == day(T)
    assert world.state.consent.state == "none"


def test_an_essential_day_is_named_in_the_notice() -> None:
    """As is any other that passed."""
    for essential in (True, False):
        facts = bought(essential=essential).until(at(T + 2)).last(Kind.CONSENT_REQUEST).facts
        assert (facts.essential, facts.due_by) == (essential, day(T))


# --- the shop does not deliver: art. 18(2), s. 28(6)(a)


def refuse(world: World, when: int, hour: int = 12, request: str = "d1") -> Decision:
    event = DeliveryRefused(
        at=at(when, hour), day=day(when), request=request, reason="nobody makes it any more", by="eve"
    )
    return world.react(event)


def asked(world: World) -> list[tuple[int, Why | None]]:
    """The notices, by day, with why no date is named in them."""
    found = [(when, tell.facts.why) for when, tell in world.gone if tell.kind is Kind.CONSENT_REQUEST]
    return [((when.date() - day(0)).days, why) for when, why in found]


REFUSING = ("eu-crd-18", "uk-cra-28")


@pytest.mark.parametrize("pack", REFUSING)
@pytest.mark.parametrize("when", [3, T, T + 1, T + 5])
def test_art_18_2_and_s_28_6_who_is_not_delivered_reads_at_once_that_they_may_end_it(
    pack: str, when: int
) -> None:
    world = bought(pack).until(at(when))
    before = asked(world)
    assert before == ([(T + 1, Why.SUPPLY_MOVED)] if when > T else [])
    decision = refuse(world, when)
    assert (decision.verdict, "nobody makes it" in decision.reason) == (Verdict.ACCEPTED, False)
    facts = world.last(Kind.CONSENT_REQUEST).facts
    assert (facts.by, facts.silence, facts.why, facts.ends_on) == (None, "nothing", Why.REFUSED, None)
    assert asked(world.until(at(200))) == [*before, (when, Why.REFUSED)], "once, also on the day after"
    assert (world.stands(), world.days(Kind.STILL_WAITING)) == (Status.WAITING, [])
    world.react(cancel(at(200)))
    assert [(each.amount, each.due_by) for each in world.state.refunds] == [(Decimal("10.00"), day(214))]


@pytest.mark.parametrize("pack", REFUSING)
def test_a_refusal_is_a_duty_of_its_day_until_it_is_told(pack: str) -> None:
    world = bought(pack).until(at(3))
    world.down = True
    refuse(world, 3)
    assert [(each.rule, each.due) for each in duties(RULES, world.state)] == [
        (f"{pack}/delivery_notice", day(3))
    ]
    world.down = False
    assert duties(RULES, world.until(at(3, 13)).state) == ()


def test_a_refusal_takes_the_date_away_whatever_the_supply_says() -> None:
    world = bought().until(at(1))
    assert world.promised == 40
    refuse(world, 3)
    world.react(supply(at(4), arrives(1, 10)))
    world.until(at(T))
    assert world.state.promise is not None
    assert (world.state.promise.by, world.state.forecast) == (None, None)
    assert world.days(Kind.EARLIER, Kind.DELAYED) == []


def test_who_waits_for_ever_reads_of_a_refusal_too_and_is_not_asked_again_after_they_kept_it() -> None:
    world = bought().until(at(2))
    world.react(answer(at(2), "keep", indefinite=True))
    refuse(world, 3)
    assert asked(world.until(at(4))) == [(3, Why.REFUSED)]
    world.react(answer(at(4), "keep", request="a2"))
    assert asked(world.until(at(200))) == [(3, Why.REFUSED)]
    assert world.stands() is Status.WAITING


def test_a_day_that_the_shop_promises_after_all_takes_a_refusal_back() -> None:
    world = bought().until(at(1))
    refuse(world, 3)
    made = PromiseMade(at=at(4), day=day(4), request="p1", by_date=day(18), reason="found another maker")
    world.react(made)
    world.until(at(5))
    assert (world.promised, world.state.delivery_refused_at) == (18, None)
    assert asked(world.until(at(T + 2))) == [(3, Why.REFUSED)], "the day of delivery was spoken of"


def moved(*decisions: Decision) -> list[object]:
    """What became of units and of the line's turn for them."""
    return [each for made in decisions for each in made.commands if isinstance(each, PassOver | FreeUnits)]


@pytest.mark.parametrize("there", [0, 2])
def test_what_is_not_delivered_gets_no_units_until_a_day_is_promised_after_all(there: int) -> None:
    world = begun(RULES, arrives(2, 10), units=2, pack="eu-crd-18", law=T)
    world.until(at(2)).react(supply(at(2), arrives(2 - there, 10), allocated=there))
    decision = refuse(world, 3)
    assert moved(decision) == [PassOver(on=True), *[FreeUnits(quantity=there)] * bool(there)]
    assert (world.state.quantity.allocated, world.state.withdrawn) == (0, False)
    assert world.events("allocated", "allocation_withdrawn") == (
        ["allocated", "allocation_withdrawn"] if there else []
    )
    world.react(supply(at(5), allocated=2))  # decided before the refusal was known
    assert world.until(at(7)).events("allocated") == ["allocated"] * bool(there)
    made = PromiseMade(at=at(8), day=day(8), request="p1", by_date=day(18), reason="found another maker")
    assert moved(world.react(made)) == [PassOver(on=False)]
    assert world.events("allocated") == ["allocated"] * (1 + bool(there))
    assert world.until(at(9)).days(Kind.APOLOGY) == []


def test_what_the_supply_says_first_of_a_line_that_is_back_in_its_queue_moves_no_promised_day() -> None:
    world = begun(RULES, arrives(2, 10), units=2, pack="eu-crd-18", law=T)
    refuse(world, 3)
    world.react(
        PromiseMade(at=at(4), day=day(4), request="p1", by_date=day(18), reason="found another maker")
    )
    said: list[date | None] = []
    for hour, found in ((13, ()), (14, (arrives(1, 60),)), (15, (arrives(1, 70),))):
        world.react(supply(at(4, hour), *found, allocated=1))
        said.append(world.state.forecast.by if world.state.forecast else None)
    assert said[:2] == [day(18), day(18)], "not pegged yet, and pegged"
    assert said[2] == day(70), "another date"


@pytest.mark.parametrize("first", ["paid", "promised"])
def test_a_turn_that_passed_for_two_reasons_comes_back_with_the_end_of_both(first: str) -> None:
    world = begun(RULES, arrives(1, 5), pack="eu-crd-18", law=T, payment="authorized", expires_at=at(1))
    world.react(supply(at(2), allocated=1))
    assert world.until(at(10)).state.passed_over
    refuse(world, 11)
    paid = pay(at(12 if first == "paid" else 13), "authorized", at(60))
    promised = PromiseMade(
        at=at(13 if first == "paid" else 12),
        day=day(13 if first == "paid" else 12),
        request="p1",
        by_date=day(18),
        reason="found",
    )
    events = [paid, promised] if first == "paid" else [promised, paid]
    assert [moved(world.react(each)) for each in events] == [[], [PassOver(on=False)]]


@pytest.mark.parametrize("pack", REFUSING)
def test_a_second_refusal_after_a_promise_has_its_own_notice_and_is_a_duty_until_then(pack: str) -> None:
    world = bought(pack).until(at(1))
    refuse(world, 3)
    made = PromiseMade(at=at(4), day=day(4), request="p1", by_date=day(18), reason="found another maker")
    world.react(made)
    world.until(at(6))
    world.down = True
    refuse(world, 6, request="d2")
    owed = [(each.rule, each.due) for each in duties(RULES, world.state)]
    assert owed == [(f"{pack}/delivery_notice", day(6))]
    world.down = False
    assert asked(world.until(at(200))) == [(3, Why.REFUSED), (6, Why.REFUSED)]
    assert duties(RULES, world.state) == ()


@pytest.mark.parametrize("pack", ["us-ftc-435", "in-ecommerce-2020", "plain", "none"])
def test_elsewhere_a_seller_that_does_not_deliver_cancels(pack: str) -> None:
    world = bought(pack).until(at(2))
    refused = refuse(world, 2)
    assert refused.verdict is Verdict.REJECTED
    assert pack in refused.reason
    assert "cancel it by the shop" in refused.reason


def test_a_refusal_is_said_once_and_not_of_what_has_ended() -> None:
    world = bought().until(at(2))
    refuse(world, 2)
    assert refuse(world, 3).verdict is Verdict.IGNORED
    assert refuse(world, 3, request="d2").verdict is Verdict.IGNORED
    world.react(cancel(at(4)))
    assert refuse(world, 4, request="d3").verdict is Verdict.REJECTED


def test_who_cannot_be_written_to_is_called_at_once() -> None:
    world = bought(context=DecisionContext(by_hand=True))
    world.refuses = True
    refuse(world, 3)
    assert "legal_notice" in world.state.needs
    facts = facts_to_read_out(RULES, world.state, world.now)
    assert facts is not None
    assert (facts.why, facts.silence) == (Why.REFUSED, "nothing")


@pytest.mark.parametrize("pack", ["eu-crd-18", "uk-cra-28"])
def test_art_9_and_reg_29_a_cancel_after_the_shipment_withdraws_from_the_contract(pack: str) -> None:
    world = bought(pack).until(at(5))
    world.react(ship(at(5), 1))
    world.react(cancel(at(9), request="w1", came=at(8)))
    assert world.event("withdrawn") == {
        "quantity": 1,
        "received_at": "2025-03-11T12:00:00Z",
        "reason": "one is enough",
    }
    assert world.last(Kind.ANSWER_RECEIVED).facts.choice == "withdraw"
    assert (world.stands(), world.state.withdrawals) == (Status.CLOSING, ("w1",))
    again = world.react(answer(at(10), "cancel", request="w2"))
    assert (again.verdict, again.refusal) == (Verdict.IGNORED, Refusal.DONE)
    assert world.state.withdrawals == ("w1",)


@pytest.mark.parametrize("via", ["link", "email"])
@pytest.mark.parametrize("pack", ["eu-crd-18", "uk-cra-28"])
def test_art_9_a_withdrawal_of_a_partly_shipped_order_ends_the_rest_and_takes_back_what_left(
    pack: str, via: str
) -> None:
    world = begun(RULES, arrives(3, 40), units=3, pack=pack, law=T).until(at(5))
    world.react(ship(at(5), 2))
    world.react(answer(at(6), "withdraw", via=via))
    assert world.events("withdrawn") == ([] if via == "link" else ["withdrawn"])
    world.until(at(6, 13))
    event = world.event("withdrawn")
    assert (event["quantity"], event["received_at"]) == (2, "2025-03-09T12:00:00Z")
    assert (world.state.quantity.cancelled, world.state.withdrawals) == (1, ("a1",))
    assert (world.stands(), len(world.state.refunds)) == (Status.CLOSING, 1)
    told = world.last(Kind.ANSWER_RECEIVED).facts
    assert (told.choice, told.received_at) == ("withdraw", at(6))
    assert (told.quantity, told.not_shipped) == ((3, 1) if via == "link" else (2, 0))
    assert world.days(Kind.ANSWER_RECEIVED, Kind.CANCELLED) == [6, 6]


def test_a_withdrawal_by_link_that_is_taken_back_takes_nothing_back() -> None:
    world = begun(RULES, arrives(3, 40), units=3, pack="eu-crd-18", law=T).until(at(5))
    world.react(ship(at(5), 2))
    world.react(answer(at(6), "withdraw", via="link"))
    world.react(CancellationTakenBack(at=at(6), day=day(6), request="t1", received_at=at(6)))
    assert world.until(at(7)).events("withdrawn", "cancelled") == []
    assert (world.state.withdrawals, world.state.quantity.open) == ((), 1)


def test_a_cancellation_of_what_is_open_leaves_what_has_shipped_where_it_is() -> None:
    world = begun(RULES, arrives(3, 40), units=3, pack="eu-crd-18", law=T).until(at(5))
    world.react(ship(at(5), 2))
    world.react(answer(at(6), "cancel", request="a1"))
    assert (world.state.quantity.cancelled, world.state.withdrawals) == (1, ())
    world.react(answer(at(7), "withdraw", request="a2", via="link"))
    assert world.state.withdrawals == ("a2",)
    assert world.event("withdrawn")["quantity"] == 2


@pytest.mark.parametrize(("named", "back"), [(1, 0), (2, 1), (None, 2)])
def test_a_withdrawal_of_some_units_takes_those_that_have_not_left_first(
    named: int | None, back: int
) -> None:
    world = begun(RULES, arrives(3, 40), units=3, pack="eu-crd-18", law=T).until(at(5))
    world.react(ship(at(5), 2))
    world.react(answer(at(6), "withdraw", quantity=named, via="email"))
    assert world.state.quantity.cancelled == 1
    assert [each.data["quantity"] for _, each in world.published if each.type == "withdrawn"] == (
        [back] if back else []
    )


@pytest.mark.parametrize("via", ["link", "email"])
@pytest.mark.parametrize("late", [True, False])
def test_a_withdrawal_is_the_same_whether_the_shipment_before_it_is_reported_late(
    late: bool, via: str
) -> None:
    world = begun(RULES, arrives(3, 40), units=3, pack="eu-crd-18", law=T).until(at(5))
    left = [ship(at(8), 2, id="s1", left=at(5)), ship(at(8), 1, id="s2", left=at(5))]
    if not late:
        for number, each in enumerate(left):
            world.react(replace(each, at=at(5, 13 + number), day=day(5)))
    world.react(answer(at(6), "withdraw", via=via))
    for each in left if late else ():
        world.react(each)
    world.until(at(9))
    back = [each.data for _, each in world.published if each.type == "withdrawn"]
    assert [each["quantity"] for each in back] == ([2, 1] if late else [3])
    assert {each["received_at"] for each in back} == {"2025-03-09T12:00:00Z"}
    assert (world.state.withdrawals, world.state.sent_back) == (("a1",), 3)
    told = [tell for _, tell in world.gone if tell.facts.choice == "withdraw" and not tell.facts.not_shipped]
    assert sum(tell.facts.quantity for tell in told if tell.kind is Kind.ANSWER_RECEIVED) == 3
    assert (world.stands(), len({tell.key for tell in told})) == (Status.CLOSING, len(told))
    assert [(each.amount, each.due_by) for each in world.state.refunds] == [(Decimal("30.00"), day(20))]
    assert (
        sum(Decimal(str(each.data["amount"])) for _, each in world.published if each.type == "refund_due")
        == 30
    )


SHOP_FIRST = (
    ship(at(9), 2, left=at(5)),
    cancel(at(9), request="c1", by="shop", came=at(6)),
    replace(answer(at(9), "withdraw", request="w1", via="phone"), received_at=at(7)),
)
"""Both units had left when the shop cancelled, and then their customer withdrew."""


@pytest.mark.parametrize("choice", ["withdraw", "cancel"])
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 1, 0), (1, 0, 2)])
def test_a_withdrawal_from_what_was_cancelled_before_counts_once_it_turns_out_to_have_left(
    order: tuple[int, ...], choice: Literal["withdraw", "cancel"]
) -> None:
    world = begun(RULES, arrives(2, 40), units=2, pack="eu-crd-18", law=T).until(at(8))
    for minute, number in enumerate(order):
        fact = replace(SHOP_FIRST[number], at=at(9) + timedelta(minutes=minute))
        decision = world.react(replace(fact, choice=choice) if isinstance(fact, Answered) else fact)
        if number == 2:
            assert decision.verdict is Verdict.ACCEPTED
    state = world.until(at(10)).state
    assert (state.quantity.shipped, state.sent_back, owed(state)) == (2, 2, Decimal("20.00"))
    assert (state.refunds[0].due_by, world.event("withdrawn")["received_at"]) == (
        day(21),
        "2025-03-10T12:00:00Z",
    )
    told = world.last(Kind.ANSWER_RECEIVED).facts
    assert (told.choice, told.quantity, told.received_at) == ("withdraw", 2, at(7))


@pytest.mark.parametrize("pack", [*WITHDRAWING, "us-ftc-435"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_cancel_of_all_that_was_ordered_counts_for_what_is_open_of_it(
    order: tuple[int, int], pack: str
) -> None:
    """Where the law lets a customer end the contract, they need not know what the shop had cancelled."""
    words = cancel(at(9), 1, request="c1", by="shop", came=at(6)), cancel(at(9), 2, request="c2", came=at(7))
    world = begun(RULES, arrives(2, 40), units=2, pack=pack, law=T).until(at(8))
    for minute, number in enumerate(order):
        world.react(replace(words[number], at=at(9) + timedelta(minutes=minute)))
    again = world.react(cancel(at(10), 3, request="c3", came=at(5)))
    assert (again.verdict, again.refusal) == (Verdict.REJECTED, Refusal.FEWER), "more than there ever were"
    if pack in WITHDRAWING:
        found = [(each.request, each.units) for each in world.state.cancellations]
        assert (sorted(found), owed(world.state)) == ([("c1", 1), ("c2", 1)], Decimal("20.00"))


def test_who_withdrew_once_their_own_last_day_had_ended_it_does_not_wait_by_an_earlier_word() -> None:
    world = begun(RULES, arrives(2, 40), units=2, pack="eu-crd-18", law=T).until(at(5))
    world.react(answer(at(5), "keep", request="k1", until=day(10)))
    assert world.until(at(12)).state.quantity.open == 0
    assert accepted(world.react(answer(at(12, 13), "withdraw", request="w1", via="phone")))
    late = replace(answer(at(12, 14), "keep", request="k2", via="email"), received_at=at(9))
    assert world.react(late).refusal is Refusal.OVERTAKEN
    assert world.state.quantity.cancelled == 2


@pytest.mark.parametrize("via", ["link", "email"])
def test_no_more_is_sent_back_than_has_left(via: str) -> None:
    world = begun(RULES, arrives(4, 40), units=4, pack="eu-crd-18", law=T).until(at(5))
    world.react(ship(at(5), 2))
    world.react(answer(at(6), "withdraw", quantity=3, via=via))
    world.react(answer(at(6, 13), "withdraw", quantity=4, request="a2", via=via))
    again = world.react(answer(at(7), "withdraw", quantity=4, request="a3", via=via))
    assert [each.data["quantity"] for _, each in world.published if each.type == "withdrawn"] == [1, 1]
    assert (again.verdict, again.refusal) == (Verdict.IGNORED, Refusal.DONE)


TOLD_LATE = (
    ship(at(20), 2, id="s1", left=at(5)),
    replace(answer(at(20), "withdraw", request="a6", quantity=1, via="email"), received_at=at(6)),
    ship(at(20), 1, id="s2", left=at(7)),
    replace(answer(at(20), "withdraw", request="a8", quantity=2, via="email"), received_at=at(8)),
    cancel(at(20), request="w9", came=at(9)),
    replace(answer(at(20), "withdraw", request="a9", quantity=1, via="email"), received_at=at(9, 13)),
)
"""Of four units two left, one was ended, one left; two words send back all three, and one comes after."""


@given(st.permutations(range(len(TOLD_LATE))))
def test_what_is_sent_back_is_the_same_whatever_is_told_first(order: Sequence[int]) -> None:
    world = begun(RULES, arrives(4, 40), units=4, pack="eu-crd-18", law=T).until(at(19))
    for minute, number in enumerate(order):
        world.react(replace(TOLD_LATE[number], at=at(20) + timedelta(minutes=minute)))
    state = world.until(at(21)).state
    quantity = state.quantity
    assert (quantity.shipped, quantity.cancelled, quantity.open) == (3, 1, 0)
    assert [each for each in sent_back(state) if each[1]] == [("a8", 2), ("w9", 1)]
    assert (owed(state), outstanding(state)) == (Decimal(40), Decimal(40)), "all of it ended, or comes back"
    back = [int(str(each.data["quantity"])) for _, each in world.published if each.type == "withdrawn"]
    read = [
        tell
        for _, tell in world.gone
        if tell.kind is Kind.ANSWER_RECEIVED and tell.facts.choice == "withdraw"
    ]
    assert (sum(back), state.sent_back, sum(tell.facts.quantity for tell in read)) == (3, 3, 3)


@pytest.mark.parametrize("pack", WITHDRAWING)
@pytest.mark.parametrize("shipping", ["0.00", "4.90"])
def test_art_13_and_reg_34_what_was_paid_for_what_is_sent_back_has_a_clock_and_a_task(
    pack: str, shipping: str
) -> None:
    world = bought(pack, shipping=shipping).until(at(5))
    world.react(ship(at(5), 1))
    world.react(answer(at(9), "withdraw", via="link"))
    asked = world.event("refund_due")
    assert (asked["amount"], asked["due_by"]) == ("10.00", day(23).isoformat())
    assert asked["shipping_if_none_shipped"] == shipping, "standard delivery, if all is withdrawn"
    assert [(each.rule, each.due) for each in duties(RULES, world.state)] == [
        (f"{pack}/withdrawal_refund", day(23))
    ]
    assert (world.stands(), world.state.needs) == (Status.CLOSING, ())
    assert world.until(at(15)).state.needs == ()
    assert world.until(at(16)).state.needs == ("refund_due_soon",)
    assert world.until(at(24, 9)).events("refund_overdue") == []
    assert world.until(at(24, 10)).events("refund_overdue") == ["refund_overdue"]
    world.react(refund(at(25), str(Decimal("10.00") + Decimal(shipping))))
    assert (world.stands(), world.state.needs) == (Status.FULFILLED, ())
    told = world.last(Kind.REFUNDED).facts
    assert (told.quantity, told.refund) == (1, Money(Decimal("10.00") + Decimal(shipping), "EUR"))


def owed_by(world: World) -> list[tuple[str, date]]:
    return [(each.rule.partition("/")[2], each.due) for each in duties(RULES, world.state)]


@pytest.mark.parametrize("pack", WITHDRAWING)
@pytest.mark.parametrize(
    ("when", "by", "named"),
    [
        (T, "customer", "withdrawal_refund"),
        (T + 1, "customer", "late_refund"),
        (5, "shop", "late_refund"),
        (5, "supplier", "late_refund"),
    ],
)
def test_art_13_who_ends_it_in_good_time_has_everything_back_by_their_right_to_withdraw(
    pack: str, when: int, by: str, named: str
) -> None:
    world = bought(pack, shipping="4.90").until(at(when))
    world.react(cancel(at(when), by=by))
    assert owed_by(world) == [(named, day(when + 14))]


def test_art_18_3_who_ends_what_the_shop_does_not_deliver_does_so_as_it_is_late() -> None:
    world = bought().until(at(5))
    world.react(DeliveryRefused(at=at(5), day=day(5), request="d1", reason="no more made", by="Eva"))
    world.until(at(6)).react(cancel(at(6)))
    assert owed_by(world) == [("late_refund", day(20))]


@pytest.mark.parametrize("pack", WITHDRAWING)
def test_what_was_ended_late_stays_late_whatever_is_agreed_of_the_others_since(pack: str) -> None:
    world = begun(RULES, arrives(2, T + 30), units=2, pack=pack, law=T).until(at(T + 2))
    world.react(cancel(at(T + 2), 1))
    assert ("late_refund", day(T + 16)) in owed_by(world)
    world.react(answer(at(T + 3), "keep"))
    assert ("late_refund", day(T + 16)) in owed_by(world)


@pytest.mark.parametrize("pack", WITHDRAWING)
def test_nor_does_it_matter_what_was_agreed_of_the_others_before(pack: str) -> None:
    """Of three, two are waited for longer: that was said of no more, and the third was late."""
    world = begun(RULES, arrives(3, T + 30), units=3, pack=pack, law=T).until(at(T + 2))
    world.react(answer(at(T + 2), "keep", quantity=2))
    world.react(cancel(at(T + 3), 1))
    assert ("late_refund", day(T + 17)) in owed_by(world)


def test_units_that_are_ended_one_by_one_on_a_day_are_one_duty() -> None:
    world = begun(RULES, arrives(3, 40), units=3, paid="10.00", pack="eu-crd-18", law=T).until(at(5))
    for number in range(3):
        world.react(cancel(at(5), 1, request=f"c{number}"))
    assert owed_by(world) == [("withdrawal_refund", day(19))]


def test_art_13_shipping_that_became_free_goes_with_what_was_withdrawn() -> None:
    rules = policy(stage("ship", "free_shipping", waited=2), every=90)
    world = begun(rules, arrives(2, 40), units=2, paid="10.00", pack="eu-crd-18", law=T, shipping="4.90")
    world.until(at(5)).react(cancel(at(5), 1, request="c1"))
    world.until(at(6)).react(ship(at(6), 1))
    assert owed_by(world) == [("withdrawal_refund", day(19))]
    world.react(refund(at(7), "5.00"))
    assert owed_by(world) == [("withdrawal_refund", day(19))], "of the shipping, which is left"


def test_art_13_of_three_units_the_two_that_left_are_paid_back_and_no_more() -> None:
    world = begun(RULES, arrives(3, 40), units=3, paid="10.00", pack="eu-crd-18", law=T, shipping="4.90")
    world.until(at(5)).react(ship(at(5), 2))
    world.react(ship(at(6), 1, id="s2"))
    world.react(answer(at(9), "withdraw", quantity=2, via="email"))
    asked = world.event("refund_due")
    assert (asked["amount"], asked["shipping_if_none_shipped"]) == ("6.67", "0.00"), "one is kept"
    told = world.last(Kind.ANSWER_RECEIVED).facts
    assert (told.part_of_line, told.refund, told.refund_by) == (True, Money(Decimal("6.67"), "EUR"), day(23))
    world.react(answer(at(10), "withdraw", request="a2", via="email"))
    asked = world.event("refund_due")
    assert (asked["amount"], asked["shipping_if_none_shipped"]) == ("3.33", "4.90")
    told = world.last(Kind.ANSWER_RECEIVED).facts
    assert (told.refund, told.refund_by) == (Money(Decimal("3.33"), "EUR"), day(24))
    assert not told.part_of_line, "standard delivery with the last of them"
    assert [each.due_by for each in world.state.refunds] == [day(23), day(24)]
    world.react(refund(at(11), "15.00"))
    assert world.state.needs == ("refund_excess",)


def test_art_13_one_word_that_ends_some_and_sends_others_back_has_one_refund() -> None:
    world = begun(RULES, arrives(3, 40), units=3, pack="eu-crd-18", law=T).until(at(5))
    world.react(ship(at(5), 2))
    world.react(answer(at(6), "withdraw", via="link"))
    assert world.last(Kind.ANSWER_RECEIVED).facts.refund == Money(Decimal("30.00"), "EUR")
    world.until(at(7))
    assert [(each.amount, each.due_by) for each in world.state.refunds] == [(Decimal("30.00"), day(20))]
    assert world.event("refund_due")["amount"] == "30.00"


@pytest.mark.parametrize("late", [True, False])
def test_what_was_captured_as_it_left_is_paid_back_though_nobody_reported_it(late: bool) -> None:
    world = begun(RULES, arrives(2, 40), units=2, pack="eu-crd-18", law=T, payment="authorized").until(at(5))
    left = ship(at(8), 1, left=at(5))
    if not late:
        world.react(replace(left, at=at(5), day=day(5)))
    world.react(answer(at(6), "withdraw", via="email"))
    if late:
        world.react(left)
    assert world.events("capture_due", "refund_due") == ["capture_due", "refund_due"][:: -1 if late else 1]
    assert [(each.amount, each.due_by) for each in world.state.refunds] == [(Decimal("10.00"), day(20))]
    assert world.last(Kind.ANSWER_RECEIVED).facts.refundable, "it is said to come back"
    world.react(refund(at(9), "10.00"))
    assert (world.stands(), world.state.needs) == (Status.FULFILLED, ())


@pytest.mark.parametrize("choice", ["cancel", "withdraw"])
@pytest.mark.parametrize(("via", "kind"), [("link", Kind.ANSWER_RECEIVED), ("phone", Kind.CANCELLED)])
def test_art_11_what_ends_an_order_before_it_ships_is_acknowledged_with_its_instant(
    choice: str, via: str, kind: Kind
) -> None:
    rules = replace(RULES, calendar=Calendar(zone="Europe/Berlin"))
    world = begun(rules, arrives(1, 40), pack="eu-crd-18", law=T).until(at(5))
    world.react(answer(at(6), choice, via=via))
    told = world.last(kind).facts
    assert (told.choice, told.received_at) == (choice, at(6))
    assert told.received_at is not None
    assert told.received_at.hour == at(6).hour + 1, "on the shop's clock"
    assert world.until(at(7)).last(Kind.CANCELLED).facts.choice == choice


@pytest.mark.parametrize("choice", ["cancel", "keep"])
def test_who_keeps_some_and_cancels_the_rest_of_what_had_left_sends_that_back(choice: str) -> None:
    """One answer says both, and what it says of the rest is a cancellation like any other."""
    world = begun(RULES, arrives(2, 40), units=2, pack="eu-crd-18", law=T).until(at(5))
    rest = "cancel" if choice == "keep" else ""
    world.react(answer(at(5, 12), choice, quantity=1, rest=rest, via="email"))
    facts = world.last(Kind.CANCELLED).facts
    assert (facts.choice, facts.received_at) == ("cancel", at(5, 12))
    world.react(ship(at(5, 15), 2, left=at(5, 11)))
    assert world.state.quantity.shipped == 2
    assert world.event("withdrawn")["quantity"] == 1
    assert [each.amount for each in world.state.refunds] == [Decimal("10.00")]
    assert world.event("refund_due")["amount"] == "10.00"


def test_a_withdrawal_where_the_law_gives_no_right_to_it_is_a_cancellation() -> None:
    world = begun(RULES, arrives(3, 40), units=3, pack="us-ftc-435", law=T).until(at(5))
    world.react(ship(at(5), 2))
    world.react(answer(at(6), "withdraw"))
    assert (world.events("withdrawn"), world.state.quantity.cancelled) == ([], 1)
    assert world.last(Kind.CANCELLED).facts.choice == "cancel"


@pytest.mark.parametrize(("pack", "right"), [("eu-crd-18", False), ("us-ftc-435", True), ("plain", True)])
def test_art_16_without_the_right_to_withdraw_a_cancel_after_the_shipment_is_noted(
    pack: str, right: bool
) -> None:
    world = bought(pack, withdrawal=right).until(at(5))
    world.react(ship(at(5), 1))
    world.react(cancel(at(9)))
    assert world.events("withdrawn") == []


def test_a_case_names_its_duties_with_their_last_days() -> None:
    assert [(each.rule, each.due) for each in duties(RULES, bought().state)] == [
        ("eu-crd-18/delivery_notice", day(T + 1))
    ]
    us = begun(RULES, arrives(1, 10), pack="us-ftc-435", law=T)
    assert [(each.rule, each.due) for each in duties(RULES, us.state)] == [
        ("us-ftc-435/delay_notice", day(T)),
        ("us-ftc-435/ship_or_cancel", day(T)),
    ]
    us.react(cancel(at(3)))
    assert [each.rule for each in duties(RULES, us.state)] == ["us-ftc-435/refund"]
    us.react(refund(at(4), "10.00"))
    assert duties(RULES, us.state) == ()


ENDING = '[[stages]]\nid = "x"\nwhen = { waited = "90d" }\ndo = "cancel"\n'


@pytest.mark.parametrize(
    ("pack", "refused"),
    [("auto", True), ("eu-crd-18", True), ("plain", True), ("us-ftc-435", False), ("none", False)],
)
def test_a_policy_that_cancels_silently_breaks_a_law_by_which_silence_never_cancels(
    pack: str, refused: bool
) -> None:
    found = breaches_of(f'name = "x"\n{ENDING}[duties]\npack = "{pack}"\n')
    assert bool(found) is refused
    if found:
        assert (found[0].line, "art. 18(1)" in found[0].problem) == (5, pack != "plain")
    assert breaches_of(f'name = "x"\n[duties]\npack = "{pack}"\n') == []


@pytest.mark.parametrize(
    ("duties", "words"),
    [
        ('billing_cycle = "92d"', ""),
        ('billing_cycle = "93d"', "16 CFR 435.1(b)"),
        ('holidays = { GB = [], US = ["2026-11-26"] }', ""),
        ('holidays = { UK = ["2026-12-26"] }', "write GB"),
        ('holidays = { EU = ["2026-05-01"] }', "no country"),
    ],
)
def test_days_of_a_refund_that_no_law_knows_cannot_be_ruled(duties: str, words: str) -> None:
    found = breaches_of(f'name = "x"\n[duties]\n{duties}\n')
    assert [(each.line, words in each.problem) for each in found] == ([(3, True)] if words else [])


@pytest.mark.parametrize(("pack", "idle"), [("auto", True), ("us-ftc-435", True), ("none", False)])
def test_days_for_a_refund_that_count_nowhere_are_said_to(pack: str, idle: bool) -> None:
    found = warnings_of(f'name = "x"\n[duties]\npack = "{pack}"\n[refunds]\nwithin = "9d"\n')
    assert [(each.key, each.line) for each in found] == ([("refunds.within", 5)] if idle else [])
