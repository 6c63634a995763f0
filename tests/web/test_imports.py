"""Order lines in bulk over HTTP: a verdict on each while they come in."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import tracemalloc
from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest
from temporalio.service import RPCError, RPCStatusCode

from backorder import schemas
from backorder.schemas import parse
from backorder.services.open_line import Opened
from starter.client import Backorders
from starter.files.tables import Entry
from starter.line_import import LineImport
from starter.temporal_circuit_breaker import CircuitBreaker
from tests.support.shop import Shop
from tests.support.slow_bodies import SlowBody
from tests.support.web import WebServer
from tests.support.web_lines import order_line

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is about bodies and connections alone."""

PATH = "/v1/backorders/import"
JSON_LINES = "application/x-ndjson"
CSV_HEADER = "order,line,sku,qty,price,currency,ordered_at,payment,customer,name,email,region"


def as_lines(lines: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in lines)


def send(
    web: WebServer, content: bytes, kind: str = JSON_LINES, **headers: str
) -> tuple[list[Any], dict[str, Any]]:
    said = web.as_("orders").post(PATH, content=content, headers={"content-type": kind, **headers})
    assert said.status_code == 200, said.text
    *verdicts, end = [json.loads(line) for line in said.text.splitlines()]
    return verdicts, end


def open_lines(web: WebServer) -> list[str]:
    return [each["id"] for each in web.as_("agent").get("/v1/backorders?limit=500").json()["items"]]


def test_each_line_gets_a_verdict_and_the_same_again_changes_nothing(web: WebServer, stock: Shop) -> None:
    body = as_lines(order_line(f"A-{number}") for number in range(250))
    verdicts, end = send(web, body)
    assert [each["line"] for each in verdicts] == [*range(1, 251)]
    assert {each["verdict"] for each in verdicts} == {"started"}
    assert (end["complete"], end["started"], end["pending"], end["detail"]) == (True, 250, 250, "")
    again, end = send(web, body)
    assert {each["verdict"] for each in again} == {"already there"}
    assert (end["already_there"], len(open_lines(web))) == (250, 250)


def test_an_order_is_taken_whole_or_not_at_all(web: WebServer, stock: Shop) -> None:
    lines = [
        order_line("A", "1"),
        order_line("B", "1"),
        order_line("B", "2", quantity=0),
        order_line("C", "1"),
        order_line("C", "2", sku="LAMPS"),
        order_line("D", "1"),
        order_line("D", "1"),
        order_line("E", "1"),
    ]
    body = as_lines(lines).replace(b'"E"', b'"E" oops')
    verdicts, end = send(web, body)
    assert [each["verdict"] for each in verdicts] == ["started", *["refused"] * 7]
    assert (end["started"], end["refused"], open_lines(web)) == (1, 7, ["A/1"])
    faults = [each["faults"] for each in verdicts]
    assert "line 3 of this order is refused" in faults[1][0]
    assert "C/2 is refused" in faults[3][0]
    assert "is also in line 7" in faults[5][0]
    assert "not JSON" in faults[7][0]


def test_lines_of_an_order_need_not_stand_together(web: WebServer, stock: Shop) -> None:
    """What stands before a faulty line and is on record by then is said with it."""
    between = [order_line(f"X-{number}") for number in range(100)]
    faulty = order_line("A", "2", quantity=0)
    near = [order_line("B", "1"), order_line("C", "1"), order_line("B", "2", sku="LAMPS")]
    lines = [*near, order_line("A", "1"), *between, faulty, order_line("C", "2"), order_line("A", "3")]
    verdicts, _ = send(web, as_lines(lines))
    assert [each["id"] for each in verdicts if each["verdict"] == "refused"] == ["B/1", "B/2", "A/2", "A/3"]
    assert "A/1 of this order is on record already" in verdicts[-3]["faults"]
    words = "line 105 of this order is refused, and an order is taken whole or not at all"
    assert verdicts[-1]["faults"] == [f"{words}; A/1 of this order is on record already"]
    assert open_lines(web)[:3] == ["A/1", "C/1", "C/2"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("rest", "others", "away", "asks"), [(0.0, False, 1, 3), (60.0, False, 3, 1), (60.0, True, 1, 3)]
)
def test_an_import_asks_temporal_again_once_it_may_be_back(
    web: WebServer, stock: Shop, rest: float, others: bool, away: int, asks: int
) -> None:
    """One slow answer leaves one line to the sweep, and nobody asks while it is away, by the breaker's rule.

    others: it answers others meanwhile.
    """
    asked: list[str] = []
    breaker = CircuitBreaker(rest=rest)

    async def answer() -> None:
        if others:
            await breaker.through(asyncio.sleep(0))
        if len(asked) == 1:
            raise RPCError("slow", RPCStatusCode.DEADLINE_EXCEEDED, b"")

    class Hiccup(Backorders):
        async def begin(self, opened: Opened) -> bool:
            asked.append(opened.id)
            try:
                await breaker.through(answer())
            except RPCError:
                return False
            return True

    client = web.desk.client
    hiccup = Hiccup(client._client, stock.services, breaker=breaker)
    read = partial(parse, schemas.OrderLine, zone="UTC", now=web.desk.now())
    work = LineImport(stock.services, read, word="line")
    entries = [Entry(number=number, raw=order_line(f"H-{number}")) for number in (1, 2, 3)]

    async def run() -> None:
        async for _ in work.start(hiccup, iter(entries)):
            pass

    asyncio.run(run())
    assert (work.away, len(asked)) == (away, asks)


def test_what_is_on_record_with_other_content_refuses_what_is_new(web: WebServer, stock: Shop) -> None:
    send(web, as_lines([order_line("A", "1"), order_line("A", "2")]))
    changed = [order_line("A", "1"), order_line("A", "2", quantity=9), order_line("A", "3")]
    verdicts, _ = send(web, as_lines(changed))
    assert [each["verdict"] for each in verdicts] == ["already there", "refused", "refused"]
    assert open_lines(web) == ["A/1", "A/2"]


def test_a_table_has_the_columns_of_the_command(web: WebServer, stock: Shop) -> None:
    at = order_line()["ordered_at"]
    rows = [f"A-{n},1,LAMP,2,10.00,EUR,{at},captured,C-{n},Ann,a@b.example,DE" for n in range(3)]
    body = "\r\n".join([CSV_HEADER, *rows, ""]).encode()
    others = body.replace(b",", b";").replace(b"A-", b"B-").replace(b"C-", b"D-")
    for each in (body, b"\xef\xbb\xbf" + others):
        verdicts, end = send(web, each, "text/csv; charset=utf-8")
        assert [(each["line"], each["verdict"]) for each in verdicts] == [(n, "started") for n in (2, 3, 4)]
        assert end["complete"]
    odd = [rows[0].replace("10.00", '"10,00"').replace(at, "20.11.2026").replace("A-", "E-")]
    [refused], _ = send(web, "\r\n".join([CSV_HEADER, *odd]).encode(), "text/csv")
    assert refused["faults"] == [
        'unit_price: "10,00": write it like 1299.00',
        'ordered_at: "20.11.2026": write it like 2026-12-31',
    ], "there are no options over HTTP"


@pytest.mark.parametrize("order", ["B\ud83d", "B\0"])
def test_an_order_whose_id_no_database_takes_stops_no_other(web: WebServer, stock: Shop, order: str) -> None:
    verdicts, end = send(web, as_lines([order_line("A"), order_line(order), order_line("C")]))
    assert [each["verdict"] for each in verdicts] == ["started", "refused", "started"]
    assert end["complete"]
    table = f"{CSV_HEADER}\nB\u00fc,1,LAMP,1,9.00,EUR,2026-03-01,captured,c-1,Ann,ann@example.com,DE\n"
    verdicts, end = send(web, table.encode("latin-1"), "text/csv")
    assert "is not UTF-8" in verdicts[0]["faults"]
    assert end["complete"]


def test_bytes_that_are_no_utf_8_refuse_their_order_alone(web: WebServer, stock: Shop) -> None:
    body = as_lines(order_line(f"A-{number}", customer={"name": "Zoe"}) for number in range(3))
    verdicts, end = send(web, body.replace(b"Zoe", b"Zo\xeb", 1))
    assert [each["verdict"] for each in verdicts] == ["refused", "started", "started"]
    assert "is not UTF-8" in verdicts[0]["faults"]
    assert end["complete"]


UNREADABLE: tuple[tuple[bytes, dict[str, str], int], ...] = (
    (b"A-1,1,LAMP,2\n", {"content-type": "text/csv"}, 422),
    (b"", {"content-type": "text/csv"}, 422),
    (b"order_id,colour\n", {"content-type": "text/csv"}, 422),
    (gzip.compress(b"{}\n", mtime=0), {"content-type": JSON_LINES, "content-encoding": "gzip"}, 415),
    (b"{}\n", {"content-type": "application/json"}, 415),
    (b"{}\n", {"content-type": "text/csv; charset=latin-1"}, 415),
)
"""Bodies, their headers, and how they are refused."""


def test_what_cannot_be_read_at_all_is_refused_before_an_answer_begins(web: WebServer) -> None:
    for content, headers, status in UNREADABLE:
        said = web.as_("orders").post(PATH, content=content, headers=headers)
        found = (headers, said.status_code, said.headers["content-type"])
        assert found == (headers, status, "application/problem+json")
        assert "--" not in said.text, "an option of the command line is none of HTTP"


@ON_SQLITE
def test_a_line_has_a_limit_and_the_body_has_none(web: WebServer, stock: Shop) -> None:
    long = as_lines([order_line("B", customer={"name": "x" * (1 << 20)})])
    verdicts, end = send(web, as_lines([order_line("A")]) + long)
    assert [each["verdict"] for each in verdicts] == ["refused"]  # nobody knows whether A was whole
    assert not end["complete"]
    assert "line 2 is longer than" in end["detail"]
    many = as_lines(order_line(f"A-{number}") for number in range(50)) + b" \n" * (1 << 19)
    assert send(web, many)[1]["started"] == 50


@ON_SQLITE
def test_verdicts_come_while_lines_still_do(web: WebServer, stock: Shop) -> None:
    slow = SlowBody(web, PATH, "orders")
    answers = slow.answers()
    for number in range(3):
        slow.send(as_lines([order_line(f"A-{number}"), order_line(f"B-{number}")]))
        assert next(answers)["verdict"] == "started"
    slow.send(b"")
    assert [each.get("verdict") for each in list(answers)][-2:] == ["started", None]
    slow.close()


@ON_SQLITE
def test_a_body_that_stops_ends_cleanly(web: WebServer, stock: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.body_lines.LONGEST_WAIT_S", 0.5)
    slow = SlowBody(web, PATH, "orders")
    slow.send(as_lines([order_line("A"), order_line("B")]) + b'{"order_id":')
    said = list(slow.answers())
    slow.close()
    assert [each.get("verdict") for each in said] == ["started", "refused", None]
    assert (said[-1]["complete"], said[-1]["started"]) == (False, 1)
    assert "no whole line came within 0.5 s" in said[-1]["detail"]
    assert open_lines(web) == ["A/1"]


def test_a_connection_that_breaks_leaves_whole_orders(web: WebServer, stock: Shop) -> None:
    slow = SlowBody(web, PATH, "orders", length=100_000)
    slow.send(as_lines([order_line("A"), order_line("B", "1"), order_line("B", "2")]))
    assert next(slow.answers())["id"] == "A/1"
    slow.close()
    assert send(web, as_lines([order_line("C")]))[1]["started"] == 1
    assert open_lines(web) == ["A/1", "C/1"]


def test_a_line_without_end_is_not_waited_for(web: WebServer, stock: Shop) -> None:
    slow = SlowBody(web, PATH, "orders")
    slow.send(b"x" * ((1 << 20) + 1))
    assert "line 1 is longer than" in next(slow.answers())["detail"]
    slow.close()


def test_each_line_leaves_an_audit_entry(web: WebServer, stock: Shop) -> None:
    send(web, as_lines(order_line(f"A-{number}") for number in range(3)))
    rows = stock.rows("SELECT object, call, actor FROM audit WHERE kind = 'backorder' ORDER BY object")
    assert [(row["object"], row["call"]) for row in rows] == [(f"A-{n}/1", f"POST {PATH}") for n in range(3)]
    send(web, as_lines(order_line(f"A-{number}") for number in range(3)))
    assert len(stock.rows("SELECT * FROM audit")) == 3


def test_each_order_leaves_its_entry_also_where_one_of_them_cannot_be_kept(
    web: WebServer, stock: Shop
) -> None:
    """The database refuses one: the batch is taken back, and each order tried alone."""
    never = (
        "CREATE TRIGGER never BEFORE INSERT ON backorders WHEN NEW.id = 'A-1/1' "
        "BEGIN SELECT RAISE(ABORT, 'never'); END"
        if web.services.engine.dialect.name == "sqlite"
        else "ALTER TABLE backorders ADD CONSTRAINT never CHECK (id <> 'A-1/1')"
    )
    stock.run(never)
    verdicts, _ = send(web, as_lines(order_line(f"A-{number}") for number in range(4)))
    assert [each["verdict"] for each in verdicts] == ["started", "refused", "started", "started"]
    rows = stock.rows("SELECT object FROM audit WHERE kind = 'backorder' ORDER BY object")
    assert [row["object"] for row in rows] == ["A-0/1", "A-2/1", "A-3/1"]


@ON_SQLITE
def test_a_long_body_never_sits_in_memory(web: WebServer, stock: Shop) -> None:
    slow = SlowBody(web, PATH, "orders")
    pieces, padding = 40, "x" * 4000

    def push() -> None:
        for piece in range(pieces):
            slow.send(as_lines({"order_id": f"A-{piece}-{number}", "pad": padding} for number in range(50)))
        slow.send(b"")

    writer = threading.Thread(target=push, daemon=True)
    tracemalloc.start()
    try:
        writer.start()
        lines = sum(1 for _ in slow.answers()) - 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    slow.close()
    assert lines == pieces * 50
    assert peak < pieces * 50 * len(padding) / 2


@ON_SQLITE
def test_a_reader_that_waits_is_waited_for(web: WebServer, stock: Shop) -> None:
    """Nothing is taken in that nobody wants to hear of; what is between holds a bounded part of it."""
    slow = SlowBody(web, PATH, "orders")
    piece = as_lines({"order_id": f"A-{number}"} for number in range(500))
    sent = [0]

    def push() -> None:
        try:
            for _ in range(2000):
                slow.send(piece)
                sent[0] += 1
        except OSError:
            return

    writer = threading.Thread(target=push, daemon=True)
    writer.start()
    writer.join(2)
    assert writer.is_alive()
    assert sent[0] < 1500
    slow.close()
    writer.join(10)
