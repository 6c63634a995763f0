"""`backorder channel`: what people stop, and what `show`, `status`, `doctor` and the worklist say of it."""

from __future__ import annotations

import json

import pytest

from tests.support.command_line import Command, assert_refused
from tests.support.shop import Shop

REASON = "the sender is being registered"


@pytest.fixture(autouse=True)
def _away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Temporal that does not answer: what is on record needs none."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")


def test_a_channel_is_paused_shown_everywhere_and_goes_on(run: Command, shop: Shop) -> None:
    shop.start()
    done = run("channel", "pause", "email", "--reason", REASON, "--until", "2d", "--by", "Eva")
    assert done.exit_code == 0, done.output
    assert "✓ email is paused until " in done.stdout
    again = run("channel", "pause", "email", "--reason", REASON, "--by", "Eva", "--json")
    assert json.loads(again.stdout) == {
        "channel": "email",
        "state": "paused",
        "until": None,
        "changed": True,
    }, "now it ends by a person alone"
    assert shop.dispatch() == []
    for command in (("channel", "list"), ("status",), ("doctor",), ("task", "list"), ("show", "O-1/1")):
        shown = run(*command).stdout
        assert REASON in shown, command
        assert "Eva" in shown, command
    listed = {each["name"]: each for each in json.loads(run("channel", "list", "--json").stdout)}
    assert (listed["email"]["state"], listed["email"]["by"], listed["email"]["until"]) == (
        "paused",
        "Eva",
        None,
    )
    assert listed["email"]["lag_s"] > 0
    assert (listed["sms"]["state"], listed["sms"]["lag_s"]) == ("open", None)
    assert json.loads(run("status", "--json").stdout)["channels"][0]["lag_s"] > 0

    back = run("channel", "resume", "email", "--by", "Ben")
    assert back.exit_code == 0, back.output
    assert f"✓ email goes on; Eva had paused it: {REASON}" in back.stdout
    assert "email is not paused" in run("channel", "resume", "email", "--by", "Ben").stdout
    assert run("task", "list", "--json").stdout.strip() == "[]"
    assert len(shop.dispatch()) == 1


def test_what_is_wrong_is_named_as_it_was_typed(run: Command, shop: Shop) -> None:
    assert_refused(
        run("channel", "pause", "fax", "--reason", REASON, "--by", "Eva"), "CHANNEL", '"fax" is none'
    )
    past = run("channel", "pause", "email", "--reason", REASON, "--by", "Eva", "--until", "2020-01-01")
    assert_refused(past, "--until", "future")
    assert_refused(run("channel", "resume", "email", "--by", ""), "--by")


def test_who_does_not_say_who_they_are_is_the_machines_user(
    run: Command, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with every other command that asks who it is."""
    monkeypatch.setenv("USER", "mira")
    assert run("channel", "pause", "email", "--reason", REASON).exit_code == 0
    [email] = [
        each for each in json.loads(run("channel", "list", "--json").stdout) if each["name"] == "email"
    ]
    assert email["by"] == "mira"
    assert run("channel", "resume", "email").exit_code == 0
