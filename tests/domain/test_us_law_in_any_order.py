"""Whatever happens to a line under the US delay rule, in whatever order (16 CFR 435.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.line.events import MessageFailed
from backorder.domain.line.legal_dates import last_day
from backorder.domain.line.state import DecisionContext
from backorder.domain.notifications import Kind
from tests.domain.us_law_lines import RULES, call, n, us
from tests.support.days import day
from tests.support.lines import (
    answer,
    arrives,
    at,
    hold,
    policy,
    ship,
    supply,
)
from tests.support.world import World, begun

# --- whatever happens, in whatever order

STEP = st.tuples(
    st.integers(0, 3),
    st.sampled_from(
        ["supply", "supply", "allocate", "keep", "part", "cancel", "ship", "bounce", "call", "hold"]
    ),
    st.integers(0, 80),
)


@given(st.lists(STEP, max_size=14), st.sampled_from(["UTC", "America/New_York", "Pacific/Honolulu"]))
def test_no_line_is_kept_beyond_its_last_day_and_nothing_is_cancelled_twice(
    steps: list[tuple[int, str, int]], zone: str
) -> None:
    world = us(arrives(2, 10), units=2)
    world.context = DecisionContext(zones=(zone,))
    when = at(0, 12)
    for number, (wait, what, value) in enumerate(steps):
        when += timedelta(days=wait, hours=value % 11)
        world.until(when)
        _never_late(world, when)
        _happen(world, when, what, value, str(number))
        _never_late(world, when)
    for later in range(1, 140, 7):
        _never_late(world.until(when + timedelta(days=later)), when + timedelta(days=later))
    quantity = world.state.quantity
    assert quantity.shipped + quantity.cancelled + quantity.open == 2
    assert sum(each.units for each in world.state.cancellations) == quantity.cancelled
    assert sum((each.amount for each in world.state.refunds), Decimal(0)) == 10 * quantity.cancelled


def _never_late(world: World, when: datetime) -> None:
    """A line that is open has a last day that is not over for more than a look."""
    last = last_day(RULES, world.state)
    if world.state.quantity.open and last is not None and last >= world.state.ordered_on:
        assert when.date() - last <= timedelta(days=2)


def _happen(world: World, when: datetime, what: str, value: int, name: str) -> None:
    open = world.state.quantity.open
    match what:
        case "supply" if open:
            world.react(supply(when, arrives(open, n(when.date()) + value)))  # type: ignore[operator]
        case "allocate" if open:
            world.react(supply(when, allocated=open))
        case "keep":
            world.react(answer(when, "keep", request=name))
        case "part":
            world.react(answer(when, "keep", request=name, quantity=1))
        case "cancel":
            world.react(answer(when, "cancel", request=name, quantity=1))
        case "ship" if open:
            world.react(ship(when, 1, id=name))
        case "bounce" if world.gone:
            told = world.gone[-1][1]
            world.react(
                MessageFailed(at=when, day=when.date(), key=told.key, reason="back", revision=told.revision)
            )
        case "call":
            world.react(replace(call(when, n(when.date()) + value), request=name))  # type: ignore[operator]
        case "hold" if open:
            world.react(hold(when, when + timedelta(days=1 + value % 20)))


@pytest.mark.parametrize("last", range(7))
@pytest.mark.parametrize("later", range(1, 6))
def test_no_two_questions_of_which_silence_means_the_opposite_follow_within_a_day(
    last: int, later: int
) -> None:
    world = begun(policy(), arrives(1, last + later), law=last, pack="us-ftc-435").until(at(60))
    asked = [(when, tell.facts) for when, tell in world.gone if tell.kind is Kind.CONSENT_REQUEST]
    (first, near), (second, then), *_ = asked
    assert (near.silence, then.silence) == ("agreed", "cancelled")
    assert second - first > timedelta(days=1)
    if last + later <= 4:  # the next question would follow at once
        assert (near.by, near.ask_until) == (day(last + later), day(last + 7))
        assert near.answer_by == day(last + 7)
    else:
        assert (near.by, near.ask_until) == (day(last + later), None)


@pytest.mark.parametrize("pack", ["us-ftc-435", "eu-crd-18"])
@pytest.mark.parametrize("named", [24, 28, 35])
def test_a_keep_covers_the_call_before_it_whichever_is_recorded_first(pack: str, named: int) -> None:
    """Called in the afternoon, answered in the evening, and both written down at night."""
    ends = []
    for first in ("call", "keep"):
        world = begun(RULES, arrives(2, 25), units=2, pack=pack, region="US", law=20).until(at(9, 22))
        facts = {
            "call": call(at(9, 22), named, came=at(9, 15)),
            "keep": replace(answer(at(9, 22), "keep", via="rep"), received_at=at(9, 18)),
        }
        world.react(facts.pop(first))
        [last] = facts.values()
        world.react(replace(last, at=at(9, 22, 1)))
        agreed = [(n(each.until), each.units) for each in world.state.agreements]
        consent = world.state.consent
        world.until(at(60))
        asked = [day_ for day_ in world.days(Kind.CONSENT_REQUEST) if day_ > 9]
        ended = [each.deadline for each in world.state.cancellations]
        ends.append((agreed, consent, asked, ended, world.stands()))
    assert ends[0] == ends[1]
