"""Tables of any length as bodies: read a row at a time, while what became of each goes out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from backorder.errors import UnauthorizedError
from backorder.failures import passes
from backorder.services.services import machine_now
from backorder.storage.engine import proof
from backorder.storage.key_proof import WholeProof
from starter.files import csvfiles, jsonfiles
from starter.files.cells import CellFormat
from starter.files.orders import BrokenOffError
from starter.files.tables import Columns, Entry, table
from web.bodies import refuse_compressed
from web.body_lines import BodyLines
from web.calls import Call
from web.failures import HttpError

log = logging.getLogger(__name__)
JSON_LINES, CSV = ("application/x-ndjson", "application/jsonl"), "text/csv"
OUT = "application/x-ndjson"
WRITING_S = 60
"""How long a caller may take to read the next verdicts."""
SENT_AGAIN = "; what was started is on record, and is found again when the body is sent again"


class TableBody:
    """A body whose rows come in while it is worked on. entries: read on a thread of `pool`; lines: theirs."""

    entries: Iterator[Entry]

    def __init__(self, call: Call) -> None:
        """Raises HttpError where too many are under way."""
        self._imports, self._key = call.desk.imports, call.key.id
        self._imports.take(self._key)
        self._closed = False
        self.lines = BodyLines(call.request.receive)
        self.pool = ThreadPoolExecutor(1, "import")

    def close(self) -> None:
        """Read nothing more of it."""
        self.lines.close()
        self.pool.shutdown(wait=False)
        if not self._closed:
            self._closed = True
            self._imports.give_back(self._key)


async def table_body(call: Call, columns: Callable[[], Columns]) -> TableBody:
    """The body of a call, once its first row is there. Raises HttpError, RefusedError for one of no use."""
    kind = _kind_of(call.request)
    body = TableBody(call)
    opened = partial(_opened, call.desk.services.calendar.zone, kind, body.lines, columns)
    try:
        body.entries = await asyncio.get_running_loop().run_in_executor(body.pool, opened)
    except BaseException as error:
        body.close()
        if isinstance(error, BrokenOffError):
            raise HttpError(400, str(error)) from None
        raise
    return body


def _kind_of(request: Request) -> str:
    """The media type of the body. Raises HttpError 415."""
    refuse_compressed(request)
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind not in (*JSON_LINES, CSV):
        raise HttpError(415, f"the body must be JSON Lines or CSV; say {JSON_LINES[0]} or {CSV}")
    charset = rest.lower().replace(" ", "").replace('"', "").partition("charset=")[2].partition(";")[0]
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise HttpError(415, "the body must be UTF-8")
    return kind


def _opened(zone: str, kind: str, lines: BodyLines, columns: Callable[[], Columns]) -> Iterator[Entry]:
    """The entries of a body, once its first line is there. Raises RefusedError for a header of no use."""
    known, reading = columns(), CellFormat(zone=ZoneInfo(zone), options=False)
    if kind == CSV:

        def value(kind: str, cell: object) -> str:
            return reading.value(kind, csvfiles.as_meant(str(cell).strip()))

        return _one_by_one(table(csvfiles.rows(lines), known, value, ignored=None), lines)
    read = partial(jsonfiles.as_read, columns=known, reading=reading)
    return _one_by_one(map(read, jsonfiles.lines(lines)), lines)


def _one_by_one(entries: Iterator[Entry], lines: BodyLines) -> Iterator[Entry]:
    for entry in entries:
        yield entry if lines.taken() else replace(entry, faults=(*entry.faults, "is not UTF-8"))


@contextmanager
def under_key(call: Call) -> Iterator[None]:
    """What is written within is written while the call's key stands: who sends for hours may lose it.

    Raises UnauthorizedError.
    """
    address = call.request.client.host if call.request.client else ""
    token = proof.set(WholeProof(call.key.id, machine_now(), address))
    try:
        yield
    finally:
        proof.reset(token)


def in_words(error: Exception) -> str:
    """Why an answer that had begun ends early."""
    if isinstance(error, UnauthorizedError):
        return f"{error}; nothing more was taken"
    if isinstance(error, DBAPIError) and passes(error):
        log.warning("the database does not answer; an import was broken off", exc_info=error)
        return "the database does not answer"
    log.error("an import failed: %s", type(error).__name__, exc_info=error)
    return "a defect of the program broke it off; it is in its log under this request's ID"


class Streamed(Response):
    """An answer that is made while the body comes in: nobody else may listen for that."""

    def __init__(self, body: TableBody, chunks: Callable[[TableBody], AsyncGenerator[bytes]]) -> None:
        super().__init__(media_type=OUT, headers={"cache-control": "no-store"})
        del self.headers["content-length"]
        self._body = body
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. A caller who does not read on is given up."""
        chunks = self._chunks(self._body)
        try:
            start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            await send(start)
            async for chunk in chunks:
                message = {"type": "http.response.body", "body": chunk, "more_body": True}
                await asyncio.wait_for(send(message), WRITING_S)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.warning("an import was broken off: nobody read its verdicts for %d s", WRITING_S)
        finally:
            await chunks.aclose()
            self._body.close()
