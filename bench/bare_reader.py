"""What reads are measured against: a bare FastAPI handler that reads one row of the same database."""

from __future__ import annotations

import os
from typing import Any

from fastapi import FastAPI
from sqlalchemy import bindparam, select

from backorder.storage.engine import open_database
from backorder.storage.tables import backorders

_ROW = select(
    backorders.c.id, backorders.c.phase, backorders.c.sku, backorders.c.customer, backorders.c.opened_at
).where(backorders.c.id == bindparam("id"))


def application() -> FastAPI:
    """The application of one process; DATABASE names the database."""
    engine, app = open_database(os.environ["DATABASE"]), FastAPI()

    @app.get("/{order}/{line}")
    def row(order: str, line: str) -> dict[str, Any]:
        with engine.connect() as connection:
            return dict(connection.execute(_ROW, {"id": f"{order}/{line}"}).one()._mapping)

    return app
