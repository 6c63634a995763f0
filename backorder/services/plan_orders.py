"""What to order today, from whom and why; nothing is written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from backorder.domain.money import Money, rounded
from backorder.domain.supply.order_plan import (
    Funded,
    Need,
    PackTerms,
    PlanningRules,
    Proposal,
    RankedSuppliers,
    SupplierCandidate,
    choose,
    fund,
    packed,
    rounding,
    who,
    why,
)
from backorder.errors import UnreadableError
from backorder.failures import in_words
from backorder.queries.past_orders import usual_lead_days
from backorder.queries.planned_day import PlannedDay, planned_day
from backorder.queries.stock_positions import Positions, StockPosition, stock_positions
from backorder.services.order_levels import Leads, Levels, levels_of
from backorder.storage.engine import reading
from backorder.storage.isolation import Apart, Failure

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from backorder.forecasting.demand.sales import Sales
    from backorder.forecasting.demand.stock import StockLevel
    from backorder.services.forecasts import ForecastService


MOST_LINES = 1000
"""Lines of a purchase order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOrder:
    """Units of a SKU to order today, from whom, as which line of which purchase order.

    needed: before it was rounded to packs and the minimum, or cut to the budget. waiting, free, coming,
    expected, safety_stock, reorder_point: as they stand. undated, later: on order, and not counted as coming,
    because nobody can say when, or too late. until: the day until which it has to last. price, cost: of a
    unit and of all, None where it is not on record. words: why, for the buyer. method, lead: what demand and
    lead time rest on.
    """

    sku: str
    supplier: str
    purchase_order: str
    line: str
    quantity: int
    needed: int
    waiting: int
    free: int
    coming: int
    undated: int
    later: int
    until: date
    expected: float
    safety_stock: int
    reorder_point: int
    pack_size: int
    minimum_order: int
    price: Decimal | None
    cost: Decimal | None
    currency: str | None
    words: str
    method: str
    lead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A SKU that is short and not ordered. quantity: that it wants, 0 where nobody knows. why: in words."""

    sku: str
    supplier: str
    quantity: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetUse:
    """What becomes of a day's budget. before: ordered on that day already. spent: by this plan."""

    amount: Decimal
    currency: str
    before: Decimal
    spent: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlan:
    """What to order on a day, the most units waiting first. left_out: what is short and not ordered."""

    day: date
    orders: tuple[PlannedOrder, ...]
    left_out: tuple[LeftOut, ...]
    budget: BudgetUse | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortages:
    """What is short of some products. failures: products of which nobody can say, logged already."""

    orders: Sequence[PlannedOrder]
    failures: Sequence[Failure]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a product wants, and from whom."""

    position: StockPosition
    need: Need
    choice: RankedSuppliers
    until: date
    quantity: int
    level: StockLevel
    history: str


class OrderPlanning:
    """Compares what there is of each product with its reorder point."""

    def __init__(self, engine: Engine, forecasts: ForecastService) -> None:
        self._engine = engine
        self._forecasts = forecasts

    def orders(
        self, sales: Sales, day: date, rules: PlanningRules, skus: Sequence[str] | None = None
    ) -> OrderPlan:
        """What to order on a day. Where nothing was sold, what waits is ordered all the same.

        Where a budget is set, what avoids most shortage for its money is ordered first. skus: of these alone.
        """
        with reading(self._engine) as connection:
            positions, known = stock_positions(connection, skus), planned_day(connection, day)
        positions, levels = self._levels(sales, positions, day, rules)
        found, failures = self._wanted(positions, levels, day, rules)
        wanted = {each.position.sku: each for each in found}
        funded = _funded(wanted, levels, rules.budget, known) if rules.budget else None
        quantities = funded.quantities if funded else {sku: each.quantity for sku, each in wanted.items()}
        left_out = [
            *(_left_out(wanted[sku], why) for sku, why in (funded.left_out if funded else {}).items()),
            *(_failed(each) for each in failures),
        ]
        orders = _numbered(
            [_order(wanted[sku], quantity) for sku, quantity in quantities.items()], day, known
        )
        return OrderPlan(
            day=day,
            orders=tuple(sorted(orders, key=lambda each: (-each.waiting, each.sku))),
            left_out=tuple(sorted(left_out, key=lambda each: each.sku)),
            budget=_use(rules.budget, known, funded) if rules.budget and funded else None,
        )

    def short(self, sales: Sales, positions: Positions, day: date, rules: PlanningRules) -> Shortages:
        """What some products want on a day, by SKU; whatever the budget, and as no line of an order."""
        positions, levels = self._levels(sales, positions, day, rules)
        wanted, failures = self._wanted(positions, levels, day, rules)
        return Shortages(orders=[_order(each, each.quantity) for each in wanted], failures=failures)

    def stock(
        self, sales: Sales, day: date, rules: PlanningRules, skus: Sequence[str] | None = None
    ) -> list[StockLevel]:
        """The stock that each product on record needs for a service, with its supplier's learnt lead time.

        skus: of these alone.
        """
        with reading(self._engine) as connection:
            positions = stock_positions(connection, skus)
        positions, found = self._levels(sales, positions, day, rules)
        return [found.levels[each.sku] for each in positions.sound]

    def _levels(
        self, sales: Sales, positions: Positions, day: date, rules: PlanningRules
    ) -> tuple[Positions, Levels]:
        """The stock that products need, and the positions of those of which it can be said who delivers."""
        with reading(self._engine) as connection:
            leads = Leads(self._forecasts, usual_lead_days(connection), day)
        chosen: dict[str, RankedSuppliers | None] = {}
        failures = list(positions.failures)
        for each in positions.sound:
            with Apart(failures, f"sku/{each.sku}"):
                chosen[each.sku] = _choice(each, leads, rules)
        known = [each for each in positions.sound if each.sku in chosen]
        found = levels_of(sales, known, chosen, leads, day, rules)
        return Positions(sound=known, failures=failures), found

    def _wanted(
        self, positions: Positions, levels: Levels, day: date, rules: PlanningRules
    ) -> tuple[list[_Wanted], list[Failure]]:
        """What wants to be ordered, and the products that fail, which stop no other."""
        found: list[_Wanted] = []
        failures = list(positions.failures)
        for each in positions.sound:
            with Apart(failures, f"sku/{each.sku}"):
                wanted = _want(each, levels, day, rules)
                if wanted is not None:
                    found.append(wanted)
        return found, failures


def _choice(position: StockPosition, leads: Leads, rules: PlanningRules) -> RankedSuppliers | None:
    """Who delivers a product; None where no supplier of it is on record."""
    prices = {each.supplier: each for each in position.prices}
    candidates = []
    for supplier in position.suppliers:
        own = position.lead_days if supplier == position.suppliers[0] else None
        found = leads.of(supplier, own)
        if found is None:
            continue
        price = prices.get(supplier)
        money = None
        if price is not None and price.price is not None and price.currency is not None:
            money = Money(rounded(price.price, price.currency), price.currency)
        terms = PackTerms(
            pack_size=(price and price.pack_size) or position.pack_size or 1,
            minimum_order=(price and price.minimum_order) or position.minimum_order or 1,
        )
        candidates.append(
            SupplierCandidate(
                supplier=supplier,
                likely=found.likely,
                expected=found.expected,
                rate=found.rate,
                due=found.due,
                price=money,
                terms=terms,
            )
        )
    budget = rules.budget.currency if rules.budget else ""
    return choose(candidates, rules.day_worth, budget) if candidates else None


def _want(position: StockPosition, levels: Levels, day: date, rules: PlanningRules) -> _Wanted | None:
    """What a product wants; None where there is enough of it."""
    level = levels.levels[position.sku]
    choice = levels.chosen[position.sku]
    until = day + timedelta(days=math.ceil(level.lead_days[0]) + rules.review_days)
    need = _need(position, level, until)
    if not need.wanted:
        return None
    if choice is None:
        raise UnreadableError(f"none of its suppliers can be read: {', '.join(position.suppliers)}")
    quantity = packed(need.wanted, choice.first.terms)
    return _Wanted(
        position=position,
        need=need,
        choice=choice,
        until=until,
        quantity=quantity,
        level=level,
        history=levels.lacking[position.sku],
    )


def _need(position: StockPosition, level: StockLevel, until: date) -> Need:
    """What a product needs. until: when the order after today's is likely to be there."""
    coming = position.coming(until)
    return Need(
        waiting=position.waiting,
        free=position.free,
        coming=coming,
        undated=position.undated,
        later=sum(position.arrivals.values()) - coming - position.undated,
        expected=level.expected,
        reorder_point=level.reorder_point,
        review=level.order_quantity,
    )


def _order(wanted: _Wanted, quantity: int) -> PlannedOrder:
    position, need, first = wanted.position, wanted.need, wanted.choice.first
    words = [why(need), who(wanted.choice), rounding(need.wanted, wanted.quantity, first.terms)]
    if quantity != wanted.quantity:
        words.append(f"cut from {wanted.quantity:,} to {quantity:,}, which the budget reaches for")
    return PlannedOrder(
        sku=position.sku,
        supplier=first.supplier,
        purchase_order="",
        line="",
        quantity=quantity,
        needed=need.wanted,
        waiting=need.waiting,
        free=need.free,
        coming=need.coming,
        undated=need.undated,
        later=need.later,
        until=wanted.until,
        expected=need.expected,
        safety_stock=max(need.safety, 0),
        reorder_point=need.reorder_point,
        pack_size=first.terms.pack_size,
        minimum_order=first.terms.minimum_order,
        price=first.price.amount if first.price else None,
        cost=first.price.amount * quantity if first.price else None,
        currency=first.price.currency if first.price else None,
        words="; ".join(filter(None, (*words, wanted.history))),
        method=wanted.level.method,
        lead=wanted.level.lead,
    )


def _funded(wanted: Mapping[str, _Wanted], levels: Levels, budget: Money, known: PlannedDay) -> Funded:
    """What of it the budget reaches for."""
    held = {
        sku: (each.need.free + each.need.coming - each.need.waiting, each.quantity)
        for sku, each in wanted.items()
    }
    avoided = levels.avoided(held)
    proposals = [
        Proposal(
            sku=sku,
            supplier=each.choice.first.supplier,
            quantity=each.quantity,
            terms=each.choice.first.terms,
            price=each.choice.first.price,
            avoided=avoided[sku],
        )
        for sku, each in wanted.items()
    ]
    return fund(proposals, budget, known.before(budget.currency))


def _use(budget: Money, known: PlannedDay, funded: Funded) -> BudgetUse:
    before = known.before(budget.currency)
    return BudgetUse(
        amount=budget.amount,
        currency=budget.currency,
        before=before,
        spent=funded.spent,
        left=max(budget.amount - before, Decimal(0)) - funded.spent,
    )


def _left_out(wanted: _Wanted, why: str) -> LeftOut:
    return LeftOut(
        sku=wanted.position.sku,
        supplier=wanted.choice.first.supplier,
        quantity=wanted.quantity,
        why=why,
    )


def _failed(failure: Failure) -> LeftOut:
    sku = failure.subject.partition("/")[2]
    return LeftOut(sku=sku, supplier="", quantity=0, why=f"it cannot be planned: {in_words(failure.error)}")


def _numbered(orders: Sequence[PlannedOrder], day: date, known: PlannedDay) -> list[PlannedOrder]:
    """The same as lines of purchase orders, of one supplier each, whose IDs are not on record yet."""
    found: list[PlannedOrder] = []
    for supplier in sorted({each.supplier for each in orders}):
        mine = sorted((each for each in orders if each.supplier == supplier), key=lambda each: each.sku)
        for start in range(0, len(mine), MOST_LINES):
            id = known.new_id(supplier, day)
            found += [
                replace(each, purchase_order=id, line=str(number))
                for number, each in enumerate(mine[start : start + MOST_LINES], start=1)
            ]
    return found
