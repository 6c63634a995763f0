"""A link, a text and a rep at the same moment: one decision in any order, and each is told the truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from backorder.domain.line.commands import Verdict
from backorder.domain.notifications import Kind
from tests.support import lines as b
from tests.support.fuzzing import share
from tests.support.lines import arrives, at, policy
from tests.support.world import begun

WAYS = ("page", "sms", "agent")
NAMED = st.tuples(
    st.sampled_from(["keep", "cancel"]), st.sampled_from([0, 45, 90]), st.none() | st.just(1), st.booleans()
)


@settings(max_examples=share(1, 250))
@given(st.permutations(WAYS), st.tuples(NAMED, NAMED, NAMED))
def test_answers_at_the_same_moment_are_one_decision(
    order: list[str], said: tuple[tuple[str, int, int | None, bool], ...]
) -> None:
    world = begun(policy(), arrives(2, 60), units=2).until(at(4))
    came = dict(zip(WAYS, said, strict=True))
    told: dict[str, Verdict] = {}
    for place, way in enumerate(order):
        choice, seconds, units, twice = came[way]
        when = at(4) + timedelta(minutes=2, seconds=place)
        answer = b.answer(when, choice, request=way, via=way, quantity=units)
        answer = replace(answer, received_at=at(4) + timedelta(seconds=seconds))
        told[way] = world.react(answer).verdict
        if twice:
            assert world.react(answer).verdict is not Verdict.ACCEPTED, "the same answer again"
    world.until(at(5))
    quantity, cancelling = world.state.quantity, [way for way in WAYS if came[way][0] == "cancel"]
    counted = min(2, sum(came[way][2] or 2 for way in cancelling))
    taken_back = "page" in cancelling and any(came[way][0] == "keep" for way in WAYS)
    without = min(2, sum(came[way][2] or 2 for way in cancelling if way != "page"))
    of_one_unit = max(without, min(counted, 1))  # by link all were cancelled, and one is kept by another way
    possible = (counted, without, of_one_unit) if taken_back else (counted,)
    assert quantity.cancelled in possible, "each counts, once"
    assert sum(each.amount for each in world.state.refunds) == 10 * quantity.cancelled
    kinds = {way: [tell.kind for _, tell in world.gone if way in tell.key] for way in WAYS}
    for way in WAYS:
        if told[way] is not Verdict.ACCEPTED:
            assert kinds[way] == [], "who changed nothing is not told that they did"
        elif came[way][0] == "keep":
            assert kinds[way] == [Kind.ANSWER_RECEIVED]
    final = [kind for way in cancelling for kind in kinds[way] if kind is Kind.CANCELLED]
    assert len(final) <= len(cancelling)
    assert bool(final) == bool(quantity.cancelled), "who reads that units are gone reads the truth"
