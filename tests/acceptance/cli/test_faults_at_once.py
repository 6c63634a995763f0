"""Commands name what is wrong by itself and what only the record knows in one go, as the calls do."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.support.command_line import Command, verdicts
from tests.support.shop import Shop

OPTIONS = (
    (
        "supply purchase-order PO-1 --supplier nobody --ordered-at rubbish --line '1 SOFA 3'",
        {"--supplier", "--ordered-at", "--line"},
    ),
    (
        "supply product ELM --name Elm --price 1.001 --currency EUR --supplier nobody",
        {"--supplier", "--price"},
    ),
    ("supply price nobody SOFA --price 9 --currency EURO", {"SUPPLIER", "SKU", "--currency"}),
    ("supply date PO-1 9 --split 0=3d", {"ORDER", "LINE", "--split"}),
    ("supply receipt PO-1 9 --receipt '' --quantity 1", {"ORDER", "LINE", "--receipt"}),
    ("supply adjust LAMP --quantity=-9 --reason '' --adjustment A-9", {"--quantity", "--reason"}),
    ("supply count SOFA --on-hand many", {"SKU", "--on-hand"}),
    ("supply reassign PO-1 9 --to nobody --order ''", {"ORDER", "LINE", "--to", "--order"}),
    ("supply cancel PO-1 9 --reason ''", {"ORDER", "LINE", "--reason"}),
    ("supply decide PO-1 9 approve --by ''", {"ORDER", "LINE", "--by"}),
    ("what-if date PO-9 1 --split 0=3d", {"ORDER", "LINE", "--split"}),
    ("what-if receipt PO-9 1 --quantity 0", {"ORDER", "LINE", "--quantity"}),
    ("what-if supplier nobody --days 9999", {"SUPPLIER", "--days"}),
    ("channel pause pigeon --until 2020-01-01 --by ''", {"CHANNEL", "--until", "--by"}),
    ("channel resume pigeon --by ''", {"CHANNEL", "--by"}),
    ("policy move O-1/1 slow --reason '' --by me", {"POLICY", "--reason"}),
    ("policy move O-1/1 slow --reason '' --by me --preview", {"POLICY", "--reason"}),
    ("hold O-1/1 --until 2020-01-01 --reason ''", {"--until", "--reason"}),
    ("refund O-1/1 --refund F --amount 1.001 --sent-at soon", {"--amount", "--sent-at"}),
    ("receiver put shop https://127.0.0.1/ --type none", {"URL", "--type"}),
    ("key create --name shop --role king --expires 2020-01-01", {"--role", "--expires"}),
    ("customer set ann --email no --by ''", {"--email", "--by"}),
    ("customer set nobody --email no --by ''", {"ID", "--by"}),
    ("hold O-9/1 --until 2020-01-01 --reason ''", {"ORDER/LINE", "--until", "--reason"}),
    ("message cancel abc --by ''", {"ID", "--by"}),
    ("message resend abc --by ''", {"ID", "--by"}),
    ("note O-9/1 ' '", {"ORDER/LINE", "TEXT"}),
    ("policy move O-9/1 slow --reason '' --by me", {"ORDER/LINE", "POLICY", "--reason"}),
    ("policy move O-9/1 slow --reason '' --by me --preview", {"ORDER/LINE", "POLICY", "--reason"}),
    ("priority O-9/1 5 --reason '' --by me", {"ORDER/LINE", "--reason"}),
    ("priority O-9/1 5 --reason '' --by me --preview", {"ORDER/LINE", "--reason"}),
    ("task done abc --note ' ' --by ''", {"TASK", "--note", "--by"}),
    ("task done O-9/1 --note '' --by me", {"ORDER/LINE", "--note"}),
    ("task done O-1/1 --note '' --by me", {"ORDER/LINE", "--note"}),
    ("task done O-1/1 engine_error --note '' --by me", {"FLAG", "--note"}),
    ("task note abc ' '", {"TASK", "TEXT"}),
    ("task note O-9/1 ' '", {"ORDER/LINE", "TEXT"}),
)
"""What is typed, and the options and arguments that are named."""


@pytest.fixture
def line(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with a line that waits, while Temporal is away."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    shop.start("O-1", 3)
    return shop


def test_options_are_named_with_what_the_record_knows(line: Shop, run: Command) -> None:
    for words, places in OPTIONS:
        result = run(*shlex.split(words), "--json")
        found = json.loads(result.stdout)
        assert {each["field"] for each in found.get("errors", ())} == places, (words, found)


def test_an_entry_of_a_file_is_named_with_what_the_record_knows(
    line: Shop, run: Command, tmp_path: Path
) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "id,supplier,ordered_at,line,sku,quantity\n"
        "PO-1,nobody,rubbish,1,SOFA,3\n"
        "PO-1,nobody,rubbish,2,LAMP,0\n"
        "PO-8,acme,2026-01-05,1,LAMP,1\n"
    )
    first, other = verdicts(run("supply", "purchase-order", "--file", str(orders), "--json")).values()
    told = " ".join(first["faults"])
    for words in ('"nobody" is unknown', "rubbish", '"SOFA" is no known product', "0 is out of bounds"):
        assert words in told, told
    assert other["verdict"] == "done"


def test_a_preview_knows_what_the_entries_before_led_to(line: Shop, run: Command, tmp_path: Path) -> None:
    facts = tmp_path / "adjustments.jsonl"
    rows = (
        {"adjustment_id": "A-1", "sku": "LAMP", "quantity": 5, "reason": "found"},
        {"adjustment_id": "A-2", "sku": "LAMP", "quantity": -4, "reason": ""},
        {"adjustment_id": "A-3", "sku": "LAMP", "quantity": -9, "reason": ""},
    )
    facts.write_text("".join(json.dumps(each) + "\n" for each in rows))
    found = verdicts(run("supply", "adjust", "--file", str(facts), "--preview", "--json"))
    assert [len(each["faults"]) for each in found.values()] == [0, 1, 2]


def test_a_row_of_an_import_is_told_all_that_is_wrong_with_it(
    line: Shop, run: Command, tmp_path: Path
) -> None:
    lines = tmp_path / "lines.jsonl"
    whole = {
        "order_id": "A-1",
        "line_id": "1",
        "quantity": 1,
        "customer": {"id": "ann", "name": "Ann", "email": "ann@example.com", "region": "DE"},
        "unit_price": "10.00",
        "currency": "EUR",
        "payment": "captured",
        "ordered_at": "2026-01-05T10:00:00Z",
    }
    rows = [whole | {"sku": "LAMP", "quantity": 0}, whole | {"line_id": "2", "sku": "SOFA"}]
    rows += [whole | {"order_id": "A-2", "sku": "SOFA"}] * 2
    lines.write_text("".join(json.dumps(each) + "\n" for each in rows))
    _, second, third, fourth = verdicts(run("import", str(lines), "--json")).values()
    assert second["faults"][0].startswith("sku: ")
    assert any("of this order is refused" in each for each in second["faults"])
    for each in (third, fourth):
        assert {fault.partition(":")[0] for fault in each["faults"]} == {"order_id, line_id", "sku"}
