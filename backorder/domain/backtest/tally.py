"""What came of many lines under a policy, added up line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from backorder.domain.backtest.history import LineHistory
from backorder.domain.backtest.play import UNKNOWN, Life


@dataclass(kw_only=True, slots=True)
class Tally:
    """Sums over lines.

    messages: by kind. in_time, too_late: notices of delay that went before the promised day, or later.
    first_kept, first_due: of the lines that left and had a date, those that left by the first day promised;
    last_kept: by the last one. told_days, had_days: of the same lines, days from the first promised day to
    the last one, and to the day they left (never below 0). coupons, coupon_value: issued, and by currency
    their face value. endings: by name. unknown: reasons, of lines whose ending nobody can say. otherwise:
    lines that ended on record and whose customers would have heard other days or offers, so that what they
    would have done is not known either.
    """

    lines: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    in_time: int = 0
    too_late: int = 0
    first_kept: int = 0
    last_kept: int = 0
    first_due: int = 0
    told_days: int = 0
    had_days: int = 0
    coupons: int = 0
    coupon_value: dict[str, Decimal] = field(default_factory=dict)
    waiting_coupons: int = 0
    escalations: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    same: int = 0
    otherwise: int = 0

    def add(self, history: LineHistory, life: Life) -> None:
        """Count one line."""
        self.lines += 1
        for kind, count in life.messages.items():
            self.messages[kind] += count
        self.in_time += life.in_time
        self.too_late += life.too_late
        self.coupons += life.coupons
        self.waiting_coupons += life.waiting_coupons
        self.escalations += life.escalations
        if life.coupon_value:
            currency = history.state.payment.currency
            self.coupon_value[currency] = self.coupon_value.get(currency, Decimal(0)) + life.coupon_value
        self.endings[life.ending] += 1
        self.same += life.same
        if life.ending == UNKNOWN:
            self.unknown[life.why] += 1
        elif not life.same:
            self.otherwise += 1
        if life.left_on is not None and life.first_by is not None and life.last_by is not None:
            self.first_due += 1
            self.first_kept += life.left_on <= life.first_by
            self.last_kept += life.left_on <= life.last_by
            self.told_days += max(0, (life.last_by - life.first_by).days)
            self.had_days += max(0, (life.left_on - life.first_by).days)

    @property
    def messages_a_line(self) -> float:
        """Messages to a customer, for each line."""
        return self.messages.total() / self.lines if self.lines else 0.0

    @property
    def in_time_share(self) -> float | None:
        """Of the notices of delay, those that went before the promised day; None where there were none."""
        return share(self.in_time, self.in_time + self.too_late)


def share(part: int, whole: int) -> float | None:
    """A part of a whole; None of nothing."""
    return part / whole if whole else None


def kinds_of(tallies: Sequence[Tally]) -> list[str]:
    """The kinds of message that any of them has, the most frequent first."""
    all_of_them: Counter[str] = Counter()
    for each in tallies:
        all_of_them.update(each.messages)
    return [kind for kind, _ in all_of_them.most_common()]
