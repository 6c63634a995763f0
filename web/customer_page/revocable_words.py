"""What a customer cancelled on the page and can still take back, each word with its own time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from backorder.domain.line.revocable_cancellations import TAKE_BACK_OVER
from backorder.domain.notifications import Kind
from backorder.messaging import formats
from backorder.queries.views import MESSAGE_WAITS, CaseView, NextView
from web.customer_page.page_line import Revocable, RevocableWord
from web.customer_page.page_requests import withdraws

if TYPE_CHECKING:
    from babel import Locale


def revocable_of(
    case: CaseView, units: int, at: datetime, locale: Locale, zone: ZoneInfo
) -> Revocable | None:
    """What was cancelled of the open units and is not carried out; None for nothing. zone: the reader's.

    at: of the page; by then some of it may have become too late to be taken back.
    """
    if not case.revocable or not units:
        return None
    gone = units - uncancelled(case, units)
    whole = "" if gone == units else formats.number(gone, locale)
    return Revocable(whole, withdraws(case), tuple(_words(case, units, at, locale, zone)))


def in_time(until: datetime | None, at: datetime, locale: Locale, zone: ZoneInfo) -> str:
    """The time of day up to which something can be taken back; "" where that is over, or it cannot be."""
    return "" if until is None or at > until else formats.clock(until, zone, locale)


def uncancelled(case: CaseView, units: int) -> int:
    """Of the open units those that no cancellation names, not one either that can still be taken back."""
    return units - min(units, sum(each.units or units for each in case.revocable))


def ends_all(case: CaseView) -> bool:
    """Whether what can still be taken back is all that is open."""
    units = case.quantity.waiting + case.quantity.allocated
    return bool(case.revocable) and not uncancelled(case, units)


def ahead(case: CaseView) -> Iterator[NextView]:
    """What happens if nobody does anything, the last first; no ending that is decided, or just asked for."""

    def is_known(each: NextView) -> bool:
        return each.why in MESSAGE_WAITS or TAKE_BACK_OVER in each.why

    return (each for each in reversed(case.next) if each.what != Kind.CANCELLED or not is_known(each))


def _words(
    case: CaseView, units: int, at: datetime, locale: Locale, zone: ZoneInfo
) -> Iterator[RevocableWord]:
    """The first to have come counts first, as when they are carried out."""
    left = units
    for each in sorted(case.revocable, key=lambda one: (one.received_at, one.request)):
        count = left if each.units is None else min(each.units, left)
        left -= count
        if count and (until := in_time(each.until, at, locale, zone)):
            yield RevocableWord(
                "" if count == units else formats.number(count, locale), until, each.withdraws
            )
