"""Whatever is told first of a swap, and twice, it comes to one end."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backorder.domain.line.commands import FreeAlternative
from backorder.domain.line.events import Event
from backorder.domain.line.ledger import in_vain, owed
from backorder.domain.line.legal_dates import open_question
from backorder.domain.notifications import Kind
from tests.domain.swap_lines import RULES, held
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import OTHER, arrives, at, cancel, ship
from tests.support.world import World, begun

EXAMPLES = int(os.environ.get("BACKORDER_EXAMPLES", "50"))


# --- facts in any order


@dataclass(frozen=True)
class Story:
    """Facts with their instants, and the place among their instants at which the swap is ruled on."""

    facts: tuple[Event, ...]
    acknowledged_at: datetime
    taken: bool
    captured: bool

    def told(self, order: list[int], place: int, *, twice: bool) -> World:
        """The line after all that, told in that order, the acknowledgement as the place-th."""
        world = held(payment="captured" if self.captured else "unpaid")
        facts = [self.facts[number] for number in order]
        minute = 0
        for number in range(len(facts) + 1):
            if number == place:
                world.now = max(world.now, self.acknowledged_at)
                acknowledgement = replace(b.taken_over(self.acknowledged_at, taken=self.taken), at=world.now)
                for _ in range(1 + twice):
                    world.react(acknowledgement)
            if number < len(facts):
                minute += 1
                # Facts of later instants than the acknowledgement are told after it.
                event = replace(facts[number], at=max(world.now, at(5, 12, 1)))
                for _ in range(1 + twice):
                    world.react(event)
        return world


@st.composite
def stories(draw: st.DrawFn) -> tuple[Story, list[int], int]:
    # Never at the instant of the acknowledgement: of two things at one nobody can say which was first.
    minutes = draw(st.permutations(range(3, 50, 2)))
    ruled = 2 * draw(st.integers(1, 25))
    facts: list[Event] = []
    for number in range(draw(st.integers(0, 2))):
        asked = draw(st.sampled_from([None, 1]))
        facts.append(cancel(at(5), asked, request=f"r{number}", came=at(5, 13, minutes[number])))
    if draw(st.booleans()):
        facts.append(ship(at(5), draw(st.sampled_from([1, 2])), left=at(5, 13, minutes[5])))
    story = Story(
        facts=tuple(facts),
        acknowledged_at=at(5, 13, ruled),
        taken=draw(st.booleans()),
        captured=draw(st.booleans()),
    )
    order = draw(st.permutations(range(len(facts))))
    return story, list(order), draw(st.integers(0, len(facts)))


def instant_of(event: Event) -> datetime:
    found: datetime = getattr(event, "received_at", None) or getattr(event, "shipped_at")  # noqa: B009
    return found


def acknowledgement(world: World) -> dict[str, Any]:
    state = world.until(world.now + timedelta(days=2)).state
    return {"units": state.quantity, "owed": owed(state), "status": state.status, "in vain": in_vain(state)}


@settings(max_examples=2 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(), st.booleans())
def test_whatever_is_told_first_and_twice_it_comes_to_one_end(
    drawn: tuple[Story, list[int], int], twice: bool
) -> None:
    story, order, place = drawn
    by_instant = sorted(range(len(story.facts)), key=lambda number: instant_of(story.facts[number]))
    before = sum(instant_of(each) <= story.acknowledged_at for each in story.facts)
    straight = story.told(by_instant, before, twice=False)
    # What happened later than the acknowledgement cannot be told before it.
    known = [number for number in order if instant_of(story.facts[number]) <= story.acknowledged_at]
    later = [number for number in order if number not in known]
    other = story.told(known + later, min(place, len(known)), twice=twice)
    assert acknowledgement(other) == acknowledgement(straight)


@settings(max_examples=2 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(), st.booleans())
def test_what_is_set_aside_is_given_back_exactly_where_the_swap_is_off(
    drawn: tuple[Story, list[int], int], twice: bool
) -> None:
    story, order, place = drawn
    known = [number for number in order if instant_of(story.facts[number]) <= story.acknowledged_at]
    later = [number for number in order if number not in known]
    world = story.told(known + later, min(place, len(known)), twice=twice)
    acknowledgement(world)
    commands = [each for _, decision in world.decisions for each in decision.commands]
    freed = sum(isinstance(each, FreeAlternative) for each in commands)
    assert freed == (0 if world.state.quantity.substituted else 1)
    assert len(world.events("substitution_withdrawn")) == freed
    assert owed(world.state) <= world.state.payment.line_paid
    assert world.kinds().count("substituted") <= 1
    assert day(5) <= world.now.date()


def test_beside_a_question_of_the_law_alternatives_are_on_the_page_alone() -> None:
    """Nothing is sent; a choice before the deadline answers the question."""
    asked = begun(RULES, arrives(2, 60), units=2, pack="us-ftc-435", law=20, region="US").until(at(4))
    question = open_question(asked.state)
    assert question is not None
    assert question.silence == "cancelled"
    [offer] = asked.state.offers
    assert (offer.kind, [each.sku for each in offer.alternatives]) == (Kind.ALTERNATIVES, [OTHER.sku])
    assert asked.days(Kind.ALTERNATIVES) == []
    asked.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert (asked.state.quantity.substituted, open_question(asked.state)) == (2, None)
    assert asked.until(at(90)).days(Kind.CANCELLED) == []
