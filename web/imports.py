"""Bulk import: order lines of any number come in, and a verdict on each goes out meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from functools import partial

from starlette.responses import Response

from backorder.domain.keys import joined
from backorder.errors import BackorderError
from backorder.schemas import OrderLine
from backorder.services.open_line import Opened
from starter.files.columns import order_lines
from starter.files.orders import BrokenOffError
from starter.files.verdict import REFUSED, STARTED, THERE, EntryVerdict
from starter.line_import import LineImport
from web.answers import json_of
from web.calls import Call, CurrentCall, Doors
from web.line_examples import ORDER_LINE, TABLE
from web.lines import LINES, order_line
from web.shapes import Shape
from web.table_bodies import (
    CSV,
    JSON_LINES,
    OUT,
    SENT_AGAIN,
    Streamed,
    TableBody,
    in_words,
    table_body,
    under_key,
)

doors = Doors("lines")


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
    return Streamed(await table_body(call, order_lines), partial(_verdicts, call))


async def _verdicts(call: Call, body: TableBody) -> AsyncGenerator[bytes]:
    """The answer, a few lines at a time."""
    counts: Counter[str] = Counter()
    work = LineImport(call.desk.services, partial(order_line, call), word="line")
    detail = ""
    told = work.start(
        call.desk.client,
        body.entries,
        record=partial(_record, call),
        ready=lambda: body.lines.ready,
        executor=body.pool,
    )
    try:
        async with aclosing(told):
            async for verdicts in told:
                counts.update(each.verdict for each in verdicts)
                yield b"".join(json_of(_said(each)) + b"\n" for each in verdicts)
    except BrokenOffError as error:
        detail = str(error)
    except Exception as error:  # noqa: BLE001 the answer has begun: its last line says it
        detail = in_words(error)
    finally:
        body.close()
    end = ImportEnd(
        complete=not detail,
        started=counts[STARTED],
        already_there=counts[THERE],
        refused=counts[REFUSED],
        pending=work.away,
        detail=f"{detail}{SENT_AGAIN}" if detail else "",
    )
    yield json_of(end) + b"\n"


def _said(verdict: EntryVerdict) -> Mapping[str, object]:
    fields = asdict(verdict)
    del fields["fields"]
    return fields


async def _record(call: Call, lines: Sequence[OrderLine]) -> Sequence[Opened | BackorderError]:
    ids = [joined(line.order_id, line.line_id) for line in lines]
    with under_key(call):
        return await call.act_on_lines(ids, lambda: call.desk.client.record(lines))
