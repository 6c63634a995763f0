"""Units, and the words for a line that ships in parts."""

from datetime import timedelta

import pytest

from backorder.domain.line.commands import FreeUnits, Verdict
from backorder.domain.line.decide import decide
from backorder.domain.line.events import PolicyMoved
from backorder.domain.line.state import Quantity, Status, Window
from backorder.domain.notifications import Kind, Part, Why
from tests.support.days import day
from tests.support.lines import arrives, at, cancel, policy, ship, supply
from tests.support.world import begun

SHIPS = policy(partial="ship", every=7)


def part(units: int, likely: int, by: int | None = None) -> Part:
    return Part(quantity=units, likely=day(likely), by=day(likely if by is None else by))


@pytest.mark.parametrize(
    "units",
    [
        {"ordered": 0},
        {"ordered": 2, "allocated": 3},
        {"ordered": 2, "shipped": 2, "cancelled": 1},
        {"ordered": 2, "shipped": -1},
        {"ordered": 2, "allocated": 1, "shipped": 2},
    ],
)
def test_units_that_do_not_add_up_cannot_be(units: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="do not add up"):
        Quantity(**units)


def test_with_ship_every_message_names_the_parts() -> None:
    world = begun(SHIPS, arrives(3, 10), arrives(2, 20), units=5).until(at(8))
    for kind in (Kind.CONFIRMED, Kind.STILL_WAITING):
        facts = world.last(kind).facts
        assert facts.parts == (part(3, 10), part(2, 20))
        assert facts.by == day(20)
    world.react(supply(at(8), arrives(3, 12), arrives(2, 25)))
    world.until(at(9))
    assert world.last(Kind.DELAYED).facts.parts == (part(3, 12), part(2, 25))


@pytest.mark.parametrize("partial", ["hold", "skip"])
def test_a_line_that_ships_whole_has_one_window_that_of_its_last_unit(partial: str) -> None:
    world = begun(policy(partial=partial), arrives(3, 10, 12), arrives(2, 8, 20), units=5).until(at(1))
    facts = world.last(Kind.CONFIRMED).facts
    assert (facts.parts, facts.likely, facts.by) == ((), day(10), day(20))


def test_arrivals_in_the_same_window_are_one_part() -> None:
    world = begun(SHIPS, arrives(1, 10), arrives(2, 10), arrives(2, 20), units=5).until(at(1))
    assert world.last(Kind.CONFIRMED).facts.parts == (part(3, 10), part(2, 20))


def test_a_part_without_a_date_leaves_the_line_without_one() -> None:
    world = begun(SHIPS, arrives(3, 10), units=5).until(at(1))
    facts = world.last(Kind.CONFIRMED).facts
    assert facts.by is None
    assert facts.parts == (part(3, 10), Part(quantity=2, likely=None, by=None))
    assert world.promised is None


def test_with_ship_the_order_system_hears_of_each_part_with_hold_only_of_the_whole() -> None:
    for partial, expected in (("ship", [3, 2]), ("hold", [5]), ("skip", [5])):
        world = begun(policy(partial=partial), arrives(5, 20), units=5)
        world.react(supply(at(3), arrives(2, 20), allocated=3))
        world.react(supply(at(5), allocated=5))
        told = [each.data["quantity"] for _, each in world.published if each.type == "allocated"]
        assert told == expected
        assert world.stands() is Status.ALLOCATED


def test_a_part_ships_and_the_customer_reads_what_is_still_to_come() -> None:
    world = begun(SHIPS, arrives(3, 10), arrives(2, 20), units=5)
    world.react(supply(at(9), arrives(2, 20), allocated=3, on=day(10)))
    world.react(ship(at(10), 3))
    world.until(at(11))
    facts = world.last(Kind.PART_SHIPPED).facts
    assert (facts.quantity, facts.remaining, facts.by, facts.parts) == (3, 2, day(20), ())
    assert world.stands() is Status.WAITING
    assert world.state.promise is not None
    assert world.state.promise.window == Window(likely=day(20), by=day(20))


def test_after_a_part_shipped_updates_speak_of_the_open_units_alone() -> None:
    world = begun(SHIPS, arrives(3, 5), arrives(1, 20), arrives(1, 30), units=5)
    world.react(supply(at(5), arrives(1, 20), arrives(1, 30), allocated=3))
    world.react(ship(at(5), 3))
    world.until(at(13))
    facts = world.last(Kind.STILL_WAITING).facts
    assert (facts.quantity, facts.parts) == (2, (part(1, 20), part(1, 30)))


def test_cancelling_a_part_takes_the_units_that_come_last_and_is_no_good_news() -> None:
    world = begun(SHIPS, arrives(3, 10), arrives(2, 30), units=5).until(at(1))
    world.react(cancel(at(3), 2))
    facts = world.last(Kind.CANCELLED).facts
    assert (facts.quantity, facts.remaining, facts.by) == (2, 3, day(10))
    assert world.promised == 10
    assert world.until(at(5)).days(Kind.EARLIER) == []


def test_cancelling_a_part_takes_unallocated_units_first() -> None:
    world = begun(policy(), arrives(5, 20), units=5)
    world.react(supply(at(3), arrives(2, 20), allocated=3))
    decision = world.react(cancel(at(4), 3))
    assert [each for each in decision.commands if isinstance(each, FreeUnits)] == [FreeUnits(quantity=1)]
    assert (world.state.quantity.allocated, world.state.quantity.waiting) == (2, 0)


def test_cancelling_what_still_waits_completes_a_line_that_held_the_rest() -> None:
    world = begun(policy(), arrives(5, 20), units=5)
    world.react(supply(at(3), arrives(2, 20), allocated=3))
    world.react(cancel(at(4), 2))
    assert world.stands() is Status.ALLOCATED
    assert world.event("allocated") == {"quantity": 3}


def test_a_promise_that_has_not_gone_is_put_anew_for_the_units_that_are_left() -> None:
    world = begun(SHIPS, arrives(3, 10), arrives(2, 20), units=5).until(at(1))
    world.react(supply(at(3, 12), arrives(2, 30), allocated=3))
    world.react(ship(at(3, 13), 3))
    world.until(at(4))
    facts = world.last(Kind.DELAYED).facts
    assert (facts.quantity, facts.by, facts.parts) == (2, day(30), ())


def test_a_promise_that_was_on_its_way_while_a_part_shipped_stands_for_the_rest() -> None:
    world = begun(SHIPS, arrives(3, 10), arrives(2, 20), units=5).until(at(1))
    world.delay = timedelta(hours=5)
    world.react(supply(at(3, 9), arrives(2, 30), allocated=3))
    world.react(ship(at(3, 13), 3))
    world.until(at(3, 22))
    assert world.state.promise is not None
    assert world.state.promise.window == Window(likely=day(30), by=day(30))


def test_more_units_set_aside_than_are_open_is_refused() -> None:
    world = begun(policy(), arrives(5, 20), units=5)
    assert world.react(supply(at(3), allocated=6)).verdict is Verdict.REJECTED


def test_a_line_whose_units_are_all_allocated_at_the_start_is_allocated() -> None:
    world = begun(policy(), units=2, allocated=2).until(at(0, 23))
    assert world.stands() is Status.ALLOCATED
    assert world.kinds() == ["confirmed"]
    assert world.promised == 0


def undated(units: int) -> Part:
    return Part(quantity=units, likely=None, by=None)


def test_a_part_that_slips_is_told_with_its_new_day_although_the_last_one_comes_as_promised() -> None:
    world = begun(SHIPS, arrives(1, 5), arrives(1, 40), units=2).until(at(2))
    world.react(supply(at(2), arrives(1, 35), arrives(1, 40)))
    world.until(at(20))
    assert world.days(Kind.DELAYED) == [2]
    for kind in (Kind.DELAYED, Kind.STILL_WAITING):
        assert world.last(kind).facts.parts == (part(1, 35), part(1, 40))
    facts = world.last(Kind.DELAYED).facts
    assert (facts.by, facts.previous_by, facts.why) == (day(40), None, Why.SUPPLY_MOVED)


@pytest.mark.parametrize(("then", "told"), [(5, []), (6, [4])])
def test_a_part_that_slips_a_little_is_told_on_the_day_before_if_it_still_does(
    then: int, told: list[int]
) -> None:
    world = begun(SHIPS, arrives(1, 5), arrives(1, 40), units=2).until(at(1))
    world.react(supply(at(1), arrives(1, 6), arrives(1, 40)))
    world.until(at(3)).react(supply(at(3), arrives(1, then), arrives(1, 40)))
    assert world.until(at(5, 9)).days(Kind.DELAYED) == told


@pytest.mark.parametrize("last", [20, None])
def test_a_part_whose_day_passed_has_no_date_and_is_told_of_on_the_morning_after(last: int | None) -> None:
    world = begun(SHIPS, arrives(1, 5), arrives(1, last), units=2).until(at(19))
    rest = part(1, last) if last else undated(1)
    assert world.days(Kind.DELAYED) == [6]
    assert world.days(Kind.STILL_WAITING) == [13]
    for kind in (Kind.DELAYED, Kind.STILL_WAITING):
        facts = world.last(kind).facts
        assert facts.parts == (undated(1), rest)
        assert facts.why is (Why.OVERDUE if last else Why.SUPPLIER_UNSURE)
    arrivals = (arrives(1, 20), arrives(1, 25)) if last else (arrives(1, 25), arrives(1, None))
    world.react(supply(at(19), *arrivals))
    facts = world.until(at(20)).last(Kind.DELAYED if last else Kind.EARLIER).facts
    assert facts.parts == ((part(1, 20), part(1, 25)) if last else (part(1, 25), undated(1)))


def test_a_part_that_is_there_and_has_not_left_is_not_told_as_leaving_today() -> None:
    world = begun(SHIPS, arrives(1, 5), arrives(1, 30), units=2)
    world.react(supply(at(5), arrives(1, 30), allocated=1))
    facts = world.until(at(7)).last(Kind.DELAYED).facts
    assert (facts.parts, facts.why) == ((undated(1), part(1, 30)), Why.UNSENT)
    assert facts.set_aside == 1
    assert facts.by == day(30)


@pytest.mark.parametrize(
    ("before", "after", "there", "freed"),
    [
        ("hold", "skip", 2, 2),
        ("hold", "ship", 2, 0),
        ("hold", "skip", 3, 0),
        ("ship", "skip", 2, 0),  # they are reported to be sent
        ("hold", "skip", 0, 0),
    ],
)
def test_a_line_that_moves_to_skip_gives_up_the_units_that_it_held_for_the_whole(
    before: str, after: str, there: int, freed: int
) -> None:
    rest = (arrives(3 - there, 20),) if there < 3 else ()
    world = begun(policy(partial=before), arrives(3, 20), units=3)
    world.react(supply(at(1), *rest, allocated=there))
    event = PolicyMoved(
        at=at(2),
        day=day(2),
        policy=after,
        reason="it is urgent",
        by="eve",
        version="2",
        kept=(before, "1"),
    )
    decision = decide(policy(partial=after), world.state, event)
    assert decision.verdict is Verdict.ACCEPTED
    freeing = [each for each in decision.commands if isinstance(each, FreeUnits)]
    assert freeing == [FreeUnits(quantity=freed)] * bool(freed)
    assert decision.state.quantity.allocated == there - freed
    assert not decision.state.withdrawn
