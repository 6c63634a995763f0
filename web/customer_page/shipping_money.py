"""What a line's page says of the money that was paid for shipping and is to come back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from backorder.domain.money import Money
from backorder.messaging import formats
from backorder.messaging.template_variables import Day
from backorder.queries.views import PaymentView
from web.customer_page.page_line import ShippingMoney

if TYPE_CHECKING:
    from babel import Locale

_NOTHING = Decimal(0)


def shipping_money(payment: PaymentView, locale: Locale, today: date) -> ShippingMoney:
    """What is still to come back; apart, while there is time, what was sent and did not arrive."""
    by = payment.free_shipping_by
    late = by is not None and by < today
    failed = _NOTHING if late else payment.shipping_failed

    def some(amount: Decimal) -> str:
        return formats.money(Money(amount, payment.currency), locale) if amount > 0 else ""

    return ShippingMoney(
        back=some(payment.shipping_back - failed),
        free=some(payment.free_shipping_back - failed),
        by=Day(formats.day(by, locale), formats.brief_day(by, locale)) if by else Day(),
        late=late,
        failed=some(failed),
    )
