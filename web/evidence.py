"""What proves what was done for a line, signed; and the keys by which anybody can check it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from backorder.domain.keys import parts
from backorder.services.services import machine_now
from web.answers import answer
from web.calls import CurrentCall, Doors
from web.desk import desk_of
from web.lines import LINE
from web.path_ids import line_of
from web.shapes import Shape

doors = Doors("evidence")
keys_router = APIRouter(include_in_schema=False)
KEYS = "/.well-known/backorder-evidence-keys.json"
_MEDIA = {"json": "application/json", "html": "text/html; charset=utf-8"}
_PAGE = '<!doctype html><html lang="en"><title>Evidence of A-1001/1</title>…</html>'


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceFile:
    """A signed file. evidence: what is on record of the line. key: the ID of the key that signed it.

    algorithm: of the signature. signature: over the other fields, in hexadecimal digits.
    """

    evidence: Mapping[str, object]
    key: str
    algorithm: str
    signature: str


@doors.door(
    "GET",
    LINE + "/evidence",
    roles=("admin",),
    shape=Shape(answers={200: EvidenceFile}, problems=(404,), forms={"text/html": _PAGE}),
)
async def export_evidence(
    call: CurrentCall,
    order: str,
    line: str,
    format: Annotated[
        Literal["json", "html"], Query(description="json, or html: a page that opens anywhere.")
    ] = "json",
) -> Response:
    """Hand out what proves what was done for a line, as a signed file; that somebody did stands in the audit.

    Every notice with its content and delivery, every answer, every supplier date behind a shown one, every
    decision with its reason, in a chain. It is there also where the customer was erased.
    """
    from backorder.services.export_evidence import Requester, evidence_file

    backorder, services = line_of(order, line), call.desk.services
    asked = Requester(
        actor=call.key.audited_as,
        call=f"GET {LINE}/evidence",
        request_id=call.request.state.request_id,
        now=machine_now(),
    )
    settings, at = call.desk.settings, call.desk.now()
    file = await call.work(lambda: evidence_file(services, settings, backorder, at, asked, format))
    name = "-".join(parts(backorder)).encode("ascii", "replace").decode().replace('"', "")
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="evidence-{name}.{format}"',
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    return Response(file, 200, headers, _MEDIA[format])


@keys_router.get(KEYS)
async def evidence_keys(request: Request) -> Response:
    """The keys by which evidence is checked, also those of before: a JSON Web Key Set."""
    import asyncio

    from backorder.services.export_evidence import all_keys
    from backorder.signatures import as_jwks

    desk = desk_of(request)
    found = await asyncio.to_thread(all_keys, desk.services.engine, desk.settings)
    return answer(as_jwks(found), headers={"cache-control": "public, max-age=300"})
