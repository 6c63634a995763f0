"""Money: rounding, refunds, and what the order system is reminded of."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.line.commands import Verdict
from backorder.domain.line.ledger import owed, shipping_to_come
from backorder.domain.line.state import Status
from backorder.domain.money import Money, rounded, share
from backorder.domain.notifications import Kind
from tests.support.days import day
from tests.support.lines import answer, arrives, at, cancel, pay, policy, refund, ship
from tests.support.world import World, begun


def asked(world: World) -> list[str]:
    """The refunds that the order system was asked for."""
    return [str(each.data["amount"]) for _, each in world.published if each.type == "refund_due"]


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [("1.005", "EUR", "1.01"), ("1.004", "EUR", "1.00"), ("100.5", "JPY", "101"), ("1.0005", "KWD", "1.001")],
)
def test_money_is_rounded_half_up_to_the_minor_unit(amount: str, currency: str, expected: str) -> None:
    assert str(rounded(Decimal(amount), currency)) == expected
    assert str(Money(Decimal(expected), currency)) == f"{expected} {currency}"


def test_a_share_is_pro_rata() -> None:
    assert share(Decimal("10.00"), "EUR", units=2, ordered=3) == Decimal("6.67")


@pytest.mark.parametrize(
    ("sent", "left"), [("9.99", "4.90"), ("10.00", "4.90"), ("12.00", "2.90"), ("14.90", "0")]
)
def test_shipping_goes_back_after_the_goods(sent: str, left: str) -> None:
    world = begun(policy(), arrives(2, 20), units=2, paid="10.00", shipping="4.90")
    world.react(cancel(at(1), 1, request="r1"))
    assert shipping_to_come(world.state) == 0
    world.react(cancel(at(1, 11), 1, request="r2"))
    world.react(refund(at(2), sent))
    assert shipping_to_come(world.state) == Decimal(left)
    told = [tell.facts.refund for _, tell in world.until(at(3)).gone if tell.kind is Kind.REFUNDED]
    assert told == ([] if sent == "9.99" else [Money(Decimal(sent), "EUR")]), (
        "with what was paid for shipping"
    )


@pytest.mark.parametrize("left", [1, 2])
def test_shipping_goes_back_after_the_goods_that_are_sent_back(left: int) -> None:
    """Of two units one or both had left; all of it ends with one word (CRD art. 13(1))."""
    world = begun(policy(), arrives(2, 20), units=2, paid="10.00", shipping="4.90", pack="eu-crd-18", law=40)
    world.react(ship(at(1), left))
    world.react(answer(at(3), "withdraw", via="phone"))
    assert world.event("refund_due")["shipping_if_none_shipped"] == "4.90"
    assert shipping_to_come(world.state) == Decimal("4.90")
    for day_on, (amount, still) in enumerate((("10.00", "4.90"), ("2.00", "2.90"), ("2.90", "0"))):
        world.react(refund(at(4 + day_on), amount, id=f"f{day_on}"))
        assert shipping_to_come(world.state) == Decimal(still)
    assert world.state.needs == ()


def test_a_refund_is_pro_rata_and_the_last_part_takes_the_rounding() -> None:
    world = begun(policy(), arrives(3, 20), units=3, paid="10.00")
    for n in range(3):
        world.react(cancel(at(n + 1), 1, request=f"r{n}"))
    assert asked(world) == ["3.33", "3.34", "3.33"]


def test_units_that_shipped_keep_their_share() -> None:
    world = begun(policy(), arrives(3, 20), units=3, paid="10.00")
    world.react(ship(at(1), 1))
    world.react(cancel(at(2)))
    assert asked(world) == ["6.67"]


@given(
    st.decimals(1, 100, places=2),
    st.lists(st.tuples(st.sampled_from(["ship", "cancel"]), st.integers(1, 4)), max_size=8),
)
def test_refunds_and_kept_money_add_up_to_what_was_paid(paid: Decimal, moves: list[tuple[str, int]]) -> None:
    units = sum(count for _, count in moves) + 1
    world = begun(policy(), arrives(units, 20), units=units, paid=str(paid))
    for n, (what, count) in enumerate(moves):
        world.react(ship(at(1), count, id=str(n)) if what == "ship" else cancel(at(1), count, request=str(n)))
    world.react(cancel(at(2), request="rest"))
    kept = share(paid, "EUR", units=world.state.quantity.shipped, ordered=units)
    refunded = owed(world.state)
    assert refunded == sum(map(Decimal, asked(world)), Decimal(0))
    assert abs(kept + refunded - paid) <= Decimal("0.01")  # half a cent on either side


def test_a_refund_is_due_within_seven_working_days() -> None:
    world = begun(policy(), arrives(1, 20))
    world.react(cancel(at(1)))
    assert world.event("refund_due") == {
        "amount": "10.00",
        "currency": "EUR",
        "due_by": "2025-03-13",
        "goods": "10.00",
        "shipping_if_none_shipped": "0.00",
    }
    facts = world.last(Kind.CANCELLED).facts
    assert (facts.refund, facts.refund_by) == (Money(Decimal("10.00"), "EUR"), day(10))


def test_an_underpaid_refund_stays_open() -> None:
    world = begun(policy(), arrives(1, 20))
    world.react(cancel(at(1)))
    world.react(refund(at(2), "9.99"))
    assert world.stands() is Status.CLOSING
    assert world.state.refund is not None
    assert world.state.refund.remaining == Decimal("0.01")
    world.react(refund(at(3), "0.01", id="f2"))
    assert world.stands() is Status.CANCELLED


def test_a_refund_in_excess_is_flagged() -> None:
    world = begun(policy(), arrives(1, 20))
    world.react(cancel(at(1)))
    world.react(refund(at(2), "12.00"))
    assert (world.stands(), world.state.needs) == (Status.CANCELLED, ("refund_excess",))


def test_a_refund_that_was_not_owed_is_flagged_and_counts_once_it_is() -> None:
    world = begun(policy(), arrives(1, 20))
    flagged = world.react(refund(at(1), "10.00"))
    assert flagged.state.needs == ("refund_excess",)
    world.react(cancel(at(2)))
    assert asked(world) == []
    assert (world.stands(), world.state.needs) == (Status.CANCELLED, ())


def test_a_refund_reported_twice_counts_once_and_with_another_amount_is_refused() -> None:
    world = begun(policy(), arrives(1, 20))
    world.react(cancel(at(1)))
    world.react(refund(at(2), "4.00"))
    assert world.react(refund(at(3), "4.00")).verdict is Verdict.IGNORED
    assert world.react(refund(at(3), "5.00")).verdict is Verdict.REJECTED
    assert world.state.refund is not None
    assert world.state.refund.remaining == 6


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_refund_of_nothing_is_refused(amount: str) -> None:
    world = begun(policy(), arrives(1, 20))
    assert world.react(refund(at(1), amount)).verdict is Verdict.REJECTED


def test_each_refund_message_states_what_is_new() -> None:
    world = begun(policy(), arrives(3, 20), units=3)
    world.react(cancel(at(1), 1))
    world.react(refund(at(2), "10.00"))
    world.react(cancel(at(3), 1, request="r2"))
    world.react(refund(at(4), "10.00", id="f2"))
    world.until(at(5))
    stated = [tell.facts.refund for _, tell in world.gone if tell.kind is Kind.REFUNDED]
    assert stated == [Money(Decimal("10.00"), "EUR")] * 2


def test_a_refund_that_is_late_is_called_once_on_the_morning_after() -> None:
    world = begun(policy(), arrives(1, 20))
    world.react(cancel(at(1)))
    world.until(at(60))
    late = [when for when, each in world.published if each.type == "refund_overdue"]
    assert late == [at(11, 10)]
    assert "refund_overdue" in world.state.needs
    world.react(refund(at(61), "10.00"))
    assert "refund_overdue" not in world.state.needs


def test_a_late_refund_for_a_part_is_called_while_the_rest_still_waits() -> None:
    world = begun(policy(), arrives(2, 60), units=2)
    world.react(cancel(at(1), 1))
    assert world.until(at(20)).events("refund_overdue") == ["refund_overdue"]
    assert world.stands() is Status.WAITING


def test_a_capture_is_due_with_each_shipment_of_an_authorized_line() -> None:
    world = begun(policy(), arrives(2, 20), units=2, payment="authorized")
    world.react(ship(at(1), 1))
    world.react(ship(at(2), 1, id="s2"))
    assert world.events("capture_due") == ["capture_due", "capture_due"]


def test_an_authorization_that_runs_out_is_announced_two_days_before_and_once() -> None:
    world = begun(policy(), arrives(1, 60), payment="authorized", expires_at=at(9, 15)).until(at(30))
    told = [(when, dict(each.data)) for when, each in world.published if "expiring" in each.type]
    assert told == [(at(7, 15), {"expires_at": "2025-03-12T15:00:00Z"})]
    world.react(pay(at(30), "authorized", at(40)))
    assert world.until(at(50)).events("authorization_expiring") == ["authorization_expiring"] * 2


def test_a_payment_that_was_captured_owes_a_refund_from_then_on() -> None:
    world = begun(policy(), arrives(1, 20), payment="authorized")
    world.react(pay(at(1), "captured"))
    world.react(cancel(at(2)))
    assert (asked(world), world.events("void_due")) == (["10.00"], [])


# --- a person is asked in time


def asked_of_a_person(world: World) -> list[str]:
    return [each for each in world.state.needs if each.startswith("refund")]


@pytest.mark.parametrize(
    ("pack", "due", "reminded"),
    [
        ("us-ftc-435", 9, 7),  # Monday: seven working days on is Wednesday of the next week
        ("eu-crd-18", 14, 7),  # the engine's own clock, and the reminder after 7 days
        ("uk-cra-28", 14, 7),
        ("in-ecommerce-2020", 14, 10),  # two working days before Monday the 17th is Thursday
        ("plain", 14, 10),
    ],
)
def test_a_person_is_asked_for_a_refund_in_time_and_told_when_it_is_late(
    pack: str, due: int, reminded: int
) -> None:
    """435.1(b), art. 13, reg. 34, s. 28(9): on either side of the reminder and of the last day."""
    world = begun(policy(), arrives(1, 20), pack=pack, law=20)
    world.react(cancel(at(0, 11)))
    assert world.state.refund is not None
    assert world.state.refund.due_by == day(due)
    assert asked_of_a_person(world.until(at(reminded, 9, 59))) == []
    assert asked_of_a_person(world.until(at(reminded, 10))) == ["refund_due_soon"]
    assert asked_of_a_person(world.until(at(due + 1, 9, 59))) == ["refund_due_soon"]
    assert asked_of_a_person(world.until(at(due + 1, 10))) == ["refund_overdue"]
    world.react(refund(at(due + 1, 12), "10.00"))
    assert asked_of_a_person(world) == []


@pytest.mark.parametrize(("pack", "failed", "renewed"), [("us-ftc-435", 8, 17), ("eu-crd-18", 8, 22)])
def test_a_refund_that_failed_starts_a_limit_of_its_own(pack: str, failed: int, renewed: int) -> None:
    """435.1(b)(1): seven working days from the day on which the seller learns that it cannot be sent so."""
    world = begun(policy(), arrives(1, 20), pack=pack, law=20)
    world.react(cancel(at(0, 11)))
    world.react(refund(at(1), "10.00"))
    assert world.stands() is Status.CANCELLED
    impossible = world.react(refund(at(failed), "10.00", failed=at(-1, 11)))
    assert "before the money was sent" in impossible.reason
    assert world.stands() is Status.CANCELLED
    world.react(refund(at(failed), "10.00", failed=at(failed)))
    assert (world.stands(), asked_of_a_person(world)) == (Status.CLOSING, ["refund_failed"])
    assert world.state.refund is not None
    assert world.state.refund.due_by == day(renewed)
    assert "refund_overdue" not in world.until(at(renewed, 23)).state.needs
    assert "refund_overdue" in world.until(at(renewed + 1)).state.needs
    world.react(refund(at(renewed + 2), "10.00", id="f2"))
    assert (world.stands(), world.state.needs) == (Status.CANCELLED, ())


@pytest.mark.parametrize("recorded", [8, 20], ids=["after_the_reminder", "after_the_last_day"])
def test_a_second_claim_with_the_same_last_day_is_asked_for_too(recorded: int) -> None:
    """It came in on the same day and is recorded once the first was sent: a person hears of it, too."""
    world = begun(policy(), arrives(2, 60), units=2)
    world.react(cancel(at(0, 11), 1))
    assert asked_of_a_person(world.until(at(8))) == ["refund_due_soon"]
    if recorded == 20:
        assert world.until(at(15)).events("refund_overdue") == ["refund_overdue"]
    world.react(refund(at(recorded, 11), "10.00"))
    assert asked_of_a_person(world) == []
    world.react(cancel(at(recorded), 1, request="r2", came=at(0, 12)))
    assert asked_of_a_person(world.until(at(recorded, 13))) != []
    world.until(at(40))
    assert asked_of_a_person(world) == ["refund_overdue"]
    assert len(world.events("refund_overdue")) == (1 if recorded == 8 else 2)
    assert world.event("refund_overdue")["remaining"] == "10.00"
    world.react(refund(at(41), "10.00", id="f2"))
    assert asked_of_a_person(world) == []


def test_a_claim_that_came_in_before_one_that_was_late_is_asked_for_too() -> None:
    """Recorded later, of the same day: the money that went counts for it, and the other is open again."""
    world = begun(policy(), arrives(2, 60), units=2)
    world.react(cancel(at(0, 11), 1))
    world.react(refund(at(20), "10.00"))
    assert world.events("refund_overdue") == ["refund_overdue"]
    world.react(cancel(at(21), 1, request="r2", came=at(0, 10)))
    assert asked_of_a_person(world.until(at(22))) == ["refund_overdue"]
    assert world.events("refund_overdue") == ["refund_overdue"] * 2
    assert world.until(at(40)).events("refund_overdue") == ["refund_overdue"] * 2, "once each"


def test_a_claim_that_was_late_asks_nobody_any_more_once_it_was_sent_though_another_is_open() -> None:
    world = begun(policy(), arrives(3, 60), units=3)
    world.react(cancel(at(0, 11), 1))
    world.react(cancel(at(12), 1, request="r2"))
    assert asked_of_a_person(world) == ["refund_overdue"]
    world.react(refund(at(12, 11), "10.00"))
    assert asked_of_a_person(world) == [], "the other one has its days"
    assert asked_of_a_person(world.until(at(20, 11))) == ["refund_due_soon"]
    world.react(refund(at(20, 12), "10.00", id="f2"))
    assert asked_of_a_person(world) == []


def test_a_claim_whose_day_comes_while_another_is_late_calls_attention_of_its_own() -> None:
    world = begun(policy(), arrives(3, 60), units=3)
    world.react(cancel(at(0, 11), 1))
    world.react(cancel(at(2), 1, request="r2"))
    world.until(at(40))
    called = [str(each.data["flag"]) for _, each in world.published if each.type == "needs_attention"]
    assert sorted(called) == ["refund_due_soon", "refund_due_soon", "refund_overdue", "refund_overdue"]
    assert asked_of_a_person(world) == ["refund_overdue"]


def test_of_a_refund_that_failed_a_person_is_asked_until_it_was_sent_again() -> None:
    world = begun(policy(), arrives(3, 60), units=3)
    world.react(cancel(at(0, 11), 1))
    world.react(refund(at(1), "10.00"))
    world.react(refund(at(2), "10.00", failed=at(2)))
    world.react(cancel(at(5), 1, request="r2"))
    assert asked_of_a_person(world) == ["refund_failed"]
    world.react(refund(at(6), "10.00", id="f2"))
    assert asked_of_a_person(world) == []
    assert len(world.state.refunds) == 2


@pytest.mark.parametrize("named", ["", "/10.00"], ids=["the day", "the day and the amount"])
def test_what_a_version_before_has_asked_for_is_not_asked_for_again(named: str) -> None:
    """What it noted of it."""
    world = begun(policy(), arrives(2, 60), units=2)
    world.react(cancel(at(0, 11), 1))
    world.until(at(20))
    [due_by] = {each.due_by.isoformat() for each in world.state.refunds}
    done = tuple(
        (key.replace(f"/of/{due_by}/10.00/r1", f"/{due_by}{named}"), day) for key, day in world.state.done
    )
    assert f"refund_overdue/{due_by}{named}" in dict(done)
    world.state = world.state.replaced({"done": done})
    assert world.until(at(40)).events("refund_overdue") == ["refund_overdue"]
    assert asked_of_a_person(world) == ["refund_overdue"]
    world.react(refund(at(41), "10.00"))
    world.react(cancel(at(42), 1, request="r2", came=at(0, 12)))
    assert asked_of_a_person(world.until(at(43))) == ["refund_overdue"], "it asked for what there was"


def test_a_claim_of_the_last_day_of_one_that_failed_is_asked_for_too() -> None:
    """That one has another last day by now, so that no more is owed by the old one than was asked for."""
    world = begun(policy(), arrives(3, 60), units=3)
    world.react(cancel(at(5), 1))
    world.until(at(21))
    assert world.events("refund_overdue") == ["refund_overdue"]
    world.react(refund(at(22), "10.00"))
    world.react(refund(at(22, 13), "10.00", failed=at(22, 13)))
    world.react(cancel(at(23), 1, request="r2", came=at(5, 13)))
    assert due(world, "r2") < due(world, "r1")
    world.until(at(24))
    assert "refund_overdue" in asked_of_a_person(world)
    assert world.events("refund_overdue") == ["refund_overdue"] * 2
    assert world.event("refund_overdue")["remaining"] == "10.00"


def test_who_was_asked_for_money_hears_of_an_earlier_last_day() -> None:
    """A mail of theirs was read late: what is to be sent is the same, the right to it arose before."""
    world = begun(policy(), arrives(2, 60), units=2)
    world.react(cancel(at(20), 1, by="shop"))
    world.react(cancel(at(21), 1, by="shop", request="r2"))
    world.react(refund(at(22), "10.00"))
    world.react(cancel(at(23), came=at(15), request="mail"))
    assert asked(world) == ["10.00", "10.00"], "no more is to be sent"
    assert world.event("refund_due_changed") == {
        "amount": "10.00",
        "currency": "EUR",
        "due_by": due(world, "mail"),
    }
    assert due(world, "mail") < str(world.event("refund_due")["due_by"])
    assert world.last(Kind.CANCELLED).facts.refund_by == date.fromisoformat(due(world, "mail"))


def test_of_a_last_day_that_has_passed_when_a_word_is_recorded_nobody_reads_that_it_is_to_come() -> None:
    world = begun(policy(), arrives(1, 60))
    world.react(cancel(at(40), by="shop"))
    world.until(at(41))
    world.react(cancel(at(42), came=at(15), request="mail"))
    assert world.event("refund_due_changed")["due_by"] == due(world, "mail")
    assert date.fromisoformat(due(world, "mail")) < day(42)
    facts = world.last(Kind.CANCELLED).facts
    assert (facts.refund, facts.refund_by) == (Money(Decimal("10.00"), "EUR"), None)
    assert asked_of_a_person(world) == ["refund_overdue"]


@pytest.mark.parametrize("came", [20, 25], ids=["the same day", "a later one"])
def test_a_last_day_that_stays_or_moves_away_is_not_told_again(came: int) -> None:
    world = begun(policy(), arrives(2, 60), units=2)
    world.react(cancel(at(20), 1))
    world.react(cancel(at(26), 1, came=at(came), request="r2"))
    assert world.events("refund_due", "refund_due_changed") == ["refund_due", "refund_due"]


def due(world: World, request: str) -> str:
    """The last day for the money of a request."""
    [claim] = [each for each in world.state.refunds if each.request == request]
    return claim.due_by.isoformat()
