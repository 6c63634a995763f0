"""`backorder plan` on files alone, where there is no database, and on what is on record; no Temporal."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook

from starter.cli import cli
from tests.support.command_line import Command, assert_refused, verdicts
from tests.support.sales import thrown, week
from tests.support.shop import Shop

HEADER = ("sku", "day", "quantity", "in_stock")


def call(*args: str) -> Result:
    """Run a command where nothing is set up."""
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    return CliRunner().invoke(cli, list(args), env={"COLUMNS": "200", "BACKORDER_DATABASE_URL": nowhere})


def rows() -> list[tuple[str, str, int, str]]:
    """A year of a small shop."""
    units = thrown(12, 52)
    return [
        (f"S{item:02}", week(number).isoformat(), int(units[item, number]), "true")
        for item in range(12)
        for number in range(52)
        if units[item, number]
    ]


def written(path: Path, found: list[Any]) -> str:
    """A CSV file."""
    lines = [",".join(HEADER), *(",".join(map(str, row)) for row in found)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def demand(file: str, *more: str) -> dict[str, Any]:
    """The forecast as JSON."""
    result = call(
        "plan",
        "demand",
        "--sales",
        file,
        "--period",
        "week",
        "--as-of",
        "2023-10-02",
        "--periods",
        "4",
        "--json",
        *more,
    )
    found: dict[str, Any] = json.loads(result.stdout)
    return found | {"code": result.exit_code}


def test_every_kind_of_file_says_the_same(tmp_path: Path) -> None:
    found = rows()
    book = Workbook()
    book.active.append(HEADER)
    for place, row in enumerate(found):
        # A spreadsheet keeps no empty cells: most rows end before the last column.
        book.active.append(row if place % 5 == 0 else (*row[:3], None))
    book.save(tmp_path / "sales.xlsx")
    jsonl = "\n".join(json.dumps(dict(zip(HEADER, row, strict=True))) for row in found)
    (tmp_path / "sales.jsonl").write_text(jsonl, encoding="utf-8")
    first = demand(written(tmp_path / "sales.csv", found))
    assert first["code"] == 0
    assert [each["sku"] for each in first["forecasts"]] == [f"S{item:02}" for item in range(12)]
    assert first["start"] == "2023-10-02"
    assert first["end"] == "2023-10-29"
    assert all(each["p50"] <= each["p90"] <= each["p95"] and each["method"] for each in first["forecasts"])
    assert demand(str(tmp_path / "sales.xlsx")) == first
    assert demand(str(tmp_path / "sales.jsonl")) == first


def test_a_faulty_row_refuses_its_product_and_no_other(tmp_path: Path) -> None:
    good = rows()
    clean = demand(written(tmp_path / "clean.csv", [row for row in good if row[0] != "S03"]))
    faulty = [
        *good,
        ("S03", "2023-13-01", "many", "perhaps"),
        ("", "2023-03-06", 1, "true"),
        ("0", "2023-03-06", 1, "true"),
    ]
    found = demand(written(tmp_path / "faulty.csv", faulty), "--errors", str(tmp_path / "errors.csv"))
    assert found["code"] == 2
    assert found["forecasts"] == clean["forecasts"]
    first, second, third = found["refused"]
    assert first["sku"] == "S03"
    assert first["row"] == len(good) + 2
    assert [fault.partition(":")[0] for fault in first["faults"]] == ["day", "quantity", "in_stock"]
    assert second["faults"] == ["sku: is empty"]
    assert third["faults"] == ['sku: "0" is no SKU: it stands where a system had none']
    assert len((tmp_path / "errors.csv").read_text().splitlines()) == 6


@pytest.mark.parametrize(
    ("header", "short", "out"),
    [
        ("sku,day,quantity,in_stock", "A,2023-01-16,3", "A"),
        ("day,sku,quantity,in_stock", "2023-01-16,B,3", "B"),
        ("day,sku,quantity,in_stock", "C,3", "C"),
    ],
)
def test_a_row_with_a_cell_too_few_leaves_its_product_out(
    run: Command, shop: Shop, tmp_path: Path, header: str, short: str, out: str
) -> None:
    del shop
    columns = header.split(",")
    cells = [
        {"sku": sku, "day": day, "quantity": "2", "in_stock": "true"}
        for sku in "ABC"
        for day in ("2023-01-02", "2023-01-09")
    ]
    path = tmp_path / "sales.csv"
    lines = [header, *(",".join(row[name] for name in columns) for row in cells), short]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = demand(str(path))
    assert [each["sku"] for each in found["forecasts"]] == [sku for sku in "ABC" if sku != out]
    [refused] = found["refused"]
    assert refused["faults"] == [f"has {short.count(',') + 1} cells where the header has 4"]
    kept = run("demand", "import", str(path), "--json")
    assert (kept.exit_code, json.loads(kept.stdout)["rows"]) == (2, 4)
    assert "1 row and all else of 1 product" in kept.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('sku,day,quantity\nA,2023-01-02,1\nB,2023-01-02,"2\n', "row 3: a quote"),
        ("sku,day\nA,2023-01-02\n", "columns are missing: quantity"),
        ("sku,day,quantity\nA,2023-12-04,2\n", "there are no sales before the week of 2023-10-02"),
        ("sku,day,quantity\nA,2023-01-02,x\n", "there are no sales that can be used; 1 row refused"),
        ("sku,day,quantity,colour\nA,2023-01-02,1,red\n", "--ignore-column"),
    ],
)
def test_a_file_of_no_use_is_refused_in_words(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(content, encoding="utf-8")
    result = call(
        "plan", "demand", "--sales", str(path), "--period", "week", "--as-of", "2023-10-02", "--periods", "4"
    )
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_table_for_people(tmp_path: Path) -> None:
    file = written(tmp_path / "sales.csv", rows())
    result = call(
        "plan", "demand", "--sales", file, "--period", "month", "--as-of", "2023-10-02", "--periods", "2"
    )
    assert "demand from 2023-10-01 to 2023-11-30" in result.stdout
    assert "like items" in result.stdout


def test_the_backtest_stands_beside_the_textbook(tmp_path: Path) -> None:
    file = written(tmp_path / "sales.csv", rows())
    result = call("plan", "backtest", "--sales", file, "--period", "week", "--json")
    found = json.loads(result.stdout)
    assert [each["periods"] for each in found["horizons"]] == [4, 8]
    names = [each["method"] for each in found["horizons"][0]["methods"]]
    assert names[0] == "this forecast"
    assert {"mean and standard deviation, normal", "TSB mean, negative binomial"} < set(names)
    assert all(0 < each["by_p90"] <= 1 and each["loss"] > 0 for each in found["horizons"][0]["methods"])
    shown = call("plan", "backtest", "--sales", file, "--period", "week", "--periods", "4").stdout
    assert "this forecast" in shown
    short = call("plan", "backtest", "--sales", file, "--period", "month", "--periods", "12")
    assert "history is too short" in short.stderr
    days = [(date(2021, 1, 4) + timedelta(weeks=number)).isoformat() for number in range(120)]
    ended = [("S00", day, 5 if number < 8 else 0, "true") for number, day in enumerate(days)]
    unsold = call("plan", "backtest", "--sales", written(tmp_path / "ended.csv", ended), "--period", "week")
    assert (unsold.exit_code, "nothing was sold in the time that is played" in unsold.stderr) == (2, True)


def test_stock_for_a_service(tmp_path: Path) -> None:
    file = written(tmp_path / "sales.csv", rows())
    past = tmp_path / "orders.csv"
    past.write_text(
        "supplier,destination,ordered,arrived\n"
        + "".join(
            f"acme,Oslo,2023-0{1 + number % 6}-01,2023-0{2 + number % 6}-1{number % 9}\n"
            for number in range(24)
        ),
        encoding="utf-8",
    )
    usual = ("--sales", file, "--period", "week", "--as-of", "2023-10-02")
    fixed, learnt = (
        json.loads(call("plan", "stock", *usual, *more, "--json").stdout)["stock"]
        for more in (("--lead-days", "40"), ("--orders", str(past)))
    )
    assert [each["sku"] for each in fixed] == [f"S{item:02}" for item in range(12)]
    assert fixed[0]["lead_days"] == [40, 40]
    assert learnt[0]["lead_days"][0] < learnt[0]["lead_days"][1]
    assert sum(each["reorder_point"] for each in learnt) > 0
    assert "reorder at" in call("plan", "stock", *usual, "--lead-days", "40").stdout
    neither = call("plan", "stock", *usual)
    assert neither.exit_code == 2
    assert "--lead-days" in neither.stderr


def test_the_backtest_of_stock(tmp_path: Path) -> None:
    file = written(tmp_path / "sales.csv", rows())
    usual = ("plan", "backtest", "--stock", "--sales", file, "--period", "week", "--lead-days", "14")
    found = json.loads(call(*usual, "--service", "0.9", "--json").stdout)
    assert found["ours"]["asked"] == found["textbook"]["asked"] == 0.9
    assert 0.7 < found["ours"]["service"] <= 1
    assert "attained" in call(*usual).stdout


def test_what_is_on_record_is_planned_as_a_file_is(run: Command, shop: Shop, tmp_path: Path) -> None:
    found = rows()
    file = written(tmp_path / "sales.csv", found)
    unnamed = sum(units > 0 for _, _, units, _ in found)
    said = {
        "rows": len(found),
        "products": 12,
        "new": len(found),
        "without_order": unnamed,
        "overtaken": 0,
        "refused": [],
    }
    assert json.loads(run("demand", "import", file, "--json").stdout) == said
    assert json.loads(run("demand", "import", file, "--json").stdout) == said | {"new": 0}
    usual = ("--period", "week", "--as-of", "2023-10-02", "--json")
    for key, command in (
        ("forecasts", ("demand", "--periods", "4")),
        ("stock", ("stock", "--lead-days", "14")),
    ):
        recorded, read = (run("plan", *command, *usual, *more).stdout for more in ((), ("--sales", file)))
        said = json.loads(recorded)
        assert said.pop("remarks") == [
            "of 12 products no stock is on record; all of their days count as days with stock"
        ]
        # Another product is on record, which has sold nothing yet.
        assert said[key].pop(0)["sku"] == "LAMP"
        assert said | {"remarks": []} == json.loads(read)
    shop.product("S03")
    said = json.loads(run("plan", "stock", *usual).stdout)
    learnt, unknown = said["stock"], "11 SKUs are no product on record and left out"
    assert unknown in said["remarks"][-1]
    assert [(each["sku"], each["lead_days"]) for each in learnt] == [("LAMP", [14, 14]), ("S03", [14, 14])]
    played = json.loads(run("plan", "backtest", "--stock", "--period", "week", "--json").stdout)
    assert (played["items"], played["held_back"]) == (2, 0)
    planned = json.loads(run("plan", "orders", "--period", "week", "--json").stdout)
    assert (planned["refused"], unknown in planned["remarks"][-1]) == ([], True)
    picture = tmp_path / "plan.svg"
    run("plan", "demand", *usual, "--periods", "4", "--svg", str(picture), "--sku", "S03", "--sku", "S05")
    drawn = ElementTree.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314 our own
    titles = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}title")]
    point = next(each["reorder_point"] for each in learnt if each["sku"] == "S03")
    assert titles[0] == "Demand of the next 4 weeks"
    assert titles.count(f"reorder point: {point:,}") == 1, "S05 is no product on record"
    shop.purchase("PO-7", {"sku": "S03", "quantity": 8})
    shop.start("O-1", 3, sku="S03")
    run("plan", "stock", *usual, "--svg", str(picture), "--sku", "S03")
    words = picture.read_text(encoding="utf-8")
    assert f"S03: 3 wait, 0 free, 8 coming, reorder point {point:,}, " in words
    assert "8 of PO-7: likely " in words
    assert_refused(run("plan", "stock", *usual, "--svg", str(picture), "--sku", "S04"), "S04 is not among")
    assert_refused(run("plan", "stock", *usual, "--sku", "S03"), "--sku: says of what the picture is")
    beside = run("plan", "demand", "--period", "week", "--periods", "4", "--sheet", "May")
    assert_refused(beside, "--sheet: goes with --sales")


def test_orders_are_planned_by_the_settings_and_put_on_record_once(
    run: Command, shop: Shop, tmp_path: Path
) -> None:
    """What is written to a file is taken back unchanged, and what is on record is no longer short."""
    shop.product("DESK", supplier="acme")
    today = datetime.now(UTC).date()
    sales = [
        (sku, (today - timedelta(weeks=number)).isoformat(), 5, "true")
        for sku in ("LAMP", "DESK")
        for number in range(1, 31)
    ]
    said = ("--price", "2.00", "--currency", "EUR", "--pack-size", "12")
    assert run("supply", "price", "acme", "LAMP", *said).exit_code == 0
    assert "asks 2.00 EUR a unit, sells packs of 12" in run("supply", "show", "LAMP").stdout
    prices = tmp_path / "prices.csv"
    prices.write_text("supplier,sku,price,currency,minimum_order\nacme,DESK,9.00,EUR,50\nacme,RUG,9,EUR,1\n")
    refused = verdicts(run("supply", "price", "--file", str(prices), "--json"))
    assert [refused[line]["verdict"] for line in (2, 3)] == ["done", "refused"]
    settings = tmp_path / "shop.toml"
    settings.write_text("[planning]\nservice = 0.9\nreview_days = 14\n")
    env, out = {"BACKORDER_CONFIG": str(settings)}, tmp_path / "orders.csv"
    usual = ("plan", "orders", "--sales", written(tmp_path / "sales.csv", sales))
    found = json.loads(run(*usual, "--out", str(out), "--json", env=env).stdout)
    assert (found["service"], found["review_days"], found["written"]) == (0.9, 14, [])
    units = {each["sku"]: each["quantity"] for each in found["orders"]}
    assert (units["LAMP"] % 12, units["DESK"]) == (0, 50)
    assert json.loads(run(*usual, "--service", "0.99", "--json", env=env).stdout)["service"] == 0.99
    tight = run(*usual, "--budget", "200 EUR", env=env).stdout
    assert "of the budget of 200.00 EUR" in tight
    assert "left out" in tight
    assert_refused(run(*usual, "--budget", "200"), "--budget", "like 5000 EUR")
    taken = run("supply", "purchase-order", "--file", str(out), "--json")
    assert taken.exit_code == 0, taken.output
    on_record = json.loads(run("supply", "list", "--json").stdout)["lines"]
    assert {each["sku"]: each["ordered"] for each in on_record} == units
    again = json.loads(run(*usual, "--write", "--json", env=env).stdout)
    assert (again["orders"], again["written"]) == ([], [])
    more = run(*usual, "--write", "--service", "0.999", "--review-days", "28", env=env)
    assert "is on record: 1 product, 24 units" in more.stdout
    assert (
        "nothing to order today" in run(*usual, "--write", "--service", "0.999", "--review-days", "28").stdout
    )


def test_a_faulty_row_keeps_its_product_off_the_record_and_no_other(
    run: Command, shop: Shop, tmp_path: Path
) -> None:
    del shop
    lines = (
        {"sku": "A", "day": "2026-03-02", "quantity": 2, "order": "O-7"},
        {"sku": "B", "day": "2026-03-02", "quantity": 1},
        {"sku": "B", "day": "2026-13-02", "quantity": "many"},
        {"sku": "C", "day": "2199-03-02", "quantity": 2},
    )
    path, errors = tmp_path / "sales.jsonl", tmp_path / "errors.csv"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    result = run("demand", "import", str(path), "--errors", str(errors), "--json")
    assert result.exit_code == 2
    said = json.loads(result.stdout)
    assert (said["rows"], said["products"], said["new"]) == (1, 1, 1)
    refused, future = said["refused"]
    assert future["faults"] == ["day: 2199-03-02 is more than a day ahead, so it must be a mistake"]
    assert (refused["line"], refused["sku"]) == (3, "B")
    assert [fault.partition(":")[0] for fault in refused["faults"]] == ["day", "quantity"]
    assert len(errors.read_text().splitlines()) == 4
    odd = (
        {"sku": "A\nB", "day": "2026-03-02", "quantity": 1},
        {"sku": "C" * 9999, "day": "x", "quantity": True},
    )
    path.write_text("\n".join(map(json.dumps, odd)), encoding="utf-8")
    refused_twice = run("demand", "import", str(path)).stderr.splitlines()
    assert refused_twice[0].startswith('✗ line 1 A\\nB: sku: "A\\nB" holds')
    assert [line.partition("…: ")[2] for line in refused_twice if "CCC…: quantity" in line] == [
        'quantity: "true" is no whole number; write digits, like 12, or -2 for two that came back'
    ]
    path.write_text(json.dumps(lines[2]), encoding="utf-8")
    none = run("demand", "import", str(path))
    assert_refused(none, "there are no sales that can be used; 1 line refused")
