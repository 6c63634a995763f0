"""Products, suppliers, purchase orders and stock over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.shop import Shop
from tests.support.supply_calls import PRODUCT, earlier, later, order
from tests.support.web import WebServer
from tests.support.web_lines import order_line


def test_a_product_is_put_read_and_put_again(web: WebServer) -> None:
    supply = web.as_("supply")
    made = supply.put("/v1/products/OAK%2FDESK", json=PRODUCT)
    assert (made.status_code, made.json()["sku"]) == (201, "OAK/DESK")
    same = supply.put("/v1/products/OAK%2FDESK", json=PRODUCT | {"sku": "OAK/DESK"})
    assert (same.status_code, same.json()) == (200, made.json())
    found, head = supply.get("/v1/products/OAK%2FDESK"), supply.head("/v1/products/OAK%2FDESK")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", found.headers["etag"])
    assert head.headers["content-length"] == str(len(found.content))
    known = {"if-none-match": found.headers["etag"]}
    assert supply.head("/v1/products/OAK%2FDESK", headers=known).status_code == 304
    assert supply.head("/v1/stock/DESK/adjustments").status_code == 405
    assert found.headers["etag"] == made.headers["etag"]
    # What is wrong with a field, and what no record knows, in one answer.
    line = {"line": "1", "sku": "NOPE", "quantity": 0}
    faulty: tuple[tuple[str, dict[str, Any], set[str]], ...] = (
        ("products/ELM", PRODUCT | {"currency": "EURO", "supplier": "nobody"}, {"currency", "supplier"}),
        (
            "purchase-orders/P",
            {"supplier": "nope", "ordered_at": later(99), "lines": [line]},
            {"ordered_at", "lines.0.quantity", "supplier", "lines.0.sku"},
        ),
    )
    for path, body, fields in faulty:
        wrong = supply.put(f"/v1/{path}", json=body)
        assert {each["field"] for each in wrong.json()["errors"]} == fields, wrong.text
    # The digits of the currency, in what is read and in what is written down of it, on each database.
    for price, currency in (("100.00", "EUR"), ("1000", "JPY"), ("1.234", "KWD")):
        said = supply.put("/v1/products/ELM", json=PRODUCT | {"price": price, "currency": currency})
        entry = web.as_("admin").get("/v1/audit?object=product/ELM").json()["items"][-1]
        assert (said.json()["price"], entry["after"]["price"]) == (price, price)
    first = web.as_("admin").get("/v1/audit?object=product/ELM").json()["items"][0]
    assert first["after"]["alternatives"] == []
    assert supply.get("/v1/products/NONE").status_code == 404
    other = supply.put("/v1/products/OAK%2FDESK", json=PRODUCT | {"sku": "ELM"})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "sku")


def test_an_id_that_is_none_is_a_fault_of_who_makes_it_and_unknown_to_who_reads_it(web: WebServer) -> None:
    supply = web.as_("supply")
    for path, field in (
        ("products/%23N%2FA", "sku"),
        ("suppliers/null", "id"),
        ("purchase-orders/1001.0", "id"),
    ):
        made = supply.put(f"/v1/{path}", json={})
        assert made.status_code == 422, made.text
        assert field in {each["field"] for each in made.json()["errors"]}, made.text
        assert supply.get(f"/v1/{path}").status_code == 404


def test_a_count_is_refused_where_units_have_moved_since_the_last_one(web: WebServer, stock: Shop) -> None:
    supply = web.as_("supply")
    supply.put("/v1/products/DESK", json=PRODUCT)

    def count(units: int, known: str = "") -> Any:
        headers = {"if-match": known} if known else {}
        stock.now += timedelta(minutes=1)
        counted = {"on_hand": units, "as_of": stock.now.isoformat()}
        return supply.put("/v1/stock/DESK", json=counted, headers=headers)

    tag = count(3).headers["etag"]
    moved = {"adjustment_id": "A-1", "quantity": 1, "reason": "found"}
    assert supply.post("/v1/stock/DESK/adjustments", json=moved).status_code == 201
    assert count(3, tag).status_code == 412
    newer = count(4).headers["etag"]
    stock.now += timedelta(minutes=1)
    counted = {"on_hand": 9, "as_of": stock.now.isoformat()}
    for condition, known, status in (
        ("if-match", tag, 412),
        ("if-match", newer, 200),
        ("if-none-match", "*", 412),
    ):
        shown = supply.put("/v1/stock/DESK?preview=true", json=counted, headers={condition: known})
        assert shown.status_code == status
    assert count(5, newer).status_code in (200, 201)


def test_what_was_changed_meanwhile_is_not_overwritten(web: WebServer) -> None:
    supply = web.as_("supply")
    tag = supply.put("/v1/products/DESK", json=PRODUCT).headers["etag"]
    newer = supply.put("/v1/products/DESK", json=PRODUCT | {"name": "Oak"}, headers={"if-match": tag})
    assert newer.status_code == 200
    lost = supply.put("/v1/products/DESK", json=PRODUCT | {"name": "Elm"}, headers={"if-match": tag})
    assert (lost.status_code, lost.json()["type"]) == (412, "urn:backorder:precondition")
    assert supply.get("/v1/products/DESK").json()["name"] == "Oak"
    # Any, and none: what is not there is not made, what is there is not overwritten (RFC 9110, 13.1).
    for sku, header, known, status in (
        ("NEW", "if-match", "*", 412),
        ("DESK", "if-none-match", "*", 412),
        ("DESK", "if-none-match", newer.headers["etag"], 412),
        ("DESK", "if-match", "", 412),
        ("DESK", "if-none-match", "", 200),
        ("DESK", "if-match", "*", 200),
        ("NEW", "if-none-match", "*", 201),
    ):
        put = supply.put(f"/v1/products/{sku}", json=PRODUCT | {"name": "Oak"}, headers={header: known})
        assert put.status_code == status, (sku, header, known, put.text)
    # Nor by what was said before, where it comes a second time under its key.
    price = {"price": "50.00", "currency": "EUR"}
    for path, body, field, other in (
        ("products/DESK", PRODUCT, "name", "Fir"),
        ("suppliers/acme", {"name": "ACME", "email": "a@acme.example", "lead_days": 9}, "lead_days", 12),
        ("suppliers/acme/prices/DESK", price, "price", "60.00"),
        ("purchase-orders/PO-9", order(), "ordered_at", earlier(days=3)),
    ):
        once = {"idempotency-key": path}
        assert supply.put(f"/v1/{path}", json=body, headers=once).is_success, path
        last = supply.put(f"/v1/{path}", json=body | {field: other})
        late = supply.put(f"/v1/{path}", json=body, headers=once)
        assert (last.status_code, late.status_code, late.json()) == (200, 200, last.json()), late.text
    # What moves with the queue is no part of what a PUT replaces.
    supply.put("/v1/products/DESK", json=PRODUCT | {"name": "Oak"})
    tag = newer.headers["etag"]
    web.as_("orders").post("/v1/backorders", json=order_line(sku="DESK", unit_price="100.00"))
    again = supply.put("/v1/products/DESK", json=PRODUCT | {"name": "Ash"}, headers={"if-match": tag})
    assert again.status_code == 200


def test_suppliers_and_products_are_listed_page_by_page(web: WebServer) -> None:
    supply = web.as_("supply")
    for id in ("birch", "cedar"):
        assert supply.put(f"/v1/suppliers/{id}", json={"name": id, "lead_days": 3}).status_code == 201
    for path, field, all_of_them in (
        ("/v1/suppliers", "id", ["acme", "birch", "cedar"]),
        ("/v1/products", "sku", ["LAMP"]),
    ):
        found, cursor = [], ""
        while True:
            page = supply.get(f"{path}?limit=1{f'&cursor={cursor}' if cursor else ''}").json()
            assert len(page["items"]) == 1
            found.append(page["items"][0][field])
            if page["cursor"] is None:
                break
            cursor = page["cursor"]
        assert found == all_of_them
    assert supply.get("/v1/suppliers?cursor=nonsense").status_code == 422


def test_what_is_named_and_not_on_record_is_a_warning_until_it_is(web: WebServer) -> None:
    supply = web.as_("supply")
    made = supply.put("/v1/products/ELM", json=PRODUCT | {"alternatives": ["LAMP", "OAK"]})
    words = 'alternatives: "OAK" is no product on record, and is offered to nobody until it is'
    assert (made.status_code, made.json()["warnings"]) == (201, [words])
    found = supply.get("/v1/products/ELM")
    assert (found.json(), found.headers["etag"]) == (made.json(), made.headers["etag"])
    assert supply.put("/v1/products/OAK", json=PRODUCT).json()["warnings"] == []
    assert supply.get("/v1/products/ELM").json()["warnings"] == []
    backed = supply.put("/v1/suppliers/birch", json={"name": "B", "lead_days": 3, "backups": ["acme", "fir"]})
    words = 'backups: "fir" is no supplier on record, and is not proposed until it is'
    assert (backed.status_code, backed.json()["warnings"]) == (201, [words])
    assert supply.get("/v1/suppliers/birch").json() == backed.json()
    listed = {each["id"]: each["warnings"] for each in supply.get("/v1/suppliers").json()["items"]}
    assert listed == {"acme": [], "birch": [words]}


def test_a_purchase_order_from_its_date_to_its_arrival(web: WebServer) -> None:
    supply = web.as_("supply")
    web.as_("orders").post("/v1/backorders", json=order_line())
    assert supply.put("/v1/purchase-orders/PO-1", json=order()).status_code == 201
    stated = {"line": "1", "splits": [{"quantity": 10, "date": later(60)}], "source": "mail"}
    before = supply.get("/v1/purchase-orders/PO-1").json()
    seen = supply.post("/v1/purchase-orders/PO-1/dates?preview=true", json=stated)
    assert (seen.status_code, seen.json()["preview"]) == (200, True)
    assert supply.get("/v1/purchase-orders/PO-1").json() == before
    said = supply.post("/v1/purchase-orders/PO-1/dates", json=stated)
    assert said.status_code == 200
    assert said.json()["effects"] == seen.json()["effects"]
    assert supply.get("/v1/purchase-orders/PO-1").json() != before
    receipt = {"receipt_id": "R-1", "line": "1", "quantity": 4, "received_at": earlier(hours=1)}
    came = supply.post("/v1/purchase-orders/PO-1/receipts", json=receipt)
    assert (came.status_code, came.json()["on_hand"]) == (201, 4)
    assert came.json()["given"] == [{"backorder": "A-1/1", "units": 2}]
    assert supply.post("/v1/purchase-orders/PO-1/receipts", json=receipt).status_code == 200
    twice = supply.post("/v1/purchase-orders/PO-1/receipts", json=receipt | {"quantity": 5})
    assert twice.status_code == 409
    back = {"return_id": "B-1", "receipt_id": "R-1", "line": "1", "quantity": 1}
    assert supply.post("/v1/purchase-orders/PO-1/returns", json=back).json()["on_hand"] == 3
    assert supply.post("/v1/purchase-orders/PO-9/receipts", json=receipt).status_code == 404
    gone = supply.post("/v1/purchase-orders/PO-1/cancel", json={"reason": "the mill burnt down"})
    assert gone.json()["lines"][0]["cancelled"] is True
    assert supply.get("/v1/purchase-orders/PO-1").json()["lines"][0]["cancel_reason"] == "the mill burnt down"
    entry = web.as_("admin").get("/v1/audit?object=purchase_order/PO-1").json()["items"][-1]
    assert "the mill burnt down" in str(entry)
    made = web.as_("admin").get("/v1/audit?object=purchase_order/PO-1").json()["items"][0]
    assert made["after"]["ordered_at"][-1] == "Z"


def test_each_fact_of_supply_leaves_an_entry_of_who_said_it(web: WebServer) -> None:
    """Also one that changes no column of what it is about: it was said all the same."""
    supply, place = web.as_("supply"), "/v1/purchase-orders/PO-1"
    web.as_("orders").post("/v1/backorders", json=order_line())
    supply.put(place, json=order())
    supply.put("/v1/products/DESK", json=PRODUCT)
    receipt = {"receipt_id": "R", "line": "1", "quantity": 1, "received_at": earlier(hours=1)}
    far = {"line": "1", "splits": [{"quantity": 9, "date": later(300)}], "source": "mail"}
    for method, path, body in (
        ("POST", f"{place}/receipts", receipt),
        ("POST", f"{place}/returns", {"return_id": "B", "receipt_id": "R", "line": "1", "quantity": 1}),
        ("POST", f"{place}/dates", far),
        ("POST", f"{place}/decisions", {"line": "1", "decision": "reject"}),
        ("PUT", "/v1/stock/DESK", {"on_hand": 0, "as_of": earlier(minutes=1)}),
    ):
        before = web.as_("admin").get("/v1/audit").json()["items"]
        assert supply.request(method, path, json=body).is_success, path
        entries = web.as_("admin").get("/v1/audit").json()["items"]
        assert len(entries) == len(before) + 1, path
        assert entries[-1]["before"] != entries[-1]["after"]


def test_what_comes_again_under_its_key_says_nothing_over_what_was_said_since(web: WebServer) -> None:
    supply, place = web.as_("supply"), "/v1/purchase-orders/PO-1"
    supply.put(place, json=order())

    def ask(call: str, key: str, **body: Any) -> Any:
        said = supply.post(f"{place}/{call}", json=body, headers={"idempotency-key": key})
        assert said.status_code == 200, said.text
        return said.json()

    def stated(days: int) -> dict[str, Any]:
        return {"line": "1", "splits": [{"quantity": 10, "date": later(days)}], "source": "mail"}

    for key, days in (("a", 40), ("b", 50), ("a", 40)):
        assert ask("dates", key, **stated(days))["effects"] == []
    assert supply.get(place).json()["lines"][0]["stated"] == later(50)
    ask("cancel", "c", reason="the mill burnt down")
    anew = order(lines=[{"line": "2", "sku": "LAMP", "quantity": 4}])
    assert supply.put(f"{place}?drop=true", json=anew).status_code == 200
    late = ask("cancel", "c", reason="the mill burnt down")
    assert [each["cancelled"] for each in late["lines"]] == [True, False]


def test_what_a_fact_of_stock_would_lead_to_is_said_and_not_written(web: WebServer) -> None:
    supply, place = web.as_("supply"), "/v1/purchase-orders/PO-1"
    web.as_("orders").post("/v1/backorders", json=order_line())
    supply.put(place, json=order())
    receipt = {"receipt_id": "R-1", "line": "1", "quantity": 4, "received_at": earlier(hours=2)}
    seen = supply.post(f"{place}/receipts?preview=true", json=receipt)
    assert (seen.status_code, seen.json()["preview"], seen.json()["on_hand"]) == (200, True, 4), seen.text
    [effect] = seen.json()["effects"]
    assert (effect["backorder"], effect["units"]) == ("A-1/1", 2)
    assert supply.get(place).json()["lines"][0]["received"] == 0
    came = supply.post(f"{place}/receipts", json=receipt)
    assert (came.status_code, came.json()) == (201, seen.json() | {"preview": False, "effects": None})
    few = {"on_hand": 1, "as_of": earlier(minutes=5)}
    lost = supply.put("/v1/stock/LAMP?preview=true", json=few).json()
    assert (lost["change"], lost["lost"]) == (-3, [{"backorder": "A-1/1", "units": 1}])
    assert [each["units"] for each in lost["effects"]] == [-1]
    assert supply.get("/v1/stock/LAMP").json()["on_hand"] == 4
    for query in ("", "?preview=true"):
        assert supply.post(f"/v1/purchase-orders/PO-9/receipts{query}", json=receipt).status_code == 404
        assert supply.put(f"/v1/stock/none{query}", json=few).status_code == 404


def test_what_a_fact_of_stock_that_is_known_would_lead_to_is_nothing(web: WebServer) -> None:
    supply, place = web.as_("supply"), "/v1/purchase-orders/PO-1"
    web.as_("orders").post("/v1/backorders", json=order_line())
    supply.put(place, json=order())
    back = {"return_id": "B-1", "receipt_id": "R-1", "line": "1", "quantity": 1}
    for path, fact in (
        (f"{place}/receipts", {"receipt_id": "R-1", "line": "1", "quantity": 4}),
        (f"{place}/returns", back | {"returned_at": earlier(hours=1)}),
        ("/v1/stock/LAMP/adjustments", {"adjustment_id": "A-1", "quantity": -1, "reason": "a crack"}),
    ):
        when = {"received_at": earlier(hours=2)} if path.endswith("/receipts") else {}
        made = supply.post(path, json=fact | when)
        assert made.status_code == 201, made.text
        shown = supply.post(f"{path}?preview=true", json=fact | when)
        again = supply.post(path, json=fact | when)
        assert (shown.status_code, again.status_code) == (200, 200), shown.text
        assert shown.json() == again.json() | {"preview": True, "effects": []}
        assert (shown.json()["new"], shown.json()["lost"], shown.json()["given"]) == (False, [], [])


def test_a_buyer_decides_about_the_date_that_they_saw(web: WebServer, stock: Shop) -> None:
    supply, place = web.as_("supply"), "/v1/purchase-orders/PO-1"
    web.as_("orders").post("/v1/backorders", json=order_line())
    supply.put(place, json=order())
    stock.replan()

    def state(days: int) -> None:
        far = {"line": "1", "splits": [{"quantity": 10, "date": later(days)}], "source": "mail"}
        assert supply.post(f"{place}/dates", json=far).json()["waits_for_buyer"]

    def decide(tag: str = "*", **more: Any) -> int:
        body = {"line": "1", "decision": "approve", **more}
        said: int = supply.post(f"{place}/decisions", json=body, headers={"if-match": tag}).status_code
        return said

    state(90)
    [line] = supply.get(place).json()["lines"]
    assert line["waits_for_buyer"].startswith("it moves a date by ")
    assert (line["lines_waiting"], [each["units"] for each in line["waiting"]]) == (1, [2])
    [task] = supply.get("/v1/tasks?kind=approve_date").json()["items"]
    assert task["commands"][0] == "backorder supply decide PO-1 1 approve|reject --by NAME"
    seen, read = task["detail"]["revision"], supply.get(place).headers["etag"]
    state(400)
    assert decide(revision=0) == 422
    assert (decide(revision=seen), decide(read)) == (409, 412)
    assert supply.get(place).json()["lines"][0]["stated"] == later(30)
    assert decide(supply.get(place).headers["etag"], revision=seen + 1) == 200
    assert supply.get(place).json()["lines"][0]["stated"] == later(400)
    assert (decide(revision=seen + 1), decide(revision=seen)) == (200, 409), "said again, and never approved"


def test_what_an_order_gives_up_has_to_be_meant(web: WebServer) -> None:
    supply = web.as_("supply")
    supply.put("/v1/purchase-orders/PO-1", json=order())
    fewer = order(lines=[{"line": "1", "sku": "LAMP", "quantity": 4}])
    refused = supply.put("/v1/purchase-orders/PO-1", json=fewer)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:backorder:would-drop")
    assert supply.get("/v1/purchase-orders/PO-1").json()["lines"][0]["ordered"] == 10
    assert supply.put("/v1/purchase-orders/PO-1?drop=true", json=fewer).status_code == 200
    moved = {"line": "1", "supplier": "acme", "new_order": "PO-2"}
    other = supply.post("/v1/purchase-orders/PO-1/reassign", json=moved)
    assert (other.status_code, other.json()["id"]) == (201, "PO-2")
    audit = web.as_("admin").get("/v1/audit").json()["items"]
    reassigned = [each for each in audit if each["call"].endswith("/reassign")]
    assert {(each["object"], each["before"] is None) for each in reassigned} == {
        ("PO-1", False),
        ("PO-2", True),
    }
    again = supply.post("/v1/purchase-orders/PO-1/reassign", json=moved)
    assert (again.status_code, again.json()) == (200, other.json())
    for body in (moved | {"supplier": "bolt"}, moved | {"new_order": "PO-3"}):
        assert supply.post("/v1/purchase-orders/PO-1/reassign", json=body).status_code == 409


def test_purchase_order_lines_are_listed(web: WebServer) -> None:
    supply = web.as_("supply")
    supply.put("/v1/purchase-orders/PO-1", json=order())
    assert [each["purchase_order"] for each in supply.get("/v1/purchase-orders").json()["items"]] == ["PO-1"]
    assert supply.get("/v1/purchase-orders?late=true").json()["items"] == []
    assert supply.get("/v1/purchase-orders?late=maybe").status_code == 422


def test_stock_is_adjusted_and_counted(web: WebServer, stock: Shop) -> None:
    supply = web.as_("supply")
    change = {"adjustment_id": "A-1", "quantity": 5, "reason": "found"}
    assert supply.post("/v1/stock/LAMP/adjustments", json=change).json()["on_hand"] == 5
    assert supply.post("/v1/stock/LAMP/adjustments", json=change).json()["new"] is False
    assert supply.post("/v1/stock/NONE/adjustments", json=change).status_code == 404
    counted = supply.put("/v1/stock/LAMP", json={"on_hand": 7, "as_of": datetime.now(UTC).isoformat()})
    assert (counted.status_code, counted.json()["on_hand"]) == (201, 7)
    below = supply.post("/v1/stock/LAMP/adjustments", json=change | {"adjustment_id": "A-2", "quantity": -9})
    assert below.status_code in (409, 422)


def test_products_are_listed_by_supplier_and_sku(web: WebServer) -> None:
    supply = web.as_("supply")
    supply.put("/v1/products/DESK", json=PRODUCT)
    [desk] = supply.get("/v1/products", params={"sku": "DESK"}).json()["items"]
    mine = supply.get("/v1/products", params={"supplier": desk["supplier"]}).json()["items"]
    assert desk in mine
    assert {each["supplier"] for each in mine} == {desk["supplier"]}
    assert supply.get("/v1/products", params={"supplier": "nobody"}).json()["items"] == []
