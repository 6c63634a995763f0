"""What a line's page says of the money that was paid for shipping and is to come back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from backorder.domain.money import Money
from backorder.messaging import formats
from backorder.messaging.template_variables import Day
from backorder.queries.views import CaseView
from web.customer_page.page_line import ShippingMoney
from web.customer_page.right_to_withdraw import units_sent_back

if TYPE_CHECKING:
    from babel import Locale

_NOTHING = Decimal(0)


def shipping_money(case: CaseView, order: Sequence[CaseView], locale: Locale, today: date) -> ShippingMoney:
    """What is still to come back; apart, while there is time, what was sent and did not arrive.

    order: all its lines. It comes back only if nothing of them is kept (CRD art. 13(1), CCR reg. 34(2)); of
    goods that never were on backorder nobody here knows, so it keeps its condition.
    """
    payment, kept = case.payment, any(map(keeps_what_left, order))
    by = payment.free_shipping_by
    late = by is not None and by < today
    failed = _NOTHING if late else payment.shipping_failed

    def some(amount: Decimal) -> str:
        return formats.money(Money(amount, payment.currency), locale) if amount > 0 else ""

    def on(day: date | None) -> Day:
        return Day(formats.day(day, locale), formats.brief_day(day, locale)) if day else Day()

    return ShippingMoney(
        back="" if kept else some(payment.shipping_back - failed),
        sent_back=any(each.quantity.shipped for each in order),
        back_by=on(_last_day(order, today)),
        free=some(payment.free_shipping_back - failed),
        by=on(by),
        late=late,
        failed=some(failed),
    )


def keeps_what_left(case: CaseView) -> bool:
    """Whether something that left is kept, or something else came in its place."""
    return case.quantity.substituted > 0 or units_sent_back(case) < case.quantity.shipped


def _last_day(order: Sequence[CaseView], today: date) -> date | None:
    """That of the last of an order's refunds; None while something is to come, and once it is over."""
    if any(each.quantity.waiting + each.quantity.allocated for each in order):
        return None
    days = [each.due_by for case in order for each in case.refunds if each.state != "refused"]
    return max((each for each in days if each >= today), default=None)
