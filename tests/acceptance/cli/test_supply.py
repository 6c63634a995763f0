"""The command line of buyers and of the warehouse: what is open, who waits for it, whom a fact concerns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import Command, assert_refused, verdicts
from tests.support.days import at, day
from tests.support.shop import Shop


@pytest.fixture
def busy(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Ten lamps are on order; two lines wait for three each, and Temporal is away."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    shop.supplier("bolt")
    shop.purchase("PO-2", {"quantity": 1}, supplier="bolt")
    for number in (1, 2):
        shop.start(f"O-{number}", 3, ordered_at=at(number - 9))
    shop.replan()
    return shop


def value(run: Command, *words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_orders_are_listed_page_by_page(busy: Shop, run: Command) -> None:
    first = value(run, "supply", "list", "--limit", "1")
    assert [each["purchase_order"] for each in first["lines"]] == ["PO-1"]
    rest = value(run, "supply", "list", "--limit", "1", "--cursor", first["next"])
    assert ([each["supplier"] for each in rest["lines"]], rest["next"]) == (["bolt"], None)
    assert {"ordered": 10, "received": 0, "returned": 0, "open": 10}.items() <= first["lines"][0].items()
    assert first["lines"][0]["stated"] == str(day(20))
    assert [each["late"] for each in value(run, "supply", "list", "--late")["lines"]] == [True, True]
    assert value(run, "supply", "list", "--stock")["products"][0]["waiting"] == 6
    assert f"--cursor {first['next']}" in run("supply", "list", "--limit", "1").stdout
    assert_refused(run("supply", "list", "--cursor", "odd"), "cursor: this is no cursor of this list")
    assert_refused(run("supply", "list", "--stock", "--late"), "--stock: lists products")


def test_an_order_shows_who_waits_for_it_and_what_waits_for_the_buyer(busy: Shop, run: Command) -> None:
    busy.state_dates((10, day(70)))
    [line] = value(run, "supply", "show", "PO-1")["lines"]
    assert (line["lines_waiting"], [each["backorder"] for each in line["waiting"]]) == (2, ["O-1/1", "O-2/1"])
    assert line["waits_for_buyer"] == "it moves a date by 50 days"
    words = run("supply", "show", "PO-1").stdout
    assert "1 is waited for by O-1/1 (2), O-2/1 (3)" in words
    assert "the new date of line 1 waits for the buyer: it moves a date by 50 days" in words
    waits = value(run, "supply", "show", "PO-1", "1", "--limit", "1")
    assert ([each["units"] for each in waits["waiting"]], bool(waits["next"])) == ([2], True)
    product = value(run, "supply", "show", "LAMP")
    assert [each["backorder"] for each in product["queue"]] == ["O-1/1", "O-2/1"]
    assert [each["purchase_order"] for each in product["lines"]] == ["PO-1", "PO-2"]
    assert "O-2/1" in run("supply", "show", "LAMP").stdout
    assert_refused(run("supply", "show", "nothing"), '"nothing" is neither a purchase order nor a product')


def test_the_lines_of_an_order_say_where_their_units_go(busy: Shop, run: Command) -> None:
    lines = ("1 LAMP 10 none Berlin", f"2 LAMP 4 {day(30)} 'Hamburg, dock 3'", f"3 LAMP 5 {day(40)}")
    said = [word for line in lines for word in ("--line", line)]
    order = ("supply", "purchase-order", "PO-9", "--supplier", "acme", "--ordered-at", str(day(0)))
    assert (done := run(*order, *said)).exit_code == 0, done.output
    rows = busy.rows(
        "SELECT destination FROM purchase_order_lines WHERE purchase_order = 'PO-9' ORDER BY line"
    )
    assert [row["destination"] for row in rows] == ["Berlin", "Hamburg, dock 3", ""]
    stated = busy.rows("SELECT line, day FROM stated_dates WHERE purchase_order = 'PO-9' ORDER BY line")
    assert [(row["line"], str(row["day"])) for row in stated] == [("2", str(day(30))), ("3", str(day(40)))]
    assert_refused(run(*order, "--line", "1 LAMP 10 none Berlin Mitte"), "write LINE SKU QUANTITY")
    assert_refused(run(*order, "--line", f"1 LAMP 10 none {'x' * 129}"), "129 characters")


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_buyer_decides_on_the_command_line(busy: Shop, run: Command, decision: str) -> None:
    date = ("supply", "date", "PO-1", "1", "--split", f"10={day(1000)}")
    asked = value(run, *date)
    assert asked["waits_for_buyer"].startswith("it moves a date by ")
    assert "backorder supply decide PO-1 1 approve|reject --by YOU" in run("supply", "tasks").stdout
    decided = ("supply", "decide", "PO-1", "1", decision, "--by", "Bea", "--revision", "2")
    assert "--by YOU --revision 2" in run("supply", "tasks").stdout
    assert_refused(
        run(*decided[:-1], "1"), "another date of line 1 of PO-1 waits by now, 2 and not 1", code=1
    )
    assert_refused(run(*decided[:-1], "x"), '"x" is no whole number')
    assert value(run, *decided)["decision"] == decision
    stated = value(run, "supply", "show", "PO-1")["lines"][0]["stated"]
    assert stated == str(day(1000 if decision == "approve" else 20))
    assert value(run, *decided)["decision"] == decision, "said again"
    other = {"approve": "reject", "reject": "approve"}[decision]
    later = run("supply", "decide", "PO-1", "1", other, "--by", "Bea")
    assert_refused(later, "no date of line 1 of PO-1 waits for approval", code=1)


def test_a_file_of_facts_says_whom_each_concerns_before_and_after(
    busy: Shop, run: Command, tmp_path: Path
) -> None:
    file = tmp_path / "receipts.csv"
    file.write_text("receipt_id,purchase_order,line,quantity\nR-1,PO-1,1,2\nR-2,PO-1,1,2\nR-3,PO-9,1,2\n")
    command = ("supply", "receipt", "--file", str(file), "--json")
    before = busy.rows("SELECT * FROM receipts")
    tried, done = (verdicts(run(*command, *more)) for more in (("--preview",), ()))
    assert before == []
    assert len(busy.rows("SELECT * FROM receipts")) == 2
    assert [each["verdict"] for each in tried.values()] == ["would be done", "would be done", "refused"]
    assert [each["verdict"] for each in done.values()] == ["done", "done", "refused"]
    effects = [
        [(one["backorder"], one["units"]) for one in each.get("effects", []) if one["units"]]
        for each in done.values()
    ]
    assert effects == [[("O-1/1", 2)], [("O-1/1", 1), ("O-2/1", 1)], []]
    for line, each in tried.items():
        assert each | {"verdict": ""} == done[line] | {"verdict": ""}
    dates = tmp_path / "dates.csv"
    dates.write_text(f"purchase_order,line,quantity,date\nPO-1,1,6,{day(1000)}\nPO-2,1,1,none\n")
    said = verdicts(run("supply", "date", "--file", str(dates), "--json", "--preview"))
    assert [bool(each["waits_for_buyer"]) for each in said.values()] == [True, False]
    assert {one["backorder"] for each in said.values() for one in each["effects"]} == {"O-2/1"}
    assert len(busy.rows("SELECT * FROM stated_dates")) == 1
    words = run("supply", "date", "--file", str(dates), "--preview").stdout
    assert "2 would be done, 0 refused; nothing was written" in words
    assert "1 customer hears of it" in words
    many = tmp_path / "many.csv"
    many.write_text("sku,on_hand\n" + "LAMP,3\n" * 1001)
    assert_refused(run("supply", "count", "--file", str(many), "--preview"), "1,001 entries are too many")


def test_an_order_beyond_what_a_product_allows_is_taken_with_a_word(busy: Shop, run: Command) -> None:
    product = ("supply", "product", "LAMP", "--name", "Lamp", "--price", "10", "--currency", "EUR")
    run(*product, "--supplier", "acme", "--backorder-limit", "2", "--sell-without-date", "no")
    customer = ("--customer", "ann", "--name", "Ann", "--email", "ann@example.com", "--region", "DE")
    line = ("start", "A-9/1", "--sku", "LAMP", "--quantity", "9", "--unit-price", "10", "--currency", "EUR")
    result = run(*line, *customer, "--payment", "captured", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["flags"] == ["over_backorder_limit", "sold_without_date"]
    assert "A-9/1" in run("list", "--needs").stdout
    again = run(*line, *customer, "--payment", "captured")
    assert "more units wait" not in again.stdout
    assert_refused(run(*product, "--supplier", "acme", "--backorder-limit=-1"), "--backorder-limit: ")


def test_what_if_says_who_would_hear_what_and_what_becomes_of_the_queue(busy: Shop, run: Command) -> None:
    before = busy.rows("SELECT * FROM stated_dates")
    found = value(run, "what-if", "date", "PO-1", "1", "--split", f"10={day(1000)}")
    assert [each["line"] for each in found["waits_for_buyer"]] == ["1"]
    assert found["skus"][0]["after"]["lines"] == 2
    words = run("what-if", "date", "PO-1", "1", "--cannot-supply").stdout
    assert "nothing is written" in words
    assert "customers hear of it" in words
    assert "LAMP" in words.partition("Queue")[2]
    assert value(run, "what-if", "receipt", "PO-1", "1", "--quantity", "4")["skus"][0]["after"]["units"] == 2
    assert value(run, "what-if", "supplier", "acme", "--days", "9")["skus"]
    assert "nothing of idle's is on its way" in _idle(busy, run)
    assert_refused(run("what-if", "supplier", "nobody", "--days", "9"), '"nobody" is unknown')
    assert_refused(run("what-if", "supplier", "acme"), "--days, --no-date, --cannot-supply: say one of them")
    assert_refused(run("what-if", "date", "PO-1", "1"), "--split, --cannot-supply: say one of them")
    assert busy.rows("SELECT * FROM stated_dates") == before


def _idle(shop: Shop, run: Command) -> str:
    shop.supplier("idle")
    return run("what-if", "supplier", "idle", "--days", "9").stdout
