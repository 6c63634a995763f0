"""What is offered instead: what fits, and in which order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from backorder.domain.line.alternatives import SHOWN, ranked
from backorder.domain.line.state import Offer, State
from backorder.domain.money import Money
from backorder.domain.notifications import Alternative, Kind
from tests.support.days import day
from tests.support.lines import blank, policy


def product(sku: str, price: str, currency: str = "EUR") -> Alternative:
    return Alternative(sku=sku, name=sku.title(), price=Money(Decimal(price), currency))


def skus(state: State, listed: str = "", alike: str = "") -> list[str]:
    """What is offered of products written as `SKU:price`."""
    both = ([product(*each.split(":")) for each in text.split()] for text in (listed, alike))
    return [each.sku for each in ranked(policy(), state, *both)]


def test_the_products_own_list_goes_first_in_its_order_then_the_nearest_price() -> None:
    line = blank(2, price="10.00")
    assert skus(line, "B:2 A:9", "C:7.50 D:9.99 A:9") == ["B", "A", "D"]
    assert skus(line, "", "C:7.50 D:9.99 E:7.50") == ["D", "C", "E"]


def test_what_costs_more_than_was_paid_or_another_currency_does_not_fit() -> None:
    line = blank(2, price="10.00", paid="18.00")
    assert skus(line, "A:9.00 B:9.01") == ["A"]
    assert skus(line, "A:5:USD B:5") == ["B"]


def test_the_same_category_stands_in_at_a_near_price_alone() -> None:
    assert skus(blank(1, price="10.00"), "", "A:6.99 B:7.00") == ["B"]


def test_what_was_offered_before_stays_while_it_fits() -> None:
    offer = Offer(key="o", kind=Kind.ALTERNATIVES, on=day(1), alternatives=(product("E", "5"),))
    line = replace(blank(1), offers=(offer,))
    listed = "A:5 B:5 C:5 D:5 E:5"
    assert skus(line, listed) == ["A", "B", "C", "E"]
    assert len(skus(replace(line, offers=()), listed)) == SHOWN
