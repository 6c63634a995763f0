"""India, rules 6(3) and 7(4): who cancels what left too late is heard by a person, and told so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from backorder.domain.line.commands import Verdict
from backorder.domain.line.events import FlagCleared
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.state import ENDED, Status, Substitution
from backorder.domain.notifications import Kind
from tests.support.days import day
from tests.support.lines import answer, arrives, at, cancel, policy, refund, ship
from tests.support.world import World, begun

T, TRANSIT = 20, 3
"""The day by whose end it was to be there, and the days that a parcel travels."""
RULES = policy(every=90)
FLAG = "cancelled_after_late_shipment"


def bought(pack: str = "in-ecommerce-2020", units: int = 1, **blanks: Any) -> World:
    world = begun(RULES, arrives(units, 40), units=units, pack=pack, law=T, region="IN", **blanks)
    assert RULES.promise.transit == TRANSIT
    return world


def told(world: World) -> list[tuple[str, bool]]:
    """What acknowledgements say: the choice, and whether it is one of what left too late."""
    return [(t.facts.choice, t.facts.left_late) for _, t in world.gone if t.kind is Kind.ANSWER_RECEIVED]


@pytest.mark.parametrize("left", [T - TRANSIT, T - TRANSIT + 1])
@pytest.mark.parametrize("way", ["cancel", "answer", "withdraw"])
def test_a_cancellation_of_what_left_too_late_is_a_persons(left: int, way: str) -> None:
    """On either side of the last day on which a parcel can leave that is there in time."""
    world = bought()
    world.react(ship(at(left), 1))
    came = at(T + 2)
    event = cancel(came) if way == "cancel" else answer(came, "cancel" if way == "answer" else way)
    late = left + TRANSIT > T
    assert world.react(event).verdict is (Verdict.ACCEPTED if late else Verdict.RECORDED)
    assert world.state.needs == ((FLAG,) if late else ())
    assert told(world.until(at(T + 3))) == ([("cancel", True)] if late else [])
    assert world.stands() is Status.FULFILLED
    assert world.react(event).verdict is (Verdict.IGNORED if late else Verdict.RECORDED)
    assert world.event("needs_attention")["flag"] == FLAG if late else True


@pytest.mark.parametrize("pack", ["us-ftc-435", "plain", "none"])
def test_where_no_law_gives_that_right_it_is_recorded(pack: str) -> None:
    world = bought(pack)
    world.react(ship(at(T - 1), 1))
    assert world.react(cancel(at(T + 2))).verdict is Verdict.RECORDED
    assert not world.state.needs


@pytest.mark.parametrize("by", ["shop", "supplier"])
def test_only_the_customers_word_calls_a_person(by: str) -> None:
    world = bought()
    world.react(ship(at(T - 1), 1))
    assert world.react(cancel(at(T + 2), by=by)).verdict is Verdict.RECORDED


def test_a_cancellation_that_turns_out_to_have_come_after_the_late_shipment_is_a_persons_too() -> None:
    """Whatever is told first: the parcel takes it back, and with it the refund."""
    world = bought()
    world.react(cancel(at(T + 2)))
    world.react(ship(at(T + 3), 1, left=at(T + 1)))
    assert world.stands() is Status.FULFILLED
    assert world.state.needs == (FLAG,)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("named", [None, 1, 2])
@pytest.mark.parametrize("way", ["cancel", "answer"])
def test_a_word_that_came_after_the_shops_own_counts_for_what_had_left_too_late(
    order: tuple[int, ...], named: int | None, way: str
) -> None:
    """A parcel takes the shop's cancellation back, not its customer's word, whichever is told last."""
    when = at(T + 4)
    word = replace(answer(when, "cancel", quantity=named, via="phone"), received_at=at(T + 3))
    facts = [
        ship(when, 2, left=at(T + 1)),
        cancel(when, request="c1", by="shop", came=at(T + 2)),
        cancel(when, named, request="c2", came=at(T + 3)) if way == "cancel" else word,
    ]
    world = bought(units=2)
    for minute, number in enumerate(order):
        world.react(replace(facts[number], at=when + timedelta(minutes=minute)))
    assert (world.stands(), world.state.needs) == (Status.FULFILLED, (FLAG,))
    assert (world.state.quantity.shipped, world.state.ended_late) == (2, named or 2)


def test_what_left_in_vain_is_none_of_it() -> None:
    """The shop had cancelled it before it left, as is told last: its customer has the money."""
    world = bought()
    world.react(ship(at(T), 1))
    world.react(cancel(at(T + 1)))
    assert world.state.needs == (FLAG,)
    world.react(cancel(at(T + 2), request="c0", by="shop", came=at(T - 1)))
    assert world.state.quantity.cancelled == 1
    assert (world.state.ended_late, FLAG in world.state.needs) == (0, False)


def test_a_word_about_what_is_cancelled_already_calls_nobody() -> None:
    world = bought()
    world.react(cancel(at(T + 2), by="shop"))
    world.react(cancel(at(T + 3), request="c2"))
    assert world.stands() is Status.CLOSING
    assert (world.state.needs, told(world.until(at(T + 4)))) == ((), [])


@pytest.mark.parametrize(
    ("story", "refusal", "kept"),
    [("in time", Refusal.SHIPPED, 1), ("cancelled", Refusal.CANCELLED, 1), ("swapped", Refusal.SWAPPED, 0)],
)
@pytest.mark.parametrize("way", ["cancel", "phone", "link"])
def test_a_word_that_nothing_comes_of_is_refused_and_kept_once_for_what_may_have_left_too_late(
    story: str, refusal: Refusal, kept: int, way: str
) -> None:
    world = bought(units=2)
    if story == "in time":
        world.react(ship(at(T - TRANSIT), 1))
    if story == "swapped":
        swap = Substitution(request="t1", units=2, received_at=at(T + 1), price=Decimal(20))
        units = replace(world.state.quantity, substituted=2)
        world.state = world.state.replace(quantity=units, substitutions=(swap,))
    else:
        world.react(cancel(at(T + 1), by="shop"))
    verdict = Verdict.RECORDED if world.stands() in ENDED else Verdict.REJECTED
    for n in range(3):
        came, id = at(T + 2 + n), f"c{n}"
        decision = world.react(
            cancel(came, request=id) if way == "cancel" else answer(came, "cancel", request=id, via=way)
        )
        assert (decision.verdict, decision.refusal, decision.commands) == (verdict, refusal, ())
    assert len(world.state.after_shipment) == kept
    assert (world.state.needs, told(world)) == ((), [])


@pytest.mark.parametrize(("first", "ended"), [(1, 2), (2, 2)])
def test_what_was_ended_too_late_before_words_were_kept_counts_beside_those_that_are(
    first: int, ended: int
) -> None:
    world = bought(units=2)
    world.react(ship(at(T - 1), 2))
    world.state = world.state.replace(ended_late=first, needs=(FLAG,))
    world.react(refund(at(T), f"{first * 10}.00"))
    assert world.state.ended_late == first
    world.react(cancel(at(T + 2), 1, request="c2"))
    assert (world.state.ended_late, world.state.needs) == (ended, (FLAG,) if first < ended else ())
    if first == 1:
        world.react(refund(at(T + 3), "10.00", id="f2"))
    assert "refund_excess" not in world.state.needs


def test_units_that_left_too_late_and_are_named_beside_open_ones_are_a_persons() -> None:
    world = bought(units=3)
    world.react(ship(at(T - 1), 2))
    world.react(cancel(at(T), 1, request="c1"))
    assert world.state.needs == (), "the one that had not left"
    world = bought(units=3)
    world.react(ship(at(T - 1), 2))
    world.react(cancel(at(T), 3, request="c1"))
    assert world.state.quantity.cancelled == 1
    assert world.state.needs == (FLAG,)


def test_a_day_that_the_customer_agreed_to_is_the_stated_one() -> None:
    world = bought().until(at(T - 10))
    world.react(replace(answer(at(T - 10), "keep"), until=None, indefinite=True))
    world.react(ship(at(T + 10), 1))
    assert world.react(cancel(at(T + 12))).verdict is Verdict.RECORDED


def refunded(world: World) -> list[tuple[str, int]]:
    """What the customer read of money that went: the amount, and for how many units."""
    world.until(world.now.replace(hour=23))
    return [(str(t.facts.refund), t.facts.quantity) for _, t in world.gone if t.kind is Kind.REFUNDED]


@pytest.mark.parametrize("first", ["word", "money"])
def test_what_a_person_sends_back_for_it_is_no_excess_and_its_customer_hears(first: str) -> None:
    """Up to what was paid for those units, whichever is told first, the word or the refund."""
    world = bought(units=2)
    world.react(ship(at(T - 1), 2))
    facts = [cancel(at(T + 2)), refund(at(T + 3), "20.00")]
    if first == "money":
        facts = [refund(at(T + 2), "20.00"), cancel(at(T + 3))]
    for each in facts:
        world.react(each)
    assert world.stands() is Status.FULFILLED
    assert not world.state.needs, "what it asked a person for is done"
    assert refunded(world) == [("20.00 EUR", 2)]


def test_a_part_of_it_leaves_the_task_and_is_told() -> None:
    world = bought(units=2)
    world.react(ship(at(T - 1), 2))
    world.react(cancel(at(T + 2)))
    world.react(refund(at(T + 3), "12.50"))
    assert FLAG in world.state.needs
    assert refunded(world) == [("12.50 EUR", 2)]
    world.react(refund(at(T + 4), "7.50", id="f2"))
    assert not world.state.needs
    assert [amount for amount, _ in refunded(world)] == ["12.50 EUR", "7.50 EUR"]


def test_what_is_more_than_was_paid_for_it_is_flagged() -> None:
    """What was paid for shipping goes back with all of the order, and with no less of it."""
    world = bought(units=2, shipping="4.00")
    world.react(ship(at(T - 1), 2))
    world.react(cancel(at(T + 2)))
    world.react(refund(at(T + 3), "24.00"))
    assert not world.state.needs
    world.react(refund(at(T + 4), "0.01", id="f2"))
    assert world.state.needs == ("refund_excess",)

    world = bought(units=2, shipping="4.00")
    world.react(ship(at(T - 1), 2))
    world.react(cancel(at(T + 2), 1))
    world.react(refund(at(T + 3), "10.01"))
    assert world.state.needs == ("refund_excess",)
    assert refunded(world) == [("10.01 EUR", 1)], "what went is told as it went"


def test_what_left_in_time_is_none_of_it() -> None:
    world = bought(units=2)
    world.react(ship(at(T - TRANSIT), 1))
    world.react(ship(at(T - 1), 1, id="s2"))
    world.react(cancel(at(T + 2)))
    world.react(refund(at(T + 3), "20.00"))
    assert world.state.needs == ("refund_excess",)
    assert refunded(world) == [("20.00 EUR", 1)]


def test_what_went_for_a_cancellation_that_the_late_parcel_takes_back_is_no_excess() -> None:
    world = bought()
    world.react(cancel(at(T + 2)))
    world.react(refund(at(T + 3), "10.00"))
    world.react(ship(at(T + 4), 1, left=at(T + 1)))
    assert world.stands() is Status.FULFILLED
    assert not world.state.needs
    shipped = world.until(at(T + 5)).last(Kind.SHIPPED).facts
    assert (shipped.uncancelled, shipped.refund) == (1, None), "nobody said that the money does not come"


def test_beside_units_that_had_not_left_each_has_its_own() -> None:
    world = bought(units=3)
    world.react(ship(at(T - 1), 2))
    world.react(cancel(at(T), 3, request="c1"))
    world.react(refund(at(T + 1), "10.00"))
    assert (world.stands(), world.state.needs) == (Status.FULFILLED, (FLAG,))
    world.react(refund(at(T + 2), "20.00", id="f2"))
    assert not world.state.needs
    assert sum(float(amount.split()[0]) for amount, _ in refunded(world)) == 30


def test_where_no_money_was_taken_the_task_stays_until_it_is_decided() -> None:
    world = bought(payment="unpaid")
    world.react(ship(at(T - 1), 1))
    world.react(cancel(at(T + 2)))
    assert world.state.needs == (FLAG,)
    world.react(FlagCleared(at=at(T + 3), day=day(T + 3), flag=FLAG, note="none was paid", by="Eva"))
    assert not world.state.needs


def test_money_that_did_not_arrive_is_told_anew_once_it_went() -> None:
    world = bought()
    world.react(ship(at(T - 1), 1))
    world.react(cancel(at(T + 2)))
    world.react(refund(at(T + 3), "10.00"))
    world.react(refund(at(T + 4), "10.00", failed=at(T + 4)))
    assert "refund_excess" not in world.state.needs
    world.react(refund(at(T + 5), "10.00", id="f2"))
    assert [amount for amount, _ in refunded(world)] == ["10.00 EUR", "10.00 EUR"]
