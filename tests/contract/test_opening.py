"""Putting order lines on record, and joining the queue."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone

import pytest

from backorder.domain.line.state import Status
from backorder.errors import ConflictError, RefusedError, UnknownBackorderError
from backorder.services.services import Services
from tests.support.days import at, day
from tests.support.shop import Shop


def test_a_new_line_is_on_record_and_has_not_begun(shop: Shop) -> None:
    opened = shop.open("O-1", 2)
    assert (opened.id, opened.new, opened.started, opened.quantity) == ("O-1/1", True, False, 2)
    assert opened.status is Status.WAITING
    assert shop.state().quantity.ordered == 2


def test_the_same_line_again_changes_nothing(shop: Shop) -> None:
    shop.open()
    before = shop.rows("SELECT * FROM backorders, demands")
    again = shop.services.intake.open(shop.line(ordered_at=at(0)), at(1))
    assert (again.id, again.new) == ("O-1/1", False)
    assert shop.rows("SELECT * FROM backorders, demands") == before


@pytest.mark.parametrize(("field", "value"), [("quantity", 3), ("sku", "DESK"), ("priority", 1)])
def test_the_same_line_with_other_content_is_a_conflict(shop: Shop, field: str, value: object) -> None:
    shop.product("DESK")
    shop.open()
    with pytest.raises(ConflictError, match=r"O-1/1 exists already"):
        shop.open(**{"order": "O-1", field: value})  # type: ignore[arg-type]


def test_the_customers_contact_does_not_count_as_content(shop: Shop) -> None:
    shop.open(customer={"email": "old@example.com"})
    again = shop.open(customer={"email": "new@example.com", "phone": "+4930901820"})
    assert not again.new
    assert shop.rows("SELECT email FROM customers") == [{"email": "old@example.com"}]


def test_equal_instants_and_amounts_are_equal_content(shop: Shop) -> None:
    shop.open(unit_price="10.00", ordered_at=at(0))
    berlin = at(0).astimezone(timezone(timedelta(hours=1)))
    assert not shop.open(unit_price="10.0", ordered_at=berlin, priority=0).new


def test_an_unknown_product_and_policy_are_both_named_and_nothing_is_written(shop: Shop) -> None:
    with pytest.raises(RefusedError) as refusal:
        shop.open(sku="SOFA", policy="generous")
    assert refusal.value.faults == (
        'sku: "SOFA" is no known product',
        'policy: "generous" is unknown; known are hold, ship, skip, standard',
    )
    assert shop.rows("SELECT * FROM customers") == shop.rows("SELECT * FROM backorders") == []


def test_an_unknown_line_is_said_to_be_unknown(shop: Shop) -> None:
    with pytest.raises(UnknownBackorderError, match="O-9/1"):
        shop.services.intake.known("O-9/1")
    with pytest.raises(UnknownBackorderError, match="O-9/1"):
        shop.ask("O-9", shop.cancellation())
    with pytest.raises(UnknownBackorderError, match="O-9/1"):
        shop.state("O-9")


def test_units_that_are_free_are_set_aside_at_once(shop: Shop) -> None:
    shop.adjust(5)
    opened = shop.open(quantity=3)
    assert opened.status is Status.ALLOCATED
    assert shop.stock() == (5, 3)
    assert shop.demand()["position"] is None
    assert shop.marked() == ["LAMP"]  # by the adjustment alone
    assert opened.skus == ()


def test_a_line_gets_what_there_is_and_waits_for_the_rest(shop: Shop) -> None:
    shop.adjust(2)
    shop.purchase()
    shop.open(quantity=5)
    demand = shop.demand()
    assert (demand["allocated"], demand["position"]) == (2, 1)
    shop.review()
    assert [each.quantity for each in shop.state().arrivals] == [3]


def test_a_newcomer_is_pegged_behind_those_ahead(shop: Shop) -> None:
    shop.purchase("PO-1", {"quantity": 2, "stated_date": day(10)})
    shop.purchase("PO-2", {"quantity": 9, "stated_date": day(40)})
    shop.replan()
    for number in (1, 2, 3):
        shop.now += timedelta(hours=1)
        opened = shop.open(f"O-{number}")
        assert opened.skus == ()
        assert shop.demand(f"O-{number}")["position"] == number
    sources = [shop.demand(f"O-{number}")["arrivals"].split('"')[-2] for number in (1, 2, 3)]
    assert sources == ["PO-1/1", "PO-1/1", "PO-2/1"]
    assert shop.marked() == []


def test_a_newcomers_place_is_the_one_that_a_replan_gives_it(shop: Shop) -> None:
    shop.purchase("PO-1", {"quantity": 3, "stated_date": day(10)}, {"quantity": 30, "stated_date": day(30)})
    for order in ("a", "B", "b-1", "b1", "A", "O.1", "O-1", "O1"):  # one instant: the ID decides
        shop.open(order, 2)
    shop.replan()
    placed = {row["backorder"]: row for row in shop.rows("SELECT * FROM demands")}
    expected = sorted(placed)
    assert [row["backorder"] for row in sorted(placed.values(), key=lambda row: row["position"])] == expected
    shop.open("P", 2)
    new = shop.demand("P")
    shop.state_dates((30, day(30)), line="2")
    shop.replan()
    again = shop.demand("P")
    assert (again["position"], again["arrivals"]) == (new["position"], new["arrivals"])


@pytest.mark.parametrize("fields", [{"ordered_at": at(-3)}, {"priority": 5}])
def test_one_that_goes_before_others_has_them_pegged_anew(shop: Shop, fields: dict[str, object]) -> None:
    shop.purchase("PO-1", {"quantity": 1, "stated_date": day(10)}, {"quantity": 9, "stated_date": day(40)})
    shop.replan()
    shop.start("O-1")
    assert shop.marked() == []
    opened = shop.open("O-2", **fields)  # type: ignore[arg-type]
    assert opened.skus == ("LAMP",)
    assert shop.marked() == ["LAMP"]
    assert shop.demand("O-2")["position"] == 1
    assert shop.replan() == (2, 1)
    assert shop.demand("O-1")["position"] == 2
    assert "PO-1/2" in shop.demand("O-1")["arrivals"]


def test_the_longest_names_fit(shop: Shop) -> None:
    sku, order, line, person = "S" * 128, "O" * 128, "L" * 128, "c" * 128
    shop.supplier("s" * 128, name="n" * 200)
    shop.product(sku, supplier="s" * 128, category="x" * 128, name="p" * 200)
    shop.purchase("P" * 128, {"line": "l" * 64, "sku": sku, "destination": "d" * 128}, supplier="s" * 128)
    customer = {"id": person, "name": "n" * 200, "region": "US-CA", "locale": "ca_ES_VALENCIA"}
    shop.services.intake.open(shop.line(order, 5, line_id=line, sku=sku, customer=customer), shop.now)
    shop.receive(2, "R" * 128, order="P" * 128, line="l" * 64)
    shop.adjust(1, "A" * 128, sku=sku)
    assert shop.stock(sku) == (3, 3)


def test_a_line_opened_by_many_at_once_is_opened_once(shop: Shop) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: shop.open(), range(8)))
    assert sorted(result.new for result in results) == [False] * 7 + [True]
    assert len(shop.rows("SELECT * FROM demands")) == 1


def test_one_new_customers_lines_can_be_opened_at_once(shop: Shop) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: shop.open(f"O-{number}"), range(16)))
    assert all(result.new for result in results)
    assert len(shop.rows("SELECT * FROM customers")) == 1


def test_the_same_request_again_is_the_same_request(shop: Shop) -> None:
    shop.start()
    first = shop.ask("O-1", shop.cancellation())
    assert (first.verdict, first.closed) == (None, False)
    assert shop.ask("O-1", shop.cancellation()) == first
    shop.review("O-1", "C-1")
    assert shop.ask("O-1", shop.cancellation()).verdict == "accepted"
    assert len(shop.rows("SELECT * FROM requests")) == 1


def test_the_same_request_with_other_content_is_a_conflict(shop: Shop) -> None:
    shop.start(quantity=3)
    shop.ask("O-1", shop.cancellation(1))
    with pytest.raises(ConflictError, match="C-1 was asked of O-1/1 before"):
        shop.ask("O-1", shop.cancellation(2))


def test_a_request_made_by_many_at_once_is_made_once(shop: Shop) -> None:
    shop.start()
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda _: shop.ask("O-1", shop.cancellation()), range(8)))
    assert {each.verdict for each in asked} == {None}
    assert len(shop.rows("SELECT * FROM requests")) == 1


def test_new_lines_get_the_policy_that_was_loaded_last(shop: Shop, services: Services) -> None:
    old, new = 'name = "p"\npartial = "hold"', 'name = "p"\npartial = "skip"'
    for text, order in ((old, "O-1"), (new, "O-2"), (old, "O-3")):
        with services.engine.begin() as connection:
            services.policies.load(connection, text)
        shop.open(order, policy="p")
    versions = [row["policy_version"] for row in shop.rows("SELECT * FROM backorders ORDER BY id")]
    assert versions[0] == versions[2] != versions[1]


def test_at_equal_times_99_stands_before_1000(shop: Shop) -> None:
    for order in ("1000", "99", "B-10", "B-9"):
        shop.open(order)
    shop.replan()
    placed = shop.rows("SELECT backorder FROM demands ORDER BY position")
    assert [row["backorder"] for row in placed] == ["99/1", "1000/1", "B-9/1", "B-10/1"]
    shop.open("B-9.5")
    (place,) = shop.rows("SELECT position FROM demands WHERE backorder = 'B-9.5/1'")
    assert place["position"] == 4


def test_a_customers_id_that_is_another_persons_is_a_conflict(shop: Shop) -> None:
    """Nobody gets another's mail; a new address of the same person is no conflict."""
    bob = {"name": "Bob Stone", "email": "bob@example.org", "phone": "+441632960962"}
    shop.open("O-1", customer={"phone": "+441632960961"})
    with pytest.raises(ConflictError) as refused:
        shop.open("O-2", customer=bob)
    words = str(refused.value)
    assert (
        'customer "ann" is on record: customer.id names another person: name is A… on record, and B… S… here'
        in words
    )
    assert "bob@" not in words
    assert "960962" not in words
    assert shop.rows("SELECT id FROM backorders") == [{"id": "O-1/1"}]
    warned = shop.open("O-3", customer=bob | {"name": "Ann"}).warnings
    assert [each.partition(" ")[0] for each in warned] == ["customer.email:", "customer.phone:"]
    assert "`backorder customer set ann --email ...`" in warned[0]
    assert "bob@" not in " ".join(warned)
    [row] = shop.rows("SELECT name, email FROM customers")
    assert row == {"name": "Ann", "email": "ann@example.com"}


def test_who_gets_no_words_of_their_language_is_warned_of(shop: Shop) -> None:
    dutch = {"id": "piet", "name": "Piet", "email": "piet@example.com", "region": "NL"}
    [warned] = shop.open("O-1", customer=dutch | {"locale": "nl_NL"}).warnings
    assert warned.startswith("customer.locale: there are no words in nl, so nl_NL is written to in English")
    assert shop.open("O-2", customer=dutch).warnings == ()
    german = {"id": "uwe", "name": "Uwe", "email": "uwe@example.com", "region": "AT", "locale": "de_AT"}
    assert shop.open("O-3", customer=german).warnings == ()


def test_who_is_to_be_asked_by_law_is_warned_of_a_start_that_names_no_day(shop: Shop) -> None:
    american = {"id": "bob", "name": "Bob", "email": "bob@example.com", "region": "US-NY"}
    warned = shop.open("O-1", customer=american).warnings
    assert [each.partition(":")[0] for each in warned] == ["ship_by"]
    assert "30 days" in warned[0]
    assert "50 days" in shop.open("O-2", customer=american, credit=True).warnings[0]
    assert shop.open("O-3", customer=american, ship_by=day(20)).warnings == ()
    assert shop.open("O-4").warnings == (), "in Germany nothing is cut short"
