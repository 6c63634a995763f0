"""`backorder key`: who made a key and who ended it stands in the audit, and no key does."""

from __future__ import annotations

import json

from backorder.domain.api_keys import ROLES
from starter.embedded.wiring import first_keys
from tests.support.command_line import Command
from tests.support.shop import Shop


def test_who_made_a_key_and_who_ended_it_is_in_the_audit(run: Command, shop: Shop) -> None:
    wanted = ("--name", "shop", "--role", "orders", "--from", "10.0.0.0/8")
    made = json.loads(run("key", "create", *wanted, "--by", "Eva", "--json").stdout)
    for by in ("Tom", "Eva"):
        assert run("key", "revoke", made["key"], "--by", by).exit_code == 0
    first, second = shop.rows("SELECT * FROM audit ORDER BY number")
    assert (first["actor"], first["call"], first["kind"]) == ("Eva", "backorder key create", "key")
    assert (first["object"], first["before"]) == (made["id"], None)
    after = json.loads(first["after"])
    assert (after["name"], after["roles"], after["networks"]) == ("shop", ["orders"], ["10.0.0.0/8"])
    assert (second["actor"], second["call"]) == ("Tom", "backorder key revoke")
    assert [list(json.loads(second[side])) for side in ("before", "after")] == [["revoked_at"]] * 2
    assert made["key"].rpartition("_")[2] not in str((first, second))


def test_the_keys_that_up_makes_by_itself_are_in_the_audit(shop: Shop) -> None:
    """Each of them may act as its role from then on, the admin's among them."""
    made = first_keys(shop.services)
    entries = shop.rows("SELECT * FROM audit ORDER BY number")
    assert [(each["actor"], each["call"], each["kind"], each["before"]) for each in entries] == [
        ("up", "backorder up", "key", None)
    ] * len(ROLES)
    assert [json.loads(each["after"])["roles"] for each in entries] == [[role] for role in ROLES]
    assert not [text for text in made.values() if text.rpartition("_")[2] in str(entries)]
    assert first_keys(shop.services) == {}
    assert len(shop.rows("SELECT * FROM audit")) == len(ROLES)
