"""Cancellations by link that are heard after a later word for the goods."""

from __future__ import annotations

from dataclasses import replace

from backorder.domain.line.consent import rest_of
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import Answered
from backorder.domain.line.ledger import tally
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.revocable_cancellations import (
    BY_LINK,
    can_take_back,
    ends_fewer,
    in_order,
    named_by,
    take_back,
)
from backorder.domain.line.state import Cancellation, State, WordToKeep
from backorder.domain.line.swaps import CUSTOMER
from backorder.domain.line.units import WithoutEffectError


def as_wanted_since(builder: DecisionBuilder, event: Answered) -> Answered:
    """An answer as it is; a cancellation by link without the units that its customer wanted after all within
    the half hour, in words that were heard before it. Raises WithoutEffectError where those are all of them.
    """
    if event.via not in BY_LINK:
        return event
    state = builder.state
    entry = Cancellation(
        request=event.request,
        key="",
        asked=event.quantity,
        units=0,
        received_at=event.received_at,
        by=CUSTOMER,
    )
    since = [
        each
        for each in state.to_keep
        if each.received_at > entry.received_at and can_take_back(entry, each.received_at)
    ]
    known = (*state.cancellations, entry)
    dealt = tally(state.quantity.ordered, known, state.shipments, state.substitutions)
    ends = units = dealt.cancelled[-1]
    open = units + dealt.left(state.quantity.ordered)
    for each in since:
        if each.takes_back in ("", event.request):
            ends = 0
        elif each.takes_back is None:
            less = _end_fewer_since(builder.state, replace(entry, units=ends), each, open)
            ends = less.pop(event.request, ends)
            take_back(builder, less)
    if units and not ends:
        words = "the customer wanted it after all after that, and the later word counts"
        raise WithoutEffectError(words, Refusal.OVERTAKEN)
    return replace(event, quantity=ends) if ends < units else event


def _end_fewer_since(state: State, entry: Cancellation, word: WordToKeep, open: int) -> dict[str, int]:
    """The units that a cancellation by link, and those that are known, end beside a later word to keep, where
    they are fewer. open: at its instant.
    """
    rest = sum(each.units for each in state.cancellations if each.request == rest_of(word.request))
    others = sum(named_by(state, each) for each in state.revocable)
    kept = word.units or max(0, open - others - entry.units) or open
    this = (entry.received_at, entry.request, entry.units)
    known = in_order(state.revocable, word.received_at)
    about = sorted([this, *((each.received_at, each.request, named_by(state, each)) for each in known)])
    named = {request: units for _, request, units in about}
    return ends_fewer(named, max(0, open - kept - rest))
