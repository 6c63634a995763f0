"""Sales and past orders in bulk, which forecasts are learnt from: a verdict on each row meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Generic, TypeVar

from starlette.responses import Response

from backorder.errors import RefusedError
from backorder.forecasting.demand.sale import Sale
from backorder.forecasting.history import PastOrder
from backorder.forecasting.plausible import implausible
from backorder.services.import_history import ARRIVED, NEW, THERE, HistoryImport
from backorder.services.import_sales import OVERTAKEN, UPDATED
from backorder.services.services import machine_now
from backorder.storage.acting import Act
from backorder.storage.engine import companion
from starter.files.orders import BrokenOffError
from starter.files.past_orders import PAST_ORDERS, past_order_in
from starter.files.sales import AHEAD, SALES, sale_by
from starter.files.tables import Entry
from starter.files.verdict import REFUSED, plain
from web.answers import json_of
from web.calls import Call, CurrentCall, Doors
from web.shapes import Shape
from web.table_bodies import CSV, JSON_LINES, OUT, Streamed, TableBody, in_words, table_body, under_key

RowT = TypeVar("RowT")
doors = Doors("supply")
ROLES = ("supply",)
DEMAND_IMPORT = "/v1/demand/import"
HISTORY_IMPORT = "/v1/supply-history/import"
BATCH = 500
"""Rows of one transaction."""
LEARNT_EVERY_S = 60.0
"""After how long the forecast is learnt anew while past orders still come in."""
_OVERTAKEN = "an import that began later has said what counts of this product, day and order"
_SENT_AGAIN = "; what was taken is on record, and is found again when the body is sent again"
_SALE = '{"sku": "DESK", "day": "2026-05-04", "quantity": 2, "order": "A-1001"}'
_SALES = "sku,day,quantity,order,in_stock\nDESK,2026-05-04,2,A-1001,true\n"
_PAST_ORDER = '{"supplier": "acme", "destination": "", "ordered": "2025-03-01", "arrived": "2025-03-20"}'
_PAST_ORDERS = "supplier,destination,ordered,stated,arrived\nacme,,2025-03-01,2025-03-18,2025-03-20\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class RowVerdict:
    """What became of one row. line: its number in the body, from 1. id: the product of a sale, the supplier
    of a past order; "" where nobody knows.

    verdict: new; updated (a sale: what was on record of its product, day and order is replaced, or added to
    where this body said it); arrived (a past order that was open on record); already there; refused.
    """

    line: int
    id: str
    verdict: str
    faults: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TableEnd:
    """The last line of the answer. complete: the whole body was read. Otherwise detail says why not; what was
    taken is on record, and is found again when the body is sent again.

    new, updated, already_there, refused: how many rows; those that arrived are updated, too.
    """

    complete: bool
    new: int
    updated: int
    already_there: int
    refused: int
    detail: str


@dataclass(frozen=True, kw_only=True)
class _Import(Generic[RowT]):
    """One kind of table. about: what of the forecast it changes, as the audit names it.

    read: what an entry says, in sound order; it raises RefusedError. keep: puts rows on record in one
    transaction, with what became of each. ended: what is done once behind all of them. named: the column that
    says what a row is about.
    """

    path: str
    about: str
    named: str
    read: Callable[[Entry], RowT]
    keep: Callable[[Sequence[RowT]], Sequence[str]]
    ended: Callable[[], None] = lambda: None
    counts: Counter[str] = field(default_factory=Counter)

    async def answer(self, call: Call, body: TableBody) -> AsyncGenerator[bytes]:
        """The answer, a few lines at a time."""
        detail, loop = "", asyncio.get_running_loop()
        try:
            while True:
                rows, broken = await loop.run_in_executor(body.pool, partial(self._rows, body))
                verdicts = await self._verdicts(call, rows)
                self.counts.update(each.verdict for each in verdicts)
                if verdicts:
                    yield b"".join(json_of(each) + b"\n" for each in verdicts)
                if broken is not None:
                    detail = str(broken)
                    break
                if not rows:
                    break
        except Exception as error:  # noqa: BLE001 the answer has begun: its last line says it
            detail = in_words(error)
        finally:
            body.close()
            self.ended()
        yield json_of(self._end(detail)) + b"\n"

    def _end(self, detail: str) -> TableEnd:
        return TableEnd(
            complete=not detail,
            new=self.counts[NEW],
            updated=self.counts[UPDATED] + self.counts[ARRIVED],
            already_there=self.counts[THERE],
            refused=self.counts[REFUSED],
            detail=f"{detail}{_SENT_AGAIN}" if detail else "",
        )

    def _rows(self, body: TableBody) -> tuple[list[tuple[Entry, RowT | RefusedError]], BrokenOffError | None]:
        """The next rows, those that are there at once; none behind the last."""
        found: list[tuple[Entry, RowT | RefusedError]] = []
        try:
            for entry in body.entries:
                found.append((entry, self._read(entry)))
                if len(found) >= BATCH or not body.lines.ready:
                    break
        except BrokenOffError as error:
            return found, error
        return found, None

    def _read(self, entry: Entry) -> RowT | RefusedError:
        try:
            return self.read(entry)
        except RefusedError as error:
            return error

    async def _verdicts(
        self, call: Call, rows: Sequence[tuple[Entry, RowT | RefusedError]]
    ) -> Sequence[RowVerdict]:
        sound = [each for _, each in rows if not isinstance(each, RefusedError)]
        kept = iter(await self._kept(call, sound) if sound else ())
        verdicts = []
        for entry, each in rows:
            faults = each.faults if isinstance(each, RefusedError) else ()
            verdict = REFUSED if faults else next(kept)
            if verdict == OVERTAKEN:
                verdict, faults = REFUSED, (_OVERTAKEN,)
            verdicts.append(
                RowVerdict(
                    line=entry.number, id=_named(entry, self.named), verdict=verdict, faults=tuple(faults)
                )
            )
        return verdicts

    async def _kept(self, call: Call, rows: Sequence[RowT]) -> Sequence[str]:
        """Each transaction is an act of its own: the audit has what changed by each."""
        act = Act(
            actor=call.key.audited_as,
            call=f"POST {self.path}",
            object=("forecast", self.about),
            request_id=call.request.state.request_id,
            at=machine_now(),
        )
        token = companion.set(act)
        try:
            with under_key(call):
                return await call.work(partial(self.keep, rows))
        finally:
            companion.reset(token)


def _named(entry: Entry, column: str) -> str:
    first, text = entry.first
    found = text if first == column and not entry.raw else entry.raw.get(column)
    return plain(found.strip()) if isinstance(found, str) else ""


def _shape(line: str, rows: str) -> Shape:
    return Shape(texts={JSON_LINES[0]: line, CSV: rows}, answers={200: RowVerdict | TableEnd}, out=OUT)


@doors.door("POST", DEMAND_IMPORT, roles=ROLES, shape=_shape(_SALE, _SALES))
async def import_sales(call: CurrentCall) -> Response:
    """Put sales on record in bulk, from JSON Lines or CSV; plans work from them.

    A row has `sku`, `day`, `quantity` (below zero for what came back), and perhaps `order`, `in_stock` and
    `category`, which is not kept. Rows of one SKU, day and order are added up, and stand in place of what an
    earlier body said of these: the same body again changes nothing, a newer one corrects. Where two come at
    once, what the one that began later says counts. The body is JSON Lines (application/x-ndjson), an object
    a line, or CSV (text/csv) whose first row names the columns. It may be of any length; a line has 1 MiB at
    most. The answer begins at once and has a line of JSON for each row, in its order; the last one is of the
    whole. Read it while you send: who does not, is not read either. A faulty row stops no other.
    """
    services, now = call.desk.services, call.desk.now()
    latest = services.calendar.day(now + AHEAD)
    kind = _Import[Sale](
        path=DEMAND_IMPORT,
        about="sales",
        named="sku",
        read=lambda entry: sale_by(entry, latest),
        keep=services.sales.begin(now).keep,
    )
    return Streamed(await table_body(call, lambda: SALES), partial(kind.answer, call))


@doors.door("POST", HISTORY_IMPORT, roles=ROLES, shape=_shape(_PAST_ORDER, _PAST_ORDERS))
async def import_history(call: CurrentCall) -> Response:
    """Put past purchase orders on record in bulk, from JSON Lines or CSV; the forecast learns from them.

    A row has `supplier`, `destination`, `ordered`, perhaps `stated`, and `arrived`, which is empty for one
    that has not come; one that is open on record and has arrived since is brought up to date. The same body
    again adds nothing. The body is JSON Lines (application/x-ndjson), an object a line, or CSV (text/csv)
    whose first row names the columns. It may be of any length; a line has 1 MiB at most. The answer begins at
    once and has a line of JSON for each row, in its order; the last one is of the whole. Read it while you
    send: who does not, is not read either. A faulty row stops no other; of rows that only the others show to
    be mistakes, such as a wrong year, nothing is learnt.
    """
    services = call.desk.services
    today = services.calendar.day(call.desk.now())

    def read(entry: Entry) -> PastOrder:
        found = past_order_in(entry)
        if wrong := implausible([found], today):
            raise RefusedError([wrong[0].reason])
        return found

    one, began = HistoryImport(services.engine), monotonic()

    def keep(orders: Sequence[PastOrder]) -> Sequence[str]:
        nonlocal began
        found = one.keep(orders)
        if monotonic() - began >= LEARNT_EVERY_S:
            began = monotonic()
            services.forecasts.forget()
        return found

    kind = _Import[PastOrder](
        path=HISTORY_IMPORT,
        about="history",
        named="supplier",
        read=read,
        keep=keep,
        ended=services.forecasts.forget,
    )
    return Streamed(await table_body(call, lambda: PAST_ORDERS), partial(kind.answer, call))
