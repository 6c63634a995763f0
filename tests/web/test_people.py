"""Customers, messages, channels, the worklist and the audit over HTTP."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from backorder.domain.clock import Clock
from backorder.services.services import machine_now
from backorder.storage import tasks
from backorder.storage.engine import open_database, writing
from tests.support.shop import Shop
from tests.support.web import WebServer, serving
from tests.support.web_lines import order_line


@pytest.fixture
def place(web: WebServer) -> str:
    """The path of a line that waits."""
    return str(web.as_("orders").post("/v1/backorders", json=order_line()).headers["location"])


def test_a_customer_is_corrected(web: WebServer, place: str) -> None:
    agent = web.as_("agent")
    read = agent.get("/v1/customers/C-7")
    assert read.json()["email"] == "ann@example.com"
    changed = agent.put(
        "/v1/customers/C-7", json={"email": "ann@new.example"}, headers={"if-match": read.headers["etag"]}
    )
    assert (changed.status_code, changed.json()["changed"]) == (200, ["email"])
    late = agent.put("/v1/customers/C-7", json={"name": "A"}, headers={"if-match": read.headers["etag"]})
    assert late.status_code == 412
    wrong = agent.put("/v1/customers/C-7", json={"email": "no", "shoe_size": 4})
    assert {each["field"] for each in wrong.json()["errors"]} == {"email", "shoe_size"}
    assert agent.put("/v1/customers/C-8", json={"name": "A"}).status_code == 404
    once: dict[str, Any] = {"json": {"locale": "de"}, "headers": {"idempotency-key": "k"}}
    assert agent.put("/v1/customers/C-7", **once).json()["changed"] == ["locale"]
    agent.put("/v1/customers/C-7", json={"locale": "fr"})
    again = agent.put("/v1/customers/C-7", **once).json()
    assert (again["customer"]["locale"], again["changed"]) == ("fr", [])


def test_a_customer_is_read_with_the_version_of_what_was_read(web: WebServer, place: str) -> None:
    """Who changes them while they are read is not overwritten by who read them as they were."""
    engine, orders = web.services.engine, web.as_("orders")
    others, seen = open_database(engine.url.render_as_string(hide_password=False)), list[str]()

    def correct(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM customers" in statement and not seen:
            seen.append(statement)
            with writing(others) as connection:
                connection.execute(text("UPDATE customers SET name = 'Ann Li', locale = 'de'"))

    event.listen(engine, "after_cursor_execute", correct)
    try:
        read = orders.get("/v1/customers/C-7")
    finally:
        event.remove(engine, "after_cursor_execute", correct)
        others.dispose()
    assert (read.json()["name"], read.json()["locale"]) == ("Ann Lee", None)
    late = orders.put(
        "/v1/customers/C-7", json={"name": "Ann B. Lee"}, headers={"if-match": read.headers["etag"]}
    )
    assert late.status_code == 412
    assert orders.get("/v1/customers/C-7").json()["name"] == "Ann Li"


def test_a_customer_is_named_by_the_path(web: WebServer, place: str) -> None:
    orders = web.as_("orders")
    wrong = orders.put("/v1/customers/C-7", json={"id": "C-8", "name": "Ann Li", "email": "no"})
    assert wrong.status_code == 422
    assert {each["field"] for each in wrong.json()["errors"]} == {"id", "email"}
    assert "the path says C-7" in wrong.text
    assert orders.put("/v1/customers/C-9", json={"id": "C-8"}).status_code == 404
    same = orders.put("/v1/customers/C-7", json={"id": "C-7", "name": "Ann Li"})
    assert same.json()["changed"] == ["name"]


def test_a_customer_is_erased_once_nothing_of_theirs_is_open(web: WebServer, place: str, stock: Shop) -> None:
    """The wish is kept with the 409, and the audit names what changed and holds none of it."""
    orders, agent = web.as_("orders"), web.as_("agent")
    held = agent.get("/v1/customers/C-7").json()
    assert (held["name"], held["erasure"]) == ("Ann Lee", None)
    assert [line["id"] for line in held["lines"]] == ["A-1/1"]
    waits = orders.delete("/v1/customers/C-7")
    assert (waits.status_code, waits.json()["type"]) == (409, "urn:backorder:erasure-waits")
    assert "A-1/1 is open" in waits.json()["detail"]
    assert agent.get("/v1/customers/C-7").json()["erasure"]["answer_by"] in waits.json()["detail"]
    with writing(web.services.engine) as connection:
        connection.execute(text("UPDATE backorders SET phase = 'cancelled'"))
    assert web.as_("supply").delete("/v1/customers/C-7").status_code == 403
    done = agent.delete("/v1/customers/C-7")
    assert (done.status_code, done.json()["lines"]) == (200, 1)
    once = {"idempotency-key": "k"}
    same = orders.delete("/v1/customers/C-7", headers=once)
    assert same.json()["erased_at"] == done.json()["erased_at"]
    for said in (agent.get("/v1/customers/C-7"), agent.put("/v1/customers/C-7", json={"name": "A"})):
        assert (said.status_code, "was erased on" in said.json()["detail"]) == (404, True)
    assert orders.delete("/v1/customers/C-8").status_code == 404
    entries = web.as_("admin").get("/v1/audit").json()["items"]
    assert [each["call"] for each in entries if each["kind"] == "customer"] == [
        "DELETE /v1/customers/{id}",
        "DELETE /v1/customers/{id}",
    ]
    # The ID of a key is random, and may hold the name by itself.
    assert not [each for each in ("ann lee", "ann@") if each in str(entries).lower()]
    orders.post(
        "/v1/backorders", json=order_line("A-2", customer={"id": "C-7", "name": "Back", "region": "CH"})
    )
    late = orders.delete("/v1/customers/C-7", headers=once)
    assert (late.status_code, late.json()["type"]) == (409, "urn:backorder:conflict")
    assert agent.get("/v1/customers/C-7").json()["erasure"] is None


def test_the_audit_says_who_changed_what_and_holds_no_contact(web: WebServer, place: str) -> None:
    web.as_("agent").put("/v1/customers/C-7", json={"email": "ann@new.example", "locale": "de_DE"})
    web.as_("agent").post(f"{place}/priority", json={"value": 4, "reason": "a wedding"})
    web.as_("agent").post(f"{place}/priority", json={"value": 4, "reason": "a wedding"})
    with web.services.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM audit ORDER BY number")).all()
    assert [(row.kind, row.object, row.call.partition(" ")[0]) for row in rows] == [
        ("backorder", "A-1/1", "POST"),
        ("customer", "C-7", "PUT"),
        ("backorder", "A-1/1", "POST"),
    ]
    assert rows[0].before is None
    assert rows[1].after == '{"email":"…","locale":"de_DE"}'
    assert rows[2].before == '{"notes":0,"priority":0}'
    after = json.loads(rows[2].after)
    [noted] = after.pop("asked")
    assert (after, noted["kind"], noted["fields"]) == ({"notes": 1, "priority": 4}, "note", {"text": "…"})
    assert all(row.actor.startswith("key/") and row.request_id for row in rows)


def test_the_audit_is_read_on_from_where_it_was_read_to(web: WebServer, place: str) -> None:
    admin = web.as_("admin")
    first = admin.get("/v1/audit").json()["items"]
    web.as_("agent").post(f"{place}/priority", json={"value": 4, "reason": "a wedding"})
    both = admin.get("/v1/audit").json()["items"]
    assert both[: len(first)] == first
    assert [each["position"] for each in both] == [1, 2]
    page = admin.get("/v1/audit?limit=1").json()
    rest = admin.get("/v1/audit", params={"limit": 1, "cursor": page["cursor"]}).json()
    assert [*page["items"], *rest["items"]] == both


def test_a_line_moves_in_its_queue_once(web: WebServer, place: str) -> None:
    once = {"idempotency-key": "k-1"}
    body = {"value": 4, "reason": "a wedding"}
    for _ in range(2):
        moved = web.as_("agent").post(f"{place}/priority", json=body, headers=once)
        assert moved.status_code == 204
    other = web.as_("agent").post(f"{place}/priority", json=body | {"value": 5}, headers=once)
    assert other.status_code == 422
    assert web.as_("agent").post("/v1/backorders/A-9/1/priority", json=body).status_code == 404


def test_channels_are_paused_and_resumed(web: WebServer) -> None:
    admin = web.as_("admin")
    channels = admin.get("/v1/channels").json()["items"]
    assert [(each["state"], each["lag_s"]) for each in channels] == [("open", None)] * 2
    paused = admin.post("/v1/channels/email/pause", json={"reason": "moving house"})
    assert (paused.json()["state"], paused.json()["by"]) == ("paused", "admin")
    assert admin.post("/v1/channels/email/resume").json()["state"] == "open"
    unsaid = admin.post("/v1/channels/email/pause")
    assert (unsaid.status_code, unsaid.json()["reason"]) == (200, "no reason was given"), unsaid.text
    assert admin.post("/v1/channels/email/resume").json()["state"] == "open"
    assert admin.post("/v1/channels/post/resume").status_code == 404


def test_a_pause_that_is_over_is_answered_again(stock: Shop) -> None:
    """A repetition is answered from the record, whatever the clock says by then."""
    time = stock.services.time
    time.set(Clock(epoch=machine_now(), rate=2.0))
    with serving(stock.services) as web:
        admin, until = web.as_("admin"), time.now() + timedelta(hours=1)
        place, once = "/v1/channels/email/pause", {"idempotency-key": "p-1"}
        said = {"reason": "moving house", "until": until.isoformat()}
        assert admin.post(place, json=said, headers=once).status_code == 200
        time.move(Clock(epoch=machine_now() - timedelta(hours=2), rate=2.0))
        assert time.now() > until
        again = admin.post(place, json=said, headers=once)
        assert (again.status_code, again.json()["name"]) == (200, "email"), again.text
        late = admin.post(place, json=said)
        assert [each["field"] for each in late.json()["errors"]] == ["until"]


def test_messages_that_have_not_gone(web: WebServer, stock: Shop) -> None:
    stock.purchase()
    stock.start("O-1", customer={"id": "ann", "name": "Ann", "email": "ann@example.com", "region": "DE"})
    agent = web.as_("agent")
    [message] = agent.get("/v1/messages?state=waiting").json()["items"]
    assert message["lines"] == ["O-1/1"]
    for state in ("planned", "claimed"):
        listed = agent.get(f"/v1/messages?state={state}").json()["items"]
        assert [each["state"] for each in listed] == [state] * (state == "planned")
    for role, path, fields in (
        ("agent", "messages?state=lost&channel=post&kind=ww&limit=0", "state channel kind limit"),
        ("agent", "tasks?kind=zz&due=yy&limit=x", "kind due limit"),
        ("agent", "tasks?kind=zz", "kind"),
        ("agent", "backorders?limit=x&late=maybe&status=bogus", "limit late status"),
        ("admin", "audit?since=foo&limit=x", "since limit"),
        ("orders", "events?after=x&limit=0&type=zz", "after limit type"),
        ("storefront", "availability?quantity=x&region=ZZZ", "sku quantity region"),
    ):
        refused = web.as_(role).get(f"/v1/{path}")
        assert refused.status_code == 422, path
        assert {each["field"] for each in refused.json()["errors"]} == {*fields.split()}, refused.text
    assert "has more than 300 characters" in agent.get(f"/v1/backorders?q={'a' * 301}").text
    elsewhere = agent.post(f"/v1/backorders/O-2/1/messages/{message['id']}/resend")
    assert elsewhere.status_code == 404
    done = agent.post(f"/v1/messages/{message['id']}/cancel")
    assert (done.status_code, done.json()["verdict"]) == (200, "accepted")
    assert agent.get("/v1/messages?state=waiting").json()["items"] == []
    # What is sent again is asked of its line: the message stays as it was.
    stock.product("DESK")
    bob = {"id": "bob", "name": "Bob", "email": "bob@example.com", "region": "DE"}
    stock.start("O-3", sku="DESK", customer=bob)
    [message] = agent.get("/v1/messages?state=waiting").json()["items"]
    stock.now += timedelta(hours=1)
    stock.dispatch("customer/bob")
    sent = agent.post(f"/v1/backorders/O-3/1/messages/{message['id']}/resend")
    assert sent.status_code == 200, sent.text
    calls = {each["call"]: each["object"] for each in web.as_("admin").get("/v1/audit").json()["items"]}
    assert calls["POST /v1/backorders/{order}/{line}/messages/{id}/resend"] == "O-3/1"
    assert agent.post("/v1/messages/none/cancel", json={"reason": "x"}).status_code == 404


def test_tasks_page_by_page_and_done(web: WebServer, place: str, stock: Shop) -> None:
    with writing(web.services.engine) as connection:
        for number in range(3):
            tasks.add(
                connection,
                key=f"over/{number}",
                kind="over_received",
                subject=f"PO-{number}/1",
                detail={},
                at=stock.now,
            )
        connection.execute(text("UPDATE backorders SET needs = true"))
    agent = web.as_("agent")
    found, cursor = [], ""
    for _ in range(10):
        page = agent.get("/v1/tasks?limit=1" + (f"&cursor={cursor}" if cursor else "")).json()
        assert len(page["items"]) <= 1
        found += page["items"]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert sorted(each["about"] for each in found if each["kind"] == "over_received") == [
        "PO-0/1",
        "PO-1/1",
        "PO-2/1",
    ]
    note, at = {"request_id": "n-1", "text": "they call back"}, f"/v1/tasks/{found[0]['id']}/notes"
    assert [agent.post(at, json=note).status_code for _ in range(2)] == [201, 200]
    assert agent.post("/v1/tasks/none/notes", json=note).status_code == 404
    done = agent.post(f"/v1/tasks/{found[0]['id']}/done", json={"note": "sent back"})
    assert agent.post(at, json=note).status_code == 200
    late = agent.post(at, json={"text": "too late"})
    assert (late.status_code, "is done already" in late.json()["detail"]) == (409, True)
    of_line = agent.post("/v1/tasks/A-1%2F1%23engine_error/notes", json=note)
    assert (of_line.status_code, of_line.json()["text"]) == (201, "they call back")
    assert agent.post("/v1/tasks/A-9%2F1%23engine_error/notes", json=note).status_code == 404
    assert (done.status_code, done.json()["done_by"]) == (200, "agent")
    assert agent.post("/v1/tasks/none/done", json={"note": "sent back"}).status_code == 404
    assert len(agent.get("/v1/tasks?kind=over_received").json()["items"]) == 2


def test_a_flag_that_waits_for_nobody_is_not_done(web: WebServer, stock: Shop) -> None:
    """What was ruled to have no effect is no success, whoever asks; a repetition is answered as before."""
    stock.start("O-1", customer={"id": "ann", "name": "Ann", "contact": "none", "region": "US"})
    agent = web.as_("agent")
    [flag] = agent.get("/v1/backorders/O-1/1").json()["needs"]

    def done(named: str, note: str, key: str) -> Any:
        place, said = f"/v1/tasks/O-1%2F1%23{named}/done", {"note": note}
        return agent.post(place, json=said, headers={"idempotency-key": key})

    def ruled(named: str, note: str, key: str) -> Any:
        asked = done(named, note, key)
        assert asked.status_code == 202, asked.text
        stock.review("O-1", asked.json()["request"])
        return done(named, note, key)

    first = ruled(flag, "called her", "k-1")
    assert (first.status_code, first.json()["done_by"]) == (200, "agent")
    late = ruled("unreachable", "called her", "k-2")
    words = "unreachable does not wait for a person; nothing to clear"
    assert (late.status_code, late.json().get("detail")) == (409, words)
    assert done("unreachable", "called her", "k-2").json() == late.json()
    assert done(flag, "called her", "k-1").json() == first.json()
    for key in ("k-3", "k-3"):
        assert done("nonsense", "called her", key).status_code == 404
        assert done("complaint", "called her", key).status_code == 404, "it has an ID of its own"
    assert agent.post("/v1/tasks/O-9%2F1%23nonsense/done", json={"note": "x"}).status_code == 404
    asked = [row["id"] for row in stock.rows("SELECT id FROM requests")]
    assert len(asked) == 2, asked


@pytest.mark.parametrize("flag", ["unreachable", "old_flag"])
@pytest.mark.parametrize("key", [None, "k-1"])
def test_a_flag_that_is_done_is_done_again_by_the_same_words(
    web: WebServer, stock: Shop, key: str | None, flag: str
) -> None:
    """The answer was lost; once more is harmless, also of a flag that this version does not raise."""
    stock.start("O-1", customer={"id": "ann", "name": "Ann", "contact": "none", "region": "US"})
    agent = web.as_("agent")
    [raised] = agent.get("/v1/backorders/O-1/1").json()["needs"]
    with stock.services.engine.begin() as connection:
        said = {"now": flag, "was": raised}
        connection.execute(text("UPDATE backorders SET state = REPLACE(state, :was, :now)"), said)

    def done(note: str, by: str = "agent", **headers: str) -> Any:
        place = f"/v1/tasks/O-1%2F1%23{flag}/done"
        return web.as_(by).post(place, json={"note": note}, headers=headers)

    keyed = {} if key is None else {"idempotency-key": key}
    asked = done("called her", **keyed)
    assert asked.status_code == 202, asked.text
    stock.review("O-1", asked.json()["request"])
    again = done("called her", **keyed)
    assert (again.status_code, again.json().get("done_by")) == (200, "agent"), again.text
    assert len(stock.rows("SELECT id FROM requests")) == 1
    for note, by in (("wrote to her", "agent"), ("called her", "supply")):
        other = done(note, by)
        assert other.status_code == (404 if flag == "old_flag" else 202), other.text
