"""When units ship, as templates see it: the window of a line, and those of its parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from backorder.domain.notifications import Facts, Part
from backorder.messaging import formats

if TYPE_CHECKING:
    from babel import Locale


@dataclass(frozen=True, slots=True)
class Window:
    """When something ships. likely is "" if only the last day is said; all are "" without a date.

    first: the likely day as it stands before the last one, whose year it does not repeat.
    """

    likely: str
    by: str
    span: str
    brief: str
    first: str = ""


@dataclass(frozen=True, slots=True)
class PartView:
    """Some units of a line and their window. here: they have none, are set aside and only have to leave.
    unpaid: they have none, are set aside and leave once they are paid for.
    """

    quantity: str
    window: Window
    here: bool = False
    unpaid: bool = False


def is_dated(says: Facts | Part) -> bool:
    """Whether a day is said."""
    return bool(says.by or says.likely)


def window_in_words(says: Facts | Part, locale: Locale) -> Window:
    """The window that is said, in the form of a Babel `locale`."""
    return window_of(says.likely, says.by or says.likely, locale)


def window_of(likely: date | None, by: date | None, locale: Locale) -> Window:
    """The days between which something happens, in the form of a Babel `locale`."""
    if by is None:
        return Window("", "", "", "")
    last = formats.day(by, locale)
    if likely is None or likely >= by:
        return Window("", last, last, formats.brief_day(by, locale))
    span, whole = formats.span(likely, by, locale), formats.day(likely, locale)
    first = formats.day_of_year(likely, locale) if likely.year == by.year else whole
    return Window(whole, last, span, span, first)


def parts_of(facts: Facts, locale: Locale) -> tuple[PartView, ...]:
    """The parts; none where they say no more than the line does."""
    here = units_here(facts)  # one part says no more than the line, and all dateless ones say nothing
    dated = any(part.by for part in facts.parts)
    if len(facts.parts) < 2 or not (here or facts.pay_part or dated):
        return ()
    return tuple(_views(facts, here, locale))


def _views(facts: Facts, here: int, locale: Locale) -> Iterator[PartView]:
    before = 0
    for place, each in enumerate(facts.parts):
        unpaid = bool(facts.pay_part) and before == facts.set_aside and not is_dated(each)
        window, number = window_in_words(each, locale), formats.number(each.quantity, locale)
        yield PartView(number, window, here=bool(here) and not place and not unpaid, unpaid=unpaid)
        before += each.quantity


def units_here(facts: Facts) -> int:
    """Units of the part that only has to leave: it is set aside, comes first, and has no day any more."""
    first = facts.parts[0] if facts.parts else None
    if first is None or is_dated(first) or first.quantity > facts.set_aside:
        return 0
    return first.quantity
