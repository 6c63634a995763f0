"""A day that customer service promises, whatever the supply says."""

from __future__ import annotations

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.delivery_refusals import delivered_after_all
from backorder.domain.line.events import PromiseMade
from backorder.domain.line.promise_updates import tell_promise
from backorder.domain.line.ship_window import window as window_of
from backorder.domain.line.state import PromisedWindow, Window
from backorder.domain.line.step import out_of_reach
from backorder.domain.line.told_promises import kind_for
from backorder.domain.line.units import KnownError, UnacceptableError


def promise_made(builder: DecisionBuilder, event: PromiseMade) -> None:
    """Customer service promises a day: it is told at once, and is the forecast until the supply moves."""
    key = f"promise/{event.request}"
    if builder.state.is_done(key):
        raise KnownError("this was promised before")
    if event.by_date < builder.day:
        raise UnacceptableError(f"{event.by_date.isoformat()} has passed")
    if builder.state.revocable:
        last = max(each.until for each in builder.state.revocable)
        until = builder.policy.calendar.local(last)
        raise UnacceptableError(
            f"the customer has cancelled it by link, and may take that back until {until:%H:%M}"
        )
    builder.done(key)
    builder.withdraw_pending()
    state = builder.state
    day = Window(likely=None, by=event.by_date)
    rejoins = delivered_after_all(builder)
    before = window_of(builder.policy, builder.state)
    promised = state.promise.by if state.promise else None
    untold = promised != event.by_date
    stated = PromisedWindow(window=day, instead_of=before, rejoins=rejoins, untold=untold, at=builder.at)
    builder.change(stated=stated, dateless_on=None)
    builder.change(forecast=day, supply_at=builder.at, moved_by_time_alone=False, guesses=0)
    if out_of_reach(builder.state):
        builder.because(f"{event.by_date.isoformat()} is promised; somebody has to tell the customer")
        return
    if untold:
        tell_promise(builder, kind_for(state, event.by_date), day, debounced=False)
    builder.because(f"{event.by_date.isoformat()} is promised")
