"""What lines that waited are worth to the shop, month by month; each figure says how it is counted.

A month is that of the shop's day on which a line was opened: all that came of the line counts there, whenever
it came. Amounts are in major units of each line's own currency, and never added across currencies.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from backorder.domain.line.state import Status
from backorder.domain.money import rounded

MONTHS = 12
"""Months that a report goes back, this one included, where nobody says since when."""
NOTHING = "nothing"
"""After what somebody cancelled who had heard nothing yet."""
COUNTED: Mapping[str, str] = {
    "opened": "lines that began to wait in that month, and their units",
    "kept": "lines of which units shipped in the end",
    "substituted": "lines whose customer took something else, and nothing shipped",
    "cancelled": "lines that ended with nothing shipped or substituted: by whom, and after which message",
    "open": "lines that have not ended",
    "kept_first": "of the lines that shipped, and whose customer was told a date: the last units left by the "
    "first date told",
    "kept_last": "the same, by the last date that was told before they left",
    "revenue": "the price of units that shipped or were substituted, without shipping",
    "waiting": "the price of units that still wait, whether it was captured or not",
    "waiting_paid": "of that, what was captured",
    "refunds": "money that was reported as sent back, and did not come back itself",
    "coupons": "coupons whose code was given out; their cost is their percentage of an order's price, "
    "which is assumed as a percentage of the line's, times the share that is used, which is assumed too",
    "contacts_avoided": "answers and take-backs that came by the customer's link or by text; what share of "
    "them would have been a call or a mail is assumed, and what one costs",
    "ordered_again": "customers with a line that shipped, and another one that they ordered after its end; "
    "orders that never wait are not seen here",
}
"""How each figure is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cancelled:
    """A cancellation that counts. after: the kind of the last message with a date that had gone by then."""

    by: str
    units: int
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitedLine:
    """A line as it is counted. opened_on, left_on: the shop's days. paid: for all its units.

    captured: it is paid.

    told: the days that were promised, the last one last, as known when the units left. coupons: the
    percentage of each that was given out. answers: how many of the customer's answers came by link or text.
    again: the customer ordered again after it had shipped.
    """

    opened_on: date
    currency: str
    paid: Decimal
    status: Status
    ordered: int
    shipped: int
    cancelled: int
    substituted: int
    substitute_price: Decimal = Decimal(0)
    cancellations: tuple[Cancelled, ...] = ()
    told: tuple[date, ...] = ()
    left_on: date | None = None
    refunded: Decimal = Decimal(0)
    coupons: tuple[Decimal, ...] = ()
    answers: int = 0
    customer: str = ""
    again: bool = False
    captured: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class AssumedCoupons:
    """What nobody counts of coupons. redeemed: percent of them that are used. coupon_order: the order that
    one is used on, in percent of what its line cost.
    """

    redeemed: int = 100
    coupon_order: int = 100

    def cost_of(self, face: Decimal) -> Decimal:
        """What coupons cost. face: their percentages of what their lines cost."""
        return face * self.coupon_order / 100 * self.redeemed / 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Assumed(AssumedCoupons):
    """What cannot be counted, and is said beside the figures.

    contact_share: percent of the answers by link or text that would have been a call or a mail. contact_cost:
    of one of those, in `contact_currency`; None: no money is made of them.
    """

    contact_share: int = 100
    contact_cost: Decimal | None = None
    contact_currency: str = ""


@dataclass(kw_only=True, slots=True)
class Month:
    """The figures of a month; see COUNTED. Money is by currency. ended_by: "by, after" of cancelled lines."""

    month: str
    opened: int = 0
    units: int = 0
    kept: int = 0
    substituted: int = 0
    cancelled: int = 0
    open: int = 0
    cancelled_by: Counter[str] = field(default_factory=Counter)
    cancelled_after: Counter[str] = field(default_factory=Counter)
    promised: int = 0
    kept_first: int = 0
    kept_last: int = 0
    revenue: dict[str, Decimal] = field(default_factory=dict)
    waiting: dict[str, Decimal] = field(default_factory=dict)
    waiting_paid: dict[str, Decimal] = field(default_factory=dict)
    refunds: dict[str, Decimal] = field(default_factory=dict)
    coupons: int = 0
    coupon_cost: dict[str, Decimal] = field(default_factory=dict)
    contacts_avoided: int = 0
    contacts_saved: dict[str, Decimal] = field(default_factory=dict)
    customers: int = 0
    ordered_again: int = 0


def worth(lines: Iterable[WaitedLine], assumed: Assumed) -> list[Month]:
    """The months in which lines were opened, the earliest first."""
    months: dict[str, Month] = {}
    people: dict[str, dict[str, bool]] = defaultdict(dict)
    for line in lines:
        name = f"{line.opened_on:%Y-%m}"
        month = months.setdefault(name, Month(month=name))
        _count(month, line)
        _count_money(month, line, assumed)
        if line.shipped and line.status is Status.FULFILLED:
            known = people[name]
            known[line.customer] = known.get(line.customer, False) or line.again
    for name, month in months.items():
        month.customers = len(people[name])
        month.ordered_again = sum(people[name].values())
        if assumed.contact_cost is not None and month.contacts_avoided:
            saved = assumed.contact_cost * month.contacts_avoided * assumed.contact_share / 100
            month.contacts_saved = {assumed.contact_currency: rounded(saved, assumed.contact_currency)}
    return [months[name] for name in sorted(months)]


def _count(month: Month, line: WaitedLine) -> None:
    month.opened += 1
    month.units += line.ordered
    month.contacts_avoided += line.answers
    ended = line.status in (Status.FULFILLED, Status.CANCELLED, Status.SUBSTITUTED, Status.CLOSING)
    if not ended:
        month.open += 1
    elif line.shipped:
        month.kept += 1
    elif line.substituted:
        month.substituted += 1
    else:
        month.cancelled += 1
        last = line.cancellations[-1] if line.cancellations else None
        month.cancelled_by[last.by if last else "unknown"] += 1
        month.cancelled_after[last.after if last else NOTHING] += 1
    if ended and line.left_on is not None and line.told:
        month.promised += 1
        month.kept_first += line.left_on <= line.told[0]
        month.kept_last += line.left_on <= line.told[-1]


def _count_money(month: Month, line: WaitedLine, assumed: Assumed) -> None:
    still_open = line.ordered - line.shipped - line.cancelled - line.substituted
    _add(month.revenue, line, _part(line, line.shipped) + line.substitute_price)
    _add(month.waiting, line, _part(line, still_open))
    _add(month.waiting_paid, line, _part(line, still_open) if line.captured else Decimal(0))
    _add(month.refunds, line, line.refunded)
    month.coupons += len(line.coupons)
    face = sum((line.paid * percent / 100 for percent in line.coupons), Decimal(0))
    _add(month.coupon_cost, line, rounded(assumed.cost_of(face), line.currency))


def _part(line: WaitedLine, units: int) -> Decimal:
    return rounded(line.paid * units / line.ordered, line.currency) if units else Decimal(0)


def _add(sums: dict[str, Decimal], line: WaitedLine, amount: Decimal) -> None:
    if amount:
        sums[line.currency] = sums.get(line.currency, Decimal(0)) + amount


def total(months: Sequence[Month]) -> Month:
    """All months together; a customer who ordered again in two of them counts in both."""
    whole = Month(month="total")
    for each in months:
        for name in Month.__slots__:
            value, sum_ = getattr(each, name), getattr(whole, name)
            if isinstance(sum_, Counter):
                sum_.update(value)
            elif isinstance(sum_, dict):
                for currency, amount in value.items():
                    sum_[currency] = sum_.get(currency, Decimal(0)) + amount
            elif isinstance(sum_, int):
                setattr(whole, name, sum_ + value)
    return whole


def first_of_months(today: date) -> date:
    """The first day of a report that goes back as far as one does where nobody says how far."""
    first = today.replace(day=1)
    for _ in range(MONTHS - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    return first
