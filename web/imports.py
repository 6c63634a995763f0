"""Bulk import: order lines of any number come in, and a verdict on each goes out meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from backorder.domain.keys import joined
from backorder.errors import BackorderError
from backorder.failures import passes
from backorder.schemas import OrderLine
from backorder.services.open_line import Opened
from starter.files import csvfiles, jsonfiles
from starter.files.cells import CellFormat
from starter.files.columns import order_lines
from starter.files.orders import BrokenOffError
from starter.files.tables import Entry, table
from starter.files.verdict import REFUSED, STARTED, THERE, EntryVerdict
from starter.line_import import LineImport
from web.answers import json_of
from web.bodies import refuse_compressed
from web.body_lines import BodyLines
from web.calls import Call, CurrentCall, Doors
from web.failures import HttpError
from web.line_examples import ORDER_LINE, TABLE
from web.lines import LINES, order_line
from web.shapes import Shape

log = logging.getLogger(__name__)
doors = Doors("lines")
JSON_LINES, CSV = ("application/x-ndjson", "application/jsonl"), "text/csv"
OUT = "application/x-ndjson"
WRITING_S = 60
"""How long a caller may take to read the next verdicts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LineVerdict:
    """What became of one line. line: its number in the body, from 1.

    verdict: started, already there or refused. warnings: what to know of one that was taken all the same.
    """

    line: int
    id: str
    verdict: str
    faults: tuple[str, ...]
    warnings: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportEnd:
    """The last line of the answer. complete: the whole body was read. Otherwise detail says why not; what
    was started is on record, and is found again when the body is sent again.

    pending: of those that are on record, how many start once Temporal is back.
    """

    complete: bool
    started: int
    already_there: int
    refused: int
    pending: int
    detail: str


@doors.door(
    "POST",
    f"{LINES}/import",
    roles=("orders",),
    shape=Shape(
        texts={JSON_LINES[0]: json_of(ORDER_LINE).decode(), CSV: TABLE},
        answers={200: LineVerdict | ImportEnd},
        out=OUT,
    ),
)
async def import_backorders(call: CurrentCall) -> Response:
    """Start backorders in bulk, from JSON Lines or CSV.

    The body is JSON Lines (application/x-ndjson), an object a line with the fields of a start, or CSV
    (text/csv) whose first row names the columns, nested ones with a dot, like customer.id. It may be of any
    length; a line has 1 MiB at most. The answer begins at once and has a line of JSON for each line of the
    body, in its order; the last one is of the whole. Read it while you send: who does not, is not read
    either. A faulty line stops no other order, while the lines of its own order, which stand together, are
    refused with it. An order is told of once the next one begins. The same body again changes nothing.
    """
    kind = _kind_of(call.request)
    lines = BodyLines(call.request.receive)
    pool = ThreadPoolExecutor(1, "import")
    try:
        entries = await asyncio.get_running_loop().run_in_executor(pool, partial(_opened, call, kind, lines))
    except BaseException as error:
        lines.close()
        pool.shutdown(wait=False)
        if isinstance(error, BrokenOffError):
            raise HttpError(400, str(error)) from None
        raise
    return _Streamed(partial(_verdicts, call, entries, lines, pool))


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


def _opened(call: Call, kind: str, lines: BodyLines) -> Iterator[Entry]:
    """The entries of a body, once its first line is there. Raises RefusedError for a header of no use."""
    reading = CellFormat(zone=ZoneInfo(call.desk.services.calendar.zone), options=False)
    if kind == CSV:

        def value(kind: str, cell: object) -> str:
            return reading.value(kind, csvfiles.as_meant(str(cell).strip()))

        return _one_by_one(table(csvfiles.rows(lines), order_lines(), value, ignored=None), lines)
    read = partial(jsonfiles.as_read, columns=order_lines(), reading=reading)
    return _one_by_one(map(read, jsonfiles.lines(lines)), lines)


def _one_by_one(entries: Iterator[Entry], lines: BodyLines) -> Iterator[Entry]:
    for entry in entries:
        yield entry if lines.taken() else replace(entry, faults=(*entry.faults, "is not UTF-8"))


_SENT_AGAIN = "; what was started is on record, and is found again when the body is sent again"


async def _verdicts(
    call: Call, entries: Iterator[Entry], lines: BodyLines, pool: ThreadPoolExecutor
) -> AsyncGenerator[bytes]:
    """The answer, a few lines at a time."""
    counts: Counter[str] = Counter()
    work = LineImport(call.desk.services, partial(order_line, call), word="line")
    detail = ""
    told = work.start(
        call.desk.client, entries, record=partial(_record, call), ready=lambda: lines.ready, executor=pool
    )
    try:
        async with aclosing(told):
            async for verdicts in told:
                counts.update(each.verdict for each in verdicts)
                yield b"".join(json_of(_said(each)) + b"\n" for each in verdicts)
    except BrokenOffError as error:
        detail = str(error)
    except Exception as error:  # noqa: BLE001 the answer has begun: its last line says it
        detail = _in_words(error)
    finally:
        lines.close()
        pool.shutdown(wait=False)
    end = ImportEnd(
        complete=not detail,
        started=counts[STARTED],
        already_there=counts[THERE],
        refused=counts[REFUSED],
        pending=work.away,
        detail=f"{detail}{_SENT_AGAIN}" if detail else "",
    )
    yield json_of(end) + b"\n"


def _said(verdict: EntryVerdict) -> Mapping[str, object]:
    fields = asdict(verdict)
    del fields["fields"]
    return fields


def _in_words(error: Exception) -> str:
    if isinstance(error, DBAPIError) and passes(error):
        log.warning("the database does not answer; an import was broken off", exc_info=error)
        return "the database does not answer"
    log.error("an import failed: %s", type(error).__name__, exc_info=error)
    return "a defect of the program broke it off; it is in its log under this request's ID"


async def _record(call: Call, lines: Sequence[OrderLine]) -> Sequence[Opened | BackorderError]:
    ids = [joined(line.order_id, line.line_id) for line in lines]
    return await call.act_on_lines(ids, lambda: call.desk.client.record(lines))


class _Streamed(Response):
    """An answer that is made while the body comes in: nobody else may listen for that."""

    def __init__(self, chunks: Callable[[], AsyncGenerator[bytes]]) -> None:
        super().__init__(media_type=OUT, headers={"cache-control": "no-store"})
        del self.headers["content-length"]
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. A caller who does not read on is given up."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        chunks = self._chunks()
        try:
            async for chunk in chunks:
                message = {"type": "http.response.body", "body": chunk, "more_body": True}
                await asyncio.wait_for(send(message), WRITING_S)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.warning("an import was broken off: nobody read its verdicts for %d s", WRITING_S)
        finally:
            await chunks.aclose()
