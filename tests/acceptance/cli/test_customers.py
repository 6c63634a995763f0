"""`backorder customer`: how a customer is reached is corrected, and what did not arrive goes out to there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from backorder.ports import Sent
from tests.support.command_line import Command, assert_refused
from tests.support.senders import Recorder
from tests.support.shop import Shop

ERASED = {"customer": "ann", "lines": 1}
GONE = Sent(outcome="permanent", code="550", reason="no such mailbox")


def test_a_corrected_address_brings_what_did_not_arrive(
    run: Command,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two lines of one customer, one of them ended: the promise is told anew, the other news goes again."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    shop.start("O-1")
    shop.start("O-2")
    shop.cancel("O-2")
    shop.out = Recorder(GONE, GONE)
    shop.dispatch()
    assert shop.state("O-1").needs == ("unreachable",)
    done = run("customer", "set", "ann", "--email", "ann@new.example", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["changed"], said["sent_again"]) == (["email"], 1)
    shown = run("customer", "show", "ann", "--json")
    assert json.loads(shown.stdout)["email"] == "ann@new.example"
    assert "unreachable" not in shop.state("O-1").needs
    shop.now = datetime.now(UTC) + timedelta(minutes=1)
    assert {message.to for message in shop.dispatch()[2:]} == {"ann@new.example"}
    assert shop.state("O-1").promise is not None
    again = run("customer", "set", "ann", "--email", "ann@new.example")
    assert "nothing differs from what is on record" in again.stdout
    assert_refused(run("customer", "set", "ann", "--email", "nobody"), "email")
    assert_refused(run("customer", "show", "nobody"), "nobody")


def test_a_customer_is_erased_as_they_asked(run: Command, shop: Shop) -> None:
    shop.start(payment="unpaid")
    shop.dispatch()
    waits = run("customer", "erase", "ann")
    assert (waits.exit_code, "O-1/1 is open" in waits.stderr) == (1, True)
    assert "asked for" in run("customer", "show", "ann").stdout
    shop.cancel()
    shop.dispatch()
    done = run("customer", "erase", "ann", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert {name: said[name] for name in ERASED} == ERASED
    assert_refused(run("customer", "show", "ann"), "ann")


def test_consent_to_promotions_is_said_by_channel(
    run: Command, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    shop.start()
    said = ("--sms-promotions-at", "2025-03-02T10:00:00Z", "--sms-promotions-how", "call")
    words = ("--sms-promotions-wording", "Text me offers.")
    assert_refused(run("customer", "set", "ann", *said), "wording")
    assert "marketing consent changed" in run("customer", "set", "ann", *said, *words).stdout
    agreed = json.loads(run("customer", "show", "ann", "--json").stdout)["marketing_consent"]
    assert (agreed["email"], agreed["sms"]["how"]) == (None, "call")
    assert "sms" in run("customer", "show", "ann").stdout
    run("customer", "set", "ann", "--no-promotions")
    assert json.loads(run("customer", "show", "ann", "--json").stdout)["marketing_consent"]["sms"] is None
