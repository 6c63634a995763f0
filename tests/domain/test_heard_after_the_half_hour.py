"""What came in within the half hour counts in whatever order, and however late, it is heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from backorder.domain.line.commands import Verdict
from backorder.domain.line.events import Shipped
from backorder.domain.line.ledger import owed
from backorder.domain.line.sent_back import sent_back
from backorder.domain.notifications import Kind
from tests.domain.cancelled_by_link import allocated, by_link, keeps, take_back
from tests.support.lines import answer, at, cancel, refund, ship
from tests.support.world import World


@pytest.mark.parametrize("word", [take_back, keeps])
def test_said_in_time_and_heard_late_it_is_withdrawn_while_no_money_was_sent(word: Any) -> None:
    world = allocated(paid="20.00")
    world.react(by_link(at(4)))
    said = replace(word(at(4, 12, 10)), at=at(4, 14))
    assert world.until(at(4, 13)).react(said).verdict is Verdict.ACCEPTED
    assert (world.state.quantity.open, world.state.needs) == (2, ())
    assert owed(world.state) == 0
    assert world.event("cancellation_withdrawn")["quantity"] == 2
    read = world.last(Kind.ANSWER_RECEIVED).facts
    assert (read.quantity, read.uncancelled) == (2, 2), "the message that it is cancelled had gone"
    sent = allocated(paid="20.00")
    sent.react(by_link(at(4)))
    sent.until(at(4, 13)).react(refund(at(4, 13), "20.00"))
    assert sent.react(said).verdict is Verdict.ACCEPTED
    assert (sent.state.quantity.open, sent.state.needs) == (0, ("taken_back_late",))


def by_phone(units: int | None, minute: int) -> Any:
    return answer(at(4, 12, minute), "cancel", quantity=units, via="phone", request="p1")


def by_shop(units: int, minute: int) -> Any:
    return cancel(at(4, 12, minute), units, by="shop", request="shop1")


def left(units: int, minute: int, id: str = "s1") -> Any:
    return ship(at(4, 12, minute), units, id=id, left=at(4, 12, minute))


def cancels(units: int | None, minute: int = 0, request: str = "a1", choice: str = "cancel") -> Any:
    return replace(by_link(at(4, 12, minute), units, request=request), choice=choice)


def wants(units: int | None, minute: int = 10, **others: Any) -> Any:
    return replace(keeps(at(4, 12, minute), units), **others)


def takes_back(minute: int = 10, of: str = "a1") -> Any:
    return take_back(at(4, 12, minute), of=of)


EU, HELD = {"pack": "eu-crd-18"}, {"payment": "authorized", "expires_at": at(40)}
STORIES: dict[str, tuple[dict[str, Any], list[Any], tuple[int, int, int]]] = {
    "all": ({}, [cancels(None), wants(3)], (3, 0, 0)),
    "all, no number": ({}, [cancels(None), wants(None)], (3, 0, 0)),
    "all, by name": ({}, [cancels(None), takes_back()], (3, 0, 0)),
    "all that left": ({}, [cancels(None), wants(3), left(3, 5)], (0, 3, 0)),
    "all that left, by name": ({}, [cancels(None), takes_back(), left(3, 5)], (0, 3, 0)),
    "some left": ({}, [cancels(None), wants(3), left(2, 5)], (1, 2, 0)),
    "some of which some left": ({}, [cancels(2), wants(3), left(1, 5)], (2, 1, 0)),
    "some left before": ({}, [cancels(None, 2), wants(3), left(1, 0)], (2, 1, 0)),
    "some": ({}, [cancels(2), wants(3)], (3, 0, 0)),
    "some are kept": ({}, [cancels(None), wants(2)], (2, 0, 1)),
    "some are kept, the rest not": ({}, [cancels(None), wants(2, rest="cancel")], (2, 0, 1)),
    "two words": ({}, [cancels(1), cancels(1, 2, "a2"), wants(2)], (2, 0, 1)),
    "two words, all are kept": ({}, [cancels(1), cancels(None, 2, "a2"), wants(3)], (3, 0, 0)),
    "two words, one by name": ({}, [cancels(1), cancels(1, 2, "a2"), takes_back(of="a2")], (2, 0, 1)),
    "again after it": ({}, [cancels(None), cancels(None, 20, "a2"), wants(3)], (0, 0, 3)),
    "again after it, by name": ({}, [cancels(None), cancels(None, 20, "a2"), takes_back()], (0, 0, 3)),
    "kept again": ({}, [cancels(None), cancels(None, 5, "a2"), wants(3)], (3, 0, 0)),
    "the shop, one": ({}, [cancels(None), by_shop(1, 5), wants(None)], (2, 0, 1)),
    "the shop, one, by name": ({}, [cancels(None), by_shop(1, 5), takes_back()], (2, 0, 1)),
    "one by phone before": ({}, [cancels(None), by_phone(1, 5), wants(None)], (2, 0, 1)),
    "one by phone after": ({}, [cancels(None), by_phone(1, 20), wants(3)], (2, 0, 1)),
    "all by phone too": ({}, [cancels(None), by_phone(None, 5), wants(3)], (0, 0, 3)),
    "all by phone at once": ({}, [cancels(None), by_phone(None, 0), wants(3, 0)], (0, 0, 3)),
    "the shop, all": ({}, [cancels(None), by_shop(3, 5), wants(None)], (0, 0, 3)),
    "right": (EU, [cancels(None, choice="withdraw"), wants(3)], (3, 0, 0)),
    "right, one left before": (EU, [cancels(None, 2, choice="withdraw"), wants(3), left(1, 0)], (2, 1, 0)),
    "right, one left since": (EU, [cancels(None, choice="withdraw"), wants(3), left(1, 5)], (2, 1, 0)),
    "right, two left": (
        EU,
        [cancels(None, 2, choice="withdraw"), takes_back(), left(1, 0), left(1, 5, "s2")],
        (1, 2, 0),
    ),
    "held": (HELD, [cancels(None), wants(3)], (3, 0, 0)),
    "held, all left": (HELD, [cancels(None), takes_back(), left(3, 5)], (0, 3, 0)),
    "held, some": (HELD, [cancels(1), wants(3)], (3, 0, 0)),
}
"""How a line of three is paid and under which law; what is said and what leaves; what is open, shipped and
cancelled at last, wherever no person is called.
"""
TASKS = {"taken_back_late", "shipped_after_cancellation"}


def _told(facts: tuple[Any, ...], blanks: dict[str, Any], first_heard: int, apart: int) -> World:
    world = allocated(units=3, paid="30.00", **blanks)
    for number, fact in enumerate(facts):
        when = at(4, 12) + timedelta(minutes=first_heard + number * apart, seconds=number)
        world.until(when).react(replace(fact, at=when))
    return world.until(at(6))


def _read(world: World) -> int:
    """Units that are cancelled by all that was read. Who had cancelled before the shop hears that, too."""
    news = [tell.facts for _, tell in world.gone]
    heard_after = {each.by for each in world.state.cancellations if not each.units} & {"shop"}
    said = (each for each in news if each.reason and each.reason not in heard_after)
    return sum(each.quantity for each in said) - sum(each.uncancelled for each in news)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize(("first_heard", "apart"), [(21, 0), (21, 2), (21, 10), (45, 0), (45, 2), (45, 10)])
def test_a_word_in_the_half_hour_leads_to_one_end_in_whatever_order_or_to_a_person(
    story: str, first_heard: int, apart: int
) -> None:
    """Cancelled on the page, and wanted after all: whoever was away, the goods are, or somebody is called."""
    blanks, facts, end = STORIES[story]
    for order in permutations(facts):
        world = _told(order, blanks, first_heard, apart)
        state, told = world.state, [getattr(each, "request", "left") for each in order]
        assert state.revocable == (), told
        if not TASKS & set(state.needs):
            units = (state.quantity.open, state.quantity.shipped, state.quantity.cancelled)
            assert units == end, told
            assert owed(state) == (end[2] * 10 if state.payment.captured else 0), told
            assert sent_back(state) == () or not any(count for _, count in sent_back(state)), told
            assert state.sent_back == 0, told
            assert not (world.events("void_due") and world.events("capture_due")), told
            assert len(world.events("shipped")) == sum(each.__class__ is Shipped for each in order), told
        if state.payment.captured:
            assert _read(world) == state.quantity.cancelled, told


def test_in_the_order_of_life_and_at_once_nobody_is_called_but_for_what_left_meanwhile() -> None:
    for story, (blanks, facts, _) in STORIES.items():
        world = _told(tuple(sorted(facts, key=_instant)), blanks, 21, 0)
        state = world.state
        left_since = any(isinstance(each, Shipped) and each.shipped_at > at(4, 12) for each in facts)
        assert bool(TASKS & set(state.needs)) == left_since, (story, state.needs)


@pytest.mark.parametrize("story", ["all by phone too", "all by phone at once", "the shop, all"])
def test_what_another_word_ended_too_calls_nobody_whichever_is_heard_first(story: str) -> None:
    blanks, facts, _ = STORIES[story]
    for order in permutations(facts):
        state = _told(order, blanks, 21, 2).state
        assert (state.needs, state.quantity.cancelled) == ((), 3), [each.request for each in order]


def _instant(fact: Any) -> Any:
    return fact.shipped_at if isinstance(fact, Shipped) else fact.received_at


def test_who_names_more_than_is_open_keeps_that_and_a_person_helps_with_the_others() -> None:
    """The money for the unit that they had cancelled had gone."""
    world = allocated(units=3, paid="30.00")
    world.react(by_link(at(4), 1))
    world.until(at(4, 13)).react(refund(at(4, 13), "10.00"))
    said = replace(keeps(at(4, 12, 10), 3), at=at(4, 14))
    assert world.until(at(4, 14)).react(said).verdict is Verdict.ACCEPTED
    assert (world.state.quantity.open, world.state.needs) == (2, ("taken_back_late",))
    assert world.last(Kind.ANSWER_RECEIVED).facts.quantity == 2


@pytest.mark.parametrize("heard", [20, 40, 50])
@pytest.mark.parametrize("first", ["cancelled", "kept"])
def test_a_word_after_the_half_hour_takes_nothing_back_whenever_either_is_heard(
    heard: int, first: str
) -> None:
    world = allocated(units=3, paid="30.00")
    facts = [by_link(at(4), 2), keeps(at(4, 12, 31), 3)]
    for fact in facts if first == "cancelled" else reversed(facts):
        when = max(world.now, fact.received_at, at(4, 12, heard))
        world.until(when).react(replace(fact, at=when))
    state = world.until(at(6)).state
    assert (state.quantity.open, state.quantity.cancelled, owed(state)) == (1, 2, Decimal("20.00"))


def test_a_cancellation_that_is_heard_after_its_half_hour_waits_for_what_came_in_meanwhile() -> None:
    """The worker was away: nothing is told, freed or paid back of what they want after all."""
    world = allocated().until(at(4, 12, 45))
    world.react(replace(by_link(at(4)), at=at(4, 12, 45)))
    world.react(replace(keeps(at(4, 12, 10)), at=at(4, 12, 45)))
    world.until(at(6))
    assert world.state.quantity.open == 2
    assert world.events("cancelled", "refund_due", "cancellation_withdrawn") == []
    assert Kind.CANCELLED.value not in world.kinds()
    alone = allocated().until(at(4, 12, 45))
    alone.react(replace(by_link(at(4)), at=at(4, 12, 45)))
    assert alone.until(at(4, 12, 49)).events("refund_due") == []
    assert alone.until(at(4, 12, 50)).events("refund_due") == ["refund_due"]
    assert alone.state.refund is not None
    assert alone.state.refund.vested_at == at(4)
    assert alone.kinds()[-1] == Kind.CANCELLED.value, "the half hour is over: it is told as done"


def test_what_was_said_by_another_way_too_is_taken_back_by_nothing() -> None:
    world = allocated()
    world.react(by_link(at(4)))
    world.react(answer(at(4, 12, 10), "cancel", via="letter", request="l1"))
    late = keeps(at(4, 12, 20))
    assert world.react(late).verdict is Verdict.RECORDED
    assert world.until(at(5)).state.quantity.open == 0
