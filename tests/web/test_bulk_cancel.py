"""Cancelling many lines at once over HTTP, while Temporal is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from backorder.services.retention import Retention
from backorder.storage.engine import reading, writing
from backorder.storage.request_ids import is_asked_under
from backorder.storage.tables import audit, bulk_requests, requests
from tests.support.shop import Shop
from tests.support.web import WebServer
from tests.support.web_lines import order_line

PATH = "/v1/backorders/cancel"


def started(web: WebServer, count: int, **more: Any) -> list[str]:
    ids = []
    for number in range(count):
        said = web.as_("orders").post("/v1/backorders", json=order_line(f"A-{number}", **more))
        ids.append(said.json()["id"])
    return ids


def cancel(web: WebServer, query: str = "", headers: dict[str, str] | None = None, **body: Any) -> Any:
    said = {"reason": "the maker stopped making it"} | body
    return web.as_("agent").post(f"{PATH}{query}", json=said, headers=headers)


def test_all_lines_of_a_product_are_asked_to_be_cancelled(web: WebServer, stock: Shop) -> None:
    stock.product("DESK")
    ids = started(web, 3)
    web.as_("orders").post("/v1/backorders", json=order_line("B", sku="DESK"))
    shown = cancel(web, "?preview=true", sku="LAMP")
    assert shown.status_code == 200
    assert [(each["backorder"], each["waiting"]) for each in shown.json()["items"]] == [(id, 2) for id in ids]
    assert stock.rows("SELECT * FROM requests") == []
    said = cancel(web, sku="LAMP", by="supplier")
    assert said.status_code == 202
    assert [each["backorder"] for each in said.json()["items"]] == ids
    for each in said.json()["items"]:
        outcome = web.as_("agent").get(each["url"]).json()
        assert (outcome["kind"], outcome["verdict"], outcome["request"]) == (
            "cancel",
            "pending",
            each["request"],
        )
    assert {row["asked_by"] for row in stock.rows("SELECT asked_by FROM requests")} == {
        row["actor"]
        for row in stock.rows("SELECT actor FROM audit WHERE call = 'POST /v1/backorders/cancel'")
    }
    calls = stock.rows("SELECT object FROM audit WHERE call = 'POST /v1/backorders/cancel' ORDER BY object")
    assert [row["object"] for row in calls] == ids


def test_lines_by_their_ids_and_the_same_again_changes_nothing(web: WebServer, stock: Shop) -> None:
    ids = started(web, 3)
    first = cancel(web, ids=ids[:2], request_id="R")
    assert [each["backorder"] for each in first.json()["items"]] == ids[:2]
    assert cancel(web, ids=ids[:2], request_id="R").json() == first.json()
    assert len(stock.rows("SELECT * FROM requests")) == 2
    assert cancel(web, ids=ids[1:], request_id="R", reason="another").status_code == 409
    assert len(stock.rows("SELECT * FROM requests")) == 2
    keyed = {"idempotency-key": "k"}
    once = cancel(web, headers=keyed, ids=ids)
    assert (once.status_code, cancel(web, headers=keyed, ids=ids).json()) == (202, once.json())
    assert cancel(web, headers=keyed, ids=ids[:1]).status_code == 422
    # Who ordered since is not meant by what comes again.
    first = cancel(web, sku="LAMP", request_id="S")
    web.as_("orders").post("/v1/backorders", json=order_line("LATE"))
    assert cancel(web, sku="LAMP", request_id="S").json() == first.json()
    assert "LATE/1" in {each["backorder"] for each in cancel(web, sku="LAMP").json()["items"]}


@pytest.mark.parametrize("named", ["request_id", "idempotency-key"])
def test_what_was_asked_of_nobody_is_asked_of_nobody_again(web: WebServer, stock: Shop, named: str) -> None:
    """A repetition means those who were meant, also where that were none; other content is none."""

    def ask(**body: Any) -> Any:
        if named == "request_id":
            return cancel(web, request_id="R", **body)
        return cancel(web, headers={named: "R"}, **body)

    first = ask(sku="LAMP")
    assert (first.status_code, first.json()["items"]) == (202, [])
    [id] = started(web, 1)
    assert (again := ask(sku="LAMP")).status_code == 202
    assert again.json() == first.json()
    other = 409 if named == "request_id" else 422
    assert ask(sku="LAMP", reason="another").status_code == other
    assert ask(ids=[id]).status_code == other
    assert stock.rows("SELECT * FROM requests") == []


def test_other_lines_under_the_same_id_are_other_content(web: WebServer, stock: Shop) -> None:
    ids = started(web, 3)
    first = cancel(web, ids=ids[:1], request_id="R")
    assert first.status_code == 202
    said = cancel(web, ids=ids[:2], request_id="R")
    assert (said.status_code, "with other content" in said.json()["detail"]) == (409, True)
    assert cancel(web, ids=[ids[0]] * 2, request_id="R").json() == first.json(), "the same lines"
    assert len(stock.rows("SELECT * FROM requests")) == 1
    # Where it broke off half way, the same again goes on with those who waited by then.
    assert len(cancel(web, sku="LAMP", request_id="S").json()["items"]) == 3
    with writing(stock.services.engine) as connection:
        connection.execute(update(bulk_requests).where(bulk_requests.c.id == "S").values(done_at=None))
        connection.execute(delete(requests).where(requests.c.id == "S", requests.c.backorder != ids[0]))
    started(web, 4)
    for _ in range(2):
        items = cancel(web, sku="LAMP", request_id="S").json()["items"]
        assert [each["backorder"] for each in items] == ids


@pytest.mark.parametrize("meant", [{"sku": "LAMP"}, {"ids": ["A-0/1", "A-1/1", "A-2/1"]}])
def test_after_its_year_it_is_known_by_the_requests_of_its_lines(
    web: WebServer, stock: Shop, meant: dict[str, Any]
) -> None:
    """Nobody has ruled on them, so that they are there still; who ordered since was not meant."""
    ids = started(web, 3)
    first = cancel(web, request_id="R", **meant)
    assert [each["backorder"] for each in first.json()["items"]] == ids
    web.as_("orders").post("/v1/backorders", json=order_line("LATE"))
    expiry = Retention(stock.services.engine, "90d")
    for _ in range(2):
        expiry.delete_old(datetime.now(UTC) + timedelta(days=366))
        assert stock.rows("SELECT * FROM bulk_requests") == []
        other = cancel(web, request_id="R", reason="another", **meant)
        assert (other.status_code, "with other content" in other.json()["detail"]) == (409, True)
        again = cancel(web, request_id="R", **meant)
        assert (again.status_code, again.json()) == (202, first.json())
        assert len(stock.rows("SELECT * FROM requests")) == 3


def test_one_lines_own_request_says_nothing_of_when_all_were_meant(web: WebServer, stock: Shop) -> None:
    """Who ordered since is meant as well; not where a version before asked the same of several."""
    ids = started(web, 1)
    same = {"request_id": "R", "reason": "the maker stopped making it"}
    assert web.as_("agent").post("/v1/backorders/A-0/1/cancel", json=same).status_code == 202
    ids += [web.as_("orders").post("/v1/backorders", json=order_line("B")).json()["id"]]
    assert [each["backorder"] for each in cancel(web, sku="LAMP", request_id="R").json()["items"]] == ids
    with writing(stock.services.engine) as connection:
        connection.execute(delete(bulk_requests))
    web.as_("orders").post("/v1/backorders", json=order_line("LATE"))
    assert [each["backorder"] for each in cancel(web, sku="LAMP", request_id="R").json()["items"]] == ids
    [first] = stock.rows("SELECT requested_at AS at FROM requests WHERE backorder = 'B/1'")
    assert stock.rows("SELECT asked_at AS at FROM bulk_requests") == [first]


def test_of_one_line_alone_the_audit_says_that_all_were_meant(web: WebServer, stock: Shop) -> None:
    """A version before kept no more: who ordered since was not meant, under whatever ID the line has it."""
    [id] = started(web, 1)
    report = {"shipment_id": "7", "quantity": 1}
    assert web.as_("orders").post(f"/v1/backorders/{id}/shipments", json=report).status_code == 202
    for asked in ("R", "shipment-7"):
        first = cancel(web, sku="LAMP", request_id=asked)
        assert [each["backorder"] for each in first.json()["items"]] == [id]
        with writing(stock.services.engine) as connection:
            connection.execute(delete(bulk_requests))
    web.as_("orders").post("/v1/backorders", json=order_line("LATE"))
    for asked in ("R", "shipment-7"):
        again = cancel(web, sku="LAMP", request_id=asked)
        assert [each["backorder"] for each in again.json()["items"]] == [id]
    assert "LATE/1" in {each["backorder"] for each in cancel(web, sku="LAMP").json()["items"]}


def test_what_was_asked_of_several_lines_one_by_one_says_nothing_of_all(web: WebServer, stock: Shop) -> None:
    """Who ordered since is meant as well; an audit without what was asked tells of nothing."""
    ids = started(web, 2)
    same = {"request_id": "R", "reason": "the maker stopped making it"}
    for id in ids:
        assert web.as_("agent").post(f"/v1/backorders/{id}/cancel", json=same).status_code == 202
    [late] = [web.as_("orders").post("/v1/backorders", json=order_line("LATE")).json()["id"]]
    shown = cancel(web, "?preview=true", sku="LAMP", request_id="R")
    assert [each["backorder"] for each in shown.json()["items"]] == [*ids, late]
    with writing(stock.services.engine) as connection:
        connection.execute(update(audit).values(after="{}"))
    shown = cancel(web, "?preview=true", sku="LAMP", request_id="R")
    assert [each["backorder"] for each in shown.json()["items"]] == ids


def test_a_line_that_waits_for_its_refund_alone_is_asked_nothing(web: WebServer, stock: Shop) -> None:
    """It has no unit that could be cancelled, whoever names it and however."""
    ids = started(web, 3)
    stock.now = datetime.now(UTC)
    stock.cancel("A-0", id="C-0")
    stock.cancel("A-1", 1, id="C-1")
    assert web.as_("agent").get("/v1/backorders/A-0/1").json()["status"] == "closing"
    hint = "1 more have no open unit, and wait for their refund alone"
    for meant in ({"sku": "LAMP"}, {"ids": ids}):
        shown = cancel(web, "?preview=true", **meant).json()
        assert [(each["backorder"], each["waiting"]) for each in shown["items"]] == [
            ("A-1/1", 1),
            ("A-2/1", 2),
        ]
        assert shown["hint"] == hint
    said = cancel(web, sku="LAMP")
    assert ([each["backorder"] for each in said.json()["items"]], said.json()["hint"]) == (ids[1:], hint)


def test_what_is_meant_has_to_be_said(web: WebServer, stock: Shop) -> None:
    ids = started(web, 1)
    wrong = ({"ids": [*ids, "NO/1"]}, {"ids": ["x"] * 10_001}, {"ids": ["A\0/1"]})
    for body in ({}, {"sku": "LAMP", "ids": ids}, *wrong):
        said = cancel(web, **body)
        assert said.status_code == 422, body
        assert {each["field"] for each in said.json()["errors"]} <= {"sku, ids", "sku", "ids", "ids.0"}
    assert stock.rows("SELECT * FROM requests") == []
    mistyped = cancel(web, sku="Lamp", reason="")
    assert mistyped.status_code == 422
    assert {each["field"] for each in mistyped.json()["errors"]} == {"sku", "reason"}
    assert '"LAMP" is one' in mistyped.text.replace("\\", "")


def test_a_line_whose_parcel_has_the_name_of_the_request_is_asked_as_the_others_are(
    web: WebServer, stock: Shop
) -> None:
    ids = started(web, 2)
    web.as_("orders").post("/v1/backorders/A-0/1/shipments", json={"shipment_id": "7", "quantity": 1})
    said = cancel(web, ids=ids, request_id="shipment-7")
    assert said.status_code == 202, said.text
    items = said.json()["items"]
    assert [each["request"] for each in items] == ["shipment-7~", "shipment-7"]
    assert [web.as_("agent").get(each["url"]).json()["kind"] for each in items] == ["cancel", "cancel"]
    assert cancel(web, ids=ids, request_id="shipment-7").json() == said.json()
    assert cancel(web, ids=ids, request_id="shipment-7", reason="another").status_code == 409


def test_what_was_asked_beside_facts_of_its_name_is_known_again(web: WebServer, stock: Shop) -> None:
    """Who began to wait since was not meant, and a line that ended since was."""
    ids = started(web, 2)
    stock.now = datetime.now(UTC)
    for id in ids:
        for refund, when in (("failed-7", "sent_at"), ("7", "failed_at")):
            fact = {"refund_id": refund, "amount": "1.00", when: "2026-01-05T10:00:00Z"}
            assert web.as_("orders").post(f"/v1/backorders/{id}/refunds", json=fact).status_code == 202
    said = cancel(web, sku="LAMP", request_id="refund-failed-7")
    assert [each["request"] for each in said.json()["items"]] == ["refund-failed-7~~"] * 2
    web.as_("orders").post("/v1/backorders", json=order_line("A-2"))
    stock.cancel("A-0", id="C-0")
    assert cancel(web, sku="LAMP", request_id="refund-failed-7").json() == said.json()


def test_what_has_a_like_name_and_no_fact_beside_it_is_something_else(web: WebServer, stock: Shop) -> None:
    ids = started(web, 1)
    assert len(cancel(web, ids=ids, request_id="R~").json()["items"]) == 1
    stock.now = datetime.now(UTC)
    stock.cancel("A-0", id="C-0")
    assert cancel(web, ids=ids, request_id="R").json()["items"] == []
    assert len(cancel(web, ids=ids, request_id="R~").json()["items"]) == 1


def test_what_was_asked_beside_many_facts_of_like_names_is_known_again(web: WebServer, stock: Shop) -> None:
    """Facts may be called by what stands for those beside them; what is asked under theirs is another."""
    ids = started(web, 1)
    stock.now = datetime.now(UTC)
    report = f"/v1/backorders/{ids[0]}/refunds"
    for refund in ("7", "7~", "7~~", "7~~~"):
        fact = {"refund_id": refund, "amount": "1.00", "sent_at": "2026-01-05T10:00:00Z"}
        assert web.as_("orders").post(report, json=fact).status_code == 202
    said = cancel(web, sku="LAMP", request_id="refund-7")
    assert [each["request"] for each in said.json()["items"]] == ["refund-7~~~~"]
    stock.cancel("A-0", id="C-0")
    assert cancel(web, sku="LAMP", request_id="refund-7").json() == said.json()


def test_what_was_asked_beyond_a_request_of_a_like_name_is_something_else(
    web: WebServer, stock: Shop
) -> None:
    """The facts of an ID stand next to it; what is asked before them is what was asked under it."""
    [id] = started(web, 1)
    stock.now = datetime.now(UTC)
    fact = {"amount": "1.00", "sent_at": "2026-01-05T10:00:00Z"}
    refunds = web.as_("orders").post
    assert refunds(f"/v1/backorders/{id}/refunds", json=fact | {"refund_id": "7"}).status_code == 202
    body: dict[str, Any] = {"sku": "LAMP", "request_id": "refund-7", "reason": "first"}
    assert len(cancel(web, **body).json()["items"]) == 1
    assert refunds(f"/v1/backorders/{id}/refunds", json=fact | {"refund_id": "7~~"}).status_code == 202
    assert len(cancel(web, **body | {"request_id": "refund-7~~"}).json()["items"]) == 1
    with reading(stock.services.engine) as connection:
        query = select(requests.c.id).order_by(requests.c.id)
        for asked, kept in (("refund-7", "refund-7~"), ("refund-7~~", "refund-7~~~")):
            mine = query.where(is_asked_under(asked))
            assert list(connection.execute(mine).scalars()) == [kept]
