"""What the audit keeps of a change: who, what, before and after, and nothing that must not outlive it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from backorder.storage.engine import writing
from tests.support.shop import Shop
from tests.support.web import WebServer
from tests.support.web_lines import ORDERED_AT, order_line

KNOWN = {
    "locale": "fr",
    "time_zone": "America/Martinique",
    "region": "FR-75",
    "update_days": 9,
    "marketing_consent": {"email": {"at": ORDERED_AT, "how": "checkout", "wording": "Yes to news"}},
}


def entries(web: WebServer, object: str) -> list[dict[str, Any]]:
    """What the audit says of an object, the oldest first."""
    found = web.as_("admin").get("/v1/audit", params={"object": object}).json()["items"]
    return [dict(each) for each in found]


def test_an_erasure_leaves_nothing_of_who_was_erased_in_the_audit(web: WebServer, stock: Shop) -> None:
    """The entry of the erasure itself names what went, as those before it do."""
    orders = web.as_("orders")
    orders.post("/v1/backorders", json=order_line(customer=KNOWN)).raise_for_status()
    assert orders.put("/v1/customers/C-7", json={"update_days": 5}).status_code == 200
    with writing(web.services.engine) as connection:
        connection.execute(text("UPDATE backorders SET phase = 'cancelled'"))
    assert orders.delete("/v1/customers/C-7").status_code == 200
    changed, erased = entries(web, "customer/C-7")
    assert (changed["call"], changed["before"], changed["after"]) == (
        "PUT /v1/customers/{id}",
        None,
        None,
    )
    assert {"name", "email", "locale", "time_zone", "region", "update_days"} <= erased["before"].keys()
    assert set(erased["before"].values()) == {"…"}
    assert erased["after"]["erased_at"]
    assert erased["after"]["region"] == "FR"
    assert [erased["after"][name] for name in ("locale", "time_zone", "update_days")] == [None] * 3


def test_what_a_customer_agreed_to_is_part_of_their_version_and_of_the_audit(
    web: WebServer, stock: Shop
) -> None:
    """Also where they agreed by some channel before and after; the words are named by a digest."""
    orders = web.as_("orders")
    orders.post("/v1/backorders", json=order_line(customer=KNOWN)).raise_for_status()
    read = orders.get("/v1/customers/C-7").headers["etag"]
    agreed = {"sms": {"at": ORDERED_AT, "how": "kiosk", "wording": "Text me"}}
    for channel, consent in (*agreed.items(), ("email", None), ("sms", agreed["sms"] | {"how": "phone"})):
        body = {"marketing_consent": {channel: consent}}
        assert orders.put("/v1/customers/C-7", json=body).json()["changed"] == ["marketing_consent"]
        now = orders.get("/v1/customers/C-7").headers["etag"]
        assert now.partition(".")[0] != read.partition(".")[0]
        late = orders.put("/v1/customers/C-7", json={"name": "A"}, headers={"if-match": read})
        assert late.status_code == 412
        read = now
    found = entries(web, "customer/C-7")
    channels = [
        [sorted(each[side]["consents"]) for side in ("before", "after") if "consents" in each[side]]
        for each in found
    ]
    email, sms = "marketing_email", "marketing_sms"
    assert channels == [[[email], [email, sms]], [[email, sms], [sms]], [[sms], [sms]]]
    assert found[2]["before"]["consents"][sms]["words"] != found[2]["after"]["consents"][sms]["words"]
    assert found[2]["after"]["consents"][sms]["at"] == found[0]["after"]["consents"][sms]["at"]
    assert "kiosk" not in str(found)
    assert "Text me" not in str(found)


def test_a_message_that_was_named_by_its_beginning_is_in_the_audit(web: WebServer, stock: Shop) -> None:
    stock.purchase()
    stock.start("O-1", customer={"id": "ann", "name": "Ann", "email": "ann@example.com", "region": "DE"})
    agent = web.as_("agent")
    [message] = agent.get("/v1/messages?state=waiting").json()["items"]
    done = agent.post(f"/v1/messages/{message['id'][:-2]}/cancel", json={"reason": "told"})
    assert (done.status_code, done.json()["message"]) == (200, message["id"])
    [entry] = entries(web, f"message/{message['id']}")
    assert (entry["before"]["state"], entry["after"]["state"]) == ("planned", "withdrawn")
    assert agent.post("/v1/messages/zz/cancel", json={"reason": "told"}).status_code == 404
