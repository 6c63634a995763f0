"""What the audit keeps of a change: who, what, before and after, and nothing that must not outlive it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from backorder.storage.engine import writing
from tests.support.shop import Shop
from tests.support.supply_calls import earlier, later, order
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


def test_an_entry_about_a_line_says_what_was_asked_of_it(web: WebServer, stock: Shop) -> None:
    """By the ID under which its outcome is found, its kind, and what was said, without people's own words."""
    web.as_("orders").post("/v1/backorders", json=order_line()).raise_for_status()
    agent, line = web.as_("agent"), "/v1/backorders/A-1/1"
    asked = {"request_id": "C-1", "reason": "Ann moved to Bath", "quantity": 1, "by": "customer"}
    assert agent.post(f"{line}/cancel", json=asked).status_code < 300
    assert agent.post(f"{line}/cancel", json=asked).status_code < 300, "asked again it is no second change"
    told = {
        "request_id": "N-1",
        "medium": "call",
        "text": "told Ann",
        "offered": True,
        "by_date": "2027-03-02",
    }
    assert agent.post(f"{line}/notices", json=told).status_code < 300
    assert agent.post(f"{line}/notes", json={"request_id": "W-1", "text": "Ann rang"}).status_code < 300
    _, cancelled, noticed, noted = entries(web, "backorder/A-1/1")
    assert "asked" not in cancelled["before"]
    [request] = cancelled["after"]["asked"]
    assert (request["id"], request["kind"]) == ("C-1", "cancel")
    said = request["fields"]
    assert said.pop("received_at")
    assert said == {"quantity": 1, "by": "customer", "reason": "…"}
    [request] = noticed["after"]["asked"]
    assert (request["id"], request["kind"]) == ("N-1", "notice")
    said = request["fields"]
    assert said.pop("as_of")
    assert said == {"medium": "…", "offered": True, "by_date": "2027-03-02", "evidence": "…"}
    assert noted["after"]["asked"] == [{"id": "W-1", "kind": "note", "fields": {"text": "…"}}]
    assert "Ann" not in str((cancelled, noticed, noted))


def test_an_entry_about_supply_says_which_fact_it_was(web: WebServer, stock: Shop) -> None:
    """Which line was ordered, which date was stated, which receipt came, which adjustment was made."""
    web.as_("orders").post("/v1/backorders", json=order_line()).raise_for_status()
    supply, place = web.as_("supply"), "/v1/purchase-orders/PO-1"
    supply.put(place, json=order()).raise_for_status()
    for days in (31, 32):
        far = {
            "line": "1",
            "splits": [{"quantity": 10, "date": later(days)}],
            "source": "mail",
            "note": "Eve",
        }
        supply.post(f"{place}/dates", json=far).raise_for_status()
    came = {"receipt_id": "R", "line": "1", "quantity": 1, "received_at": earlier(hours=1)}
    supply.post(f"{place}/receipts", json=came).raise_for_status()
    moved = {"adjustment_id": "ADJ-7", "quantity": 1, "reason": "found in aisle 4"}
    supply.post("/v1/stock/LAMP/adjustments", json=moved).raise_for_status()
    [asked] = entries(web, "backorder/A-1/1")[0]["after"]["asked"]
    assert asked["kind"] == "order_line"
    assert {
        name: asked["fields"][name] for name in ("sku", "quantity", "unit_price", "currency", "customer")
    } == {
        "sku": "LAMP",
        "quantity": 2,
        "unit_price": "10.00",
        "currency": "EUR",
        "customer": "C-7",
    }
    put, first, second, receipt = [each["after"]["asked"] for each in entries(web, "purchase_order/PO-1")]
    assert [each[0]["fields"]["splits"] for each in (put, first, second)] == [
        [{"quantity": 10, "date": later(days)}] for days in (30, 31, 32)
    ]
    assert (first[0]["id"], first[0]["fields"]["source"], first[0]["fields"]["note"]) == ("1/2", "mail", "…")
    assert (receipt[0]["id"], receipt[0]["fields"]["quantity"]) == ("R", 1)
    [adjusted] = entries(web, "stock/LAMP")[-1]["after"]["asked"]
    assert (adjusted["id"], adjusted["fields"]["reason"]) == ("ADJ-7", "found in aisle 4")
    put_receiver = {"url": "https://1.1.1.1/a", "types": ["backorder.cancelled"]}
    web.as_("admin").put("/v1/receivers/q", json=put_receiver).raise_for_status()
    assert entries(web, "receiver/q")[0]["after"]["types"] == ["backorder.cancelled"]


def test_a_bulk_cancellation_says_of_each_line_what_was_asked(web: WebServer, stock: Shop) -> None:
    for line in ("1", "2"):
        web.as_("orders").post("/v1/backorders", json=order_line(line=line)).raise_for_status()
    body = {"ids": ["A-1/1", "A-1/2"], "reason": "Ann says so"}
    assert web.as_("agent").post("/v1/backorders/cancel", json=body).status_code < 300
    for line in ("1", "2"):
        *_, last = entries(web, f"backorder/A-1/{line}")
        [asked] = last["after"]["asked"]
        assert (asked["kind"], asked["fields"]["by"], asked["fields"]["reason"]) == ("cancel", "shop", "…")
        assert asked["id"]
