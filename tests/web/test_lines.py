"""Starting lines and acting on them over HTTP, while Temporal is away: what goes on record still does."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backorder.domain.api_keys import EVERYTHING, PUBLIC, ROLES
from backorder.queries.line_list import Filter, lines
from backorder.queries.views import as_json
from backorder.services.services import machine_now
from tests.support.shop import Shop
from tests.support.supply_calls import PRODUCT
from tests.support.web import WebServer
from tests.support.web_lines import ORDERED_AT, order_line


def post(web: WebServer, path: str, body: dict[str, Any], role: str = "orders", **headers: str) -> Any:
    return web.as_(role).post(path, json=body, headers=headers)


def test_a_line_is_on_record_at_once_and_known_again(web: WebServer, stock: Shop) -> None:
    line = order_line()
    said = post(web, "/v1/backorders", line)
    assert said.status_code == 202
    assert (said.json()["new"], said.json()["running"]) == (True, False)
    assert said.headers["location"] == "/v1/backorders/A-1/1"
    again = post(web, "/v1/backorders", line)
    assert (again.status_code, again.json()["new"]) == (202, False)
    other = post(web, "/v1/backorders", line | {"quantity": 3})
    assert other.status_code == 409
    assert {each["field"] for each in other.json()["errors"]} == {"quantity"}
    case = web.as_("agent").get(said.headers["location"]).json()
    assert (case["id"], case["quantity"]["ordered"]) == ("A-1/1", 2)


def test_every_fault_is_named_at_once(web: WebServer) -> None:
    line = order_line(sku="NONE", quantity=0, currency="XXQ", customer={"email": "no"})
    said = post(web, "/v1/backorders", line | {"colour": "red"})
    assert said.status_code == 422
    fields = {each["field"] for each in said.json()["errors"]}
    assert {"sku", "quantity", "currency", "customer.email", "colour"} <= fields
    assert web.as_("agent").get("/v1/backorders").json()["items"] == []


UNREADABLE = (
    (b"{", "application/json", 400),
    (b"[1]", "application/json", 422),
    (b'{"a":1,"a":2}', "application/json", 400),
    (b'{"a":NaN}', "application/json", 400),
    (b"\xff\xfe", "application/json", 400),
    (b"[" * 100_000, "application/json", 400),
    (b"{}", "text/plain", 415),
    (b" " * (1 << 20) + b"{}", "application/json", 413),
)
"""Bodies, their types, and how they are refused."""


def test_numbers_and_yes_or_no_are_those_of_json(web: WebServer, stock: Shop) -> None:
    """As the documentation has it; tables, in which all is text, go on with text."""
    admin = web.as_("admin")
    line = order_line(quantity="2", credit="yes", customer={"sms_consent": "true"})
    asked: tuple[tuple[str, str, dict[str, Any], set[str]], ...] = (
        ("POST", "backorders", line, {"quantity", "credit", "customer.sms_consent"}),
        ("PUT", "products/ELM", PRODUCT | {"name": "", "pack_size": "6"}, {"name", "pack_size"}),
        ("PUT", "customers/C-7", {"update_days": "14", "sms_consent": "yes"}, {"update_days", "sms_consent"}),
    )
    assert admin.post("/v1/backorders", json=order_line("A-2")).status_code == 202
    for method, path, body, fields in asked:
        said = admin.request(method, f"/v1/{path}", json=body)
        assert said.status_code == 422, said.text
        assert {each["field"] for each in said.json()["errors"]} == fields, said.text
    for quantity, status in ((2.0, 202), (2.5, 422)):
        said = admin.post("/v1/backorders", json=order_line("A-4", quantity=quantity))
        assert said.status_code == status, "in JSON Schema 2.0 is an integer"
    row = {"order_id": "A-3", "line_id": "1", "sku": "LAMP", "quantity": "2", "unit_price": "10.00"}
    row |= {"currency": "EUR", "ordered_at": ORDERED_AT, "payment": "captured", "credit": "no"}
    row |= {"customer.id": "C-8", "customer.name": "Ben", "customer.email": "ben@example.com"}
    row["customer.region"] = "DE"
    table = "\n".join([",".join(row), ",".join(row.values())])
    read = admin.post("/v1/backorders/import", content=table, headers={"content-type": "text/csv"})
    assert '"verdict":"started"' in read.text, read.text


def test_what_cannot_be_read_is_refused(web: WebServer) -> None:
    for content, kind, status in UNREADABLE:
        said = web.as_("orders").post("/v1/backorders", content=content, headers={"content-type": kind})
        found = (content[:20], said.status_code, said.headers["content-type"])
        assert found == (content[:20], status, "application/problem+json")


def test_ids_of_any_text_survive_the_way(web: WebServer, stock: Shop) -> None:
    ids = (("A/1", "2"), ("A", "1/2"), ("100%", "#1"), ("ä ?&=+", "2"), ("%2F", "%252F"))
    for order, line in ids:
        started = post(web, "/v1/backorders", order_line(order, line))
        assert (started.status_code, started.json()["new"]) == (202, True)
        path, text = started.headers["location"], f"phoned about {order} {line}"
        assert web.as_("agent").get(path).status_code == 200
        assert web.as_("agent").post(f"{path}/notes", json={"text": text}).status_code == 201
        case = web.as_("agent").get(path).json()
        assert (case["order_id"], case["line_id"]) == (order, line)
        assert [each["text"] for each in case["notes"]] == [text]
    assert len(web.as_("agent").get("/v1/backorders").json()["items"]) == len(ids)
    # Out of a column of fixed width they come with spaces behind them, in bodies, paths and queries alike.
    padded = post(web, "/v1/backorders", order_line("B-1  ", "2  "))
    assert padded.headers["location"] == "/v1/backorders/B-1/2"
    assert web.as_("agent").get("/v1/backorders/B-1%20%20/2%20%20").json()["id"] == "B-1/2"
    listed = web.as_("agent").get("/v1/backorders", params={"order": "B-1  ", "sku": "LAMP "}).json()
    assert [each["id"] for each in listed["items"]] == ["B-1/2"]


def test_a_request_is_ruled_on_later_and_can_be_asked_for(web: WebServer, stock: Shop) -> None:
    post(web, "/v1/backorders", order_line())
    body = {"request_id": "c-1", "reason": "found another", "by": "customer"}
    said = post(web, "/v1/backorders/A-1/1/cancel", body)
    assert said.status_code == 202
    assert said.json()["verdict"] == "pending"
    read = web.as_("orders").get(said.headers["location"])
    assert (read.json()["kind"], read.json()["verdict"]) == ("cancel", "pending")
    assert post(web, "/v1/backorders/A-1/1/cancel", body).status_code == 202
    other = post(web, "/v1/backorders/A-1/1/cancel", body | {"reason": "too late"})
    assert other.status_code == 409
    assert post(web, "/v1/backorders/A-2/1/cancel", body).status_code == 404
    assert web.as_("orders").get("/v1/backorders/A-1/1/requests/none").status_code == 404


@pytest.mark.parametrize("role", sorted({role for role in ROLES if role not in (EVERYTHING, PUBLIC)}))
def test_whose_request_waits_can_read_what_becomes_of_it(web: WebServer, stock: Shop, role: str) -> None:
    """The address of an answer with 202 is one that its own key may read, whatever the call."""
    post(web, "/v1/backorders", order_line())
    program, waiting = web.as_(role), {}
    for path, methods in web.as_("").get("/openapi.json").json()["paths"].items():
        call = methods.get("post", {})
        if role not in call.get("x-roles", ()) or "202" not in call["responses"]:
            continue
        body = call["requestBody"]["content"]["application/json"]["example"]
        if path.endswith("/policy"):
            body = body | {"value": "standard"}
        place = path.format(order="A-1", line="1", id="A-1%2F1%23legal_review", ticket="T-1")
        said = program.post(place, json=body)
        if said.status_code == 202 and "/requests/" in said.headers.get("location", ""):
            waiting[path] = said.headers["location"]
    assert len(waiting) >= (2 if role == "supply" else 3), waiting
    for place in waiting.values():
        read = program.get(place)
        assert (read.status_code, read.json()["verdict"]) == (200, "pending"), place


def test_a_buyers_key_reads_its_own_requests_and_no_others(web: WebServer, stock: Shop) -> None:
    post(web, "/v1/backorders", order_line())
    body = {"request_id": "c-1", "reason": "found another", "by": "customer"}
    others = post(web, "/v1/backorders/A-1/1/cancel", body).headers["location"]
    move = {"request_id": "p-1", "value": "standard", "reason": "as agreed"}
    own = web.as_("supply").post("/v1/backorders/A-1/1/policy", json=move).headers["location"]
    assert web.as_("supply").get(own).json()["kind"] == "policy"
    assert web.as_("supply").get(others).status_code == 404
    second = httpx.get(f"{web.url}{own}", headers={"authorization": f"Bearer {web.key('supply')}"})
    assert second.status_code == 404
    for role in ("orders", "agent", "admin"):
        assert web.as_(role).get(own).status_code == 200


def test_what_the_engine_names_after_the_longest_ids_can_be_asked_for(web: WebServer, stock: Shop) -> None:
    """A request's ID is longer than the shipment's that it tells of, a task's than the line's."""
    order, shipment = "A" * 128, "S" * 128
    post(web, "/v1/backorders", order_line(order_id=order))
    told = {"shipment_id": shipment, "quantity": 1, "shipped_at": stock.now.isoformat()}
    said = post(web, f"/v1/backorders/{order}/1/shipments", told)
    assert said.status_code == 202, said.text
    assert web.as_("orders").get(said.headers["location"]).json()["kind"] == "ship"
    task = web.as_("agent").post(f"/v1/tasks/{order}%2F1%23legal_review/done", json={"note": "looked at it"})
    assert task.status_code == 202, task.text
    assert web.as_("agent").get(task.headers["location"]).json()["kind"] == "clear"


def test_what_the_law_wants_of_a_line_is_listed_and_read_out(web: WebServer, stock: Shop) -> None:
    """Who can be written to by nobody is called: with words in their language, and in English."""
    customer = {"region": "US", "contact": "none", "locale": "de_DE"}
    ship_by = (stock.now + timedelta(days=9)).date()
    stock.start("A-1", customer=customer, ship_by=ship_by.isoformat())
    agent = web.as_("agent")
    [row] = agent.get("/v1/backorders", params={"duties": "true"}).json()["items"]
    wanted = [
        {"rule": "us-ftc-435/delay_notice", "due": ship_by.isoformat()},
        {"rule": "us-ftc-435/ship_or_cancel", "due": ship_by.isoformat()},
    ]
    assert row["duties"] == agent.get("/v1/backorders/A-1/1").json()["duties"] == wanted
    read_out = agent.get("/v1/backorders/A-1/1").json()["read_out"]
    assert [each["locale"] for each in read_out["words"]] == ["de", "en"]
    assert "Sie entscheiden" in read_out["words"][0]["text"]
    assert "You decide" in read_out["words"][1]["text"]
    for number, offered in enumerate((False, True)):
        given = {"request_id": f"n{number}", "medium": "call", "offered": offered, "text": "told her so"}
        given["at"] = stock.now.isoformat()
        post(web, "/v1/backorders/A-1/1/notices", given, role="agent")
        stock.review("A-1", f"n{number}")
        case = agent.get("/v1/backorders/A-1/1").json()
        assert (case["consent"]["state"], case["needs"]) == (
            ("asked", []) if offered else ("none", ["legal_notice"])
        )
        assert case["read_out"]["answer_by"] == (ship_by + timedelta(days=30)).isoformat()


def test_a_refund_is_refused_for_force_majeure_alone_and_by_a_person(web: WebServer, stock: Shop) -> None:
    path = "/v1/backorders/A-1/1/force-majeure"
    stock.start("A-1")
    blank = post(web, path, {"reason": " "}, role="agent")
    assert (blank.status_code, blank.json()["errors"][0]["field"]) == (422, "reason")
    decided = post(web, path, {"request_id": "m1", "reason": "the port is closed"}, role="agent")
    assert decided.status_code == 202
    stock.review("A-1", "m1")
    outcome = web.as_("agent").get(decided.headers["location"]).json()
    assert outcome["verdict"] == "rejected"
    assert "in-ecommerce-2020 alone" in outcome["reason"]


def test_a_shop_that_does_not_deliver_says_so_and_its_customer_is_asked_at_once(
    web: WebServer, stock: Shop
) -> None:
    path = "/v1/backorders/A-1/1/delivery-refusal"
    stock.start("A-1")
    assert post(web, path, {"reason": " "}).json()["errors"][0]["field"] == "reason"
    said = post(web, path, {"request_id": "d1", "reason": "nobody makes it"})
    assert said.status_code == 202
    stock.review("A-1", "d1")
    assert web.as_("orders").get(said.headers["location"]).json()["verdict"] == "accepted"
    case = web.as_("agent").get("/v1/backorders/A-1/1").json()
    assert case["duties"] == [{"rule": "eu-crd-18/delivery_notice", "due": stock.now.date().isoformat()}]
    assert case["forecast"]["why"] == "refused"
    assert [each["kind"] for each in case["messages"] if each["state"] == "planned"] == ["consent_request"]


def test_an_idempotency_key_does_a_thing_once(web: WebServer, stock: Shop) -> None:
    post(web, "/v1/backorders", order_line())
    body, once = {"reason": "found another"}, {"idempotency-key": "k-1"}
    first = post(web, "/v1/backorders/A-1/1/cancel", body, **once)
    again = post(web, "/v1/backorders/A-1/1/cancel", body, **once)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["request"] == again.json()["request"]
    other = post(web, "/v1/backorders/A-1/1/cancel", body | {"quantity": 1}, **once)
    assert (other.status_code, other.json()["type"]) == (422, "urn:backorder:repeated-key")
    elsewhere = post(web, "/v1/backorders/A-1/1/hold", body, role="agent", **once)
    assert elsewhere.status_code == 422  # until is missing; the key belongs to another program
    free = post(web, "/v1/backorders/A-1/1/cancel", body)
    assert free.json()["request"] != first.json()["request"]


def test_a_start_that_comes_again_under_its_key_is_there_already(web: WebServer, stock: Shop) -> None:
    """As from a client whose answer was lost on the way."""
    once = {"idempotency-key": "k-1"}
    assert post(web, "/v1/backorders", order_line(), **once).json()["new"]
    again = post(web, "/v1/backorders", order_line(), **once)
    assert again.status_code in (200, 202), again.text
    assert (again.json()["id"], again.json()["new"]) == ("A-1/1", False)
    other = post(web, "/v1/backorders", order_line(quantity=3), **once)
    assert (other.status_code, other.json()["type"]) == (422, "urn:backorder:repeated-key")


def test_an_action_is_done_to_the_line_as_it_stands(web: WebServer, stock: Shop) -> None:
    """It replaces nothing: what a read of the case had as its ETag is no version of anything."""
    place = post(web, "/v1/backorders", order_line()).headers["location"]
    tag = web.as_("agent").get(place).headers["etag"]
    stock.review("A-1")
    body = {"request_id": "c-1", "reason": "too late", "by": "customer"}
    assert post(web, f"{place}/cancel", body, **{"if-match": tag}).status_code == 202


def test_a_try_that_failed_leaves_no_key_behind(web: WebServer, stock: Shop) -> None:
    once = {"idempotency-key": "k-1"}
    missing = post(web, "/v1/backorders/A-1/1/notes", {"text": "phoned"}, role="agent", **once)
    assert missing.status_code == 404
    post(web, "/v1/backorders", order_line())
    assert post(web, "/v1/backorders/A-1/1/notes", {"text": "wrote"}, role="agent", **once).status_code == 201


def test_a_note_that_is_left_again_is_200(web: WebServer, stock: Shop) -> None:
    place = post(web, "/v1/backorders", order_line()).headers["location"]
    note = {"request_id": "n-1", "text": "phoned"}
    first, again = (post(web, f"{place}/notes", note, role="agent") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_what_was_read_is_not_sent_again(web: WebServer, stock: Shop) -> None:
    place = post(web, "/v1/backorders", order_line()).headers["location"]
    agent = web.as_("agent")
    path = post(web, f"{place}/cancel", {"reason": "found another"}).headers["location"]
    tag = agent.get(path).headers["etag"]
    assert agent.get(path, headers={"if-none-match": f'"other", W/{tag}'}).status_code == 304
    assert agent.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    [said] = agent.get("/v1/backorders").json()["items"]
    page: dict[str, Any] = as_json(lines(web.services.database, Filter(), web.desk.now()))
    [shown] = page["lines"]
    assert said["next"].pop("at")[-1] == shown["next"].pop("at")[-1] == "Z"  # now, whenever that is
    assert said == shown
    listed = agent.get("/v1/backorders?status=cancelled")
    assert agent.get("/v1/backorders?status=cancelled", headers={"if-none-match": "*"}).status_code == 304
    assert listed.headers["cache-control"] == "private, no-cache"
    # A confirmation that is gathered goes when it says it goes, whenever that is asked.
    stock.now = machine_now()
    with stock.services.engine.begin() as connection:
        stock.services.policies.load(connection, 'name = "gathers"\n[updates]\ngather = "5m"\n')
    stock.start("B-1", policy="gathers")
    case, line = (agent.get(f"/v1/backorders{of}") for of in ("/B-1/1", "?order=B-1"))
    goes = case.json()["messages"][0]["at"]
    assert case.json()["next"][0]["at"] == line.json()["items"][0]["next"]["at"] == goes
    for again in (case, line):
        known = {"if-none-match": again.headers["etag"]}
        assert agent.get(again.request.url, headers=known).status_code == 304


def test_each_request_has_an_id_in_and_out(web: WebServer) -> None:
    said = web.as_("agent").get("/v1/backorders", headers={"x-request-id": "mine-1"})
    assert said.headers["x-request-id"] == "mine-1"
    odd = web.as_("agent").get("/v1/backorders", headers={"x-request-id": "a b\tc"})
    assert odd.headers["x-request-id"] != "a b\tc"


def test_a_query_is_read_as_it_is_documented(web: WebServer) -> None:
    """Not what a framework or a database makes of other forms."""
    for path, query, field in (
        ("backorders", "limit=5_0", "limit"),
        ("backorders", "limit=%2050", "limit"),
        ("backorders", "limit=5.0", "limit"),
        ("backorders", "limit=abc&limit=2", "limit"),
        ("backorders", "order=a%00b", "order"),
        ("tasks", "kind=%00", "kind"),
        ("reports/worth", "since=1764201600", "since"),
        ("reports/worth", "until=2026-01-01T00:00:00Z", "until"),
    ):
        said = web.as_("agent").get(f"/v1/{path}?{query}")
        found = [each["field"] for each in said.json()["errors"]]
        assert (said.status_code, found) == (422, [field]), query


def test_paths_and_methods_that_are_none(web: WebServer) -> None:
    assert web.as_("agent").get("/v1/nothing").status_code == 404
    assert web.as_("agent").get("/v1/backorders%0A").status_code == 404
    assert "GET" in web.as_("agent").post("/openapi.json").headers["allow"]
    said = web.as_("agent").delete("/v1/backorders")
    assert (said.status_code, said.headers["content-type"]) == (405, "application/problem+json")


def test_somebody_else_under_a_known_customers_id_is_a_conflict_of_that_field(
    web: WebServer, stock: Shop
) -> None:
    orders = web.as_("orders")
    assert orders.post("/v1/backorders", json=order_line()).status_code == 202
    other = {"name": "Bo Chen", "email": "bo@example.com"}
    said = orders.post("/v1/backorders", json=order_line("A-2", customer=other))
    assert (said.status_code, said.json()["type"]) == (409, "urn:backorder:conflict")
    [fault] = said.json()["errors"]
    assert fault["field"] == "customer.id"
    assert fault["detail"].startswith("names another person: name is A… L… on record, and B… C… here")
    assert "PUT /v1/customers/{id}" in fault["detail"]


@pytest.mark.parametrize(
    ("raw", "headers", "status", "words"),
    [
        ("{}".encode("utf-16"), {}, 400, "the body is not UTF-8 (byte 0)"),
        ('{"sku": "Möbel"}'.encode("latin-1"), {}, 400, "the body is not UTF-8 (byte 10)"),
        (gzip.compress(b"{}", mtime=0), {"content-encoding": "gzip"}, 415, "must not be compressed"),
    ],
    ids=["UTF-16", "Latin-1", "gzip"],
)
def test_a_body_in_another_form_is_told_which_form_is_wanted(
    web: WebServer, raw: bytes, headers: dict[str, str], status: int, words: str
) -> None:
    said = web.as_("orders").post(
        "/v1/backorders", content=raw, headers={"content-type": "application/json"} | headers
    )
    assert said.status_code == status
    assert words in said.json()["detail"]
