"""Fixtures: a shop on a real server, and one on a server that skips time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.conftest import NewDatabase
from tests.workflows.servers import live, skipping
from tests.workflows.shop import Shop, open_shop

__all__ = ["live", "season", "shop", "skipping"]


@pytest.fixture
async def shop(
    request: pytest.FixtureRequest, live: WorkflowEnvironment, new_database: NewDatabase
) -> AsyncIterator[Shop]:
    """A shop on a real server, where business time is the machine's; on SQLite if nothing else is asked."""
    async with open_shop(live, new_database(getattr(request, "param", "sqlite"))) as found:
        yield found


@pytest.fixture
async def season(
    request: pytest.FixtureRequest, skipping: WorkflowEnvironment, new_database: NewDatabase
) -> AsyncIterator[Shop]:
    """A shop on a server that skips time, on a Monday morning; on SQLite if nothing else is asked."""
    async with open_shop(skipping, new_database(getattr(request, "param", "sqlite")), skips=True) as found:
        yield found
