"""The command line of whoever has a caller on the phone: finding the line that is meant."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from backorder.domain.line.events import Shipped
from backorder.domain.notifications import Kind
from backorder.queries.case_view import case
from backorder.queries.line_list import Filter, lines
from backorder.queries.views import CaseView
from backorder.services.record_request import NewRequest
from starter.cli.listing import table
from tests.support.command_line import Command, assert_refused
from tests.support.days import at
from tests.support.shop import Shop

OFFERS = (Kind.ALTERNATIVES, Kind.COUPON, "coupon_issued", Kind.SHIPPING_UPGRADE, "shipping_upgraded")
"""What a case names of offers to come."""


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Ann has an order of two lines and another of one."""
    shop.start("A-1")
    shop.open("A-2")
    shop.services.intake.open(shop.line("A-1", line_id="2"), shop.now)
    return shop


def test_an_order_of_one_line_is_shown_and_one_of_several_lists_them(busy: Shop, run: Command) -> None:
    assert json.loads(run("show", "A-2", "--json").stdout)["id"] == "A-2/1"
    listed = json.loads(run("show", "a-1", "--json").stdout)["lines"]
    assert [line["id"] for line in listed] == ["A-1/1", "A-1/2"]
    words = run("show", "A-1").stdout
    assert "A-1/1" in words
    assert "A-1/2" in words


def test_a_caller_is_found_by_what_they_say(busy: Shop, run: Command) -> None:
    for command in (["find", "ann"], ["list", "-q", "ann@exam"], ["show", "ann"]):
        assert len(json.loads(run(*command, "--json").stdout)["lines"]) == 3, command
    assert "Ann" in run("list", "ann").stdout
    assert json.loads(run("list", "--limit", "1", "--json").stdout)["lines"][0]["customer_name"] == "Ann"


def test_a_line_that_its_order_has_not_is_answered_with_those_it_has(busy: Shop, run: Command) -> None:
    assert_refused(run("show", "A-1/9"), "there is no backorder A-1/9; its order has A-1/1, A-1/2")
    assert_refused(run("show", "nobody"), "there is no backorder nobody")


def test_a_failure_for_a_program_is_a_problem_object(busy: Shop, run: Command) -> None:
    missing = run("show", "A-1/9", "--json")
    found = json.loads(missing.stdout)
    assert (missing.exit_code, found["type"], found["status"]) == (2, "urn:backorder:unknown", 404)
    wrong = json.loads(run("list", "--status", "open", "--json").stdout)
    assert [each["field"] for each in wrong["errors"]] == ["--status"]


def test_a_cancelled_line_promises_nothing_any_more(busy: Shop, run: Command) -> None:
    busy.dispatch()
    busy.cancel("A-2")
    words = run("show", "A-2").stdout
    assert "nothing is open any more" in words
    assert "ships " not in words.split("Messages")[0]


def test_a_shipped_line_names_its_parcel(busy: Shop, run: Command) -> None:
    event = Shipped(
        at=busy.now,
        day=busy.now.date(),
        shipment="S-1",
        quantity=1,
        shipped_at=busy.now,
        carrier="DHL",
        tracking="JD0146",
    )
    busy.ask(
        "A-2", NewRequest(id="shipment-S-1", kind="ship", event=event, given={"quantity": event.quantity})
    )
    busy.review("A-2", "shipment-S-1")
    assert "by DHL, tracking JD0146" in run("show", "jd0146").stdout


@pytest.mark.parametrize("width", [60, 80, 140])
def test_a_list_fits_the_terminal_whatever_the_names(busy: Shop, width: int) -> None:
    customer = {"id": "bo", "name": "Bo Lindqvist-Oyelaran-Featherstonehaugh", "email": "bo@example.com"}
    busy.start("A-3", customer=customer)
    page = lines(busy.services.database, Filter(), busy.now)
    kept = StringIO()
    out = Console(width=width, file=kept)
    out.print(table(page, busy.now.date(), "UTC", width=width))
    words = kept.getvalue()
    assert max(map(len, words.splitlines())) <= width
    assert [id in words for id in ("A-1/1", "A-2/1", "A-3/1")] == [True] * 3
    assert words.count("● waiting") == 4
    assert "confirm the order" in " ".join(words.split())


@pytest.mark.parametrize(
    ("do", "said"),
    [
        ("offer_alternatives", "look for alternatives"),
        ("coupon", "offer a coupon"),
        ("free_shipping", "see about free shipping"),
    ],
)
def test_a_list_says_of_an_offer_to_come_what_happens_for_sure(
    shop: Shop, policies: Path, do: str, said: str
) -> None:
    """Nothing in stock fits, nobody agreed to promotions, shipping was free: a case names no message."""
    more = 'percent = 10\nvalid = "90d"\n' if do == "coupon" else ""
    stage = f'[[stages]]\nid = "offer"\nwhen = {{ waited = "1d" }}\ndo = "{do}"\n{more}'
    (policies / "offers.toml").write_text(f'name = "offers"\n{stage}')
    shop.services.load_policies(policies)
    shop.start("A-1", policy="offers")
    shop.now = at(0, 14)
    shop.dispatch()
    page = lines(shop.services.database, Filter(), shop.now)
    assert page.lines[0].next is not None
    assert page.lines[0].next.what == do
    found = case(shop.services.database, "A-1/1", shop.now)
    assert isinstance(found, CaseView)
    assert not [each for each in found.next if each.what in (do, *OFFERS)]
    kept = StringIO()
    Console(width=140, file=kept).print(table(page, shop.now.date(), "UTC", width=140))
    assert said in " ".join(kept.getvalue().split())
