"""What to order: in which packs, from whom, and what first where a budget does not reach. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from backorder.domain.money import DIGITS, Money, amount_of, fault_of_amount, rounded
from backorder.domain.texts import how_many, shown

MOST_UNITS = 1_000_000
"""What a line of a purchase order takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanningRules:
    """How orders are planned.

    period: what demand is counted by: day, week or month. service: the share of products that do not run out.
    review_days: between two orders. budget: what the orders of one day may cost together; None: any amount.
    day_worth: percent of its price that a day sooner is worth, between suppliers.
    """

    period: str = "week"
    service: float = 0.95
    review_days: int = 7
    budget: Money | None = None
    day_worth: float = 1.0

    def said(
        self,
        *,
        period: str | None = None,
        service: float | None = None,
        review_days: int | None = None,
        budget: Money | None = None,
        day_worth: float | None = None,
    ) -> PlanningRules:
        """The same rules, with what was said instead; None: nothing was."""
        return PlanningRules(
            period=self.period if period is None else period,
            service=self.service if service is None else service,
            review_days=self.review_days if review_days is None else review_days,
            budget=self.budget if budget is None else budget,
            day_worth=self.day_worth if day_worth is None else day_worth,
        )


def budget_of(text: str) -> Money | None:
    """A budget as people write it, like 5000 EUR; None for "". Raises ValueError in words."""
    if not text:
        return None
    amount, _, currency = text.strip().partition(" ")
    currency = currency.strip()
    if currency not in DIGITS:
        raise ValueError(f"{shown(text)} is no budget; write an amount and its currency, like 5000 EUR")
    found = amount_of(amount)
    if fault := fault_of_amount(found, currency):
        raise ValueError(fault)
    if not found:
        raise ValueError("must be more than 0; leave it out to order without one")
    return Money(rounded(found, currency), currency)


# --- packs


@dataclass(frozen=True, kw_only=True, slots=True)
class PackTerms:
    """How a product is bought: in packs of so many units, and so many units at least."""

    pack_size: int = 1
    minimum_order: int = 1


def packed(units: int, terms: PackTerms) -> int:
    """Units to order for those needed: whole packs, the minimum at least, what a line takes at most."""
    packs = -(-max(units, terms.minimum_order) // terms.pack_size)
    return min(packs, MOST_UNITS // terms.pack_size) * terms.pack_size


def rounding(needed: int, quantity: int, terms: PackTerms) -> str:
    """Why another quantity is ordered than is needed, in words; "" where it is not."""
    if quantity == needed:
        return ""
    why = []
    if terms.minimum_order > needed:
        why.append(f"at least {terms.minimum_order:,}")
    if terms.pack_size > 1:
        why.append(f"in packs of {terms.pack_size:,}")
    if quantity < needed:
        why.append(f"{MOST_UNITS:,} are the most of a line")
    return f"{needed:,} needed, {quantity:,} ordered: {', '.join(why)}"


# --- suppliers


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplierCandidate:
    """A supplier that could deliver. likely: days until half of such orders have come. expected: days by
    which it is compared, the later the less reliable it is. rate: of what it promised, the share on time;
    due: of how many orders that were due, 0 where it is everyone's. price: of a unit. None: not known.
    """

    supplier: str
    likely: int | None
    expected: int | None
    rate: float
    due: int
    price: Money | None = None
    terms: PackTerms = field(default_factory=PackTerms)


@dataclass(frozen=True, kw_only=True, slots=True)
class RankedSuppliers:
    """Suppliers, the best first. not_priced: why their prices do not count, "" where they do."""

    ranked: tuple[SupplierCandidate, ...]
    not_priced: str = ""

    @property
    def first(self) -> SupplierCandidate:
        """The one that is asked."""
        return self.ranked[0]


def choose(candidates: Sequence[SupplierCandidate], day_worth: float, budget: str = "") -> RankedSuppliers:
    """Rank suppliers by price and expected day: a day sooner is worth `day_worth` percent of the price.

    Where a price is missing, or they are in several currencies, by the expected day alone. Those of which no
    day is known come last; then by reliability and name. budget: its currency, where there is one: who asks
    no price in it comes behind all who do.
    """
    within = [each for each in candidates if each.price and each.price.currency == budget]
    if not within or len(within) == len(candidates):
        return _ranked(candidates, day_worth)
    others = _ranked([each for each in candidates if each not in within], day_worth).ranked
    names = ", ".join(sorted(each.supplier for each in others))
    words = f"of {names} no price in {budget} is on record, which the budget needs"
    return RankedSuppliers(ranked=(*_ranked(within, day_worth).ranked, *others), not_priced=words)


def _ranked(candidates: Sequence[SupplierCandidate], day_worth: float) -> RankedSuppliers:
    not_priced = _not_priced(candidates)

    def cost(each: SupplierCandidate) -> Decimal:
        if each.price is None or not_priced:
            return Decimal(each.expected or 0)
        return each.price.amount * (1 + Decimal(str(day_worth)) / 100 * (each.expected or 0))

    def rank(each: SupplierCandidate) -> tuple[bool, Decimal, int, float, str]:
        return each.expected is None, cost(each), each.expected or 0, -each.rate, each.supplier

    return RankedSuppliers(ranked=tuple(sorted(candidates, key=rank)), not_priced=not_priced)


def _not_priced(candidates: Sequence[SupplierCandidate]) -> str:
    if len(candidates) < 2:
        return ""
    missing = sorted(each.supplier for each in candidates if each.price is None)
    if missing:
        return f"price not considered: none on record of {', '.join(missing)}"
    currencies = sorted({each.price.currency for each in candidates if each.price})
    if len(currencies) > 1:
        return f"price not considered: {' and '.join(currencies)} are not compared"
    return ""


def who(choice: RankedSuppliers) -> str:
    """Why this supplier, in words: how it stands beside the next one."""
    first, *others = choice.ranked
    if not others:
        return f"{first.supplier} is on time in {_percent(first)}" if first.due else _unmeasured([first])
    other = others[0]
    better, worse = _beside(first, other, priced=not choice.not_priced)
    if worse and better:
        words = f"{first.supplier} is {_and(worse)} than {other.supplier} but {_and(better)}"
    elif worse or better:
        words = f"{first.supplier} is {_and(better or worse)} than {other.supplier}"
    else:
        words = f"{first.supplier} is as good as {other.supplier}"
    parts = [words]
    if first.due and other.due and _percent(first) == _percent(other):
        parts[0] += f" (both on time in {_percent(first)})"
    if unknown := [each for each in (first, other) if not each.due]:
        parts.append(_unmeasured(unknown))
    return "; ".join([*parts, choice.not_priced] if choice.not_priced else parts)


def _unmeasured(some: Sequence[SupplierCandidate]) -> str:
    names = " and ".join(each.supplier for each in some)
    return f"how reliable {names} {'is' if len(some) == 1 else 'are'} nobody knows yet: no order was due"


def _beside(
    first: SupplierCandidate, other: SupplierCandidate, *, priced: bool
) -> tuple[list[str], list[str]]:
    """What is better and what is worse about the first of two suppliers."""
    better: list[str] = []
    worse: list[str] = []
    if first.likely is not None and other.likely is not None and first.likely != other.likely:
        days = other.likely - first.likely
        (better if days > 0 else worse).append(
            f"{how_many(abs(days), 'day')} {'faster' if days > 0 else 'slower'}"
        )
    if first.due and other.due and _percent(first) != _percent(other):
        sooner = first.rate > other.rate
        rates = f"({first.rate:.0%} beside {other.rate:.0%})"
        (better if sooner else worse).append(f"{'more' if sooner else 'less'} often on time {rates}")
    if priced and first.price and other.price and first.price != other.price:
        less = other.price.amount - first.price.amount
        (better if less > 0 else worse).append(
            f"{abs(less)} {first.price.currency} a unit {'cheaper' if less > 0 else 'dearer'}"
        )
    return better, worse


def _percent(each: SupplierCandidate) -> str:
    return f"{each.rate:.0%}"


def _and(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


# --- how many


def safety_of(reorder_point: int, expected: float) -> int:
    """The part of a reorder point beyond what is expected until then, both as they are told; below zero where
    the service is so low that less is held.
    """
    return reorder_point - round(expected)


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """Units of a product. waiting: of lines that nobody serves yet. coming: on order, and there in time.
    undated, later: on order too, but nobody can say when they come, or only after an order of today would
    have to last: they do not count. expected: what is to be sold until the order after this one can arrive.
    reorder_point: what has to be there for that at the service asked for. review: what a review period takes.
    """

    waiting: int
    free: int
    coming: int
    expected: float
    reorder_point: int
    review: int
    undated: int = 0
    later: int = 0

    @property
    def safety(self) -> int:
        """The part of the reorder point beyond what is expected, as `safety_of` has it."""
        return safety_of(self.reorder_point, self.expected)

    @property
    def missing(self) -> int:
        """Units that an order has to bring; 0 where there is enough."""
        return max(self.reorder_point + self.waiting - self.free - self.coming, 0)

    @property
    def wanted(self) -> int:
        """Units to order: what is missing, and a review period's demand at least; 0 where there is enough."""
        return max(self.missing, self.review if self.expected else 0) if self.missing else 0


def why(need: Need) -> str:
    """What an order is for, in words; the units add up to what is missing."""
    needed = (
        (need.waiting, "wait" if need.waiting != 1 else "waits"),
        (round(need.expected), "expected until the next order arrives"),
        (max(need.safety, 0), "safety"),
    )
    there = (
        (need.free, "free"),
        (need.coming, "coming"),
        (max(-need.safety, 0), "not held at this service"),
    )
    words = _listed(needed)
    if less := _listed(there):
        words = f"{words}, less {less}"
    parts = [words]
    if need.wanted > need.missing:
        parts.append(f"{need.missing:,} missing, {need.wanted:,} are what a review period takes")
    if need.undated:
        parts.append(f"{need.undated:,} on order have no date and do not count")
    if need.later:
        parts.append(f"{need.later:,} on order come too late to count")
    return "; ".join(parts)


def _listed(parts: Sequence[tuple[int, str]]) -> str:
    return ", ".join(f"{units:,} {what}" for units, what in parts if units)


# --- a budget


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """Units that would be ordered. avoided: units that would be short without them, as far as is foreseen."""

    sku: str
    supplier: str
    quantity: int
    terms: PackTerms
    price: Money | None
    avoided: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Funded:
    """What a budget reaches. quantities: by SKU; less than proposed where it was cut. left_out: why nothing
    is ordered of a SKU. spent: what the quantities cost.
    """

    quantities: Mapping[str, int]
    left_out: Mapping[str, str]
    spent: Decimal


def fund(proposals: Sequence[Proposal], budget: Money, before: Decimal) -> Funded:
    """Order what avoids most shortage for its money first, until the budget is used up.

    before: what is spent of it already. What does not fit whole is cut to the packs that do, its minimum at
    least; else it is left out, and cheaper ones behind it may still fit.
    """
    left = max(budget.amount - before, Decimal(0))
    quantities: dict[str, int] = {}
    left_out: dict[str, str] = {}
    for each in sorted(proposals, key=_by_worth):
        if each.price is None:
            left_out[each.sku] = (
                f"what {each.supplier} asks for it is not on record, so that nobody knows "
                "whether the budget reaches"
            )
        elif each.price.currency != budget.currency:
            left_out[each.sku] = (
                f"{each.supplier} asks {each.price.currency} for it, and the budget is in {budget.currency}"
            )
        elif quantity := _affordable(each, each.price.amount, left):
            quantities[each.sku] = quantity
            left -= quantity * each.price.amount
        else:
            least = packed(1, each.terms)
            left_out[each.sku] = (
                f"the least order is {least:,} for {Money(least * each.price.amount, budget.currency)}, and "
                f"{Money(left, budget.currency)} of the budget is left"
            )
    spent = max(budget.amount - before, Decimal(0)) - left
    return Funded(quantities=quantities, left_out=left_out, spent=spent)


def _by_worth(each: Proposal) -> tuple[float, str]:
    price = each.price.amount if each.price else Decimal(0)
    cost = float(price) * each.quantity
    return (-each.avoided / cost if cost else float("-inf")), each.sku


def _affordable(each: Proposal, price: Decimal, left: Decimal) -> int:
    """As many units as the money reaches for: whole packs, the minimum at least, or 0."""
    if each.quantity * price <= left:
        return each.quantity
    quantity = int(left / price) // each.terms.pack_size * each.terms.pack_size
    return quantity if quantity >= packed(1, each.terms) else 0
