"""What operators' machines ask: whether it lives, and whether it can serve."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from ipaddress import ip_address

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import JSONResponse, Response

from backorder.domain.api_keys import EVERYTHING
from backorder.errors import SetupError
from backorder.queries.dispatch_lags import dispatch_lags
from backorder.services.services import Services, machine_now
from backorder.storage.engine import reading
from backorder.storage.migrate import fit
from web.answers import answer
from web.calls import current_call
from web.desk import desk_of
from web.failures import HttpError

_BROUGHT = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers that a proxy adds."""
METRICS = "text/plain; version=0.0.4; charset=utf-8"
router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> Response:
    """The process lives."""
    return answer({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """It can serve: the database answers and has a schema that fits.

    Temporal, and for how many seconds what is due has waited for each dispatch, stand in the body alone.
    """
    desk = desk_of(request)
    (trouble, lags), there = await asyncio.gather(
        asyncio.to_thread(_read, desk.services), desk.breaker.answers(desk.client.look_for_temporal)
    )
    found = {
        "status": trouble or "ok",
        "database": trouble or "ok",
        "temporal": "ok" if there else "did not answer lately",
        "dispatch_lag_seconds": lags,
    }
    return answer(found, 503 if trouble else 200)


def _read(services: Services) -> tuple[str, Mapping[str, float] | None]:
    """Why it cannot serve, "" if it can; and the lag of each dispatch."""
    try:
        clock = services.clock()
        with reading(services.engine) as connection:
            fit(connection)
            lags = dispatch_lags(connection, clock, machine_now())
    except SetupError as error:
        return str(error), None
    except Exception as error:  # noqa: BLE001 whatever it is, it cannot serve
        return f"the database does not answer ({type(error).__name__})", None
    shards = {f"messages/{shard}": lag.total_seconds() for shard, lag in lags.shards.items()}
    return "", shards | {"events": lags.events.total_seconds()}


@router.get("/openapi.json")
async def documentation(request: Request) -> Response:
    """The API's documentation."""
    app: FastAPI = request.app
    return JSONResponse(app.openapi())


@router.get("/metrics", openapi_extra={"x-roles": [EVERYTHING]})
async def metrics(request: Request) -> Response:
    """What is measured, in Prometheus' form. It tells how a shop does: from elsewhere it needs a key."""
    if not _is_on_this_machine(request):
        await current_call(request)
    page = desk_of(request).metrics
    if page is None:
        raise HttpError(404, "nothing is measured here")
    return Response(await asyncio.to_thread(page), headers={"cache-control": "no-store"}, media_type=METRICS)


def _is_on_this_machine(request: Request) -> bool:
    """Whether the call comes from here, and no proxy has brought it."""
    if any(name in request.headers for name in _BROUGHT):
        return False
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False
