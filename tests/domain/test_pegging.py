"""What the pegging promises, whatever the queue and the supply."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from backorder.domain.supply.pegging import Peg, Pegged, Supply, WaitingLine, in_order, peg, queue_key
from backorder.domain.supply.shares import shares

TODAY = date(2025, 3, 10)
NOON = datetime(2025, 2, 1, 12, tzinfo=UTC)
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
ZONES = [UTC, timezone(timedelta(hours=-5)), ZoneInfo("Europe/Berlin")]


def day(n: int) -> date:
    return TODAY + timedelta(days=n)


def waiting(
    name: str, units: int = 1, *, hour: int = 0, priority: int = 0, claim: bool = False
) -> WaitingLine:
    at = NOON + timedelta(hours=hour)
    return WaitingLine(id=name, priority=priority, ordered_at=at, units=units, claim=claim)


def coming(name: str, units: int, likely: int, by: int) -> Supply:
    return Supply(id=name, units=units, likely=day(likely), by=day(by))


@st.composite
def queues(draw: st.DrawFn) -> list[WaitingLine]:
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8))
    return [
        WaitingLine(
            id=name,
            priority=draw(st.integers(0, 2)),
            ordered_at=(NOON + timedelta(hours=draw(st.integers(0, 2)))).astimezone(
                draw(st.sampled_from(ZONES))
            ),
            units=draw(st.integers(1, 5)),
            claim=draw(st.integers(0, 4)) == 0,
        )
        for name in names
    ]


@st.composite
def one_supply(draw: st.DrawFn, name: str) -> Supply:
    units = draw(st.integers(0, 6))
    if draw(st.integers(0, 4)) == 0:
        return Supply(id=name, units=units, on_hand=True)
    if draw(st.integers(0, 4)) == 0:
        return Supply(id=name, units=units)
    likely = draw(st.integers(-3, 9))
    return coming(name, units, likely, likely + draw(st.integers(0, 6)))


@st.composite
def supplies(draw: st.DrawFn, names: str = "PQRSTU") -> list[Supply]:
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=len(names)))
    return [draw(one_supply(name)) for name in chosen]


def assert_nobody_later(before: list[Pegged], after: list[Pegged]) -> None:
    was = {line.id: line for line in before}
    for now in after:
        assert (now.by or date.max) <= (was[now.id].by or date.max)
        assert (now.likely or date.max) <= (was[now.id].likely or date.max)
        assert now.uncovered <= was[now.id].uncovered


@patient
@given(queues(), supplies())
def test_no_unit_is_pegged_twice(queue: list[WaitingLine], supply: list[Supply]) -> None:
    result = peg(queue, supply, TODAY)
    for source in supply:
        pegs = [p for line in result for p in line.pegs if p.supply == source.id]
        assert sum(p.units for p in pegs) <= source.units
        assert all(p.units > 0 for p in pegs)
    units = {line.id: line.units for line in queue}
    assert len(result) == len(queue)
    for line in result:
        assert sum(p.units for p in line.pegs) + line.uncovered == units[line.id]
        assert len({p.supply for p in line.pegs}) == len(line.pegs)


@patient
@given(queues(), supplies())
def test_units_stay_without_supply_only_when_all_supply_is_used(
    queue: list[WaitingLine], supply: list[Supply]
) -> None:
    result = peg(queue, supply, TODAY)
    short = sum(line.units for line in queue) - sum(source.units for source in supply)
    assert sum(line.uncovered for line in result) == max(0, short)


@patient
@given(queues(), supplies())
def test_first_come_first_served(queue: list[WaitingLine], supply: list[Supply]) -> None:
    result = peg(queue, supply, TODAY)
    by_id = {line.id: line for line in queue}
    assert [line.position for line in result] == list(range(1, len(result) + 1))
    for ahead, behind in pairwise(result):
        first, second = by_id[ahead.id], by_id[behind.id]
        assert first.claim >= second.claim
        if first.claim == second.claim:
            assert first.priority >= second.priority
            if first.priority == second.priority:
                assert (first.ordered_at, first.id) < (second.ordered_at, second.id)
        assert not (ahead.uncovered and behind.pegs)
        assert (ahead.by or date.max) <= (behind.by or date.max)
        assert (ahead.likely or date.max) <= (behind.likely or date.max)


@patient
@given(queues(), supplies())
def test_a_share_counts_what_those_before_have_of_the_supply_that_serves_a_line_last(
    queue: list[WaitingLine], supply: list[Supply]
) -> None:
    units = {each.id: each.units for each in supply}
    pegged = peg(queue, supply, TODAY)
    for place, (line, share) in enumerate(zip(pegged, shares(pegged, supply), strict=True)):
        if line.uncovered:
            assert share is None
            continue
        assert share is not None
        last = line.pegs[-1]
        before = [each.units for one in pegged[:place] for each in one.pegs if each.supply == last.supply]
        assert (share.units, share.ahead) == (units[last.supply], sum(before))
        assert share.ahead + last.units <= share.units


@patient
@given(queues(), supplies())
def test_likely_is_never_after_by_and_nothing_is_in_the_past(
    queue: list[WaitingLine], supply: list[Supply]
) -> None:
    for line in peg(queue, supply, TODAY):
        for likely, by in [(line.likely, line.by), *((p.likely, p.by) for p in line.pegs)]:
            assert (likely is None) == (by is None)
            if likely and by:
                assert TODAY <= likely <= by


@patient
@given(queues(), supplies())
def test_a_line_arrives_with_the_last_unit_it_needs(queue: list[WaitingLine], supply: list[Supply]) -> None:
    """Unit by unit: the n-th unit of the queue arrives on the n-th of the days, P50 and P90 each in order."""

    def days(of: str) -> list[date]:
        each = [
            TODAY if source.on_hand else max(getattr(source, of) or date.max, TODAY)
            for source in supply
            for _ in range(source.units)
        ]
        return [*sorted(each), *[date.max] * 40]

    result = peg(queue, supply, TODAY)
    units = {line.id: line.units for line in queue}
    n = -1
    for line in result:
        n += units[line.id]
        assert (line.likely or date.max) == days("likely")[n]
        assert (line.by or date.max) == days("by")[n]
        if line.pegs and not line.uncovered:
            assert (line.likely, line.by) == (line.pegs[-1].likely, line.pegs[-1].by)


@patient
@given(queues(), supplies())
def test_supply_is_used_in_its_order(queue: list[WaitingLine], supply: list[Supply]) -> None:
    used = [p.supply for line in peg(queue, supply, TODAY) for p in line.pegs]
    of = {source.id: source for source in supply}
    for before, after in pairwise(used):
        first, second = of[before], of[after]
        assert first.on_hand >= second.on_hand
        if first != second and not second.on_hand and not first.on_hand:
            assert (first.by or date.max, first.likely or date.max, first.id) < (
                second.by or date.max,
                second.likely or date.max,
                second.id,
            )


@patient
@given(queues(), supplies(), st.data())
@example(
    queue=[waiting("a")], supply=[coming("P", 1, 1, 10), coming("Q", 1, 9, 11)], data=("Q", day(9), day(9))
)
def test_an_earlier_arrival_makes_nobody_later(
    queue: list[WaitingLine], supply: list[Supply], data: st.DataObject | tuple[str, date, date]
) -> None:
    if isinstance(data, tuple):
        name, likely, by = data
        moved = next(source for source in supply if source.id == name)
        better = replace(moved, likely=likely, by=by)
    else:
        assume(supply)
        moved = data.draw(st.sampled_from(supply))
        assume(not moved.on_hand)
        if data.draw(st.integers(0, 3)) == 0:
            better = replace(moved, on_hand=True)
        else:
            old_by = (moved.by - TODAY).days if moved.by else 20
            old_likely = (moved.likely - TODAY).days if moved.likely else 20
            new_by = data.draw(st.integers(-4, old_by))
            new_likely = data.draw(st.integers(-5, min(old_likely, new_by)))
            better = coming(moved.id, moved.units, new_likely, new_by)
    after = [better if source == moved else source for source in supply]
    assert_nobody_later(peg(queue, supply, TODAY), peg(queue, after, TODAY))


@patient
@given(queues(), supplies("PQRS"), supplies("TUVW"))
@example(queue=[waiting("a")], supply=[coming("P", 1, 1, 10)], more=[coming("T", 1, 9, 9)])
def test_more_supply_makes_nobody_later(
    queue: list[WaitingLine], supply: list[Supply], more: list[Supply]
) -> None:
    assert_nobody_later(peg(queue, supply, TODAY), peg(queue, supply + more, TODAY))


@patient
@given(queues(), supplies(), st.data())
def test_cancelling_a_line_makes_nobody_later(
    queue: list[WaitingLine], supply: list[Supply], data: st.DataObject
) -> None:
    assume(queue)
    gone = data.draw(st.sampled_from(queue))
    others = [line for line in queue if line != gone]
    left = data.draw(st.integers(0, gone.units - 1))
    rest = [replace(gone, units=left)] if left else []
    assert_nobody_later(peg(queue, supply, TODAY), peg(others + rest, supply, TODAY))


@patient
@given(queues(), supplies(), st.data())
def test_the_order_of_the_inputs_does_not_matter(
    queue: list[WaitingLine], supply: list[Supply], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(queue)), data.draw(st.permutations(supply))
    assert peg(*shuffled, TODAY) == peg(queue, supply, TODAY)


@patient
@given(queues())
def test_in_order_sorts_by_the_queue_key(queue: list[WaitingLine]) -> None:
    assert in_order(queue) == sorted(queue, key=queue_key)
    assert in_order(queue, claims=False) == sorted(queue, key=lambda line: queue_key(line)[1:])


def test_a_line_served_by_two_supplies() -> None:
    result = peg([waiting("a", 3)], [coming("P", 9, 5, 8), Supply(id="S", units=2, on_hand=True)], TODAY)
    assert result == [
        Pegged(
            id="a",
            position=1,
            pegs=(
                Peg(supply="S", units=2, likely=TODAY, by=TODAY),
                Peg(supply="P", units=1, likely=day(5), by=day(8)),
            ),
            uncovered=0,
            likely=day(5),
            by=day(8),
        )
    ]


def test_a_line_with_an_uncovered_unit_has_no_date_but_keeps_its_pegs() -> None:
    (line,) = peg([waiting("a", 3)], [coming("P", 2, 5, 8)], TODAY)
    assert (line.uncovered, line.likely, line.by) == (1, None, None)
    assert line.pegs == (Peg(supply="P", units=2, likely=day(5), by=day(8)),)


def test_supply_without_a_date_comes_last_and_gives_no_date() -> None:
    first, second = peg([waiting("a"), waiting("b")], [Supply(id="N", units=1), coming("P", 1, 5, 8)], TODAY)
    assert (first.pegs[0].supply, second.pegs[0].supply) == ("P", "N")
    assert (second.uncovered, second.likely, second.by) == (0, None, None)


def test_the_last_day_there_is_counts_as_a_date() -> None:
    (line,) = peg([waiting("a")], [Supply(id="P", units=1, likely=date.max, by=date.max)], TODAY)
    assert (line.likely, line.by) == (date.max, date.max)


def test_a_claim_goes_before_priority_and_claimers_among_themselves_in_the_usual_order() -> None:
    queue = [
        waiting("a", priority=9),
        waiting("b", hour=2, claim=True),
        waiting("c", hour=1, claim=True),
        waiting("d", hour=3, claim=True, priority=1),
    ]
    assert [line.id for line in peg(queue, [], TODAY)] == ["d", "c", "b", "a"]


def test_the_queue_goes_by_the_instant_not_by_the_clock_on_the_wall() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    summer = datetime(2024, 10, 27, 2, 45, tzinfo=berlin, fold=0)
    winter = datetime(2024, 10, 27, 2, 15, tzinfo=berlin, fold=1)
    later = WaitingLine(id="a", priority=0, ordered_at=winter, units=1)
    earlier = WaitingLine(id="b", priority=0, ordered_at=summer, units=1)
    assert [line.id for line in peg([later, earlier], [], TODAY)] == ["b", "a"]


def test_an_id_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="line a is there twice"):
        peg([waiting("b"), waiting("a"), waiting("a", hour=1)], [], TODAY)
    with pytest.raises(ValueError, match="supply P is there twice"):
        peg([], [coming("P", 1, 1, 2), coming("P", 1, 3, 4)], TODAY)


@pytest.mark.parametrize("units", [0, -1])
def test_a_waiting_line_needs_units(units: int) -> None:
    with pytest.raises(ValueError, match="units must be at least 1"):
        waiting("a", units)


def test_a_waiting_line_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        WaitingLine(id="a", priority=0, ordered_at=NOON.replace(tzinfo=None), units=1)


def test_a_supply_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        Supply(id="P", units=-1)
    with pytest.raises(ValueError, match="go together"):
        Supply(id="P", units=1, by=TODAY)
    with pytest.raises(ValueError, match="is after by"):
        coming("P", 1, 3, 2)
