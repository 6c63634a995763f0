"""What a customer would be told who orders now, on the command line."""

from __future__ import annotations

import json

from tests.support.command_line import Command, assert_refused
from tests.support.days import at
from tests.support.shop import Shop


def test_it_says_of_each_product_whether_and_when_it_can_be_had(shop: Shop, run: Command) -> None:
    shop.product("DESK", backorder_limit=0)
    shop.product("SOFA")
    shop.adjust(2, sku="DESK")
    shop.state_dates((10, None))
    shop.open("O-1", 4, ordered_at=at(-1))
    result = run(
        "availability", "LAMP", "DESK", "SOFA", "VASE", "--quantity", "3", "--region", "DE", "--json"
    )
    assert result.exit_code == 0, result.output
    found = {each["sku"]: each for each in json.loads(result.stdout)["items"]}
    assert [(each["status"], each["free"], each["reasons"]) for each in found.values()] == [
        ("backorder_no_date", 0, ["supplier_unsure"]),
        ("not_sold", 2, ["backorder_limit"]),
        ("backorder_no_date", 0, ["no_supply"]),
        ("unknown", 0, []),
    ]
    assert set(found["LAMP"]) == {
        *("sku", "status", "quantity", "free", "window", "ship_by", "parts", "reasons", "version", "as_of")
    }
    words = run("availability", "LAMP", "NONE", "DESK").stdout
    assert "unknown product" in words
    assert "the supplier cannot say when" in words
    assert "in stock" in words
    [desk] = json.loads(run("availability", "DESK", "--json").stdout)["items"]
    assert desk["window"].keys() == {"likely", "by", "deliver_by"}


def test_a_question_that_cannot_be_is_refused(shop: Shop, run: Command) -> None:
    assert_refused(run("availability", "LAMP", "--quantity", "0"), "--quantity:")
    for region in ("Narnia", "ZZ", "EU", "EU-DE"):
        assert_refused(run("availability", "LAMP", "--region", region), "--region:", "no ISO 3166 region")
    assert_refused(
        run("availability", *(f"S-{number}" for number in range(101))), "100 are the most, not 101"
    )
