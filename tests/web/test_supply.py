"""Products, suppliers, purchase orders and stock over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from backorder.forecasting.demand.sale import Sale
from tests.support.shop import Shop
from tests.support.web import WebServer
from tests.support.web_lines import order_line

PRODUCT = {"name": "Desk", "price": "100.00", "currency": "EUR", "supplier": "acme"}


def earlier(**length: float) -> str:
    return (datetime.now(UTC) - timedelta(**length)).isoformat(timespec="seconds")


def later(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def order(**more: Any) -> dict[str, Any]:
    line = {"line": "1", "sku": "LAMP", "quantity": 10, "stated_date": later(30)}
    return {"supplier": "acme", "ordered_at": earlier(days=2), "lines": [line]} | more


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
    assert supply.head("/v1/stock/DESK").status_code == 405
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


def test_what_has_not_happened_is_asked_about_and_nothing_is_written(web: WebServer, stock: Shop) -> None:
    supply = web.as_("supply")
    assert supply.put("/v1/purchase-orders/PO-1", json=order()).status_code == 201
    web.as_("orders").post("/v1/backorders", json=order_line("A"))
    stock.review("A")
    line = {"purchase_order": "PO-1", "line": "1"}
    date = supply.post("/v1/what-if/date", json=line | {"splits": [{"quantity": 10, "date": later(41)}]})
    assert date.status_code == 200, date.text
    [sku] = date.json()["skus"]
    assert (sku["sku"], sku["after"]["lines"], sku["effects"][0]["backorder"]) == ("LAMP", 1, "A/1")
    assert date.json()["preview"] is True
    receipt = web.as_("agent").post("/v1/what-if/receipt", json=line | {"quantity": 2}).json()
    assert receipt["skus"][0]["effects"][0]["units"] == 2
    late = supply.post("/v1/what-if/supplier", json={"supplier": "acme", "no_date": True}).json()
    assert late["skus"][0]["after"]["dateless"] == 1
    assert sum(late["hears"].values()) == 1
    for path, body, field in (
        ("date", line | {"line": "9", "cannot_supply": True}, "purchase_order, line"),
        ("receipt", line, "quantity"),
        ("supplier", {"supplier": "nobody", "days": 3}, "supplier"),
        ("supplier", {"supplier": "acme"}, "days, no_date, cannot_supply"),
    ):
        said = supply.post(f"/v1/what-if/{path}", json=body)
        fields = ", ".join(each["field"] for each in said.json()["errors"])
        assert (said.status_code, fields) == (422, field), said.text
    assert supply.get("/v1/purchase-orders/PO-1").json()["lines"][0]["received"] == 0
    assert web.as_("orders").post("/v1/what-if/receipt", json=line | {"quantity": 2}).status_code == 403


def test_reports_say_what_lines_are_worth_and_what_is_waited_for(web: WebServer, stock: Shop) -> None:
    stock.now = datetime.now(UTC)
    stock.start("A", 2, ordered_at=stock.now)
    reader = web.as_("supply")
    worth = reader.get("/v1/reports/worth", params={"contact_cost": "4.50", "contact_currency": "EUR"})
    assert worth.status_code == 200, worth.text
    found = worth.json()
    assert (found["total"]["opened"], found["total"]["waiting"]) == (1, {"EUR": "20.00"})
    shares = {"redeemed": 100, "coupon_order": 100, "contact_share": 100}
    assert found["assumed"] == shares | {"contact_cost": "4.50", "contact_currency": "EUR"}
    assert set(found["counted"]) > {"kept", "revenue"}
    again = reader.get("/v1/reports/worth", headers={"if-none-match": worth.headers["etag"]})
    assert again.status_code == 200  # asked with another assumption
    demand = web.as_("agent").get("/v1/reports/demand", params={"limit": 1}).json()
    [sku] = demand["skus"]
    assert (sku["sku"], sku["main_cause"], sku["units"]) == ("LAMP", "nothing_ordered", 2)
    for query, field in (
        ({"since": "2026-05-01", "until": "2026-05-01"}, "since"),
        ({"since": "soon"}, "since"),
        ({"redeemed": "101"}, "redeemed"),
        ({"since": "0001-01-01"}, "since"),
        ({"until": "9999-12-31"}, "until"),
        ({"contact_cost": "4.50"}, "contact_currency"),
        ({"contact_cost": "4.505", "contact_currency": "EUR"}, "contact_cost"),
    ):
        said = reader.get("/v1/reports/worth", params=query)
        assert (said.status_code, said.json()["errors"][0]["field"]) == (422, field), said.text
    assert web.as_("orders").get("/v1/reports/demand").status_code == 403


def test_plans_are_made_from_what_is_on_record(web: WebServer, stock: Shop) -> None:
    today = stock.services.calendar.day(datetime.now(UTC))
    buyer = web.as_("supply")
    none = buyer.get("/v1/plan/demand")
    assert (none.status_code, "no sales on record" in none.text) == (422, True), none.text
    assert buyer.get("/v1/plan/orders").json()["orders"] == []
    assert "only what waits is counted" in buyer.get("/v1/plan/stock").json()["stock"][0]["method"]
    weeks = [today - timedelta(weeks=number) for number in range(1, 31)]
    stock.services.sales.keep((Sale(sku="LAMP", day=each, quantity=5) for each in weeks), stock.now)
    demand = buyer.get("/v1/plan/demand", params={"period": "week", "periods": 2})
    assert demand.status_code == 200, demand.text
    [forecast] = demand.json()["forecasts"]
    assert forecast["sku"] == "LAMP"
    assert 5 < forecast["p50"] <= forecast["p90"] <= forecast["p95"]
    known = {"if-none-match": demand.headers["etag"]}
    again = buyer.get("/v1/plan/demand", params={"periods": 2}, headers=known)
    assert again.status_code == 304
    [level] = buyer.get("/v1/plan/stock").json()["stock"]
    [order] = buyer.get("/v1/plan/orders").json()["orders"]
    assert (order["sku"], order["supplier"]) == ("LAMP", "acme")
    assert order["quantity"] == order["reorder_point"] == level["reorder_point"]
    early = buyer.get("/v1/plan/stock", params={"as_of": "2020-01-01", "sku": ["LAMP", "RUG"]}).json()
    assert [(each["sku"], each["reorder_point"]) for each in early["stock"]] == [("LAMP", 0)]
    assert buyer.get("/v1/plan/orders", params={"sku": "RUG"}).json()["orders"] == []
    price = {"price": "2.00", "currency": "EUR", "pack_size": 10}
    put = buyer.put("/v1/suppliers/acme/prices/LAMP", json=price)
    assert (put.status_code, put.json()["price"]) == (201, "2.00"), put.text
    assert buyer.put("/v1/suppliers/acme/prices/LAMP", json=price).status_code == 200
    assert buyer.get("/v1/suppliers/acme/prices/LAMP").headers["etag"] == put.headers["etag"]
    plan = buyer.get("/v1/plan/orders", params={"budget": "25 EUR", "service": 0.9}).json()
    [cut] = plan["orders"]
    assert (cut["quantity"], cut["cost"], plan["service"], plan["review_days"]) == (10, "20.00", 0.9, 7)
    assert plan["budget"] == {
        "amount": "25.00",
        "currency": "EUR",
        "before": "0.00",
        "spent": "20.00",
        "left": "5.00",
    }
    [left] = buyer.get("/v1/plan/orders", params={"budget": "19 EUR"}).json()["left_out"]
    assert (left["sku"], "the least order is 10 for 20.00 EUR" in left["why"]) == ("LAMP", True)
    too_many = {"pack_size": 700_000, "minimum_order": 700_001}
    for path, body, faulty in (
        ("/v1/suppliers/nobody/prices/LAMP", price, ["supplier"]),
        ("/v1/suppliers/acme/prices/LAMP", {"price": "2.00"}, ["price", "currency"]),
        ("/v1/products/LAMP", PRODUCT | {"pack_size": 0}, ["pack_size"]),
        ("/v1/products/LAMP", PRODUCT | too_many, ["pack_size", "minimum_order"]),
    ):
        said = buyer.put(path, json=body)
        assert (said.status_code, [each["field"] for each in said.json()["errors"]]) == (422, faulty), (
            said.text
        )
    assert buyer.get("/v1/plan/orders", params={"budget": "25"}).json()["errors"][0]["field"] == "budget"
    assert web.as_("agent").get("/v1/suppliers/acme/prices/LAMP").status_code == 403
    for query, field in (({"period": "year"}, "period"), ({"as_of": "0001-01-01"}, "as_of")):
        said = buyer.get("/v1/plan/demand", params=query)
        assert (said.status_code, said.json()["errors"][0]["field"]) == (422, field), said.text
    assert web.as_("agent").get("/v1/plan/orders").status_code == 403
    stock.product("DESK", supplier="acme")
    for name, rows in (("demand", "forecasts"), ("stock", "stock"), ("orders", "orders")):
        path = f"/v1/plan/{name}"
        units: dict[str, str | int] = {"limit": 1, "supplier": "acme"}
        if name == "orders":
            stock.start("O-9", 4, sku="DESK")
        page = buyer.get(path, params=units).json()
        rest = buyer.get(path, params=units | {"cursor": page["cursor"]}).json()
        assert [each["sku"] for each in page[rows] + rest[rows]] == ["DESK", "LAMP"], path
        assert (rest["cursor"], rest["remarks"]) == (None, page["remarks"])
        alone = buyer.get(path, params={"sku": "LAMP"}).json()
        assert alone[rows] == [each | {"line": "2"} if "line" in each else each for each in rest[rows]]
        assert buyer.get(path, params={"supplier": "nobody"}).json()[rows] == []
        said = buyer.get(path, params={"cursor": "none"})
        assert (said.status_code, said.json()["errors"][0]["field"]) == (422, "cursor"), said.text
