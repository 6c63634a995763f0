"""The line's start and its supply: what is there, what is on its way, and what was told before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import Started, SupplyChanged
from backorder.domain.line.legal_dates import clock_of, delivery_notice_on, last_day, silence_cancels
from backorder.domain.line.legal_flags import LEGAL_REVIEW
from backorder.domain.line.legal_notices import count_notice, renew_consent
from backorder.domain.line.part_dates import late_parts
from backorder.domain.line.ship_window import dateless, slip, window
from backorder.domain.line.stage_conditions import due_day
from backorder.domain.line.state import Agreement, PaidUnits, Promise, Question, State, Window
from backorder.domain.line.units import KnownError, UnacceptableError, refolded, renew_pending
from backorder.domain.policy.policy import Policy

REVIEWED_FOR = timedelta(days=2)
"""How long after its start a line does not end by itself of which a duty was broken before."""


def started(builder: DecisionBuilder, event: Started) -> None:
    """The engine learns of a line, perhaps long after the customer did."""
    if builder.state.supply_at is not None:
        raise KnownError("the line was started already")
    known = builder.state.needs
    _already_told(builder, event)
    _already_agreed(builder, event)
    supply_changed(builder, event.supply)
    if builder.state.supply_at != event.supply.since or builder.state.moved_by_time_alone:
        builder.change(supply_at=event.supply.since, moved_by_time_alone=False)
    _skip_what_was_due(builder)
    for flag in known:
        builder.call_attention(flag)


def _skip_what_was_due(builder: DecisionBuilder) -> None:
    """A line that starts late is not made to catch up: only a person is still called."""
    late = builder.state.promise is not None
    for stage in builder.policy.stages:
        day = due_day(builder.policy, builder.state, stage) if stage.do != "escalate" else None
        if day is None:
            continue
        if day < builder.day or (late and day == builder.day):
            builder.done(stage.key)
            builder.because(f"{stage.key} was due before the line was known and is skipped")


def _already_told(builder: DecisionBuilder, event: Started) -> None:
    told: list[tuple[datetime, date, date | None]] = [
        (notice.at, notice.on, notice.by_date) for notice in event.notices
    ]
    if event.told_at is not None and event.told_on is not None:
        told.append((event.told_at, event.told_on, event.promised_by))
    told.sort(key=lambda each: each[0])
    if not told:
        return
    builder.contacted(message=told[-1][1])
    dated = [each for each in told if each[2] is not None]
    if not dated and event.told_at is None:
        return
    at, on, by = dated[-1] if dated else told[-1]
    builder.change(
        promise=Promise(revision=1, window=Window(likely=None, by=by), told_at=at, told_on=on),
        revision=1,
        first_by=dated[0][2] if dated else None,
    )
    builder.contacted(dated=on)


def _already_agreed(builder: DecisionBuilder, event: Started) -> None:
    """What the law counts of that: notices that offered to cancel, and consent.

    Only where silence cancels can silence have agreed. Consent without a day covers the one that was
    promised. A duty that is broken already is a person's to look at.
    """
    consent = builder.state.consent
    if builder.state.terms.legal_date is None:
        return
    for notice in sorted(event.notices, key=lambda each: each.at):
        late = last_day(builder.policy, builder.state)
        if notice.offered and (late is None or notice.on <= late):
            count_notice(builder, f"notice/{notice.at.isoformat()}", notice.at, notice.by_date)
    promised = builder.state.promise.by if builder.state.promise else None
    until = consent.until or promised
    if consent.state == "indefinite" or (consent.state == "given" and until is not None):
        covered = None if consent.state == "indefinite" else until
        agreed = Agreement(request="start", until=covered, received_at=builder.at)
        builder.change(agreements=(agreed,))
    elif consent.state == "implied" and until is not None and silence_cancels(builder.state):
        silent = Question(
            revision=0, key="start", by=until, answer_by=until, silence="agreed", told_at=builder.at
        )
        builder.change(questions=(*builder.state.questions, silent))
    if consent.state in ("given", "implied", "indefinite"):
        renew_consent(builder)
    if _is_broken(builder):
        builder.change(reviewed_from=builder.day + REVIEWED_FOR)
        builder.need(LEGAL_REVIEW)


def _is_broken(builder: DecisionBuilder) -> bool:
    """Whether a notice, or the end that comes of none, was due before the line was known."""
    policy, state = builder.policy, builder.state
    delivery = clock_of(state) == "delivery"
    due = delivery_notice_on(policy, state) if delivery else last_day(policy, state)
    return due is not None and due < builder.day


def supply_changed(builder: DecisionBuilder, event: SupplyChanged) -> None:
    """The line's supply as it stands: absolute, so that hearing it twice changes nothing."""
    before = builder.state
    quantity = before.quantity
    if not 0 <= event.allocated <= quantity.open:
        raise UnacceptableError(f"{event.allocated} units are set aside, but {quantity.open} are open")
    if event.allocated != quantity.allocated:
        quantity = quantity.with_allocated(event.allocated)
    builder.change(
        quantity=quantity,
        paid=_still_paid(before.paid, event.allocated),
        arrivals=event.arrivals,
        allocated_on=event.allocated_on,
        supply_why=event.why,
        guesses=before.guesses if event.moved_by_time_alone else 0,
    )
    _rejoined(builder, event)
    after = refolded(builder)
    moved = after["forecast"] != before.forecast or event.why != before.supply_why
    if moved or _parts_moved(builder, before, after["forecast"]):
        alone = event.moved_by_time_alone and _moved_alone_before(builder.policy, before)
        builder.change(**after, supply_at=event.since, moved_by_time_alone=alone)
        renew_pending(builder, "the supply changed")
    else:
        builder.change(**after)


def _still_paid(paid: PaidUnits | None, here: int) -> PaidUnits | None:
    """What leaves counted from its payment: units that come in the place of those that are gone do not."""
    units = min(paid.units, here) if paid is not None else 0
    return replace(paid, units=units) if paid is not None and units else None


def _rejoined(builder: DecisionBuilder, event: SupplyChanged) -> None:
    """What the supply says first of a line that is back in its queue is no move of it: the promised day
    stands instead of it, unless all units are there.
    """
    stated, waiting = builder.state.stated, builder.state.quantity.waiting
    pegged = event.why is not None or sum(each.quantity for each in event.arrivals) >= waiting
    if stated is None or not stated.rejoins or not pegged:
        return
    said = window(builder.policy, builder.state) if waiting else stated.instead_of
    builder.change(stated=replace(stated, instead_of=said, rejoins=False))


def _parts_moved(builder: DecisionBuilder, before: State, forecast: Window | None) -> bool:
    """Whether a line without a date has other days for its parts than before. forecast: as it is now."""
    policy = builder.policy
    if policy.partial != "ship" or forecast is not None:
        return False
    return dateless(policy, builder.state, None).parts != dateless(policy, before, None).parts


def _moved_alone_before(policy: Policy, state: State) -> bool:
    """Whether nothing but time had moved the date since it was told: a reported slip is not forgotten."""
    return state.moved_by_time_alone or (slip(state) <= 0 and not late_parts(policy, state))
