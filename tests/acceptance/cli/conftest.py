"""The command line, and a shop that it reads; no server runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from backorder.services.services import Services
from backorder.settings import Settings
from tests.support.command_line import Command, command_on
from tests.support.shop import Shop


@pytest.fixture
def run(settings: Settings) -> Command:
    """Call the command on the test's own database."""
    return command_on(settings)


@pytest.fixture
def shop(services: Services) -> Shop:
    """A shop that waits for ten lamps."""
    shop = Shop(services)
    shop.supplier()
    shop.product()
    shop.purchase()
    return shop


@pytest.fixture
def environment(
    shop: Shop, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A folder to work in, a shop with a line, and no Temporal."""
    shop.open("O-1", 3)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lines.csv").write_text("order_id,line_id\nA-1,1\n")
    (tmp_path / "history.csv").write_text("supplier,ordered,arrived\nacme,2026-01-05,2026-02-10\n")
    return {
        "BACKORDER_DATA": str(settings.data),
        "BACKORDER_DATABASE_URL": settings.database_url,
        "BACKORDER_POLICIES": str(settings.policies),
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
    }
