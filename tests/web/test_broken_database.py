"""A database whose file is damaged: said as such, and no defect of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.databases import NewDatabase
from tests.support.web import WebServer


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """A file is what can be damaged."""
    return new_database("sqlite")


def test_a_file_that_is_no_database_is_said_to_be_none(web: WebServer) -> None:
    assert web.as_("supply").get("/v1/products").status_code == 200
    engine = web.services.engine
    file = Path(str(engine.url.database))
    engine.dispose()
    for beside in file.parent.glob(f"{file.name}-*"):
        beside.unlink()
    file.write_bytes(b"this is no database at all, whatever its name says. " * 400)
    said = web.as_("supply").get("/v1/products")
    assert said.status_code == 503, said.text
    assert "restore" in said.json()["detail"]
