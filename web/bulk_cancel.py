"""Bulk cancel: a request for each line goes on record, and the lines rule on them one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from backorder.domain.keys import parts
from backorder.schemas.bulk import BulkCancellation
from backorder.services.cancel_lines import BATCH, BulkRequest, Chosen, WouldCancel, chosen, content_of
from web.answers import answer
from web.calls import Call, CurrentCall, Doors
from web.line_examples import BULK
from web.lines import LINES
from web.own_ids import BeginAgainError
from web.paths import in_path
from web.record_faults import known_body
from web.shapes import Items, Shape

doors = Doors("lines")


@dataclass(frozen=True, kw_only=True, slots=True)
class LineCancelRequested:
    """A line that is asked to be cancelled, under the request's ID; its outcome is at `url`."""

    backorder: str
    request: str
    url: str


@doors.door(
    "POST",
    f"{LINES}/cancel",
    roles=("agent",),
    shape=Shape(
        body=BulkCancellation,
        example=BULK,
        answers={200: Items[WouldCancel], 202: Items[LineCancelRequested]},
        problems=(409,),
        made_up=("request_id",),
    ),
)
async def cancel_backorders(
    call: CurrentCall,
    preview: Annotated[bool, Query(description="List the lines, and write nothing.")] = False,
) -> Response:
    """Cancel many lines: all that wait for a product, or those with these IDs, 10,000 at most.

    202 with a request for each line that has open units; each line rules on its own, and its outcome is at
    `url`. The same request_id again changes nothing.
    """
    asked = await known_body(call, BulkCancellation, usual={"request_id": call.own_id("cancel")})
    now = call.desk.now()
    found = await call.work(lambda: chosen(call.desk.services.engine, asked))
    if preview:
        return answer(Items(items=found.lines, cursor=None, hint=_hint(found)))
    ids = [each.backorder for each in found.lines]
    requests: dict[str, str] = {}
    for start in range(0, len(ids) or 1, BATCH):
        end = start + BATCH
        known = found.known or start > 0
        bulk = BulkRequest(
            id=asked.request_id,
            content=content_of(asked),
            at=now,
            asked_at=found.asked_at or now,
            known=known,
            whole=end >= len(ids),
        )
        requests |= await _ask(call, ids[start:end], asked, bulk, keyed=start == 0)
    await call.desk.client.wake_lines(ids)
    items = tuple(_asked(each, requests[each]) for each in ids)
    return answer(Items(items=items, cursor=None, hint=_hint(found)), 202)


async def _ask(
    call: Call, ids: Sequence[str], asked: BulkCancellation, bulk: BulkRequest, *, keyed: bool
) -> Mapping[str, str]:
    found = await call.act_on_lines(
        ids, lambda: call.desk.client.ask_all(ids, asked.for_each(), bulk), keyed=keyed
    )
    if found is None:
        raise BeginAgainError
    return found


def _asked(backorder: str, request: str) -> LineCancelRequested:
    url = f"{LINES}/{in_path(*parts(backorder))}/requests/{in_path(request)}"
    return LineCancelRequested(backorder=backorder, request=request, url=url)


def _hint(found: Chosen) -> str:
    ended = f"{found.ended:,} of the lines have ended already" if found.ended else ""
    settling = (
        f"{found.settling:,} more have no open unit, and wait for their refund alone"
        if found.settling
        else ""
    )
    return "; ".join(filter(None, (ended, settling)))
