"""The addresses to which nothing goes any more, over HTTP: listed, put there, and taken off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backorder.domain.suppression import Cause
from backorder.services.suppress_address import suppress
from backorder.storage.suppressions import SuppressionEntry
from tests.support.shop import Shop
from tests.support.web import WebServer

PLACE = "/v1/suppressions"
ANN = {"channel": "email", "address": "Ann@Example.com"}


def test_the_addresses_to_which_nothing_goes_are_read(web: WebServer, stock: Shop) -> None:
    for number in (1, 2):
        entry = SuppressionEntry(
            channel="email",
            address=f"{number}@example.com",
            cause=Cause.BY_HAND,
            at=stock.now + timedelta(minutes=number),
            by="Eva",
            note="asked on the phone",
        )
        suppress(stock.services.engine, stock.services.policies, entry, stock.now)
    agent, place = web.as_("agent"), PLACE
    first = agent.get(place, params={"limit": 1}).json()
    rest = agent.get(place, params={"limit": 1, "cursor": first["cursor"]}).json()
    found = [*first["items"], *rest["items"]]
    assert [(each["address"], each["by"]) for each in found] == [
        ("2@example.com", "Eva"),
        ("1@example.com", "Eva"),
    ]
    assert rest["cursor"] is None
    alone = agent.get(place, params={"address": "1@EXAMPLE.com", "channel": "email"}).json()["items"]
    assert alone == rest["items"]
    wrong = agent.get(place, params={"channel": "post", "cursor": "none"})
    assert (wrong.status_code, len(wrong.json()["errors"])) == (422, 2)
    assert web.as_("orders").get(place).status_code == 403


def test_an_address_comes_on_the_list_and_off_it(web: WebServer, stock: Shop) -> None:
    agent = web.as_("agent")
    said = ANN | {"reason": "asked on the phone", "by": "Eva"}
    added = agent.post(PLACE, json=said)
    assert added.status_code == 201, added.text
    view = added.json()
    assert (view["address"], view["cause"], view["covers"]) == ("ann@example.com", "by_hand", "all")
    assert (view["note"], view["by"], view["lifted_at"]) == ("asked on the phone", "Eva", None)
    again = agent.post(PLACE, json=ANN | {"address": "ann@example.com", "reason": "wrote, too"})
    assert (again.status_code, again.json()) == (200, view), "it stays as it is"
    promotions = agent.post(PLACE, json=ANN | {"covers": "marketing"})
    assert (promotions.status_code, promotions.json()["covers"]) == (201, "marketing")
    assert promotions.json()["by"] == "agent", "who has the key, where nobody is named"
    assert len(agent.get(PLACE).json()["items"]) == 2
    lifted = agent.post(f"{PLACE}/lift", json=ANN | {"by": "Ben"})
    assert lifted.status_code == 200, lifted.text
    assert [each["lifted_by"] for each in lifted.json()["items"]] == ["Ben", "Ben"]
    assert agent.get(PLACE).json()["items"] == []
    never = agent.post(f"{PLACE}/lift", json={"channel": "sms", "address": "+441632960961"})
    assert (never.status_code, never.json()["items"]) == (200, [])


def test_who_is_shut_off_is_reached_again(web: WebServer, stock: Shop) -> None:
    """By the same service as the command's: what could not go waits, and goes once it can."""
    stock.start("O-1", customer={"id": "ann", "name": "Ann", "email": "ann@example.com", "region": "DE"})
    agent = web.as_("agent")
    agent.post(PLACE, json=ANN).raise_for_status()
    assert stock.dispatch("customer/ann") == []
    assert "unreachable" in stock.state("O-1").needs
    agent.post(f"{PLACE}/lift", json=ANN).raise_for_status()
    assert "unreachable" not in stock.state("O-1").needs
    assert agent.get("/v1/messages?state=planned").json()["items"]


def test_a_repetition_does_not_undo_what_was_done_meanwhile(web: WebServer, stock: Shop) -> None:
    agent = web.as_("agent")

    def asked(path: str, key: str, **more: str) -> Any:
        return agent.post(path, json=ANN | more, headers={"idempotency-key": key})

    assert asked(PLACE, "k-1").status_code == 201
    first = asked(f"{PLACE}/lift", "k-2")
    repeated = asked(PLACE, "k-1")
    assert (repeated.status_code, repeated.json()["lifted_by"]) == (200, "agent")
    assert agent.get(PLACE).json()["items"] == []
    assert agent.post(PLACE, json=ANN).status_code == 201
    again = asked(f"{PLACE}/lift", "k-2")
    assert (again.status_code, first.status_code) == (200, 200)
    assert [each["address"] for each in agent.get(PLACE).json()["items"]] == ["ann@example.com"]
    assert asked(PLACE, "k-1", reason="another").status_code == 422


def test_every_fault_is_named_at_once(web: WebServer) -> None:
    agent = web.as_("agent")
    wrong = {"channel": "sms", "address": "12", "covers": "some", "by": "", "reason": "x" * 129, "colour": 1}
    refused = agent.post(PLACE, json=wrong)
    assert refused.status_code == 422
    assert {each["field"] for each in refused.json()["errors"]} == wrong.keys() - {"channel"}
    refused = agent.post(f"{PLACE}/lift", json={"channel": "post", "address": "", "by": ""})
    assert {each["field"] for each in refused.json()["errors"]} == {"channel", "address", "by"}


def test_the_address_stands_in_no_audit_and_no_log(
    web: WebServer, stock: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    agent = web.as_("agent")
    with caplog.at_level("INFO"):
        for path in (PLACE, PLACE, f"{PLACE}/lift", f"{PLACE}/lift"):
            agent.post(path, json=ANN).raise_for_status()
    entries = web.as_("admin").get("/v1/audit?object=suppression/email").json()["items"]
    counted = [(each["call"], each["after"]) for each in entries]
    assert counted == [
        ("POST /v1/suppressions", {"listed": 1}),
        ("POST /v1/suppressions/lift", {"lifted": 1, "listed": 0}),
    ], "what changes nothing leaves none"
    assert "example.com" not in f"{entries}{caplog.text}".casefold()
    assert PLACE in caplog.text
