"""What could be sent instead: what is offered, and that what is taken is set aside for whoever took it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from backorder.domain.line.authorizations import stamp
from backorder.domain.line.events import Answered, SubstitutionRuled
from backorder.domain.line.still_true import HOLDS_NO_MORE
from backorder.ports import Notify, Review, Reviewed, Sent
from backorder.queries.case_view import case
from backorder.queries.views import CaseView
from backorder.services.record_request import NewRequest
from backorder.services.review_line import review
from backorder.services.services import Services
from backorder.storage.alternatives import in_stock
from tests.support.days import day
from tests.support.event_sending import EventDesk
from tests.support.receivers import Receiver
from tests.support.routine import Routine
from tests.support.sending import Desk
from tests.support.shop import Shop

POLICY = """
name = "swap"
[[stages]]
id = "swap"
when = { waited = "0d" }
do = "offer_alternatives"
"""


WAS_COUNTED = "it counted with the choice, as nobody was there to acknowledge it; a person has to look"


@pytest.fixture
def shop(shop: Shop, services: Services) -> Shop:
    """A shop that offers alternatives at once, for lamps at 10 euros of which none are in stock."""
    with services.engine.begin() as connection:
        services.policies.load(connection, POLICY)
    shop.product(category="light")
    return shop


def stocked(shop: Shop, sku: str, price: str = "10.00", units: int = 5, **fields: Any) -> None:
    shop.product(sku, price=price, **{"category": "light"} | fields)
    if units:
        shop.adjust(units, f"A-{sku}", sku)


def offered(shop: Shop, quantity: int = 1, **fields: Any) -> list[str]:
    shop.open("O-1", quantity, policy="swap", **fields)
    with shop.services.engine.connect() as connection:
        policy = shop.services.policies.newest(connection, "swap")
        assert policy is not None
        return [each.sku for each in in_stock(connection, policy, shop.state())]


def new_request(shop: Shop, sku: str, id: str) -> NewRequest:
    event = Answered(
        at=shop.now,
        day=day(0),
        request=id,
        choice="alternative",
        received_at=shop.now,
        sku=sku,
    )
    return NewRequest(id=id, kind="answer", event=event, given={"choice": "alternative", "sku": sku})


# --- what is offered


def test_the_products_own_list_comes_first_in_its_order(shop: Shop) -> None:
    shop.product(category="light", alternatives=["Z-OWN", "A-OWN"])
    stocked(shop, "A-OWN", "3.00", category="")
    stocked(shop, "Z-OWN", "9.00", category="")
    stocked(shop, "B-ALIKE", "10.00")
    assert offered(shop) == ["Z-OWN", "A-OWN", "B-ALIKE"]


def test_then_the_same_category_at_a_near_price_the_nearest_first(shop: Shop) -> None:
    stocked(shop, "FAR", "6.99")
    stocked(shop, "EDGE", "7.00")
    stocked(shop, "NEAR", "9.50")
    stocked(shop, "OTHER", "9.90", category="chairs")
    assert offered(shop) == ["NEAR", "EDGE"]


def test_nothing_dearer_and_nothing_in_another_currency(shop: Shop) -> None:
    shop.product(category="light", alternatives=["DEAR", "DOLLAR", "SAME"])
    stocked(shop, "DEAR", "10.01")
    stocked(shop, "DOLLAR", "9.00", currency="USD")
    stocked(shop, "SAME", "10.00")
    assert offered(shop) == ["SAME"]


def test_only_what_covers_all_open_units_from_what_is_free(shop: Shop) -> None:
    stocked(shop, "ENOUGH", units=3)
    stocked(shop, "FEW", units=2)
    stocked(shop, "EMPTY", units=0)
    stocked(shop, "TAKEN", units=5)
    shop.open("O-9", 3, sku="TAKEN")
    assert offered(shop, 3) == ["ENOUGH"]


def test_three_at_most_and_never_itself(shop: Shop) -> None:
    shop.product(category="light", alternatives=[f"L-{number}" for number in range(2)])
    for number in range(5):
        stocked(shop, f"L-{number}")
    assert offered(shop) == ["L-0", "L-1", "L-2"]


def test_without_a_category_only_the_own_list_counts(shop: Shop) -> None:
    shop.product(category="")
    stocked(shop, "BLANK", category="")
    assert offered(shop) == []


def test_the_offer_reaches_the_customer(shop: Shop) -> None:
    stocked(shop, "LANTERN", "9.00")
    routine = Routine(shop)
    routine.notify(shop.purchase())
    routine.open(policy="swap")
    routine.until(shop.now + timedelta(days=3))
    assert routine.kinds_told() == ["confirmed", "alternatives"]
    assert "Lantern" in routine.gone[-1][2].text
    assert shop.stock("LANTERN") == (5, 0)  # an offer sets nothing aside


def test_a_case_foretells_the_offer_and_says_what_of_it_is_still_to_be_had(shop: Shop) -> None:
    def seen() -> tuple[list[str], list[bool]]:
        found = case(shop.services.database, "O-1/1", shop.now)
        assert isinstance(found, CaseView)
        had = [each.available for offer in found.offers for each in offer.alternatives]
        return [each.what for each in found.next if each.what == "alternatives"], had

    stocked(shop, "LANTERN", "9.00", 1)
    shop.open("O-1", policy="swap")
    assert seen() == (["alternatives"], [])
    shop.review("O-1")
    shop.now += timedelta(minutes=2)  # the confirmation is gathered, and no offer goes before it
    assert len(shop.dispatch()) == 1
    shop.now += timedelta(days=3)
    shop.review("O-1")
    assert seen()[1] == [True]
    shop.open("O-9", sku="LANTERN")
    assert seen()[1] == [False]


# --- what is taken


def waiting(shop: Shop, *orders: str, units: int) -> Routine:
    """Lines that were offered a lantern, of which there are so many."""
    stocked(shop, "LANTERN", "9.00", units)
    routine = Routine(shop)
    for order in orders:
        customer = {"id": order, "email": f"{order.lower()}@example.com"}
        routine.open(order, policy="swap", customer=customer)
    routine.until(shop.now + timedelta(days=3))
    return routine


def test_taking_it_sets_it_aside_in_the_transaction_that_answers(shop: Shop) -> None:
    waiting(shop, "O-1", units=2)
    reviewed = shop.take_alternative("O-1", "LANTERN")
    assert [outcome.verdict for outcome in reviewed.outcomes] == ["accepted"]
    assert shop.stock("LANTERN") == (2, 1)
    [held] = shop.rows("SELECT sku, quantity FROM reservations")
    assert held == {"sku": "LANTERN", "quantity": 1}
    events = [row["type"] for row in shop.rows("SELECT type FROM events ORDER BY number")]
    assert "backorder.substituted" in events
    assert shop.marked() == ["LAMP", "LANTERN"]


def test_what_is_gone_is_refused_and_nothing_changes(shop: Shop) -> None:
    waiting(shop, "O-1", units=1)
    shop.open("O-9", sku="LANTERN")
    reviewed = shop.take_alternative("O-1", "LANTERN")
    [outcome] = reviewed.outcomes
    assert (outcome.verdict, outcome.reason) == ("rejected", "LANTERN is not in stock any more")
    assert shop.rows("SELECT * FROM reservations") == []
    assert shop.state().quantity.waiting == 1


def test_what_was_not_offered_is_refused(shop: Shop) -> None:
    waiting(shop, "O-1", units=1)
    stocked(shop, "CANDLE", "9.00")
    [outcome] = shop.take_alternative("O-1", "CANDLE").outcomes
    assert outcome.reason == "CANDLE was not offered for this line"


def test_two_who_want_the_last_one_do_not_both_get_it(shop: Shop) -> None:
    orders = [f"O-{number}" for number in range(6)]
    waiting(shop, *orders, units=1)
    for order in orders:
        shop.ask(order, new_request(shop, "LANTERN", f"T-{order}"))
    start = threading.Barrier(len(orders))

    def take(order: str) -> Reviewed:
        params = Review(backorder=f"{order}/1", seq=99, at=shop.now, requests=[f"T-{order}"])
        start.wait()
        return review(shop.services.lines, params)[0]

    with ThreadPoolExecutor(len(orders)) as pool:
        verdicts = [reviewed.outcomes[0].verdict for reviewed in pool.map(take, orders)]
    assert sorted(verdicts) == ["accepted"] + ["rejected"] * 5
    assert shop.stock("LANTERN") == (1, 1)
    assert len(shop.rows("SELECT * FROM reservations")) == 1


def test_what_no_order_took_over_goes_back_after_a_day_to_the_queue_first(shop: Shop) -> None:
    waiting(shop, "O-1", units=2)
    shop.take_alternative("O-1", "LANTERN")
    shop.start("O-2", 2, sku="LANTERN", policy="ship")
    assert shop.allocated("O-2") == [1]
    expire = shop.services.reconciler.expire
    assert not expire(shop.now + timedelta(hours=24))
    assert shop.stock("LANTERN") == (2, 2)
    after = expire(shop.now + timedelta(hours=24, seconds=1))
    assert after == Notify(skus=("LANTERN",))
    shop.replan("LANTERN")
    assert shop.unnotified("LANTERN") == ["O-2/1"]
    assert shop.allocated("O-2") == [2]
    assert shop.stock("LANTERN") == (2, 2)
    assert not expire(shop.now + timedelta(days=9))


# --- what waits for the order system


@pytest.fixture
def desk(shop: Shop) -> Iterator[EventDesk]:
    """An order system that acknowledges, and has had the lantern offered for two lamps on their way."""
    with Receiver() as receiver:
        desk = EventDesk(shop)
        desk.put("shop", receiver.url)
        shop.purchase()
        waiting(shop, "O-1", units=1)
        yield desk


def swap_of(shop: Shop) -> tuple[str, int, list[int]]:
    """The line's status, its substituted units, and the lanterns that are set aside."""
    state = shop.state()
    held = [row["quantity"] for row in shop.rows("SELECT quantity FROM reservations")]
    return state.status.value, state.quantity.substituted, held


def test_it_is_held_until_the_order_system_has_acknowledged_it(shop: Shop, desk: EventDesk) -> None:
    [outcome] = shop.take_alternative("O-1", "LANTERN").outcomes
    assert outcome.verdict == "accepted"
    assert swap_of(shop) == ("waiting", 0, [1])
    desk.deliver()
    assert desk.woken.backorders == ("O-1/1",)
    shop.review("O-1")
    assert swap_of(shop) == ("closing", 1, [1])
    assert shop.rows("SELECT event FROM reservations") == [{"event": None}]
    seen = case(shop.services.database, "O-1/1", shop.now)
    assert isinstance(seen, CaseView)
    assert seen.refund is not None
    assert [str(each.refund) for offer in seen.offers for each in offer.alternatives] == ["1.00"]
    assert seen.refund.amount == 1


def test_where_nobody_acknowledges_it_counts_at_once_and_everything_says_so(shop: Shop) -> None:
    waiting(shop, "O-1", units=1)
    shop.take_alternative("O-1", "LANTERN")
    [said] = shop.rows("SELECT data FROM events WHERE type = 'backorder.substituted'")
    assert stamp(shop.now) == json.loads(said["data"])["held_until"]

    ruled = SubstitutionRuled(at=shop.now, day=day(0), request="R-1", taken=False, received_at=shop.now)
    shop.ask("O-1", NewRequest(id="R-1", kind="swap", event=ruled, given={"taken": False}))
    shop.review("O-1", "R-1")
    seen = case(shop.services.database, "O-1/1", shop.now)
    assert isinstance(seen, CaseView)
    assert [(each.by, each.detail) for each in seen.timeline if each.what == "substitution_ruled"] == [
        ("engine", "nobody is there to acknowledge it, so LANTERN counts as taken over with the choice"),
        ("order system", WAS_COUNTED),
    ]


def test_silent_for_a_day_the_line_goes_on_and_the_units_are_free(shop: Shop, desk: EventDesk) -> None:
    shop.take_alternative("O-1", "LANTERN")
    shop.now += timedelta(hours=24, seconds=1)
    shop.services.reconciler.expire(shop.now)
    assert swap_of(shop) == ("waiting", 0, [1]), "the line gives it back, and hears first what was said"
    shop.review("O-1")
    assert swap_of(shop) == ("waiting", 0, [0])
    assert shop.stock("LANTERN") == (1, 0)
    assert "LANTERN" in shop.marked()
    assert shop.state().needs == ("swap_failed",)
    assert "backorder.substitution_withdrawn" in [row["type"] for row in shop.rows("SELECT type FROM events")]
    desk.deliver()
    shop.review("O-1")
    assert swap_of(shop) == ("waiting", 0, [0]), "what is acknowledged by then is off"
    shop.take_alternative("O-1", "LANTERN", "T-2")
    assert swap_of(shop) == ("waiting", 0, [1])


@pytest.mark.parametrize("what", ["timer", "cancellation"])
def test_what_was_acknowledged_in_time_is_heard_before_anything_else(
    shop: Shop, desk: EventDesk, what: str
) -> None:
    shop.take_alternative("O-1", "LANTERN")
    desk.deliver()
    shop.now += timedelta(hours=25)
    if what == "timer":
        shop.review("O-1")
    else:
        [outcome] = shop.cancel("O-1").outcomes
        assert outcome.verdict == "rejected", "no unit is open any more"
    assert shop.state().quantity.substituted == 1


def test_an_apology_names_the_new_date_and_the_next_units_go_to_who_lost_them(shop: Shop) -> None:
    routine = Routine(shop)
    shop.adjust(2)
    routine.open("O-1", 1)
    routine.open("O-2", 1, customer={"id": "bob", "email": "bob@example.com"})
    routine.notify(shop.purchase("PO-1", {"quantity": 5, "stated_date": day(20)}))
    routine.open("O-3", 1, customer={"id": "eve", "email": "eve@example.com"}, priority=9)
    routine.notify(shop.adjust(-1, "A-2"))
    assert routine.kinds_told("customer/bob")[-1] == "confirmed"
    routine.until(shop.now + timedelta(hours=2))
    assert routine.kinds_told("customer/bob")[-1] == "apology"
    assert routine.kinds_told("customer/ann")[-1:] != ["apology"]
    assert "24 March" in routine.gone[-1][2].text
    events = shop.rows("SELECT type FROM events WHERE backorder = 'O-2/1' ORDER BY number")
    assert [row["type"] for row in events][-3:] == [
        "backorder.allocation_withdrawn",
        "backorder.promised",
        "backorder.promise_changed",
    ]
    assert shop.allocated("O-1", "O-2", "O-3") == [1, 0, 0]
    routine.notify(shop.receive(1))
    assert shop.allocated("O-1", "O-2", "O-3") == [1, 1, 0]


@pytest.mark.parametrize(("hours", "apologies"), [(1, 0), (3, 1)])
def test_there_is_an_apology_if_the_units_are_not_back_before_it_has_settled(
    shop: Shop, hours: int, apologies: int
) -> None:
    routine = Routine(shop)
    shop.adjust(3)
    routine.notify(shop.purchase())
    routine.open("O-1", 3)
    routine.notify(shop.adjust(-1, "G-1"))
    routine.until(shop.now + timedelta(hours=hours))
    routine.notify(shop.adjust(1, "B-1"))
    routine.until(shop.now + timedelta(days=1))
    assert routine.kinds_told().count("apology") == apologies


def waiting_offer(shop: Shop) -> Desk:
    """A lantern and a torch are offered in a text that waits for the morning."""
    stocked(shop, "LANTERN", "9.00")
    stocked(shop, "TORCH", "8.00")
    desk = Desk(shop)
    shop.start(policy="swap")
    shop.now += timedelta(hours=1)
    desk.record_outcome(desk.claimed(), Sent(outcome="accepted", provider_id="x"))
    shop.now += timedelta(days=3)
    shop.review()
    [row] = shop.rows("SELECT state FROM messages WHERE kind = 'alternatives'")
    assert row["state"] == "planned"
    shop.now += timedelta(hours=12)
    return desk


def test_an_offer_that_waited_names_what_can_still_be_had_at_its_price(shop: Shop) -> None:
    desk = waiting_offer(shop)
    shop.product("LANTERN", price="9.50", category="light")
    assert desk.take() is None, "it is put into other words first"
    words = desk.claimed().outgoing.text
    assert ("Torch" in words, "Lantern" in words) == (True, False)


def test_an_offer_that_waited_does_not_go_once_nothing_of_it_can_be_had(shop: Shop) -> None:
    desk = waiting_offer(shop)
    for sku in ("LANTERN", "TORCH"):
        shop.adjust(-5, f"B-{sku}", sku)
    assert desk.take() is None
    [row] = shop.rows("SELECT state, reason FROM messages WHERE kind = 'alternatives'")
    assert (row["state"], row["reason"]) == ("withdrawn", HOLDS_NO_MORE)


def test_an_offer_that_waited_goes_as_it_was_where_nothing_has_changed(shop: Shop) -> None:
    desk = waiting_offer(shop)
    words = desk.claimed().outgoing.text
    assert "Torch" in words
    assert "Lantern" in words
