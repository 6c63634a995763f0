"""What operators' machines ask: whether it lives, and whether it can serve."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from sqlalchemy import text
from starlette.responses import Response

from backorder.errors import SetupError
from backorder.storage.engine import reading
from backorder.storage.migrate import fit
from web.answers import answer
from web.desk import desk_of

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> Response:
    """The process lives."""
    return answer({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """It can serve: the database answers and has a schema that fits. Temporal stands in the body alone."""
    desk = desk_of(request)

    def look() -> str:
        try:
            with reading(desk.services.engine) as connection:
                connection.execute(text("SELECT 1"))
                fit(connection)
        except SetupError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 whatever it is, it cannot serve
            return f"the database does not answer ({type(error).__name__})"
        return ""

    trouble = await asyncio.to_thread(look)
    temporal = "did not answer lately" if desk.gate.is_closed else "ok"
    found = {"status": trouble or "ok", "database": trouble or "ok", "temporal": temporal}
    return answer(found, 503 if trouble else 200)
