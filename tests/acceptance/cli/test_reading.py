"""`backorder list` and `show`, and requests that are checked before anything is asked of a server."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from backorder.domain.line.events import Answered
from backorder.services.record_request import NewRequest
from tests.support.command_line import Command, assert_refused
from tests.support.days import day
from tests.support.shop import Shop


def test_list_and_show(run: Command, shop: Shop) -> None:
    shop.start("O-1", 2)
    shop.dispatch()
    listed = run("list")
    assert listed.exit_code == 0
    assert "O-1/1" in listed.stdout
    assert "● waiting" in listed.stdout
    assert json.loads(run("list", "--json").stdout)["lines"][0]["id"] == "O-1/1"
    shown = run("show", "O-1/1").stdout
    assert "What happens next" in shown
    assert "order confirmed" in shown
    found = json.loads(run("show", "O-1/1", "--json").stdout)
    assert found["promise"]["by"] == day(21).isoformat()
    message = run("message", found["messages"][0]["id"][:8])
    assert "Ann" in message.stdout
    assert run("message", "--html", found["messages"][0]["id"]).stdout.startswith("<!")


def test_the_duties_of_law_are_listed_and_shown_with_the_words_of_a_call(run: Command, shop: Shop) -> None:
    shop.start("O-1", customer={"region": "CH"})
    by_hand = {"id": "bob", "name": "Bob", "email": "bob@example.com", "region": "US", "contact": "none"}
    shop.start("O-2", customer=by_hand, ship_by=day(9).isoformat())
    listed = run("list", "--duties").stdout
    assert "O-2/1" in listed
    assert "O-1/1" not in listed
    assert "us-ftc-435/delay_notice" in listed
    [line] = json.loads(run("list", "--duties", "--json").stdout)["lines"]
    assert line["duties"][0] == {"rule": "us-ftc-435/delay_notice", "due": day(9).isoformat()}
    shown = " ".join(run("show", "O-2/1").stdout.split())
    assert "the law wants" in shown
    assert "To read out on a call" in shown
    assert "You decide: keep waiting" in shown


def test_a_case_shows_until_when_an_answer_counts_and_the_customers_own_last_day(
    run: Command, shop: Shop
) -> None:
    shop.start("O-1", customer={"region": "US"}, ship_by=day(9).isoformat())
    shop.now += timedelta(hours=3)
    shop.dispatch()
    shop.review("O-1")
    shown = " ".join(run("show", "O-1/1").stdout.split())
    assert f"answer by {in_words(day(21))}, else the new date is agreed to" in shown
    kept = Answered(
        at=shop.now, day=day(0), request="K-1", choice="keep", received_at=shop.now, until=day(12)
    )
    shop.ask("O-1", NewRequest(id="K-1", kind="answer", event=kept, given={}))
    shop.review("O-1", "K-1")
    shown = " ".join(run("show", "O-1/1").stdout.split())
    assert f"not wanted after {in_words(day(12))}" in shown


def in_words(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def test_show_survives_whatever_names_hold(run: Command, shop: Shop) -> None:
    shop.product("ODD", name="[bold]x[/] ]] [/nope]")
    shop.start("O-1", 1, sku="ODD", customer={"name": "[red]Ann[/"})
    assert "[bold]x[/] ]] [/nope]" in run("show", "O-1/1").stdout
    assert "[red]Ann[/" in run("show", "O-1/1").stdout
    assert "[bold]x[/]" in run("list").stdout


def test_unknown_lines_messages_and_filters(run: Command, shop: Shop) -> None:
    assert_refused(run("show", "O-9/1"), "there is no backorder O-9/1")
    assert_refused(run("message", "abc"), "there is no message abc")
    assert_refused(run("list", "--status", "open"), "--status:")
    assert_refused(run("list", "--cursor", "x y"), "cursor")
    assert "no backorder fits" in run("list", "--order", "none").stdout


def test_a_request_is_checked_whole(run: Command, shop: Shop) -> None:
    assert_refused(run("ship", "O-1/1", "--quantity", "0"), "--shipment: is missing", "--quantity:")
    assert_refused(run("cancel", "O-1"), '"O-1" is no backorder')
    assert_refused(
        run("hold", "O-1/1", "--until", "1 May", "--reason", "x"), '--until: "1 May" is no date of ISO 8601'
    )
    assert_refused(
        run("start", "O-1/1", "--quantity", "0", "--sku", "NIX"), "quantity:", "customer: is missing", "NIX"
    )
    assert_refused(run("supply", "date", "PO-1", "1", "--split", "five"), "write QUANTITY=DAY")
    assert_refused(run("supply", "purchase-order", "PO-9", "--line", "1 LAMP"), "write LINE SKU QUANTITY")
    assert shop.rows("SELECT * FROM requests") == []


def test_what_is_said_is_on_record_while_temporal_is_away(
    run: Command, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    done = run("supply", "adjust", "LAMP", "--quantity", "1", "--reason", "x", "--adjustment", "A")
    assert done.exit_code == 0
    assert run("supply", "count", "LAMP", "--on-hand", "3").exit_code == 0
    assert [row["quantity"] for row in shop.rows("SELECT quantity FROM stock_movements")] == [1, 2]


def test_what_is_wrong_with_the_command_line_is_one_line_of_json_too(run: Command, shop: Shop) -> None:
    wrong = {
        "list --colour red": "--colour",
        "list --limit many": "--limit",
        "show": "ORDER[/LINE]",
        "lst": "",
        "supply nothing": "",
        "import no-such-file.csv": None,
    }
    for words, field in wrong.items():
        result = run(*words.split(), "--json")
        (line,) = result.stdout.splitlines()
        found = json.loads(line)
        assert (result.exit_code, found["type"], found["status"]) == (2, "urn:backorder:refused", 422), words
        assert result.stderr, words
        if field is not None:
            assert [each["field"] for each in found["errors"]] == [field], words
