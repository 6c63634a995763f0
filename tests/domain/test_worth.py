"""What waiting lines are worth: each figure counted once, money by currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.line.state import Status
from backorder.domain.worth import (
    COUNTED,
    Assumed,
    Cancelled,
    Month,
    WaitedLine,
    first_of_months,
    total,
    worth,
)


def line(status: Status = Status.FULFILLED, units: int = 2, **fields: Any) -> WaitedLine:
    """A line of two units at 10.00 each, opened in March."""
    ended = {Status.FULFILLED: "shipped", Status.CANCELLED: "cancelled", Status.SUBSTITUTED: "substituted"}
    counted = {"shipped": 0, "cancelled": 0, "substituted": 0}
    if status in ended:
        counted[ended[status]] = units
    usual: dict[str, Any] = {
        "opened_on": date(2026, 3, 2),
        "currency": "EUR",
        "paid": Decimal("10.00") * units,
        "status": status,
        "ordered": units,
        "customer": "ann",
    }
    return WaitedLine(**{**usual, **counted, **fields})


def of(*lines: WaitedLine, **assumed: Any) -> Month:
    [month] = worth(lines, Assumed(**assumed))
    return month


def test_lines_are_counted_by_how_they_ended() -> None:
    month = of(
        line(),
        line(Status.SUBSTITUTED, substitute_price=Decimal("18.00")),
        line(Status.CANCELLED, cancellations=(Cancelled(by="customer", units=2, after="delayed"),)),
        line(Status.CANCELLED, cancellations=(Cancelled(by="no_consent", units=2, after="consent_request"),)),
        line(Status.WAITING),
        line(Status.FULFILLED, shipped=1, cancelled=1),  # a part of it
    )
    assert (month.opened, month.units) == (6, 12)
    assert (month.kept, month.substituted, month.cancelled, month.open) == (2, 1, 2, 1)
    assert month.cancelled_by == {"customer": 1, "no_consent": 1}
    assert month.cancelled_after == {"delayed": 1, "consent_request": 1}
    assert month.revenue == {"EUR": Decimal("48.00")}
    assert month.waiting == month.waiting_paid == {"EUR": Decimal("20.00")}
    assert of(line(Status.WAITING), line(Status.WAITING, captured=False)).waiting_paid == month.waiting


def test_promises_are_kept_by_the_first_date_and_by_the_last() -> None:
    told = (date(2026, 3, 20), date(2026, 3, 28))
    month = of(
        line(told=told, left_on=date(2026, 3, 20)),
        line(told=told, left_on=date(2026, 3, 28)),
        line(told=told, left_on=date(2026, 3, 29)),
        line(left_on=date(2026, 3, 29)),  # nobody was told a date
        line(Status.WAITING, told=told),
    )
    assert (month.promised, month.kept_first, month.kept_last) == (3, 1, 2)


def test_money_is_never_added_across_currencies() -> None:
    month = of(
        line(refunded=Decimal("3.50")),
        line(currency="JPY", paid=Decimal(2001), units=2, shipped=1, cancelled=1, refunded=Decimal(1000)),
    )
    assert month.revenue == {"EUR": Decimal("20.00"), "JPY": Decimal(1001)}
    assert month.refunds == {"EUR": Decimal("3.50"), "JPY": Decimal(1000)}


def test_what_is_assumed_is_an_option() -> None:
    lines = [line(coupons=(Decimal(10),), answers=3), line(answers=1)]
    month = of(*lines)
    assert (month.coupons, month.coupon_cost) == (1, {"EUR": Decimal("2.00")})
    assert (month.contacts_avoided, month.contacts_saved) == (4, {})
    month = of(*lines, redeemed=30, contact_cost=Decimal("4.50"), contact_currency="EUR")
    assert month.coupon_cost == {"EUR": Decimal("0.60")}
    assert month.contacts_saved == {"EUR": Decimal("18.00")}
    assert of(*lines, redeemed=0).coupon_cost == {}
    month = of(
        *lines, coupon_order=50, contact_share=25, contact_cost=Decimal("4.50"), contact_currency="EUR"
    )
    assert (month.coupon_cost, month.contacts_saved) == ({"EUR": Decimal("1.00")}, {"EUR": Decimal("4.50")})


def test_a_customer_who_ordered_again_counts_once() -> None:
    month = of(
        line(again=True),
        line(again=False),
        line(customer="bob"),
        line(Status.CANCELLED, customer="cid", again=True),
    )
    assert (month.customers, month.ordered_again) == (2, 1)


def test_months_are_those_in_which_lines_were_opened_and_add_up() -> None:
    found = worth([line(opened_on=date(2026, 4, 1)), line(), line(Status.WAITING)], Assumed())
    assert [(each.month, each.opened) for each in found] == [("2026-03", 2), ("2026-04", 1)]
    whole = total(found)
    assert (whole.month, whole.opened, whole.kept, whole.open) == ("total", 3, 2, 1)
    assert whole.revenue == {"EUR": Decimal("40.00")}
    assert first_of_months(date(2026, 3, 31)) == date(2025, 4, 1)


def test_every_figure_says_how_it_is_counted() -> None:
    said = set(COUNTED) | {"coupon_cost", "contacts_saved", "customers", "units", "promised", "month"}
    assert {name.partition("_by")[0].partition("_after")[0] for name in Month.__slots__} <= said


@given(
    st.lists(
        st.builds(
            line,
            st.sampled_from([Status.FULFILLED, Status.CANCELLED, Status.SUBSTITUTED, Status.WAITING]),
            opened_on=st.dates(date(2025, 1, 1), date(2026, 12, 31)),
            currency=st.sampled_from(["EUR", "JPY", "KWD"]),
            refunded=st.integers(0, 50).map(Decimal),
        ),
        max_size=30,
    )
)
def test_every_line_is_in_one_month_and_one_ending(lines: list[WaitedLine]) -> None:
    months = worth(lines, Assumed())
    assert sum(each.opened for each in months) == len(lines)
    for each in (*months, total(months)):
        assert each.kept + each.substituted + each.cancelled + each.open == each.opened
    refunds = total(months).refunds
    for currency in ("EUR", "JPY", "KWD"):
        assert refunds.get(currency, 0) == sum(each.refunded for each in lines if each.currency == currency)
