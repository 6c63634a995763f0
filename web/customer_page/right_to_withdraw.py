"""Until when the page has the function by which a consumer withdraws from the contract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from backorder.domain.page_limits import ON_ITS_WAY, WITHDRAWN_WITHIN
from backorder.queries.views import CaseView

_NO_TIME = timedelta(0)


def may_still_withdraw(
    case: CaseView, order: Sequence[CaseView], units: int, zone: ZoneInfo, today: date
) -> bool:
    """Whether the law's 14 days from the last of the goods can be not over yet.

    They count from the last good or lot of one order (CRD art. 9(2)(b), CCR reg. 30(4)): while any of it is
    to come, what has come can be sent back. order: all its lines. units: of this line that are to come.
    """
    if not units and not case.quantity.shipped:
        return False
    if units or any(each.quantity.waiting + each.quantity.allocated for each in order if each is not case):
        return True
    left_on = [each.shipped_at.astimezone(zone).date() for line in (case, *order) for each in line.shipments]
    return not left_on or today <= max(left_on) + _travels_longer((case, *order)) + WITHDRAWN_WITHIN


def _travels_longer(order: Sequence[CaseView]) -> timedelta:
    """By how much the shop's parcels take longer to the door than what the 14 days are stretched by."""
    told = [each.promise for each in order if each.promise is not None]
    transits = [each.deliver_by - each.by for each in told if each.by and each.deliver_by]
    return max((each - ON_ITS_WAY for each in transits if each > ON_ITS_WAY), default=_NO_TIME)


def units_sent_back(case: CaseView) -> int:
    """Units that left and are sent back: all of them where nothing was paid, as no refund counts them."""
    back = sum(each.sent_back for each in case.refunds)
    return case.quantity.shipped if case.withdrawn and not back else back
