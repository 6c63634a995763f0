"""Reviewing a line: load, decide, record, in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from backorder import metrics
from backorder.domain.line.commands import Decision
from backorder.domain.line.events import (
    Answered,
    CancelRequested,
    Event,
    Shipped,
    SubstitutionRuled,
    Ticked,
)
from backorder.domain.line.next_review import NOT_AT_ONCE, next_review
from backorder.domain.line.shipments import left_in_time
from backorder.domain.line.state import ENDED, State, phase
from backorder.errors import UnitsNeededError
from backorder.ports import Notify, RequestOutcome, Review, Reviewed
from backorder.services.decide_event import decide_event
from backorder.services.put_aside import put_aside
from backorder.storage.line_repository import LineRepository
from backorder.storage.lines import LineRecord

_KEPT: Mapping[bool | None, str] = {True: "yes", False: "no", None: "undated"}
DEFECTS = logging.getLogger("backorder.defects")
"""What is a mistake of this program, whatever came in; tests raise it."""


def review_or_put_aside(
    lines: LineRepository, params: Review, *, keyed: bool = True
) -> tuple[Reviewed, Notify]:
    """One review; a line that cannot be read, or that the rules stumble over, is put aside for a while.

    Raises what the database or the machine is to blame for, and UnknownBackorderError.
    """
    try:
        return review(lines, params, keyed=keyed)
    except Exception as error:  # noqa: BLE001 whatever it is, it must not be tried again at full speed
        reviewed = put_aside(
            lines.engine, params.backorder, error, seq=params.seq, at=params.at, requests=len(params.requests)
        )
        metrics.count("backorder_reviews_total", way="alone", result="put_aside")
        return reviewed, Notify()


def review(lines: LineRepository, params: Review, *, keyed: bool = True) -> tuple[Reviewed, Notify]:
    """One review, in one transaction. Repeated under the same seq it answers what it answered before.

    keyed False: not asked for by the line's workflow, so that nothing is kept for a repetition.
    Raises UnknownBackorderError.
    """
    try:
        # What is asked for moves units more often than not, and looking at supply hardly ever.
        return _attempt(lines, params, keyed=keyed, units=bool(params.requests))
    except UnitsNeededError:
        return _attempt(lines, params, keyed=keyed, units=True)


def _attempt(lines: LineRepository, params: Review, *, keyed: bool, units: bool) -> tuple[Reviewed, Notify]:
    with lines.case(params.backorder, seq=params.seq if keyed else None, units=units) as line:
        known, seq = line.reviewed, params.seq
        if known is not None:
            if _answers(known[0], params, closed=line.state.status in ENDED):
                return known
            # The line is further on than who asks: a workflow that was set back, or an attempt given up for
            # lost. It is looked at once more, and who asks goes on from where the line is.
            keyed, seq = False, known[0].seq
        before = line.state.shipments
        reviewed = replace(decided(line, params, units=units), seq=seq)
        after = line.woken(line.finish(reviewed if keyed else None, (reviewed.wake, reviewed.next)))
    metrics.count("backorder_reviews_total", way="alone", result="done")
    for shipment in line.state.shipments[len(before) :]:
        kept = left_in_time(line.state, shipment, line.policy.calendar.day(shipment.shipped_at))
        metrics.count("backorder_promises_total", kept=_KEPT[kept])
    return reviewed, after


def decided(line: LineRecord, params: Review, *, units: bool) -> Reviewed:
    """Let a line hear everything that is new to it and do what is due. Returns the answer to its workflow.

    Raises UnitsNeededError where units would move and are not locked.
    """
    outcomes = list(_apply(line, params, units=units))
    wake, then = _next_review(line, params, units=units)
    state = line.state
    return Reviewed(
        seq=params.seq,
        status=state.status.value,
        phase=phase(state.status),
        summary=in_a_line(state),
        wake=wake,
        next=then,
        closed=state.status in ENDED,
        outcomes=outcomes,
        version=line.version,
    )


def _answers(known: Reviewed, params: Review, *, closed: bool) -> bool:
    """Whether an answer on record is that of a repetition: the line may have been reopened since."""
    return known.seq == params.seq and len(known.outcomes) == len(params.requests) and known.closed == closed


def _apply(line: LineRecord, params: Review, *, units: bool) -> Iterator[RequestOutcome]:
    """Let the line hear everything that is new to it; yields the outcome on each request."""
    for event in line.unapplied():
        _decide(line, event, units=units)
    opening = line.opening(params.at)
    fact = opening or line.supply(params.at)
    if fact is not None:
        _decide(line, fact, units=units)
    for id in line.undecided_swaps():
        if id not in params.requests:
            _rule(line, id, params.at, units=units)
    for id in params.requests:
        yield _rule(line, id, params.at, units=units)
    every = params.all or line.was_aside or line.state.ending_told is not None
    left = line.undecided() if every else line.undecided_swaps()
    lost = [id for id in left if id not in params.requests]
    for id in lost:
        _rule(line, id, params.at, units=units)
    if fact is None and not params.requests and not lost:
        _tick(line, params.at, units=units)


def _tick(line: LineRecord, at: datetime, *, units: bool) -> None:
    _decide(line, Ticked(at=at, day=line.policy.calendar.day(at)), units=units)


def _next_review(line: LineRecord, params: Review, *, units: bool) -> tuple[datetime | None, str]:
    """Everything that is due is done, and the next look is later than this one."""
    wake, then = next_review(line.policy, line.state, params.at)
    if wake is not None and wake <= params.at:  # what is refused or noted does nothing that is due
        _tick(line, params.at, units=units)
        wake, then = next_review(line.policy, line.state, params.at)
    if wake is None or wake > params.at:
        return wake, then
    DEFECTS.error(
        "a review left %s of %s undone that was due at %s; the line is looked at again later",
        then,
        params.backorder,
        wake,
        extra={"backorder": params.backorder, "step": then},
    )
    return params.at + NOT_AT_ONCE, then


def _rule(line: LineRecord, request: str, at: datetime, *, units: bool) -> RequestOutcome:
    event = line.request(request, at)
    if isinstance(event, RequestOutcome):
        return event
    decision = _decide(line, event, units=units, request=request)
    return RequestOutcome(
        verdict=decision.verdict.value,
        reason=decision.reason,
        terms=decision.terms,
        refusal=decision.refusal.value if decision.refusal else "",
    )


def _decide(line: LineRecord, event: Event, *, units: bool, request: str = "") -> Decision:
    if not units and isinstance(event, CancelRequested | Shipped | Answered | SubstitutionRuled):
        raise UnitsNeededError
    decision = decide_event(line, event)
    before = line.state
    if not units and (decision.moves_units or decision.state.quantity.open != before.quantity.open):
        raise UnitsNeededError
    if isinstance(event, Ticked) and not decision.commands and decision.state == before:
        return decision
    line.record(event, decision, request=request)
    return decision


def in_a_line(state: State) -> str:
    """The line in one line, for people: no personal data."""
    quantity = state.quantity
    words = [f"{state.status.value}: {quantity.open} of {quantity.ordered} open"]
    if quantity.allocated:
        words.append(f"{quantity.allocated} allocated")
    if quantity.shipped:
        words.append(f"{quantity.shipped} shipped")
    if state.promise is not None:
        words.append(f"promised by {state.promise.by}" if state.promise.by else "no date promised")
    if state.needs:
        words.append("needs " + ", ".join(state.needs))
    return ", ".join(words)


class LineReview:
    """The review of one database's lines, for whoever is handed it."""

    def __init__(self, lines: LineRepository) -> None:
        self._lines = lines

    def review(self, params: Review, *, keyed: bool = True) -> tuple[Reviewed, Notify]:
        """See `review_or_put_aside`."""
        return review_or_put_aside(self._lines, params, keyed=keyed)
