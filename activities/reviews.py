"""Reviewing a line: load, decide, record, in one transaction; then wake whoever it concerns."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from temporalio import activity

from activities.threads import Threads
from activities.timing import Timing
from backorder.domain.line.commands import Decision
from backorder.domain.line.decide import decide
from backorder.domain.line.events import Answered, CancelRequested, Event, Shipped, Ticked
from backorder.domain.line.state import ENDED, State, phase
from backorder.domain.line.upcoming import next_review
from backorder.ports import Case, Casebook, Notifier, Notify, RequestOutcome, Reviewed

NOT_AT_ONCE = timedelta(hours=1)
"""How long a line is left alone whose review did not do what was due; without it, it would never rest."""
DEFECTS = logging.getLogger("backorder.defects")
"""What is a mistake of this program, whatever came in; tests raise it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """Look at a line. at: the business instant, never before what the timer was armed for.

    requests: IDs of what was asked since the last review, in order. all: hear what else was asked and never
    came through.
    """

    backorder: str
    seq: int
    at: datetime
    requests: list[str] = field(default_factory=list)
    all: bool = False


def review_or_put_aside(book: Casebook, ask: Review, *, keyed: bool = True) -> tuple[Reviewed, Notify]:
    """One review; a line that cannot be read, or that the rules stumble over, is put aside for a while.

    Raises what the database or the machine is to blame for, and UnknownBackorderError.
    """
    try:
        return review(book, ask, keyed=keyed)
    except Exception as error:  # noqa: BLE001 whatever it is, it must not be tried again at full speed
        reviewed = book.put_aside(ask.backorder, error, seq=ask.seq, at=ask.at, requests=len(ask.requests))
        return reviewed, Notify()


class UnitsNeededError(Exception):
    """The decision moves units, so the transaction has to start again with their lock."""


def review(book: Casebook, ask: Review, *, keyed: bool = True) -> tuple[Reviewed, Notify]:
    """One review, in one transaction. Repeated under the same seq it answers what it answered before.

    keyed False: not asked for by the line's workflow, so that nothing is kept for a repetition.
    Raises UnknownBackorderError.
    """
    try:
        # What is asked for moves units more often than not, and looking at supply hardly ever.
        return _attempt(book, ask, keyed=keyed, units=bool(ask.requests))
    except UnitsNeededError:
        return _attempt(book, ask, keyed=keyed, units=True)


def _attempt(book: Casebook, ask: Review, *, keyed: bool, units: bool) -> tuple[Reviewed, Notify]:
    with book.case(ask.backorder, seq=ask.seq if keyed else None, units=units) as case:
        known, seq = case.reviewed, ask.seq
        if known is not None:
            if _answers(known[0], ask, closed=case.state.status in ENDED):
                return known
            # The line is further on than who asks: a workflow that was set back, or an attempt given up for
            # lost. It is looked at once more, and who asks goes on from where the line is.
            keyed, seq = False, known[0].seq
        outcomes = list(_hear(case, ask, units=units))
        wake, then = _next_look(case, ask, units=units)
        state = case.state
        reviewed = Reviewed(
            seq=seq,
            status=state.status.value,
            phase=phase(state.status),
            summary=in_a_line(state),
            wake=wake,
            next=then,
            closed=state.status in ENDED,
            outcomes=outcomes,
        )
        after = case.finish(reviewed if keyed else None, wake)
        return reviewed, after


def _answers(known: Reviewed, ask: Review, *, closed: bool) -> bool:
    """Whether an answer on record is that of a repetition: the line may have been reopened since."""
    return known.seq == ask.seq and len(known.outcomes) == len(ask.requests) and known.closed == closed


def _hear(case: Case, ask: Review, *, units: bool) -> Iterator[RequestOutcome]:
    """Let the line hear everything that is new to it; yields the ruling on each request."""
    for event in case.unapplied():
        _decide(case, event, units=units)
    opening = case.opening(ask.at)
    news = opening or case.supply(ask.at)
    if news is not None:
        _decide(case, news, units=units)
    for id in ask.requests:
        yield _rule(case, id, ask.at, units=units)
    left = case.undecided() if ask.all or case.was_aside else []
    lost = [id for id in left if id not in ask.requests]
    for id in lost:
        _rule(case, id, ask.at, units=units)
    if news is None and not ask.requests and not lost:
        _tick(case, ask.at, units=units)


def _tick(case: Case, at: datetime, *, units: bool) -> None:
    _decide(case, Ticked(at=at, day=case.policy.calendar.day(at)), units=units)


def _next_look(case: Case, ask: Review, *, units: bool) -> tuple[datetime | None, str]:
    """Everything that is due is done, and the next look is later than this one."""
    wake, then = next_review(case.policy, case.state, ask.at)
    if wake is not None and wake <= ask.at:  # what is refused or noted does nothing that is due
        _tick(case, ask.at, units=units)
        wake, then = next_review(case.policy, case.state, ask.at)
    if wake is None or wake > ask.at:
        return wake, then
    DEFECTS.error(
        "a review left %s of %s undone that was due at %s; the line is looked at again later",
        then,
        ask.backorder,
        wake,
        extra={"backorder": ask.backorder, "step": then},
    )
    return ask.at + NOT_AT_ONCE, then


def _rule(case: Case, request: str, at: datetime, *, units: bool) -> RequestOutcome:
    event = case.request(request, at)
    if isinstance(event, RequestOutcome):
        return event
    decision = _decide(case, event, units=units, request=request)
    return RequestOutcome(verdict=decision.verdict.value, reason=decision.reason)


def _decide(case: Case, event: Event, *, units: bool, request: str = "") -> Decision:
    if not units and isinstance(event, CancelRequested | Shipped | Answered):
        raise UnitsNeededError
    before = case.state
    decision = decide(case.policy, before, event)
    if not units and (decision.moves_units or decision.state.quantity.open != before.quantity.open):
        raise UnitsNeededError
    if isinstance(event, Ticked) and not decision.commands and decision.state == before:
        return decision
    case.record(event, decision, request=request)
    return decision


def in_a_line(state: State) -> str:
    """The case in one line, for people: no personal data."""
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


class Reviews:
    """The activity around `review`."""

    def __init__(self, book: Casebook, notifier: Notifier, threads: Threads, timing: Timing) -> None:
        self._book = book
        self._notifier = notifier
        self._threads = threads
        self._timing = timing

    @activity.defn
    async def review(self, ask: Review) -> Reviewed:
        """Review a line, then wake whoever has something to do now."""
        reviewed, after = await self._threads.run(self._review, ask)
        log.info(
            "reviewed %s: %s",
            ask.backorder,
            reviewed.status,
            extra={
                "backorder": ask.backorder,
                "seq": reviewed.seq,
                "wake": reviewed.wake,
                "next": reviewed.next,
            }
            | {
                "requests": [
                    f"{id}: {each.verdict}" for id, each in zip(ask.requests, reviewed.outcomes, strict=True)
                ]
                or None
            },
        )
        if after:
            await self._notifier.notify(after)
        return reviewed

    def _review(self, ask: Review) -> tuple[Reviewed, Notify]:
        moment = self._timing.moment(ask.at)
        reviewed, after = review_or_put_aside(self._book, replace(ask, at=moment.at))
        return replace(reviewed, clock=moment.clock), after
