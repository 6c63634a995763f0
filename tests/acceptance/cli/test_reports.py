"""`backorder report`: what waiting lines are worth, and what is waited for."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from tests.support.command_line import Command, assert_refused
from tests.support.days import at
from tests.support.shop import Shop

MARCH = ("--since", "2025-01-01", "--until", "2025-04-01")


def test_worth_is_counted_drawn_and_says_what_is_assumed(run: Command, shop: Shop, tmp_path: Path) -> None:
    for number in (1, 2):
        shop.start(f"O-{number}", 2, ordered_at=shop.now)
    shop.now = at(4)
    shop.receive(2)
    shop.ship("O-1", 2)
    shop.cancel("O-2")
    picture = tmp_path / "worth.svg"
    words = run("report", "worth", *MARCH, "--contact-cost", "4.50EUR", "--svg", str(picture)).stdout
    assert "2025-03" in words
    assert "cancelled by: 1 customer" in words
    assert "Assumed: 100% of the coupons are used" in words
    assert "4.50 EUR for a contact" in words
    drawn = ElementTree.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314 our own
    titles = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert {"2025-03: 1 kept", "2025-03: 1 cancelled", "2025-03: revenue kept 20.00 EUR"} <= {*titles}
    found = json.loads(run("report", "worth", *MARCH, "--redeemed", "30", "--json").stdout)
    assert found["months"][0]["cancelled_by"] == {"customer": 1}
    assert (found["total"]["revenue"], found["assumed"]["redeemed"]) == ({"EUR": "20.00"}, 30)
    assert found["counted"]["revenue"].startswith("the price of units that shipped")
    assert (
        "no line was opened then"
        in run("report", "worth", "--since", "2024-01-01", "--until", "2024-02-01").stdout
    )
    assert_refused(
        run("report", "worth", "--since", "2025-04-01", "--until", "2025-04-01"), "--since, --until: "
    )
    assert_refused(
        run("report", "worth", "--contact-cost", "4.50"), "--contact-cost: write an amount and its"
    )
    assert_refused(run("report", "worth", "--svg", str(tmp_path / "no" / "x.svg")), "--svg: ")


def test_demand_names_the_cause_and_what_would_have_prevented_it(
    run: Command, shop: Shop, tmp_path: Path
) -> None:
    shop.product("DESK")
    shop.start("O-1", 2, ordered_at=shop.now)
    shop.start("O-2", 1, sku="DESK", ordered_at=shop.now)
    words = run("report", "demand", *MARCH, env={"COLUMNS": "80"}).stdout
    assert "nothing ordered" in words
    said = " ".join(words.split())
    assert "DESK: an order of 1 unit, 14 days before the first customer's order of 2025-03-03" in said
    assert max(map(len, words.splitlines())) <= 80
    found = json.loads(run("report", "demand", *MARCH, "--limit", "1", "--json").stdout)
    assert (found["found"], len(found["skus"])) == (2, 1)
    picture = tmp_path / "demand.svg"
    run("report", "demand", *MARCH, "--svg", str(picture), "--sku", "DESK")
    drawn = picture.read_text(encoding="utf-8")
    assert "Why DESK was waited for" in drawn
    assert "nothing ordered" in drawn
    assert "LAMP" not in drawn
    assert "1 more SKU" in run("report", "demand", *MARCH, "--limit", "1").stdout
