"""`backorder suppression`: an address comes on the list, is shown with its case, and off it again."""

from __future__ import annotations

import json

import pytest

from tests.support.command_line import Command, assert_refused
from tests.support.shop import Shop


@pytest.fixture(autouse=True)
def _away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Temporal that does not answer: what is on record needs none."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")


def test_an_address_comes_on_the_list_and_off_it(run: Command, shop: Shop) -> None:
    shop.start()
    done = run("suppression", "add", "email", "Ann@Example.com", "--reason", "asked for it", "--by", "Eva")
    assert done.exit_code == 0, done.output
    assert "nothing goes there" in done.stdout
    for command in (("suppression", "list"), ("show", "O-1/1")):
        assert "somebody put it on the list" in run(*command).stdout, command
    [listed] = json.loads(run("suppression", "list", "--json").stdout)["suppressions"]
    assert (listed["address"], listed["by"], listed["note"]) == ("ann@example.com", "Eva", "asked for it")
    assert shop.dispatch() == []
    assert shop.state().needs == ("unreachable",)
    lifted = run("suppression", "lift", "email", "ann@EXAMPLE.com", "--by", "Ben", "--json")
    assert json.loads(lifted.stdout)["lifted"] == 1
    assert (
        "is not on the list" in run("suppression", "lift", "email", "ann@example.com", "--by", "Ben").stdout
    )
    assert json.loads(run("suppression", "list", "--json").stdout)["suppressions"] == []
    assert "unreachable" not in shop.state().needs
    assert "planned" in {row["state"] for row in shop.rows("SELECT state FROM messages")}


def test_promotions_alone(run: Command, shop: Shop) -> None:
    shop.start()
    run("suppression", "add", "email", "ann@example.com", "--marketing", "--by", "Eva")
    assert "promotions" in run("suppression", "list").stdout
    assert len(shop.dispatch()) == 1


def test_what_is_wrong_is_named(run: Command, shop: Shop) -> None:
    assert_refused(run("suppression", "add", "fax", "1", "--by", "Eva"), "CHANNEL")
    assert_refused(run("suppression", "add", "email", "nobody", "--by", "Eva"), "ADDRESS", "no email address")
    assert_refused(run("suppression", "lift", "sms", "12", "--by", "Eva"), "ADDRESS", "no phone number")
    assert_refused(run("suppression", "list", "--channel", "fax"), "--channel")
