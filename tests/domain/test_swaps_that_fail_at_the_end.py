"""An alternative that comes to nothing after the line's last day: the message about the end says that too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backorder.domain.line.swaps import SWAP_FAILED
from backorder.domain.notifications import Kind
from tests.domain.swap_lines import asked, held, offered
from tests.support.days import day
from tests.support.lines import OTHER, answer, at, cancel, taken_over
from tests.support.world import World


def _ended_with_an_apology(world: World) -> None:
    assert world.state.quantity.open == 0
    assert world.days(Kind.SWAP_FAILED) == []
    assert SWAP_FAILED in world.state.needs
    chosen = world.last(Kind.CANCELLED).facts.chosen
    assert chosen is not None
    assert chosen.sku == OTHER.sku


def test_refused_on_the_morning_after_their_own_last_day() -> None:
    world = offered()
    world.react(answer(at(5), "keep", request="a0", until=day(9)))
    world.react(answer(at(9, 14), "alternative", sku=OTHER.sku))
    world.react(taken_over(at(10, 11), taken=False))
    _ended_with_an_apology(world.until(at(12)))
    assert world.last(Kind.CANCELLED).facts.reason == "customer"


def test_nobody_took_it_over_after_the_last_day_for_an_answer() -> None:
    world = asked().until(at(40))
    world.react(answer(at(40, 14), "alternative", sku=OTHER.sku))
    _ended_with_an_apology(world.until(at(43)))
    assert world.last(Kind.CANCELLED).facts.reason == "no_consent"


def test_who_read_of_it_already_does_not_read_it_again() -> None:
    world = held()
    world.react(taken_over(at(5, 13), taken=False))
    assert world.until(at(6)).days(Kind.SWAP_FAILED) == [5]
    world.react(cancel(at(7)))
    assert world.until(at(8)).last(Kind.CANCELLED).facts.chosen is None


def test_what_ends_for_a_part_leaves_it_to_the_message_of_its_own() -> None:
    world = held()
    world.react(cancel(at(5, 13), 1))
    world.until(at(7))
    assert world.days(Kind.SWAP_FAILED) == [5]
    assert world.last(Kind.CANCELLED).facts.chosen is None


@pytest.mark.parametrize("gone", [False, True])
def test_where_the_end_is_off_before_its_message_went_they_hear_it_by_itself(gone: bool) -> None:
    world = asked().until(at(40))
    world.react(answer(at(40, 14), "alternative", sku=OTHER.sku))
    world.until(at(41, 13))
    world.down = not gone
    world.until(at(43))
    assert world.state.quantity.open == 0
    said = replace(answer(at(43), "keep", request="a9"), received_at=at(40, 15))
    world.react(said)
    assert world.state.quantity.open == 2
    assert world.days(Kind.CANCELLED) == ([41] if gone else [])
    told = [*(tell for _, tell in world.gone), *world.waiting.values()]
    by_itself = [tell.facts for tell in told if tell.kind is Kind.SWAP_FAILED]
    assert [(facts.chosen, facts.reason) for facts in by_itself] == ([] if gone else [(OTHER, "")])
    world.react(cancel(at(43, 14)))
    assert world.last(Kind.CANCELLED).facts.chosen == (None if gone else OTHER), "as far as they have read it"


def test_what_the_version_before_left_to_an_ending_is_told_where_that_is_off() -> None:
    world = asked().until(at(40))
    world.react(answer(at(40, 14), "alternative", sku=OTHER.sku))
    world.until(at(41, 13))
    world.down = True
    world.until(at(43))
    world.state = world.state.replace(failed_swap=None)
    world.react(replace(answer(at(43), "keep", request="a9"), received_at=at(40, 15)))
    told = [tell.facts for tell in world.waiting.values() if tell.kind is Kind.SWAP_FAILED]
    assert [(facts.chosen, facts.reason) for facts in told] == [(OTHER, "")]
