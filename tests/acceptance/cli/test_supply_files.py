"""Counts, files of supply and histories: shown before they are written, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from tests.support.command_line import Command, assert_refused, verdicts
from tests.support.days import at, day
from tests.support.shop import Shop


def test_what_a_count_does_is_shown_before_it_is_written_and_answered_after_it(
    run: Command, shop: Shop
) -> None:
    shop.adjust(3)
    for number in (1, 2):
        shop.start(f"O-{number}", 2, ordered_at=at(number - 9))
    shop.dispatch()
    before = shop.rows("SELECT * FROM stock_movements")
    count = ("supply", "count", "LAMP", "--on-hand", "2")
    shown = run(*count, "--preview")
    assert "nothing is written" in shown.stdout
    assert "O-2/1" in shown.stdout
    effect = {"sku": "LAMP", "change": -1, "on_hand": 2, "allocated": 2, "lines_getting": []}
    effect |= {"lines_losing": [{"backorder": "O-2/1", "units": 1}]}
    preview = json.loads(run(*count, "--preview", "--json").stdout)
    assert effect.items() <= preview.items()
    assert [(each["backorder"], each["units"]) for each in preview["effects"]] == [("O-2/1", -1)]
    assert shop.rows("SELECT * FROM stock_movements") == before
    answer = json.loads(run(*count, "--json").stdout)
    assert effect.items() <= answer.items()
    assert answer["remarks"] == ["2 of LAMP on hand (-1); 1 line loses 1 unit"]
    adjusted = ("supply", "adjust", "LAMP", "--quantity=1", "--reason", "found", "--adjustment", "A-9")
    found = json.loads(run(*adjusted, "--json").stdout)
    assert (found["new"], found["lines_getting"]) == (True, [{"backorder": "O-2/1", "units": 1}])
    assert json.loads(run(*adjusted, "--json").stdout)["new"] is False


def test_what_is_named_and_not_on_record_is_a_warning(run: Command, shop: Shop, tmp_path: Path) -> None:
    """What the same file keeps is none, in whatever order it stands there."""
    product = {"price": "10.00", "currency": "EUR", "supplier": "acme"}
    rows = [
        product | {"sku": "ELM", "name": "Elm", "alternatives": ["LAMP", "OAK", "FIR"]},
        product | {"sku": "OAK", "name": "Oak", "alternatives": ["ELM"]},
    ]
    file = tmp_path / "products.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in rows))
    words = 'alternatives: "FIR" is no product on record, and is offered to nobody until it is'
    found = verdicts(run("supply", "product", "--file", str(file), "--json"))
    assert [(each["verdict"], each["warnings"]) for each in found.values()] == [
        ("done", [words]),
        ("done", []),
    ]
    backed = ("supply", "supplier", "birch", "--name", "B", "--lead-days", "3", "--backup", "fir")
    words = 'backups: "fir" is no supplier on record, and is not proposed until it is'
    assert json.loads(run(*backed, "--json").stdout)["warnings"] == [words]
    assert words in run(*backed).output
    assert json.loads(run(*backed[:-1], "none", "--json").stdout)["warnings"] == []


def test_what_is_not_said_of_what_is_kept_stays(run: Command, shop: Shop, tmp_path: Path) -> None:
    """A table or an option that names a part is about that part; the word none takes a field away."""

    def of(table: str, id: str) -> dict[str, object]:
        [row] = shop.rows(f"SELECT * FROM {table} WHERE {'sku' if table == 'products' else 'id'} = '{id}'")
        return {name: value for name, value in row.items() if name != "updated_at"}

    whole = ("ELM", "--name=Elm", "--category=wood", "--price=10", "--currency=EUR", "--supplier=acme")
    rest = ("--lead-days=9", "--alternative=LAMP", "--backorder-limit=0", "--sell-without-date=no")
    assert run("supply", "product", *whole, *rest, "--pack-size=6").exit_code == 0
    before = of("products", "ELM")
    file = tmp_path / "p.csv"
    file.write_text("sku,name,price,currency,supplier,category\nELM,Elm,12.00,EUR,acme,\n")
    assert run("supply", "product", "--file", str(file)).exit_code == 0
    after = of("products", "ELM")
    assert (float(str(after["price"])), after | {"price": before["price"]}) == (12.0, before)
    file.write_text(
        "sku,name,price,currency,supplier,backorder_limit,alternatives\nELM,Elm,12,EUR,acme,none,none\n"
    )
    assert run("supply", "product", "--file", str(file)).exit_code == 0
    assert run("supply", "product", "ELM", "--category", "none").exit_code == 0
    bare = of("products", "ELM")
    assert bare == after | {"backorder_limit": None, "alternatives": "[]", "category": ""}
    mail, backup = ("--email", "s@example.com"), ("--backup", "acme")
    assert run("supply", "supplier", "sd", "--name=S", "--lead-days=5", *mail, *backup).exit_code == 0
    before = of("suppliers", "sd")
    assert run("supply", "supplier", "sd", "--lead-days", "6").exit_code == 0
    assert of("suppliers", "sd") == before | {"lead_days": 6}
    assert run("supply", "supplier", "sd", "--email", "none", "--backup", "none").exit_code == 0
    assert of("suppliers", "sd") == before | {"lead_days": 6, "email": None, "backups": "[]"}
    terms = ("supply", "price", "acme", "ELM")
    assert run(*terms, "--price=4", "--currency=EUR", "--pack-size=12").exit_code == 0
    assert run(*terms, "--price=5").exit_code == 0
    [price] = shop.rows("SELECT currency, pack_size FROM supplier_prices WHERE sku = 'ELM'")
    assert price == {"currency": "EUR", "pack_size": 12}
    assert_refused(run("supply", "product", "OAK", "--price", "10"), "--name: is missing")


def test_what_a_supply_file_does_not_say_is_not_done(
    run: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is cancelled, and no date is lost, because a row could not be read."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    shop.purchase("PO-5", {"stated_date": day(20)}, {"stated_date": day(20)})
    open_lines = (
        "SELECT purchase_order, line FROM purchase_order_lines WHERE cancelled_at IS NULL ORDER BY 1, 2"
    )
    before = shop.rows(open_lines)

    def file(name: str, text: str) -> tuple[str, ...]:
        (tmp_path / name).write_text(text)
        return ("--file", str(tmp_path / name))

    head = "id,supplier,ordered_at,line,sku,quantity\n"
    row = "PO-5,acme,2025-03-03T09:00:00Z,{},LAMP,10{}\n"
    torn = file(
        "torn.csv", head + row.format(1, "") + row.format(2, ",oops") + "PO-6,acme,2025-03-03,1,LAMP,4\n"
    )
    result = run("supply", "purchase-order", *torn, "--json")
    assert {each["id"]: each["verdict"] for each in verdicts(result).values()} == {
        "": "refused",  # the torn row itself
        "PO-5": "refused",
        "purchase order PO-6": "done",
    }
    short = file("short.csv", head + row.format(1, ""))
    assert "PO-5 line 2: is not named here" in run("supply", "purchase-order", *short).stdout
    order = {"id": "PO-5", "supplier": "acme", "ordered_at": "2025-03-03T09:00:00Z"}
    lines = [{"line": str(number), "sku": "LAMP", "quantity": 10} for number in (1, 2)]
    twice = file("twice.jsonl", "".join(json.dumps(order | {"lines": [line]}) + "\n" for line in lines))
    assert "stands more than once in this file" in run("supply", "purchase-order", *twice, "--yes").stdout
    options = ("PO-5", "--supplier", "acme", "--ordered-at", "2025-03-03T09:00:00Z", "--line", "1 LAMP 10")
    assert_refused(run("supply", "purchase-order", *options), "PO-5 line 2: is not named here", "--yes")
    assert shop.rows(open_lines) == [*before, {"purchase_order": "PO-6", "line": "1"}]

    dates = "purchase_order,line,quantity,date\nPO-5,1,10,\nPO-5,2,10,{}\n"
    result = run("supply", "date", *file("dates.csv", dates.format("none")))
    assert 'date: is empty; write the word "none"' in result.stdout
    assert "1 done, 1 refused" in result.stdout
    rows = "purchase_order,line,quantity,date\nPO-5,1,10,TBD\nPO-5,1,x,none\n"
    open_dates = json.loads(run("supply", "date", *file("open.csv", rows), "--json").stdout)["faults"]
    assert [fault.partition(";")[0] for fault in open_dates] == [
        'row 2: date: "TBD" is no date of ISO 8601',
        'row 3: quantity: "x" is no whole number',
    ]
    assert open_dates[0].endswith('or the word "none" where the supplier cannot say')
    named = run("supply", "count", *file("named.csv", "sku,on_hand\nlamp,1\nDESK ,1\nDESK,2\n")).stdout
    assert 'sku: "lamp" is no known product; "LAMP" is one' in named
    assert 'sku: "DESK" stands more than once' in named
    assert_refused(run("supply", "date", "PO-5", "1", "--split", "10="), "write QUANTITY=DAY")
    counts = file("counts.csv", "sku;on_hand\nLAMP;3\n")
    assert run("supply", "count", *counts).exit_code == 0
    receipts = file("receipts.csv", "receipt_id;purchase_order;line;qty\nR-1;PO-5;1;4\nR-2;PO-5;1;1.000\n")
    assert "row 3 R-2 PO-5 1: quantity: " in run("supply", "receipt", *receipts).stdout
    assert shop.rows("SELECT on_hand FROM stock") == [{"on_hand": 7}]
    assert run("supply", "purchase-order", *short, "--yes").exit_code == 0
    assert {"purchase_order": "PO-5", "line": "2"} not in shop.rows(open_lines)


def test_a_history_whose_rows_cannot_all_be_true(run: Command, shop: Shop, tmp_path: Path) -> None:
    good = [f"acme;Berlin;{number}.3.2024;;{number + 9}.3.2024" for number in range(1, 21)] * 3
    wrong = ["acme;Berlin;1.3.2024;;1.2.2024", "acme;Berlin;soon;;", "acme;Berlin;1.3.2024;;1.3.2034"]
    path = tmp_path / "history.csv"
    path.write_text("\n".join(["Supplier;Destination;Ordered;Stated;Arrived", *good, *wrong]))
    said = ("supply", "history", "import", str(path), "--date-format", "%d.%m.%Y")
    refused = run(*said)
    assert_refused(
        refused,
        "row 62: arrived 2024-02-01 is before",
        'row 63: ordered: "soon" is no date',
        "row 64: ",
        "3 rows cannot be used",
        "--skip-faulty",
    )
    assert shop.rows("SELECT * FROM history") == []
    result = run(*said, "--skip-faulty", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"orders": 60, "new": 60})
    assert "left out: 3 rows" in result.stderr
    lines = tmp_path / "history.jsonl"
    lines.write_text('{"supplier": "acme", "ordered": "2024-03-01", "stated": null, "arrived": null}')
    assert json.loads(run("supply", "history", "import", str(lines), "--json").stdout)["new"] == 1
    path.write_text("supplier,destination,orderd,arrived\n")
    assert_refused(run(*said), 'there is no column "orderd"; did you mean "ordered"?')


@pytest.mark.parametrize("by_file", [False, True], ids=["one", "a file"])
def test_what_others_change_while_the_record_is_read_stays_too(
    run: Command, shop: Shop, tmp_path: Path, by_file: bool
) -> None:
    """Somebody else's change comes between the look at the record and the writing."""
    asked: tuple[str, ...] = ("supply", "product", "LAMP", "--price", "12", "--currency", "EUR")
    if by_file:
        (tmp_path / "p.csv").write_text("sku,name,price,currency,supplier\nLAMP,Lamp,12.00,EUR,acme\n")
        asked = ("supply", "product", "--file", str(tmp_path / "p.csv"))
    changes = iter(["brass", "steel"])

    def change(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT products.name, products.category") and (new := next(changes, None)):
            with shop.services.engine.begin() as connection:
                connection.execute(text("UPDATE products SET category = :new"), {"new": new})

    event.listen(Engine, "after_cursor_execute", change)
    try:
        assert run(*asked).exit_code == 0
    finally:
        event.remove(Engine, "after_cursor_execute", change)
    [row] = shop.rows("SELECT category, price FROM products WHERE sku = 'LAMP'")
    assert (row["category"], float(row["price"])) == ("steel", 12.0)
