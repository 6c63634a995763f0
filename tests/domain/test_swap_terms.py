"""On which terms an alternative is taken, beside questions of the law."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from backorder.domain.line.commands import Verdict
from backorder.domain.line.ledger import owed
from backorder.domain.line.state import Consent, DecisionContext, Status
from backorder.domain.money import Money
from backorder.errors import RejectedError
from backorder.problems import problem
from tests.domain.swap_lines import RULES, asked, offered, took
from tests.support import lines as b
from tests.support.lines import OTHER, arrives, at, cancel, policy, stage
from tests.support.world import World, begun


def test_a_choice_before_the_deadline_answers_the_question() -> None:
    world = asked().until(at(40, 11))
    world.react(b.answer(at(40, 12), "alternative", sku=OTHER.sku))
    world.until(at(41, 11))
    assert world.stands() is Status.WAITING, "the deadline is over, and the answer came in time"
    world.react(b.taken_over(at(41, 11, 30)))
    assert world.state.quantity.substituted == 2


def test_a_choice_after_the_deadline_comes_too_late() -> None:
    world = asked().until(at(40, 23))
    late = b.answer(at(41, 1), "alternative", sku=OTHER.sku)
    assert world.react(late).verdict is Verdict.RECORDED
    assert world.state.swap is None


def test_given_up_after_the_deadline_nobody_has_agreed_to_wait() -> None:
    world = asked().until(at(40, 11))
    world.react(b.answer(at(40, 12), "alternative", sku=OTHER.sku))
    world.until(at(42))
    assert world.stands() is Status.CLOSING
    assert [each.by for each in world.state.cancellations] == ["no_consent"]
    assert world.state.needs == ("swap_failed",)
    assert "swap_failed" not in world.kinds(), "it would say that the line goes on"


# --- on which terms


def at_price(world: World, price: str) -> World:
    now = replace(OTHER, price=Money(Decimal(price), "EUR"))
    world.context = replace(world.context, alternatives=(now,))
    return world


def test_another_price_by_now_is_refused_with_the_new_terms_and_taken_once_they_were_shown() -> None:
    world = at_price(offered(), "9.00")
    refused = world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert refused.verdict is Verdict.REJECTED
    assert refused.terms is not None
    terms = refused.terms
    assert (terms.sku, terms.quantity, terms.price, terms.currency) == ("LAMP-2", 2, "9.00", "EUR")
    assert (terms.refund, terms.available) == ("2.00", True)
    world.react(
        b.answer(at(5), "alternative", sku=OTHER.sku, request="a2", price=Decimal("9.00"), quantity=2)
    )
    assert world.state.swap is not None
    assert world.state.swap.chosen.price.amount == Decimal("9.00")


def test_what_is_gone_is_refused_with_that() -> None:
    world = offered()
    world.context = DecisionContext()
    refused = world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert (refused.verdict, refused.reason) == (Verdict.REJECTED, "LAMP-2 is not in stock any more")
    assert refused.terms is not None
    assert not refused.terms.available


def test_other_units_by_now_are_refused_with_the_new_terms() -> None:
    world = offered()
    world.react(cancel(at(4), 1))
    refused = world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert refused.terms is not None
    assert (refused.terms.quantity, refused.terms.refund) == (1, "2.00")
    world.react(b.answer(at(5), "alternative", sku=OTHER.sku, request="a2", quantity=1))
    assert world.state.swap is not None


def test_what_is_dearer_than_was_paid_is_offered_only_where_the_policy_absorbs_it() -> None:
    dear = replace(OTHER, price=Money(Decimal("10.50"), "EUR"))
    context = DecisionContext(alternatives=(dear,))
    for absorbed, told in ((Decimal("4.99"), 0), (Decimal(5), 1)):
        rules = policy(stage("swap", "offer_alternatives", waited=3), absorb=absorbed)
        world = begun(rules, arrives(2, 60), units=2, context=context).until(at(4))
        assert world.kinds().count("alternatives") == told
    world.takes_over = False
    world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert world.event("substituted")["absorbed"] == "1.00"
    took(world)
    assert owed(world.state) == 0, "the customer pays nothing more, and gets nothing back"


@pytest.mark.parametrize(("paid", "price", "told"), [("18.00", "9.00", 1), ("18.00", "9.01", 0)])
def test_what_was_paid_decides_and_not_the_price_on_the_list(paid: str, price: str, told: int) -> None:
    context = DecisionContext(alternatives=(replace(OTHER, price=Money(Decimal(price), "EUR")),))
    world = begun(RULES, arrives(2, 60), units=2, paid=paid, context=context).until(at(4))
    assert world.kinds().count("alternatives") == told


def test_programs_read_the_new_terms_with_the_refusal() -> None:
    refused = at_price(offered(), "9.00").react(b.answer(at(5), "alternative", sku=OTHER.sku))
    found = problem(RejectedError(refused.reason, terms=refused.terms))
    terms = found["terms"]
    assert isinstance(terms, dict)
    assert (found["status"], terms["price"], terms["quantity"]) == (409, "9.00", 2)
    assert "terms" not in problem(RejectedError("no unit is open any more"))


def test_what_was_asked_is_open_no_more_once_something_else_is_taken() -> None:
    world = asked()
    world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    took(world)
    assert (world.stands(), world.state.consent) == (Status.CLOSING, Consent(state="refused"))
