"""A client of the HTTP API, without the rest of the program: for one thread, and for asyncio.

    with BackorderClient("https://backorders.shop.example", key) as shop:
        shop.start({"order_id": "A-1001", ...})

A call that meets a full or restarting server, or a broken connection, is made again; each that changes
something has an idempotency key of its own, so that it counts once.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias, TypedDict, cast
from urllib.parse import parse_qs, quote
from uuid import uuid4

import httpx

from starter.http_call import Answer, HttpCall, plain
from starter.http_calls import LINES, Calls

TIMEOUT_S = 40.0
"""How long one try of a call may wait for more of the server, which answers within 30."""
TRIES = 6
WAIT_S, LONGEST_WAIT_S = 0.25, 20.0
"""The first wait between tries, doubled each time, and the longest."""
AGAIN = frozenset({429, 502, 503, 504})
LINES_A_CALL = 200
"""Lines of one call of an import; a longer order stays together."""
_OUT = "application/x-ndjson"


class ApiError(Exception):
    """The server refused a call: the fields of its problem object (RFC 9457)."""

    def __init__(self, status: int, found: Answer, request_id: str) -> None:
        self.status = status
        self.type = str(found.get("type", "about:blank"))
        self.title = str(found.get("title", ""))
        self.detail = str(found.get("detail", ""))
        errors = found.get("errors")
        self.errors: Sequence[Mapping[str, str]] = tuple(errors) if isinstance(errors, list) else ()
        self.request_id = request_id
        super().__init__(f"{status} {self.title} {self.detail}".strip())


class UnreachableError(Exception):
    """No answer came, however often it was tried."""


class ForeignAnswerError(UnreachableError):
    """What answered, however often it was tried, was not this API: a proxy's page, a body cut off."""


class ImportBrokenError(Exception):
    """An import ended early; what was started is on record, and the same lines again go on."""


_Primitive: TypeAlias = str | int | float | bool
_Query: TypeAlias = Mapping[str, _Primitive | Sequence[_Primitive]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Prepared:
    method: str
    path: str
    query: _Query
    headers: Mapping[str, str]
    content: bytes | None
    streamed: bool = False
    """Whether it is answered line by line."""


def _prepare(call: HttpCall) -> _Prepared:
    path = call.path.format_map({name: quote(id, safe="") for name, id in call.ids.items()})
    headers = {} if call.method == "GET" else {"idempotency-key": uuid4().hex}
    content = None
    if call.body is not None:
        headers["content-type"] = "application/json"
        content = json.dumps(plain(call.body)).encode()
    said = ((name, plain(value)) for name, value in call.query.items())
    query = cast("_Query", {name: value for name, value in said if value not in (None, "", [])})
    return _Prepared(method=call.method, path=path, query=query, headers=headers, content=content)


def _prepare_import(lines: Sequence[Mapping[str, object]], path: str = LINES) -> _Prepared:
    content = b"".join(json.dumps(plain(line)).encode() + b"\n" for line in lines)
    headers = {"content-type": _OUT}
    return _Prepared(
        method="POST", path=f"{path}/import", query={}, headers=headers, content=content, streamed=True
    )


def _wait(tries: int, answer: httpx.Response | None) -> float | None:
    """How long to wait before another try, in seconds; None if there is to be none."""
    if tries >= TRIES or (answer is not None and answer.status_code not in AGAIN):
        return None
    wait = min(LONGEST_WAIT_S, WAIT_S * 2.0 ** (tries - 1)) * random.uniform(0.5, 1)
    asked = answer.headers.get("retry-after", "") if answer is not None else ""
    return max(wait, min(LONGEST_WAIT_S, float(asked))) if asked.isdecimal() else wait


def _given_up(error: Exception | None) -> UnreachableError:
    if isinstance(error, ForeignAnswerError):
        return error
    kind = ForeignAnswerError if isinstance(error, httpx.DecodingError) else UnreachableError
    return kind(f"no answer: {error or type(error).__name__}")


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        found = answer.json()
    except ValueError:
        found = {}
    title = found if isinstance(found, dict) else {}
    raise ApiError(answer.status_code, title, answer.headers.get("x-request-id", ""))


def _json(answer: httpx.Response) -> Answer:
    """The object that an answer holds, none for an empty one. Raises ForeignAnswerError."""
    try:
        found = answer.json() if answer.content else {}
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        began = answer.text[:80]
        raise ForeignAnswerError(f"{answer.status_code} with what is no object of this API: {began!r}")
    return found


def _read(call: _Prepared, answer: httpx.Response) -> httpx.Response:
    """An answer that can be read if it is one of success. Raises ForeignAnswerError."""
    if answer.is_success and not call.streamed:
        _json(answer)
    return answer


def _page(found: Answer) -> tuple[list[Answer], str | None]:
    """The items of a list's page, and where the next one begins. Raises ForeignAnswerError."""
    items, cursor = found.get("items"), found.get("cursor")
    if not isinstance(items, list) or not (cursor is None or isinstance(cursor, str)):
        raise ForeignAnswerError(f"what is no page of a list of this API: {str(found)[:80]!r}")
    return items, cursor


def _list(path: str, query: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """A list's path, and what is asked of it: a query of the path's own too, which would go unsent."""
    path, _, said = path.partition("?")
    return path, {**parse_qs(said), **query}


def _verdicts(answer: httpx.Response, before: int) -> list[Answer]:
    """The verdicts of one call of an import, numbered as the lines of all. Raises ImportBrokenError."""
    try:
        *verdicts, end = [json.loads(line) for line in answer.content.splitlines()] or [{}]
        if end.get("complete"):
            return [each | {"line": each["line"] + before} for each in verdicts]
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
        raise ImportBrokenError("the answer ended early, or is none of this API") from error
    raise ImportBrokenError(end.get("detail") or "the answer ended early")


def _in_calls(lines: Iterable[Mapping[str, object]]) -> Iterator[list[Mapping[str, object]]]:
    found: list[Mapping[str, object]] = []
    for line in lines:
        if len(found) >= LINES_A_CALL and line.get("order_id") != found[-1].get("order_id"):
            yield found
            found = []
        found.append(line)
    if found:
        yield found


_SALES, _PAST_ORDERS = "/v1/demand", "/v1/supply-history"
_DAYS = frozenset({"day", "ordered"})
_Numbered: TypeAlias = Sequence[tuple[int, Mapping[str, object]]]


def _as_read(name: str, value: object) -> str:
    """What the API reads in a column: nothing is ""; spaces around it and a day's midnight are left out."""
    found = plain(value)
    text = "" if found is None else found if isinstance(found, str) else json.dumps(found)
    return text.strip()[: len("2026-05-04")] if name in _DAYS else text.strip()


def _alike_together(rows: Iterable[Mapping[str, object]], names: Sequence[str]) -> Iterator[_Numbered]:
    """Rows for one call each time, with their numbers. names: rows that are alike in these are in one call,
    since what one call says of them counts together.
    """
    keys = (
        (number, [_as_read(name, row.get(name)) for name in names], row) for number, row in enumerate(rows, 1)
    )
    found: list[tuple[int, Mapping[str, object]]] = []
    last: Sequence[str] = ()
    for number, key, row in sorted(keys, key=lambda each: (each[1], each[0])):
        if len(found) >= LINES_A_CALL and key != last:
            yield found
            found = []
        found.append((number, row))
        last = key
    if found:
        yield found


def _renumbered(answer: httpx.Response, some: _Numbered) -> list[Answer]:
    return [each | {"line": some[each["line"] - 1][0]} for each in _verdicts(answer, 0)]


class _Options(TypedDict):
    """What both of httpx's clients are told."""

    base_url: str
    headers: dict[str, str]
    timeout: float


def _options(url: str, key: str, timeout: float) -> _Options:
    return {"base_url": url, "headers": {"authorization": f"Bearer {key}"}, "timeout": timeout}


class BackorderClient(Calls[Answer]):
    """Calls the API. timeout: how many seconds of silence end a try, which is then made again.

    Raises ApiError and UnreachableError (ForeignAnswerError among them) from every call.
    """

    def __init__(self, url: str, key: str, *, timeout: float = TIMEOUT_S) -> None:
        self._http = httpx.Client(**_options(url, key, timeout))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def import_lines(self, lines: Iterable[Mapping[str, object]]) -> Iterator[Answer]:
        """Start many backorders; the lines of an order stand together. Yields a verdict on each.

        Raises ImportBrokenError. What was tried again may be told as already there.
        """
        before = 0
        for some in _in_calls(lines):
            yield from _verdicts(self._try(_prepare_import(some)), before)
            before += len(some)

    def import_sales(self, rows: Iterable[Mapping[str, object]]) -> Iterator[Answer]:
        """Put sales on record: sku, day, quantity, order, in_stock. Yields a verdict on each, by product.

        All rows are held at once: of very many send some months at a time. Raises ImportBrokenError.
        """
        for some in _alike_together(rows, ("sku", "day", "order")):
            yield from _renumbered(self._try(_prepare_import([row for _, row in some], _SALES)), some)

    def import_history(self, rows: Iterable[Mapping[str, object]]) -> Iterator[Answer]:
        """Put past purchase orders on record: supplier, destination, ordered, stated, arrived.

        Yields a verdict on each, by supplier. Raises ImportBrokenError.
        """
        for some in _alike_together(rows, ("supplier", "destination", "ordered")):
            yield from _renumbered(self._try(_prepare_import([row for _, row in some], _PAST_ORDERS)), some)

    def list_all(self, path: str, **query: object) -> Iterator[Answer]:
        """The items of a list, page by page: /v1/backorders, /v1/messages, /v1/tasks, /v1/audit, ...

        cursor: where to begin. Default: at the first item.
        """
        path, asked = _list(path, query)
        while True:
            page = self._send(HttpCall(method="GET", path=path, query=asked))
            items, asked["cursor"] = _page(page)
            yield from items
            if asked["cursor"] is None:
                return

    def list_lines(self, **query: object) -> Iterator[Answer]:
        """Backorders: q, status, order, sku, supplier, customer, late, needs."""
        return self.list_all(LINES, **query)

    def _send(self, call: HttpCall) -> Answer:
        return _json(self._try(_prepare(call)))

    def _try(self, call: _Prepared) -> httpx.Response:
        tries = 0
        while True:
            tries += 1
            answer, error = None, None
            try:
                came = self._http.request(
                    call.method, call.path, params=call.query, headers=call.headers, content=call.content
                )
                answer = _read(call, came)
            except (httpx.RequestError, ForeignAnswerError) as found:
                error = found
            if (wait := _wait(tries, answer)) is None:
                if answer is None:
                    raise _given_up(error) from error
                return _checked(answer)
            time.sleep(wait)  # the pause before the next try


class AsyncBackorderClient(Calls[Awaitable[Answer]]):
    """Calls the API from asyncio; see `BackorderClient`."""

    def __init__(self, url: str, key: str, *, timeout: float = TIMEOUT_S) -> None:
        self._http = httpx.AsyncClient(**_options(url, key, timeout))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def import_lines(self, lines: Iterable[Mapping[str, object]]) -> AsyncIterator[Answer]:
        """Start many backorders; see `BackorderClient.import_lines`."""
        before = 0
        for some in _in_calls(lines):
            for verdict in _verdicts(await self._try(_prepare_import(some)), before):
                yield verdict
            before += len(some)

    async def import_sales(self, rows: Iterable[Mapping[str, object]]) -> AsyncIterator[Answer]:
        """Put sales on record; see `BackorderClient.import_sales`."""
        for some in _alike_together(rows, ("sku", "day", "order")):
            answer = await self._try(_prepare_import([row for _, row in some], _SALES))
            for verdict in _renumbered(answer, some):
                yield verdict

    async def import_history(self, rows: Iterable[Mapping[str, object]]) -> AsyncIterator[Answer]:
        """Put past purchase orders on record; see `BackorderClient.import_history`."""
        for some in _alike_together(rows, ("supplier", "destination", "ordered")):
            answer = await self._try(_prepare_import([row for _, row in some], _PAST_ORDERS))
            for verdict in _renumbered(answer, some):
                yield verdict

    async def list_all(self, path: str, **query: object) -> AsyncIterator[Answer]:
        """The items of a list, page by page."""
        path, asked = _list(path, query)
        while True:
            page = await self._send(HttpCall(method="GET", path=path, query=asked))
            items, asked["cursor"] = _page(page)
            for each in items:
                yield each
            if asked["cursor"] is None:
                return

    def list_lines(self, **query: object) -> AsyncIterator[Answer]:
        """Backorders: q, status, order, sku, supplier, customer, late, needs."""
        return self.list_all(LINES, **query)

    async def _send(self, call: HttpCall) -> Answer:
        return _json(await self._try(_prepare(call)))

    async def _try(self, call: _Prepared) -> httpx.Response:
        tries = 0
        while True:
            tries += 1
            answer, error = None, None
            try:
                came = await self._http.request(
                    call.method, call.path, params=call.query, headers=call.headers, content=call.content
                )
                answer = _read(call, came)
            except (httpx.RequestError, ForeignAnswerError) as found:
                error = found
            if (wait := _wait(tries, answer)) is None:
                if answer is None:
                    raise _given_up(error) from error
                return _checked(answer)
            await asyncio.sleep(wait)
