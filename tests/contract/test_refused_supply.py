"""What the shop refuses to deliver holds no supply: those behind it hear the dates that are true."""

from __future__ import annotations

from datetime import date

import pytest
from alembic import command

from backorder.queries import supply_lists
from backorder.queries.case_view import case
from backorder.queries.expected_supply import expected_supplies
from backorder.queries.stock_positions import stock_positions
from backorder.queries.views import CaseView
from backorder.storage.engine import reading
from backorder.storage.migrate import config, upgrade
from tests.support.days import at, day
from tests.support.shop import Shop

LATE = day(42)


@pytest.fixture
def full(shop: Shop) -> Shop:
    """Six units come on day 10 and ten on day 42; the first line wants six, the second two."""
    shop.purchase("PO-1", {"quantity": 6, "stated_date": day(10)}, {"stated_date": LATE})
    shop.start("O-1", 6)
    shop.start("O-2", 2)
    shop.replan()
    assert (by(shop, "O-1"), by(shop, "O-2")) == (day(11), day(43))
    return shop


def by(shop: Shop, order: str) -> date | None:
    """The day that a line expects once it has looked at its supply."""
    shop.review(order)
    forecast = shop.state(order).forecast
    return forecast.by if forecast else None


def version(shop: Shop) -> int:
    return int(shop.rows("SELECT version FROM stock WHERE sku = 'LAMP'")[0]["version"])


def offered(shop: Shop, quantity: int = 4) -> date | None:
    """The last day of what a new line would be told."""
    (said,) = shop.services.availability.ask(("LAMP",), quantity, shop.now)
    assert said.version == version(shop)
    return said.quote.window.by if said.quote.window else None


def test_those_behind_what_is_not_delivered_hear_of_the_supply_that_is_free_by_that(full: Shop) -> None:
    assert offered(full) == day(43)
    full.refuse_delivery("O-1")
    assert offered(full) == day(11), "before anybody is pegged anew"
    assert full.replan() == (1, 1)
    assert by(full, "O-2") == day(11)
    full.start("O-3", 4)
    full.replan()
    assert (by(full, "O-3"), offered(full)) == (day(11), day(43))


def test_what_is_not_delivered_is_named_nowhere_as_waiting_for_supply(full: Shop) -> None:
    database = full.services.database
    full.now = at(1)
    full.refuse_delivery("O-1")
    full.replan()
    full.review("O-1")
    row = full.demand()
    assert (row["arrivals"], row["position"], row["supply_units"]) == ("[]", None, None)
    with reading(full.services.engine) as connection:
        assert expected_supplies(connection, ["LAMP"])["LAMP"].waiting == 2
        assert [each.waiting for each in stock_positions(connection).sound] == [2]
        stock = supply_lists.stock_of(connection, "LAMP")
        assert stock is not None
        assert stock.waiting == 2
        assert [each.backorder for each in supply_lists.queue(connection, "LAMP").rows] == ["O-2/1"]
    shown = case(database, "O-1/1", full.now)
    assert isinstance(shown, CaseView)
    assert [(each.source, each.words) for each in shown.supply] == [
        ("none", "the shop does not deliver them")
    ]
    assert shown.queue_position is None


@pytest.mark.parametrize("looked", [True, False])
def test_it_has_its_place_again_once_a_day_is_promised_and_the_promise_stands(
    full: Shop, looked: bool
) -> None:
    full.refuse_delivery()
    full.start("O-3", 6, priority=1)
    full.replan()
    full.now = at(1)
    if looked:
        full.review("O-1")
    full.promise("O-1", day(25))
    assert by(full, "O-1") == day(25)
    full.replan()
    assert full.demand()["arrivals"] != "[]"
    assert by(full, "O-1") == day(25), "what the supply says of it first is no move"
    assert by(full, "O-2") == day(43)
    full.purchase("PO-2", {"quantity": 6, "stated_date": day(30)})
    full.replan()
    assert by(full, "O-1") == day(31), "what it says later is"


def test_units_that_are_there_when_it_comes_back_are_its_own_at_once(full: Shop) -> None:
    full.refuse_delivery()
    full.now = at(1)
    full.receive(10)
    assert full.allocated("O-1", "O-2") == [0, 2]
    full.promise("O-1", day(25))
    assert full.allocated("O-1", "O-2") == [6, 2]
    assert full.review("O-1")[0].status == "allocated"
    assert full.state().stated is None


def test_both_raise_the_version(full: Shop) -> None:
    before = version(full)
    full.refuse_delivery("O-1")
    refused = version(full)
    full.promise("O-1", day(25))
    assert before < refused < version(full)


@pytest.mark.parametrize("refused", [True, False])
def test_what_a_worker_of_before_did_not_write_down_the_next_review_does(full: Shop, refused: bool) -> None:
    """It knows nothing of the mark, and passes the line over, or lets it have its turn, without it."""
    full.refuse_delivery("O-1")
    if not refused:
        full.promise("O-1", day(25))
    full.run("UPDATE demands SET delivery_refused = :it WHERE backorder = 'O-1/1'", it=not refused)
    full.replan()
    full.run("UPDATE demands SET supply_version = acknowledged + 1")
    batch = full.services.planner.review("LAMP", full.now, after="")
    assert [each for each, _ in batch.left] == ["O-1/1"], "who goes to another queue goes by itself"
    full.review("O-1")
    assert bool(full.demand()["delivery_refused"]) is refused
    assert full.marked() == ["LAMP"]


def test_those_that_were_refused_before_leave_their_queues_with_the_upgrade(full: Shop) -> None:
    full.refuse_delivery("O-1")
    full.run("DELETE FROM replans")
    engine = full.services.engine
    with engine.begin() as connection:
        command.downgrade(config(connection), "0057")
    upgrade(engine)
    assert [bool(full.demand(order)["delivery_refused"]) for order in ("O-1", "O-2")] == [True, False]
    assert full.marked() == ["LAMP"]
    full.replan()
    assert by(full, "O-2") == day(11)
