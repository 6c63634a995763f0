"""The client of the HTTP API: every call of it, its retries, and what it raises."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from starter import http_client
from starter.http_call import HttpCall
from starter.http_calls import Calls
from starter.http_client import (
    ApiError,
    AsyncBackorderClient,
    BackorderClient,
    ImportBrokenError,
    UnreachableError,
)
from tests.support.shop import Shop
from tests.support.web import WebServer
from tests.support.web_lines import order_line

LISTED = {
    "/v1/audit",
    "/v1/backorders",
    "/v1/coupon-budgets",
    "/v1/keys",
    "/v1/messages",
    "/v1/policies",
    "/v1/products",
    "/v1/purchase-orders",
    "/v1/suppliers",
    "/v1/suppressions",
    "/v1/tasks",
}
"""What `list_all` reads."""


class Recorded(Calls[HttpCall]):
    def _send(self, call: HttpCall) -> HttpCall:
        return call


def every_call() -> Iterator[HttpCall]:
    for name, method in inspect.getmembers(Recorded(), inspect.ismethod):
        if not name.startswith("_"):
            wanted = [
                each for each in inspect.signature(method).parameters.values() if each.default is each.empty
            ]
            places = [each.name for each in wanted if each.kind is each.POSITIONAL_OR_KEYWORD]
            named = {each.name: each.name for each in wanted if each.kind is each.KEYWORD_ONLY}
            yield method(*places, **named)


def test_every_call_of_the_api_has_a_method(web: WebServer) -> None:
    document = web.as_("").get("/openapi.json").json()["paths"]
    there = {
        (method.upper(), path)
        for path, methods in document.items()
        for method in methods
        if path.startswith("/v1/") and not (method == "get" and path in LISTED)
    }
    calls = list(every_call())
    imports = {("POST", f"/v1/{each}/import") for each in ("backorders", "demand", "supply-history")}
    assert {(each.method, each.path) for each in calls} | imports == there
    assert all(set(each.ids) == set(_braces(each.path)) for each in calls)


def _braces(path: str) -> Iterator[str]:
    return (part[1:-1] for part in path.split("/") if part.startswith("{"))


def test_a_shop_at_work(web: WebServer, stock: Shop) -> None:
    with BackorderClient(web.url, web.key("admin")) as shop:
        assert shop.start(order_line("A/1"))["new"]
        assert shop.case("A/1", "1")["quantity"]["ordered"] == 2
        asked = shop.cancel("A/1", "1", reason="found another")
        assert shop.request("A/1", "1", asked["request"])["verdict"] == "pending"
        assert shop.note("A/1", "1", "phoned")["text"] == "phoned"
        assert shop.prioritise("A/1", "1", 3, reason="a wedding") == {}
        assert shop.adjust("LAMP", adjustment_id="a", quantity=1, reason="found")["on_hand"] == 1
        verdicts = list(shop.import_lines(order_line(f"B-{number}") for number in range(401)))
        assert [each["line"] for each in verdicts] == [*range(1, 402)]
        assert {each["verdict"] for each in verdicts} == {"started"}
        assert len(list(shop.list_lines(limit=150))) == 402
        # What is said goes out as it is said: nothing of it is dropped on the way.
        with pytest.raises(ApiError, match="sku, ids: say one of both"):
            shop.cancel_all(reason="recalled", sku="LAMP", ids=["A/1/1"])
        assert [each["id"] for each in shop.list_all("/v1/backorders?order=B-7")] == ["B-7/1"]
        second = web.as_("agent").get("/v1/backorders?limit=200").json()["cursor"]
        assert len(list(shop.list_lines(cursor=second))) == 202
        assert shop.read_events()["after"] >= 0
        with pytest.raises(ApiError) as refused:
            shop.start(order_line(quantity=0))
    assert refused.value.status == 422
    assert refused.value.errors[0]["field"] == "quantity"
    assert refused.value.request_id


async def test_the_same_from_asyncio(web: WebServer, stock: Shop) -> None:
    async with AsyncBackorderClient(web.url, web.key("admin")) as shop:
        started = await asyncio.gather(*(shop.start(order_line(f"A-{number}")) for number in range(5)))
        assert all(each["new"] for each in started)
        assert [each["verdict"] async for each in shop.import_lines([order_line("B")])] == ["started"]
        assert len([each async for each in shop.list_lines(limit=2)]) == 6
        with pytest.raises(ApiError):
            await shop.case("NONE", "1")


@contextmanager
def failing(*statuses: int, body: bytes = b"{}", **said: str) -> Iterator[tuple[str, list[Any]]]:
    """A server that answers like that, 0 with a broken connection, and the headers of what it was asked."""
    left, requests = list(statuses), list[Any]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append(self.headers)
            self.rfile.read(int(self.headers.get("content-length", 0)))
            if status := left.pop(0):
                self.send_response(status)
                for name, value in said.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)
            self.close_connection = True

        def do_GET(self) -> None:
            self.do_POST()

        def do_PUT(self) -> None:
            self.do_POST()

        def do_DELETE(self) -> None:
            self.do_POST()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_what_fails_for_a_while_is_tried_again_under_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "WAIT_S", 0.01)
    with failing(503, 429, 0, 502, 201, 201) as (url, requests), BackorderClient(url, "k") as shop:
        shop.start({})
        assert len(requests) == 5
        assert len({each["idempotency-key"] for each in requests}) == 1
        shop.start({})
        assert len({each["idempotency-key"] for each in requests}) == 2
    # Else a removal that was done is unknown the second time, and what replaces a version finds another one.
    with failing(0, 200, 0, 200) as (url, requests), BackorderClient(url, "k") as shop:
        shop.remove_receiver("shop")
        shop.put_product("DESK", name="Desk")
        assert [
            len({each["idempotency-key"] for each in requests[at : at + 2]} - {None}) for at in (0, 2)
        ] == [1, 1]
    for statuses, last in (([503] * http_client.TRIES, 503), ([503, 409], 409)):
        with failing(*statuses) as (url, requests), BackorderClient(url, "k") as shop:
            with pytest.raises(ApiError) as refused:
                shop.start({})
            assert (refused.value.status, len(requests)) == (last, len(statuses))
    with BackorderClient(url, "k") as shop, pytest.raises(UnreachableError):
        shop.start({})


NO_ANSWERS_OF_THIS_API = [
    (200, b"<html>down for an hour</html>", {}),
    (200, b'{"items": [{"id": "A', {}),
    (200, b'{"items": [', {"content_length": "99"}),
    (200, b"\xff\xfe", {}),
    (200, b'{"items": null}', {}),
    (200, b"[" * 99_999, {}),
    (200, b"no gzip", {"content_encoding": "gzip"}),
    (502, b"<html>Bad gateway</html>", {}),
    (400, b'{"errors": null}', {}),
    (404, b"[]", {}),
]


@pytest.mark.parametrize(("status", "body", "said"), NO_ANSWERS_OF_THIS_API)
def test_what_is_no_answer_of_this_api_has_an_error_of_the_client(
    status: int, body: bytes, said: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listed(url: str) -> list[Any]:
        async with AsyncBackorderClient(url, "k") as shop:
            return [each async for each in shop.list_lines()]

    monkeypatch.setattr(http_client, "WAIT_S", 0.001)
    with failing(*[status] * 30, body=body, **said) as (url, _), BackorderClient(url, "k") as shop:
        wanted = UnreachableError if status == 200 else ApiError
        with pytest.raises(wanted):
            list(shop.list_lines())
        with pytest.raises(wanted):
            asyncio.run(listed(url))
        with pytest.raises((ImportBrokenError, wanted)):
            list(shop.import_lines([order_line("A")]))


def test_it_needs_neither_the_database_nor_temporal() -> None:
    words = "import sys, starter.http_client; print({'sqlalchemy', 'temporalio'} & {*sys.modules})"
    ran = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
