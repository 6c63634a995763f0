"""The promises that a customer was told: one that turns out not to have arrived is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.state import OPEN, LastContacts, Promise, PromisedWindow, State, Told, Window
from backorder.domain.line.step import supply_changed_at
from backorder.domain.notifications import Kind

_NONE = Window(likely=None, by=None)
KEPT = 4
"""Promises that are remembered: the first one, the last ones, any of which may still come back, and the last
day that was promised."""


def told_promises(state: State) -> tuple[Told, ...]:
    """What was told and is not known to have come back, in order; the last one is what stands."""
    told, promise = state.told, state.promise
    if promise is None or (told and told[-1].stands_as == promise.revision):
        return told
    return (*told, Told(promise=promise, stands_as=promise.revision))


def newest_told(state: State) -> int:
    """The revision of the newest promise that was told, under its own number; 0 for none."""
    told = told_promises(state)
    return told[-1].promise.revision if told else 0


def was_told_twice(state: State, kind: Kind, window: Window, day: date) -> bool:
    """Whether the two newest messages of a promise said the same, in the same kind, on that day.

    A rule that asks for another one never comes to rest.
    """
    last = told_promises(state)[-2:]
    content = (kind, window, day)
    return len(last) == 2 and all(
        (each.kind, each.promise.window, each.promise.told_on) == content for each in last
    )


def kind_for(state: State, by: date) -> Kind:
    """How a day is told that a person promises: as the first one, as good news or as a delay."""
    if state.promise is None:
        return Kind.CONFIRMED
    return Kind.EARLIER if state.promise.by is None or by < state.promise.by else Kind.DELAYED


def stated_once_told(state: State, window: Window) -> PromisedWindow | None:
    """The day that a person promised, owed no more once the customer reads it. window: what they read."""
    stated = state.stated
    if stated is None or not stated.untold or stated.window.by != window.by:
        return stated
    return replace(stated, untold=False)


def stated_once_told_by_hand(state: State, at: datetime, by: date | None) -> PromisedWindow | None:
    """The same once a person named a day (None: no day) at an instant: what they promised before is owed no
    more, whatever it was.
    """
    stated = state.stated
    if stated is None or not stated.untold:
        return stated
    if at >= (stated.at or supply_changed_at(state)) or by == stated.window.by:
        return replace(stated, untold=False)
    return stated


def is_told(state: State, revision: int) -> bool:
    """Whether a promise is among what was told, under its own number."""
    return any(each.promise.revision == revision for each in told_promises(state))


def with_told(
    state: State, promise: Promise, kind: Kind, *, guess: bool, stands_as: int | None = None, key: str = ""
) -> tuple[Told, ...]:
    """What was told, with another promise. stands_as: its number, None for its own. key: of an answer."""
    number = stands_as or promise.revision
    told = Told(promise=promise, stands_as=number, kind=kind, guess=guess, key=key)
    return _cut((*told_promises(state), told))


def told_by(state: State, key: str) -> int | None:
    """The revision of the promise that an answer told; None for none."""
    return next((each.promise.revision for each in told_promises(state) if key and each.key == key), None)


def _cut(told: tuple[Told, ...]) -> tuple[Told, ...]:
    """Those that are remembered: the last day that was promised among them, whatever was said after it."""
    if len(told) <= KEPT:
        return told
    last = told[1 - KEPT :]
    if any(each.promise.by for each in last):
        return (told[0], *last)
    dated = [each for each in told[1 : 1 - KEPT] if each.promise.by]
    return (told[0], *dated[-1:], *last)


def with_told_before(state: State, promise: Promise, kind: Kind, *, key: str = "") -> tuple[Told, ...]:
    """What was told, with a promise that turned out to have gone before the newest one, which stands on.

    key: of an answer.
    """
    told = told_promises(state)
    if is_told(state, promise.revision):
        return told
    late = Told(promise=promise, stands_as=promise.revision, kind=kind, key=key)
    first = [each for each in told if each.promise.revision < promise.revision]
    return _cut((*first, late, *told[len(first) :]))


def take_back(builder: DecisionBuilder, revision: int | None) -> bool:
    """A promise did not arrive after all: the one before stands again, under a revision of its own.

    An answer that told of its parts right after it named its days too: they stand until it comes back itself.
    Returns whether it was known. Of two that both come back the end is the same, whichever is heard first.
    """
    state = builder.state
    told = told_promises(state)
    gone = next((each for each in told if each.promise.revision == revision), None)
    if gone is None:
        return False
    first, after = told.index(gone), told.index(gone) + 1
    while after < len(told) and told[after].kind is Kind.ANSWER_RECEIVED and not told[after].key:
        after += 1  # told before its key was kept, so that nobody would take it back
    left = (*told[:first], *told[after:])
    builder.change(told=left, first_by=_first_by(state, told, gone, left))
    if after < len(told):
        return True
    number = number_of_restored(state)
    stands = replace(left[-1].promise, revision=number) if left else None
    if left:
        left = (*left[:-1], replace(left[-1], stands_as=number))
    stated, by = state.stated, gone.promise.by
    if stated is not None and by == stated.window.by != (stands.by if stands else None):
        stated = replace(stated, untold=True)
    builder.change(
        told=left,
        stated=stated,
        promise=stands,
        revision=number,
        guesses=max(0, state.guesses - gone.guess),
        last_contacts=_contacts(state.last_contacts, gone, left),
    )
    builder.because("the promise before stands again" if left else "nothing is promised any more")
    if state.status in OPEN:
        publish_promise(builder, number, stands.window if stands else _NONE, told[-1].promise.window)
    return True


def number_of_restored(state: State) -> int:
    """The number under which the promise before stands again, or nothing does.

    state: before it was taken back. What the same decision plans instead gets the number after.
    """
    return state.revision + 1


def may_follow_restored(state: State, revision: int) -> bool:
    """Whether what a promise takes the place of may be one that stood again. state: without the promise."""
    if state.promise is None:
        return revision > 1
    return bool(state.told) and state.told[-1].promise.revision != state.promise.revision


def publish_promise(builder: DecisionBuilder, revision: int, window: Window, before: Window | None) -> None:
    """Tell the order system what stands now, and what stood before, if anything did."""
    likely, by = _iso(window.likely), _iso(window.by)
    builder.publish("promised", revision=revision, likely=likely, by=by)
    if before is not None and (before.likely, before.by) != (window.likely, window.by):
        builder.publish(
            "promise_changed",
            revision=revision,
            previous_likely=_iso(before.likely),
            previous_by=_iso(before.by),
            likely=likely,
            by=by,
        )


def _first_by(state: State, told: Sequence[Told], gone: Told, left: Sequence[Told]) -> date | None:
    """The first date ever told, without what did not arrive."""
    dated = [each for each in told if each.promise.by is not None]
    if not dated or dated[0] is not gone or state.first_by != gone.promise.by:
        return state.first_by
    return next((each.promise.by for each in left if each.promise.by is not None), None)


def _contacts(known: LastContacts, gone: Told, left: Sequence[Told]) -> LastContacts:
    """The days on which the customer was written to, without that of what did not arrive."""
    on = gone.promise.told_on
    last = left[-1].promise.told_on if left else None
    same = next((each.promise.told_on for each in reversed(left) if each.kind is gone.kind), None)
    days: dict[str, date | None] = {name: last for name in ("dated", "message") if getattr(known, name) == on}
    if gone.kind in (Kind.EARLIER, Kind.DELAYED) and getattr(known, gone.kind.value) == on:
        days[gone.kind.value] = same
    return known.replace(**days) if days else known


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
