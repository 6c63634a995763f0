"""`backorder message`: customer service lists, takes back and sends again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from backorder.ports import Sent
from tests.support.command_line import Command, assert_refused
from tests.support.senders import Recorder
from tests.support.sending import Desk
from tests.support.shop import Shop

GONE = Sent(outcome="permanent", code="550", reason="no such mailbox")


@pytest.fixture(autouse=True)
def _away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Temporal that does not answer: what is on record needs none."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")


def test_what_has_not_gone_is_listed_and_read(run: Command, shop: Shop) -> None:
    shop.start("O-ben", customer={"id": "ben", "email": "ben@example.com"})
    shop.out = Recorder(GONE)
    shop.dispatch("customer/ben")
    shop.start("O-ann", customer={"id": "ann", "email": "ann@example.com"})
    shown = run("message", "list")
    assert shown.exit_code == 0, shown.output
    for words in ("order confirmed", "O-ben/1", "no such mailbox", "ann"):
        assert words in shown.stdout
    assert "example.com" not in shown.stdout
    first = json.loads(run("message", "list", "--json", "--limit", "1").stdout)
    rest = json.loads(run("message", "list", "--json", "--cursor", first["next"]).stdout)
    [failed], [waiting] = first["messages"], rest["messages"]
    assert (failed["state"], failed["lines"], waiting["state"]) == ("failed", ["O-ben/1"], "planned")
    [same] = json.loads(run("message", "list", "--failed", "--json").stdout)["messages"]
    assert same["id"] == failed["id"]
    assert run("message", "list", "--unknown").stdout.startswith("none: every message has gone")
    assert "add --cursor" in run("message", "list", "--limit", "1").stdout
    for typed in (
        ("message", failed["id"]),
        ("message", "show", failed["id"][:8]),
        ("message", "--json", failed["id"]),
    ):
        assert "no such mailbox" in run(*typed).stdout
    assert "there is no message zz" in run("message", "zz").stderr
    assert 'there is no command "lst"; did you mean "list"?' in run("message", "lst").stderr
    assert_refused(run("message", "list", "--kind", "letter"), "--kind", '"letter" is none')
    assert_refused(run("message", "list", "--channel", "fax"), "--channel", '"fax" is none')
    assert_refused(run("message", "list", "--cursor", "x"), "--cursor", "no cursor of this list")


def test_a_case_names_both_ways_of_what_cannot_go(run: Command, shop: Shop) -> None:
    shop.start(customer={"phone": "+4915123456789", "sms_consent": True})
    desk = Desk(shop)
    for reason in ("busy", "the queue is full"):
        desk.record_outcome(desk.claimed(), Sent(outcome="transient", code="429", reason=reason))
        shop.now += timedelta(hours=4)
    shown = " ".join(run("show", "O-1/1").stdout.split())
    assert "text: the queue is full; next try" in shown
    assert "email: busy; next try" in shown


def test_a_message_is_taken_back_and_another_sent_again(run: Command, shop: Shop) -> None:
    shop.now = datetime.now(UTC) - timedelta(minutes=5)
    shop.product("DESK")
    shop.purchase("PO-2", {"sku": "DESK", "stated_date": shop.now.date() + timedelta(days=40)})
    shop.start(sku="DESK")
    [waiting] = json.loads(run("message", "list", "--json").stdout)["messages"]
    id = waiting["id"]
    refused = run("message", "resend", id, "--by", "Eva")
    assert (refused.exit_code, "has not gone yet" in refused.stdout) == (1, True)
    shop.dispatch()
    refused = run("message", "cancel", id, "--reason", "told by phone", "--by", "Eva")
    assert (refused.exit_code, "it has gone" in refused.stdout) == (1, True)
    asked = (
        "message",
        "resend",
        id[:10],
        "--request-id",
        "call-77",
        "--reason",
        "cannot find it",
        "--by",
        "Eva",
    )
    done = run(*asked)
    assert done.exit_code == 0, done.output
    assert f"✓ accepted  {id[:8]}: order confirmed" in done.stdout
    same = json.loads(run(*asked, "--json").stdout)
    assert (same["verdict"], same["request_id"], same["left_out"]) == ("accepted", "call-77", {})
    assert len(shop.rows("SELECT * FROM messages")) == 2
    back = run("message", "cancel", same["again"], "--reason", "found it", "--by", "Ben", "--json")
    assert back.exit_code == 0, back.output
    assert json.loads(back.stdout)["effect"]
    vain = run("message", "cancel", same["again"], "--reason", "found it", "--by", "Ben")
    assert (vain.exit_code, "it was taken back before" in vain.stdout) == (4, True)
    shown = run("show", "O-1/1").stdout
    assert "sent again by Eva" in shown
    assert "cannot find it" in shown
    assert "taken back by Ben" in shown
    assert "taken back by Ben: found it" in shown
    assert_refused(run("message", "resend", "ffffffff"), "there is no message ffffffff")
