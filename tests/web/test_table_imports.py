"""Sales and past orders in bulk over HTTP: a verdict on each row while they come in."""

from __future__ import annotations

import gzip
import json
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from starter.http_client import BackorderClient
from tests.support.shop import Shop
from tests.support.slow_bodies import SlowBody
from tests.support.web import WebServer
from tests.support.web_lines import order_line

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What is asked of the database is tested below the server."""
SALES, HISTORY, LINES = "/v1/demand/import", "/v1/supply-history/import", "/v1/backorders/import"
JSON_LINES = "application/x-ndjson"


def send(web: WebServer, path: str, content: bytes, kind: str = JSON_LINES) -> tuple[list[Any], Any]:
    said = web.as_("supply").post(path, content=content, headers={"content-type": kind})
    assert said.status_code == 200, said.text
    *verdicts, end = [json.loads(line) for line in said.text.splitlines()]
    return verdicts, end


def as_lines(*rows: object) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in rows)


def sale(sku: str = "LAMP", day: str = "2026-01-05", **fields: object) -> dict[str, object]:
    return {"sku": sku, "day": day, "quantity": 2, **fields}


def past(**fields: object) -> dict[str, object]:
    return {"supplier": "acme", "destination": "", "ordered": "2026-01-05", "arrived": "2026-01-20"} | fields


def words(verdicts: list[Any]) -> list[str]:
    return [each["verdict"] for each in verdicts]


def test_sales_are_added_up_and_the_same_again_changes_nothing(web: WebServer, stock: Shop) -> None:
    body = as_lines(sale(), sale(), sale(order="A-1", quantity=-1), sale("RUG", "2026-01-06"))
    verdicts, end = send(web, SALES, body)
    assert [(each["line"], each["id"]) for each in verdicts] == [*enumerate(["LAMP"] * 3 + ["RUG"], 1)]
    assert (end["complete"], end["refused"], end["detail"]) == (True, 0, "")
    rows = stock.rows("SELECT sku, order_id, quantity FROM sales ORDER BY sku, order_id")
    assert [(each["sku"], each["order_id"], each["quantity"]) for each in rows] == [
        ("LAMP", "", 4),
        ("LAMP", "A-1", -1),
        ("RUG", "", 2),
    ]
    _again, end = send(web, SALES, body)
    assert end["new"] == 0
    assert stock.rows("SELECT sku, order_id, quantity FROM sales ORDER BY sku, order_id") == rows
    table = b"\xef\xbb\xbfproduct;date;qty\r\nRUG;2026-01-06;7\r\n"
    [verdict], end = send(web, SALES, table, "text/csv; charset=utf-8")
    assert (verdict["line"], verdict["verdict"], end["updated"]) == (2, "updated", 1)
    audit = stock.rows("SELECT call, kind, object FROM audit WHERE kind = 'forecast'")
    assert {(each["call"], each["object"]) for each in audit} == {(f"POST {SALES}", "sales")}


def test_two_bodies_of_sales_at_once_come_to_what_one_after_the_other_would(
    web: WebServer, stock: Shop
) -> None:
    """One comes as a whole while the other still does: it began later, so that what it says counts."""
    slow, sold = SlowBody(web, SALES, "supply"), as_lines(sale(), sale("RUG"))
    answers = slow.answers()
    slow.send(sold)
    assert [next(answers)["verdict"] for _ in range(2)] == ["new", "new"]
    assert words(send(web, SALES, as_lines(sale(quantity=3)))[0]) == ["updated"]
    slow.send(sold)
    overtaken, other = next(answers), next(answers)
    assert (overtaken["verdict"], other["verdict"]) == ("refused", "updated")
    assert "an import that began later" in overtaken["faults"][0]
    slow.send(b"")
    assert [(each["complete"], each["refused"]) for each in answers] == [(True, 1)]
    slow.close()
    rows = stock.rows("SELECT sku, quantity FROM sales ORDER BY sku")
    assert [(each["sku"], each["quantity"]) for each in rows] == [("LAMP", 3), ("RUG", 4)]
    entries = stock.rows("SELECT after FROM audit WHERE object = 'sales' ORDER BY number")
    [first, other, second] = [json.loads(each["after"])["asked"] for each in entries]
    assert [each[0]["fields"] for each in (first, other, second)] == [
        {"new": 2},
        {"updated": 1},
        {"updated": 1},
    ]
    assert first[0]["id"] == second[0]["id"] != other[0]["id"], "each import leaves what it changed"


def test_past_orders_are_kept_once_and_brought_up_to_date(web: WebServer, stock: Shop) -> None:
    body = as_lines(past(), past(), past(arrived=None))
    verdicts, end = send(web, HISTORY, body)
    assert (words(verdicts), verdicts[0]["id"]) == (["new"] * 3, "acme")
    assert words(send(web, HISTORY, body)[0]) == ["already there"] * 3
    came = as_lines(past(), past(), past(), past(stated="2026-01-18"))
    verdicts, end = send(web, HISTORY, came)
    assert words(verdicts) == ["already there", "already there", "arrived", "new"]
    assert (end["updated"], end["new"], end["already_there"]) == (1, 1, 2)
    table = b"supplier,destination,ordered,arrived\nacme,,2026-01-05,2026-01-20\n"
    assert words(send(web, HISTORY, table, "text/csv")[0]) == ["already there"]
    assert len(stock.services.forecasts.past()[0]) == 4
    keyed = "SELECT * FROM history WHERE (ordered, supplier, destination) IN (VALUES (1, 2, 3))"
    plan = stock.rows(f"EXPLAIN QUERY PLAN {keyed}")
    assert "SEARCH history" in plan[0]["detail"], "other orders are not gone through"
    audit = stock.rows("SELECT call FROM audit WHERE kind = 'forecast' AND object = 'history'")
    assert [each["call"] for each in audit] == [f"POST {HISTORY}"] * 2


def deep(levels: int) -> bytes:
    return b'{"sku": ' + b'{"a": ' * levels + b"1" + b"}" * levels + b"}\n"


ODD_SALES: tuple[tuple[bytes, str], ...] = (
    (as_lines(sale(quantity=1e308)), "quantity"),
    (as_lines(sale(quantity=10**400)), "quantity"),
    (b'{"sku": "LAMP", "day": "2026-01-05", "quantity": NaN}\n', "no number"),
    (as_lines(sale(day="0000-01-01")), "day"),
    (as_lines(sale(day="0001-01-01")), "day"),
    (as_lines(sale(day="9999-12-31")), "day"),
    (as_lines(sale(day=(datetime.now(UTC) + timedelta(days=9)).date().isoformat())), "a day ahead"),
    (as_lines(sale("L\ud83d")), "sku"),
    (as_lines(sale("L\0")), "sku"),
    (as_lines(sale(order=["x"], colour="red")), 'no column "colour"'),
    (as_lines(sale("x" * 500_000)), "sku"),
    (as_lines([1], None), "JSON object"),
    (as_lines(sale({"a": 1}), sale(["a"])), "sku: must be a text or a number"),  # type: ignore[arg-type]
    (deep(900), "no object"),
    (deep(100_000), "nested"),
    (b'{"sku": "LAMP", "day": "2026-01-05", "quantity": 1, "order": "Zo\xeb"}\n', "UTF-8"),
    (b"oops\n", "not JSON"),
    (as_lines({}), "sku"),
)
ODD_ORDERS: tuple[tuple[bytes, str], ...] = (
    (as_lines(past(ordered="0000-00-00")), "ordered"),
    (as_lines(past(ordered="2031-01-01", arrived=None)), "after today"),
    (as_lines(past(ordered="2003-01-01", arrived=None)), "five years"),
    (as_lines(past(arrived="2025-01-01")), "before ordered"),
    (as_lines(past(arived="2026-01-20")), 'no column "arived"'),
    (as_lines(past(supplier="")), "supplier"),
    (as_lines(past(supplier={"a": {"b": 1}}), past(supplier=["a"])), "supplier: must be a text or a number"),
    (as_lines(past(destination=[])), "destination: must be a text or a number, no list"),
    (as_lines(past(supplier="a\ud83d")), "supplier"),
    (as_lines(past(supplier="a\0")), "supplier"),
    (as_lines(past(supplier="x" * 201)), "supplier"),
    (as_lines(past(destination="x" * 129)), "destination"),
    (as_lines(past(ordered=1e308)), "ordered"),
)


@pytest.mark.parametrize(("path", "odd", "good"), [(SALES, ODD_SALES, sale()), (HISTORY, ODD_ORDERS, past())])
def test_a_faulty_row_is_refused_and_stops_no_other(
    web: WebServer, stock: Shop, path: str, odd: tuple[tuple[bytes, str], ...], good: object
) -> None:
    for body, fault in odd:
        verdicts, end = send(web, path, body + as_lines(good))
        assert end["complete"], (body[:99], end)
        assert {*words(verdicts[:-1])} == {"refused"}, body[:99]
        assert fault in " ".join(verdicts[0]["faults"]), (body[:99], verdicts[0])
        assert verdicts[-1]["verdict"] in ("new", "updated", "already there"), body[:99]


@pytest.mark.parametrize("path", [SALES, HISTORY])
def test_what_cannot_be_read_at_all_is_refused_before_an_answer_begins(web: WebServer, path: str) -> None:
    for content, headers, status in (
        (b"LAMP,2026-01-05,2\n", {"content-type": "text/csv"}, 422),
        (b"", {"content-type": "text/csv"}, 422),
        (b"sku,supplier,colour\n", {"content-type": "text/csv"}, 422),
        (b"{}\n", {"content-type": "application/json"}, 415),
        (b"{}\n", {"content-type": "text/csv; charset=latin-1"}, 415),
        (gzip.compress(b"{}\n", mtime=0), {"content-type": JSON_LINES, "content-encoding": "gzip"}, 415),
        (b"x" * (1 << 21), {"content-type": "text/csv"}, 400),
    ):
        said = web.as_("supply").post(path, content=content, headers=headers)
        found = (headers, said.status_code, said.headers["content-type"])
        assert found == (headers, status, "application/problem+json"), said.text
        assert "--" not in said.text, "an option of the command line is none of HTTP"
    assert web.as_("orders").post(path, content=b"", headers={"content-type": JSON_LINES}).status_code == 403


def test_a_row_has_a_limit_and_what_came_before_is_kept(web: WebServer, stock: Shop) -> None:
    verdicts, end = send(web, SALES, as_lines(sale(), sale("x" * (10 << 20)), sale("RUG")))
    assert (words(verdicts), end["complete"]) == (["new"], False)
    assert "line 2 is longer than" in end["detail"]
    assert send(web, SALES, b"") == ([], end | {"complete": True, "new": 0, "detail": ""})


def test_the_client_keeps_together_what_counts_together(web: WebServer, stock: Shop) -> None:
    with BackorderClient(web.url, web.key("supply")) as shop:
        days = [f"2026-01-{number:02}" for number in range(1, 29)]
        rows = [sale(sku, day) for sku in (f"S-{n}" for n in range(10)) for day in days] * 2
        verdicts = list(shop.import_sales(rows))
        assert sorted(each["line"] for each in verdicts) == [*range(1, len(rows) + 1)]
        assert {each["id"] for each in verdicts if rows[each["line"] - 1]["sku"] == "S-7"} == {"S-7"}
        assert {row["quantity"] for row in stock.rows("SELECT quantity FROM sales")} == {4}
        alike = [sale("ALIKE"), sale(" ALIKE ", "2026-01-05T00:00:00", order=""), sale("ALIKE", order=None)]
        assert words(list(shop.import_sales(alike * 100)))[0] == "new"
        assert [row["quantity"] for row in stock.rows("SELECT quantity FROM sales WHERE sku = 'ALIKE'")] == [
            600
        ]
        assert words(list(shop.import_history([past(), past()] * 150))) == ["new"] * 300
        assert words(list(shop.import_history([past(), past()] * 150))) == ["already there"] * 300


@pytest.mark.parametrize(
    ("ended", "words"),
    [("revoked_at", "this key was revoked"), ("expires_at", "this key has expired")],
)
@pytest.mark.parametrize(
    ("path", "role", "rows"),
    [
        (SALES, "supply", [as_lines(sale("S")), as_lines(sale("T"))]),
        (HISTORY, "supply", [as_lines(past()), as_lines(past(ordered="2026-01-06"))]),
        (LINES, "orders", [as_lines(order_line("A"), order_line("B")), as_lines(order_line("C"))]),
    ],
)
def test_an_import_ends_with_its_key(
    web: WebServer, stock: Shop, path: str, role: str, rows: list[bytes], ended: str, words: str
) -> None:
    """A key that is lost is useless at once, whatever its program has begun to send."""
    key = web.key(role)
    slow = SlowBody(web, path, role, key=key)
    answers = slow.answers()
    slow.send(rows[0])
    assert next(answers)["verdict"] in ("new", "started")
    before = stock.rows("SELECT number FROM audit")
    stock.run(f"UPDATE api_keys SET {ended} = (SELECT created_at FROM api_keys ORDER BY 1 LIMIT 1)")
    slow.send(rows[1])
    [end] = answers
    slow.close()
    assert (end["complete"], end.get("new", end.get("started"))) == (False, 1)
    assert words in end["detail"]
    assert stock.rows("SELECT number FROM audit") == before


@pytest.mark.parametrize(("path", "row"), [(SALES, sale()), (HISTORY, past()), (LINES, order_line())])
def test_blank_lines_hold_no_verdict_and_no_thread(
    web: WebServer, stock: Shop, monkeypatch: pytest.MonkeyPatch, path: str, row: object
) -> None:
    """However many there are, and however slowly they come, the next row comes within its time."""
    monkeypatch.setattr("web.body_lines.LONGEST_WAIT_S", 1.0)
    slow = SlowBody(web, path, "orders" if path == LINES else "supply")
    answers = slow.answers()
    slow.send(as_lines(row) + b"\n \n")
    if path != LINES:
        assert next(answers)["verdict"] == "new"
    ended = threading.Event()

    def push() -> None:
        with suppress(OSError):
            while not ended.wait(0.01):
                slow.send(b"\n")

    blanks = threading.Thread(target=push)
    blanks.start()
    try:
        end = next(each for each in answers if "complete" in each)
    finally:
        ended.set()
        blanks.join()
        slow.close()
    assert "no whole line but blank ones came within 1 s" in end["detail"]


def test_blank_lines_have_a_limit_together(web: WebServer, stock: Shop) -> None:
    verdicts, end = send(web, SALES, as_lines(sale()) + b" \n" * (1 << 19) + as_lines(sale("RUG")))
    assert (words(verdicts), end["complete"]) == (["new", "new"], True)
    verdicts, end = send(web, SALES, as_lines(sale()) + b" \n" * ((1 << 19) + 1) + as_lines(sale("RUG")))
    assert (words(verdicts), end["complete"]) == (["already there"], False)
    assert "more than 1,048,576 bytes of blank lines" in end["detail"]


def test_few_imports_of_a_key_are_under_way_at_once(web: WebServer, stock: Shop) -> None:
    """Each holds a thread for as long as its body comes; one that is over makes room."""
    key = web.key("supply")
    headers = {"authorization": f"Bearer {key}", "content-type": JSON_LINES}
    under_way = [SlowBody(web, SALES, "supply", key=key) for _ in range(4)]
    answers = [each.answers() for each in under_way]
    for number, each in enumerate(under_way):
        each.send(as_lines(sale(f"S-{number}")))
        assert next(answers[number])["verdict"] == "new"
    said = web.as_("").post(HISTORY, content=as_lines(past()), headers=headers)
    assert (said.status_code, said.headers["retry-after"]) == (429, "5")
    assert words(send(web, HISTORY, as_lines(past()))[0]) == ["new"], "another key has its own"
    under_way[0].send(b"")
    assert [each["complete"] for each in answers[0]] == [True]
    said = web.as_("").post(HISTORY, content=as_lines(past()), headers=headers)
    assert said.status_code == 200, said.text
    for each in under_way:
        each.close()


def test_no_idempotency_key_counts_and_the_documentation_says_so(web: WebServer, stock: Shop) -> None:
    said = web.as_("").get("/openapi.json").json()["paths"]
    for path in (SALES, HISTORY, LINES):
        assert "It takes no `Idempotency-Key`" in said[path]["post"]["description"]
    headers = {"content-type": JSON_LINES, "idempotency-key": "k"}
    for sku in ("LAMP", "RUG"):
        answer = web.as_("supply").post(SALES, content=as_lines(sale(sku)), headers=headers)
        assert '"verdict":"new"' in answer.text.replace(" ", ""), answer.text
