"""What to order: whole packs, from whoever is best by days, reliability and price, within a budget."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder import fields
from backorder.domain.money import Money
from backorder.domain.supply.order_plan import (
    MOST_UNITS,
    Need,
    PackTerms,
    Proposal,
    SupplierCandidate,
    budget_of,
    choose,
    fund,
    packed,
    rounding,
    who,
    why,
)

TERMS = st.builds(PackTerms, pack_size=st.integers(1, 50), minimum_order=st.integers(1, 200))


def euros(amount: str | Decimal) -> Money:
    return Money(Decimal(amount), "EUR")


def candidate(supplier: str, days: int, rate: float = 0.9, price: str | None = None) -> SupplierCandidate:
    return SupplierCandidate(
        supplier=supplier,
        likely=days,
        expected=days,
        rate=rate,
        due=30,
        price=euros(price) if price else None,
    )


@given(st.integers(1, 2 * MOST_UNITS), TERMS)
def test_an_order_is_whole_packs_and_reaches_what_is_needed(units: int, terms: PackTerms) -> None:
    quantity = packed(units, terms)
    assert quantity % terms.pack_size == 0
    assert 0 < quantity <= MOST_UNITS == fields.MOST_UNITS
    if quantity >= max(units, terms.minimum_order):
        assert quantity - terms.pack_size < max(units, terms.minimum_order)
    else:
        assert quantity + terms.pack_size > MOST_UNITS


@pytest.mark.parametrize(
    ("units", "terms", "words"),
    [
        (7, PackTerms(), ""),
        (24, PackTerms(pack_size=12), ""),
        (31, PackTerms(pack_size=12), "31 needed, 36 ordered: in packs of 12"),
        (5, PackTerms(minimum_order=24), "5 needed, 24 ordered: at least 24"),
        (5, PackTerms(pack_size=10, minimum_order=24), "5 needed, 30 ordered: at least 24, in packs of 10"),
        (
            1_500_000,
            PackTerms(),
            "1,500,000 needed, 1,000,000 ordered: 1,000,000 are the most of a line",
        ),
    ],
)
def test_rounding_says_so(units: int, terms: PackTerms, words: str) -> None:
    assert rounding(units, packed(units, terms), terms) == words


def test_without_prices_whoever_is_expected_first_is_asked() -> None:
    slow = SupplierCandidate(supplier="birch", likely=18, expected=19, rate=0.95, due=20)
    late = SupplierCandidate(supplier="acme", likely=14, expected=25, rate=0.6, due=9)
    found = choose([late, slow], day_worth=1)
    assert found.first is slow
    assert who(found) == (
        "birch is 4 days slower than acme but more often on time (95% beside 60%); "
        "price not considered: none on record of acme, birch"
    )
    assert who(choose([late], 1)) == "acme is on time in 60%"
    unknown = SupplierCandidate(supplier="oak", likely=None, expected=None, rate=0.99, due=0)
    found = choose([unknown, late], 1)
    assert found.first is late
    assert who(found) == (
        "acme is as good as oak; how reliable oak is nobody knows yet: no order was due; "
        "price not considered: none on record of acme, oak"
    )
    bare = SupplierCandidate(supplier="elm", likely=3, expected=3, rate=0.5, due=0, price=None)
    assert "how reliable elm and oak are nobody knows yet" in who(choose([unknown, bare], 1))
    assert who(choose([unknown], 1)) == "how reliable oak is nobody knows yet: no order was due"


@pytest.mark.parametrize(("worth", "first"), [(0, "birch"), (1, "birch"), (3, "acme"), (100, "acme")])
def test_a_day_is_weighed_against_the_price(worth: float, first: str) -> None:
    """Birch is ten percent cheaper and five days slower."""
    found = choose([candidate("acme", 10, price="10.00"), candidate("birch", 15, price="9.00")], worth)
    assert (found.first.supplier, found.not_priced) == (first, "")
    cheaper = "birch is 5 days slower than acme but 1.00 EUR a unit cheaper (both on time in 90%)"
    faster = "acme is 1.00 EUR a unit dearer than birch but 5 days faster (both on time in 90%)"
    assert who(found) == (cheaper if first == "birch" else faster)


def test_one_missing_or_foreign_price_takes_all_of_them_out() -> None:
    priced, bare = candidate("acme", 10, price="10.00"), candidate("birch", 9)
    found = choose([priced, bare], 0)
    assert (found.first, found.not_priced) == (bare, "price not considered: none on record of birch")
    found = choose([priced, bare], 0, "EUR")
    assert (found.first, found.ranked[1]) == (priced, bare), "no budget reaches for what has no price"
    assert who(found).endswith("of birch no price in EUR is on record, which the budget needs")
    assert choose([priced, bare], 0, "USD").first is bare
    dollars = SupplierCandidate(
        supplier="oak", likely=11, expected=11, rate=0.9, due=1, price=Money(Decimal("0.01"), "USD")
    )
    found = choose([priced, dollars], 0)
    assert found.first is priced
    assert found.not_priced == "price not considered: EUR and USD are not compared"


def test_what_is_needed_in_words() -> None:
    need = Need(waiting=8, free=3, coming=0, expected=12.2, reorder_point=17, review=4)
    assert why(need) == "8 wait, 12 expected until the next order arrives, 5 safety, less 3 free"
    assert (need.missing, need.wanted) == (22, 22)
    enough = Need(waiting=1, free=3, coming=20, expected=12.2, reorder_point=17, review=4)
    assert enough.wanted == 0
    few = Need(waiting=0, free=16, coming=0, expected=12.2, reorder_point=17, review=4)
    assert (few.missing, few.wanted) == (1, 4)
    assert why(few).endswith(", less 16 free; 1 missing, 4 are what a review period takes")
    lost = Need(waiting=9, free=0, coming=0, expected=0, reorder_point=0, review=1, undated=500, later=60)
    assert (
        why(lost) == "9 wait; 500 on order have no date and do not count; 60 on order come too late to count"
    )


@given(
    st.builds(
        Need,
        waiting=st.integers(0, 50),
        free=st.integers(0, 50),
        coming=st.integers(0, 50),
        expected=st.floats(0, 60),
        reorder_point=st.integers(0, 90),
        review=st.integers(0, 20),
    )
)
def test_the_units_in_the_words_add_up_to_what_is_missing(need: Need) -> None:
    first = why(need).partition(";")[0]
    added, _, taken = first.partition("less ")
    plus, minus = (sum(map(int, re.findall(r"[0-9]+", part))) for part in (added, taken))
    assert need.missing == max(plus - minus, 0)
    assert need.wanted >= need.missing


PROPOSALS = st.lists(
    st.builds(
        Proposal,
        sku=st.sampled_from("ABCDEFGH"),
        supplier=st.just("acme"),
        quantity=st.integers(1, 20),
        terms=st.builds(PackTerms, pack_size=st.integers(1, 4), minimum_order=st.integers(1, 6)),
        price=st.none() | st.decimals(0, 40, places=2).map(euros),
        avoided=st.floats(0, 100),
    ),
    max_size=8,
    unique_by=lambda each: each.sku,
)


@given(PROPOSALS, st.integers(1, 500), st.integers(0, 600))
def test_a_budget_is_never_overspent_and_nothing_is_forgotten(
    proposals: list[Proposal], amount: int, before: int
) -> None:
    whole = [
        Proposal(
            sku=each.sku,
            supplier=each.supplier,
            quantity=packed(each.quantity, each.terms),
            terms=each.terms,
            price=each.price,
            avoided=each.avoided,
        )
        for each in proposals
    ]
    found = fund(whole, euros(Decimal(amount)), Decimal(before))
    assert found.quantities.keys() | found.left_out.keys() == {each.sku for each in whole}
    assert not found.quantities.keys() & found.left_out.keys()
    cost = Decimal(0)
    for each in whole:
        quantity = found.quantities.get(each.sku)
        if quantity is not None:
            assert each.price is not None
            assert packed(1, each.terms) <= quantity <= each.quantity
            assert quantity % each.terms.pack_size == 0
            cost += quantity * each.price.amount
    assert cost == found.spent <= max(amount - before, 0)


def proposal(sku: str, quantity: int, price: str, avoided: float, **more: int) -> Proposal:
    terms = PackTerms(**more)
    return Proposal(
        sku=sku, supplier="acme", quantity=quantity, terms=terms, price=euros(price), avoided=avoided
    )


def test_what_avoids_most_shortage_for_its_money_comes_first() -> None:
    dear = proposal("A", 10, "10.00", 12.0)
    cheap = proposal("B", 40, "1.00", 10.0, pack_size=8)
    last = proposal("C", 10, "2.00", 1.0)
    found = fund([dear, cheap, last], euros("70.00"), Decimal(0))
    assert found.quantities == {"B": 40, "A": 3}
    assert found.left_out == {"C": "the least order is 1 for 2.00 EUR, and 0.00 EUR of the budget is left"}
    half = fund([dear, cheap, last], euros("70.00"), Decimal("40.00"))
    assert half.quantities == {"B": 24, "C": 3}
    assert "A" in half.left_out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5000", "like 5000 EUR"),
        ("EUR 5000", "like 5000 EUR"),
        ("5000 XXX", "like 5000 EUR"),
        ("many EUR", "is no amount"),
        ("-1 EUR", "is below zero"),
        ("0 EUR", "must be more than 0"),
        ("5.000 EUR", "may mean thousands"),
        ("5.001 JPY", "finer than the currency"),
    ],
)
def test_a_budget_is_an_amount_in_a_currency(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        budget_of(text)


def test_no_budget_is_any_amount() -> None:
    assert budget_of("") is None
    assert budget_of("5000.50 EUR") == euros("5000.50")
