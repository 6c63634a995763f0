"""The line's start and its supply: what is there, what is on its way, and what was told before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from backorder.domain.draft import Draft
from backorder.domain.events import Started, SupplyChanged
from backorder.domain.promise import dateless, seen_from, slip
from backorder.domain.stages import due_day
from backorder.domain.state import Promise, State, Window
from backorder.domain.units import KnownError, RefusedError, refold


def started(draft: Draft, event: Started) -> None:
    """The engine learns of a line, perhaps long after the customer did."""
    if draft.state.supply_at is not None:
        raise KnownError("the line was started already")
    _already_told(draft, event)
    supply_changed(draft, event.supply)
    draft.change(supply_at=event.supply.since, drift=False)
    _skip_what_was_due(draft)


def _skip_what_was_due(draft: Draft) -> None:
    """A line that starts late is not made to catch up: only a person is still called."""
    late = draft.state.promise is not None
    for stage in draft.policy.stages:
        day = due_day(draft.policy, draft.state, stage)
        if stage.do == "escalate" or day is None:
            continue
        if day < draft.day or (late and day == draft.day):
            draft.done(stage.key)
            draft.because(f"{stage.key} was due before the line was known and is skipped")


def _already_told(draft: Draft, event: Started) -> None:
    told: list[tuple[datetime, date, date | None]] = [
        (notice.at, notice.on, notice.by_date) for notice in event.notices
    ]
    if event.told_at is not None and event.told_on is not None:
        told.append((event.told_at, event.told_on, event.promised_by))
    told.sort(key=lambda each: each[0])
    if not told:
        return
    draft.mark(message=told[-1][1])
    dated = [each for each in told if each[2] is not None]
    if not dated and event.told_at is None:
        return
    at, on, by = dated[-1] if dated else told[-1]
    draft.change(
        promise=Promise(revision=1, window=Window(likely=None, by=by), told_at=at, told_on=on),
        revision=1,
        first_by=dated[0][2] if dated else None,
    )
    draft.mark(dated=on)


def supply_changed(draft: Draft, event: SupplyChanged) -> None:
    """The line's supply as it stands: absolute, so that hearing it twice changes nothing."""
    before = draft.state
    quantity = before.quantity
    if not 0 <= event.allocated <= quantity.open:
        raise RefusedError(f"{event.allocated} units are set aside, but {quantity.open} are open")
    draft.change(
        quantity=replace(quantity, allocated=event.allocated),
        arrivals=event.arrivals,
        allocated_on=event.allocated_on,
        supply_why=event.why,
    )
    if not event.drift:
        draft.change(guesses=0)
    refold(draft)
    if draft.state.forecast != before.forecast or draft.state.supply_why != before.supply_why:
        draft.change(supply_at=event.since, drift=event.drift and _crept_before(before))
        _renew_pending(draft)


def _crept_before(state: State) -> bool:
    """Whether nothing but time had moved the date since it was told: a reported slip is not forgotten."""
    return state.drift or slip(state) <= 0


def _renew_pending(draft: Draft) -> None:
    """A promise that has not gone yet and is not true any more is put into words anew."""
    pending, now = draft.state.pending, draft.state.forecast
    window = now or dateless(draft.policy, draft.state, draft.state.supply_why)
    if pending is not None and pending.window != seen_from(window, draft.day):
        draft.withdraw_pending()
        draft.because("the supply changed")
