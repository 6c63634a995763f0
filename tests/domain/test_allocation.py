"""What handing out units and taking them back promises, whatever the queue."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backorder.domain.supply.allocation import Grant, Open, Partial, allocate, withdraw

NOON = datetime(2025, 2, 1, 12, tzinfo=UTC)
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine


def line(
    name: str,
    units: int,
    allocated: int = 0,
    partial: Partial = "ship",
    *,
    hour: int = 0,
    priority: int = 0,
    claim: bool = False,
) -> Open:
    at = NOON + timedelta(hours=hour)
    return Open(
        id=name,
        priority=priority,
        ordered_at=at,
        open=units,
        allocated=allocated,
        partial=partial,
        claim=claim,
    )


@st.composite
def queues(
    draw: st.DrawFn, *, fresh: bool = False, partials: tuple[Partial, ...] = ("ship", "hold", "skip")
) -> list[Open]:
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8))
    result = []
    for name in names:
        units = draw(st.integers(1, 5))
        result.append(
            line(
                name,
                units,
                0 if fresh else draw(st.integers(0, units)),
                draw(st.sampled_from(partials)),
                hour=draw(st.integers(0, 2)),
                priority=draw(st.integers(0, 2)),
                claim=not fresh and draw(st.integers(0, 4)) == 0,
            )
        )
    return result


frees = st.integers(0, 30)


def turn(entry: Open) -> tuple[bool, int, datetime, str]:
    held = entry.partial == "hold" and 0 < entry.allocated < entry.open
    return not (entry.claim or held), -entry.priority, entry.ordered_at, entry.id


def queue_order(entry: Open) -> tuple[int, datetime, str]:
    return -entry.priority, entry.ordered_at, entry.id


def given_to(queue: list[Open], grants: list[Grant], sign: int = 1) -> list[Open]:
    units = {grant.id: grant.units * sign for grant in grants}
    return [replace(entry, allocated=entry.allocated + units.get(entry.id, 0)) for entry in queue]


def total(grants: list[Grant]) -> int:
    return sum(grant.units for grant in grants)


@patient
@given(queues(), frees)
def test_never_more_than_is_free_nor_more_than_a_line_needs(queue: list[Open], free: int) -> None:
    grants = allocate(queue, free)
    need = {entry.id: entry.open - entry.allocated for entry in queue}
    assert total(grants) <= free
    assert all(1 <= grant.units <= need[grant.id] for grant in grants)
    assert len({grant.id for grant in grants}) == len(grants)


@patient
@given(queues(), frees)
def test_grants_come_in_the_order_of_the_queue(queue: list[Open], free: int) -> None:
    by_id = {entry.id: entry for entry in queue}
    turns = [turn(by_id[grant.id]) for grant in allocate(queue, free)]
    assert turns == sorted(turns)


@patient
@given(queues(), frees)
def test_nobody_is_passed_over(queue: list[Open], free: int) -> None:
    units = {grant.id: grant.units for grant in allocate(queue, free)}
    left = free
    for entry in sorted(queue, key=turn):
        got = units.pop(entry.id, 0)
        if got < entry.need:
            if entry.partial == "skip":
                assert got == 0
                assert entry.need > left
            else:
                assert got == left
                assert not units
        left -= got


@patient
@given(queues(partials=("ship", "hold")), frees)
def test_units_stay_free_only_when_every_line_is_whole(queue: list[Open], free: int) -> None:
    assert total(allocate(queue, free)) == min(free, sum(entry.need for entry in queue))


@patient
@given(queues(partials=("ship", "hold")), frees, frees)
def test_two_receipts_serve_the_queue_as_one_does(queue: list[Open], first: int, second: int) -> None:
    after_first = given_to(queue, allocate(queue, first))
    after_both = given_to(after_first, allocate(after_first, second))
    assert after_both == given_to(queue, allocate(queue, first + second))


@patient
@given(queues(), frees, st.data())
def test_the_order_of_the_input_does_not_matter(queue: list[Open], free: int, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(queue))
    assert allocate(shuffled, free) == allocate(queue, free)
    missing = data.draw(st.integers(0, sum(entry.allocated for entry in queue)))
    assert withdraw(shuffled, missing) == withdraw(queue, missing)


@patient
@given(queues(), st.data())
def test_exactly_what_is_missing_is_taken_back_from_the_tail(queue: list[Open], data: st.DataObject) -> None:
    missing = data.draw(st.integers(0, sum(entry.allocated for entry in queue)))
    grants = withdraw(queue, missing)
    assert total(grants) == missing
    by_id = {entry.id: entry for entry in queue}
    order = [queue_order(by_id[grant.id]) for grant in grants]
    assert order == sorted(order, reverse=True)
    assert all(1 <= grant.units <= by_id[grant.id].allocated for grant in grants)
    if grants:
        head = min(order)
        after = given_to(queue, grants, -1)
        assert all(entry.allocated == 0 for entry in after if queue_order(entry) > head)


@patient
@given(queues(), st.integers(1, 9))
def test_more_than_is_allocated_cannot_be_taken_back(queue: list[Open], beyond: int) -> None:
    allocated = sum(entry.allocated for entry in queue)
    with pytest.raises(ValueError, match=f"but only {allocated} are allocated"):
        withdraw(queue, allocated + beyond)


@patient
@given(queues(fresh=True, partials=("ship", "hold")), st.data())
def test_taking_back_the_last_units_undoes_handing_them_out(queue: list[Open], data: st.DataObject) -> None:
    out = data.draw(st.integers(0, sum(entry.open for entry in queue)))
    back = data.draw(st.integers(0, out))
    served = given_to(queue, allocate(queue, out))
    assert given_to(served, withdraw(served, back), -1) == given_to(queue, allocate(queue, out - back))


@patient
@given(queues(fresh=True), st.data())
def test_units_that_turn_up_again_go_to_who_lost_them(queue: list[Open], data: st.DataObject) -> None:
    whole = data.draw(st.sets(st.sampled_from([entry.id for entry in queue]))) if queue else set()
    before = [replace(entry, allocated=entry.open if entry.id in whole else 0) for entry in queue]
    missing = data.draw(st.integers(0, sum(entry.allocated for entry in before)))
    losses = withdraw(before, missing)
    losers = {loss.id for loss in losses}
    after = [replace(entry, claim=entry.id in losers) for entry in given_to(before, losses, -1)]
    again = allocate(after, missing)
    assert sorted((g.id, g.units) for g in again) == sorted((g.id, g.units) for g in losses)


@patient
@given(queues(), frees, st.data())
def test_a_claim_never_gets_a_line_less(queue: list[Open], free: int, data: st.DataObject) -> None:
    assume(queue)
    entry = data.draw(st.sampled_from(queue))

    def got(claim: bool) -> int:
        lines = [replace(other, claim=claim) if other == entry else other for other in queue]
        return sum(grant.units for grant in allocate(lines, free) if grant.id == entry.id)

    assert got(claim=True) >= got(claim=False)


def test_ship_takes_what_there_is() -> None:
    queue = [line("a", 3), line("b", 2, hour=1)]
    assert allocate(queue, 4) == [Grant(id="a", units=3), Grant(id="b", units=1)]


def test_a_held_part_keeps_its_place_at_the_head() -> None:
    held = line("a", 5, 2, "hold", hour=2)
    assert held.heads
    assert allocate([line("b", 2, priority=9), held], 4) == [Grant(id="a", units=3), Grant(id="b", units=1)]


def test_a_whole_line_and_a_part_that_ships_have_no_first_claim() -> None:
    assert not line("a", 5, 5, "hold").heads
    assert not line("a", 5, 0, "hold").heads
    assert not line("a", 5, 2, "ship").heads


def test_skip_lets_the_next_line_that_fits_go_first() -> None:
    queue = [line("a", 5, 0, "skip"), line("b", 4, 0, "skip", hour=1), line("c", 3, 0, "skip", hour=2)]
    assert allocate(queue, 3) == [Grant(id="c", units=3)]
    assert allocate(queue, 8) == [Grant(id="a", units=5), Grant(id="c", units=3)]


def test_skip_looks_at_what_is_missing_not_at_the_whole_line() -> None:
    assert allocate([line("a", 5, 3, "skip")], 2) == [Grant(id="a", units=2)]


def test_withdrawn_units_come_back_first_to_who_lost_them() -> None:
    queue = [line("a", 2, 1, priority=5), line("b", 2, 1, claim=True)]
    assert allocate(queue, 1) == [Grant(id="b", units=1)]


def test_a_claim_takes_no_units_from_a_line_further_ahead() -> None:
    queue = [line("a", 2, 2), line("b", 5, 2, "hold", hour=1, claim=True)]
    assert withdraw(queue, 3) == [Grant(id="b", units=2), Grant(id="a", units=1)]


def test_nothing_to_do() -> None:
    assert allocate([], 5) == []
    assert allocate([line("a", 2, 2)], 5) == []
    assert withdraw([], 0) == []


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="free units must not be negative"):
        allocate([], -1)
    with pytest.raises(ValueError, match="missing units must not be negative"):
        withdraw([], -1)
    with pytest.raises(ValueError, match="line a is there twice"):
        allocate([line("a", 1), line("a", 2)], 1)
    with pytest.raises(ValueError, match="open must be at least 1"):
        line("a", 0)
    with pytest.raises(ValueError, match="allocated must be 0 to 2"):
        line("a", 2, 3)
    with pytest.raises(ValueError, match="needs a time zone"):
        replace(line("a", 2), ordered_at=NOON.replace(tzinfo=None))
