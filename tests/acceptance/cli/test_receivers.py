"""`backorder receiver`: who is called with events, and secrets that are shown once."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from backorder.settings import Settings
from tests.support.command_line import Command, assert_refused, command_on
from tests.support.event_sending import EventDesk
from tests.support.receivers import Receiver
from tests.support.shop import Shop


@pytest.fixture(autouse=True)
def _away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Temporal that does not answer: what is on record needs none."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Call the command where receivers on this machine are allowed."""
    monkeypatch.setenv("BACKORDER_RECEIVERS_PRIVATE", "1")
    return command_on(settings)


def test_a_receiver_from_its_first_secret_to_its_end(run: Command, shop: Shop) -> None:
    with Receiver() as receiver:
        put = ("receiver", "put", "shop", receiver.url)
        types = ("--type", "backorder.cancelled", "--type", "backorder.refund_due")
        made = json.loads(run(*put, *types, "--json").stdout)
        secret = made.pop("secret")
        assert secret.startswith("whsec_")
        both = ["backorder.cancelled", "backorder.refund_due"]
        kept = {"id": "shop", "url": receiver.url, "types": both, "acknowledges": True}
        assert made == kept | {"new": True}
        again = json.loads(run(*put, "--no-acknowledges", "--json").stdout)
        assert "secret" not in again, "it is shown once"
        assert (again["types"], again["acknowledges"], again["new"]) == (made["types"], False, False)
        assert "shop is kept as you say: all types" in run(*put, "--type", "all").stdout
        assert secret not in run("receiver", "list", "--json").stdout + run("receiver", "list").stdout

        shop.start("O-1")
        shop.ask("O-1", shop.cancellation())
        shop.review("O-1", "C-1")
        receiver.usual = 500
        EventDesk(shop).deliver()
        [listed] = json.loads(run("receiver", "list", "--json").stdout)
        assert (listed["waiting"], listed["dead"]) == (2, 0)
        assert listed["refused_since"]
        assert [each["reason"] for each in listed["deliveries"]] == ["it answered 500"] * 2

        rotated = json.loads(run("receiver", "rotate", "shop", "--json").stdout)
        receiver.usual = 200
        shown = run("receiver", "resend", "shop", receiver.ids[0])
        assert f"✓ {receiver.ids[0]} goes to shop again" in shown.stdout
        EventDesk(shop, datetime.now(UTC)).deliver()
        last = receiver.calls[-1]
        for each in (secret, rotated["secret"]):
            Webhook(each).verify(last.body, dict(last.headers))
        assert "nothing that was for shop was given up" in run("receiver", "resend", "shop").stdout

        assert "✓ shop is removed" in run("receiver", "remove", "shop").stdout
        assert json.loads(run("receiver", "list", "--json").stdout) == []


def test_what_is_wrong_is_named_as_it_was_typed(run: Command, shop: Shop) -> None:
    url = "https://shop.example/events"
    assert_refused(run("receiver", "put", "shop", "shop.example"), "URL", "no web address")
    assert_refused(run("receiver", "put", "shop", "https://me:secret@shop.example"), "URL", "password")
    assert_refused(run("receiver", "put", "shop", url, "--type", "cancelled"), "--type", "no event")
    assert_refused(run("receiver", "put", "x" * 65, url), "ID")
    for command in ("rotate", "remove", "resend"):
        unknown = run("receiver", command, "nobody")
        assert unknown.exit_code == 2
        assert 'there is no receiver "nobody"' in unknown.stderr
    run("receiver", "put", "shop", "http://127.0.0.1:9/")
    unknown = run("receiver", "resend", "shop", "e-1")
    assert unknown.exit_code == 2
    assert 'there is no event "e-1" that was for shop' in unknown.stderr


@pytest.mark.parametrize("host", ["127.0.0.1:9", "[::1]", "10.0.0.1", "localhost", "0x7f000001"])
def test_a_private_address_wants_a_setting(
    run: Command, shop: Shop, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKORDER_RECEIVERS_PRIVATE", "0")
    refused = run("receiver", "put", "shop", f"http://{host}/")
    assert_refused(refused, "private address", "BACKORDER_RECEIVERS_PRIVATE")
    assert json.loads(run("receiver", "list", "--json").stdout) == []
