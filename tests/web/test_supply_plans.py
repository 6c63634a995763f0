"""What-if questions, reports and plans of supply over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backorder.forecasting.demand.sale import Sale
from backorder.queries.views import as_json
from tests.support.shop import Shop
from tests.support.supply_calls import PRODUCT, later, order
from tests.support.web import WebServer
from tests.support.web_lines import order_line


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
    unknown = ["of 1 product no stock is on record; all of their days count as days with stock"]
    assert [buyer.get(f"/v1/plan/{each}").json()["remarks"] for each in ("stock", "orders")] == [unknown] * 2
    assert buyer.get("/v1/plan/orders?sku=LAMP").json()["remarks"] == unknown
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


def test_the_report_on_supply_is_that_of_the_command(web: WebServer, stock: Shop) -> None:
    stock.now = datetime.now(UTC)
    stock.purchase("PO-1", {"quantity": 3, "stated_date": stock.now.date() - timedelta(days=2)})
    stock.start("A", 5, ordered_at=stock.now)
    said = web.as_("supply").get("/v1/reports/supply")
    assert said.status_code == 200, said.text
    found = said.json()
    [late], [short] = found["late"], found["short"]
    assert (late["purchase_order"], late["outstanding"], late["supplier"]) == ("PO-1", 3, "acme")
    assert (short["sku"], short["waiting"], short["coming"], short["missing"]) == ("LAMP", 5, 3, 2)
    report = stock.services.supply_report(web.desk.now())
    assert found["lead_times"] == as_json(report.lead_times)
    assert found["reliability"] == as_json(report.reliability)
    again = web.as_("supply").get("/v1/reports/supply", headers={"if-none-match": said.headers["etag"]})
    assert again.status_code == 304
    assert web.as_("supply").get("/v1/reports/supply?limit=1").status_code == 422
    assert web.as_("agent").get("/v1/reports/supply").status_code == 403
